"""Passwords made of names, in any script: what is compared is folded as search does it."""

import pytest
from django.core.exceptions import ValidationError

from accounts.passwords import OwnWordsValidator, SiteWordsValidator

pytestmark = pytest.mark.once


def is_refused(password, *names):
    try:
        OwnWordsValidator().validate_names(password, names)
    except ValidationError as error:
        return error.code == "password_of_own_words"
    return False


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Ann Whitfield", "whitfield2026"),
        ("Ann Whitfield", "Ann-Whitfield!1"),
        ("王伟", "王伟123456"),
        ("王小明", "小明20261128"),
        ("星光美妆商店", "星光美妆商店888"),
        ("東京ストア", "ｽﾄｱ12345678"),
        ("ร้านค้าสวยงาม", "ร้านค้าสวยงาม1"),
        ("ร้านค้าสวยงาม", "สวยงาม123456"),
        ("김민수", "김민수123456"),
        ("हिन्दी दुकान", "दुकान123456"),
        ("فروشگاه می\u200cخواهم", "میخواهم1234"),
        ("Müller", "MULLER123456"),
        ("Muller", "mu\u0308ller123456"),
        ("Łódź Style", "lodz12345678"),
        ("ＡＢＣ", "abc123456789"),
        ("wang_wei@example.com", "wangwei98765"),
    ],
)
def test_password_of_own_names_is_refused(name, password):
    assert is_refused(password, name)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("王伟", "紫色的大象在跳舞"),
        ("王伟", "伟大的紫色大象"),
        ("ร้านค้าสวยงาม", "ช้างม่วงเต้นรำ"),
        ("Al Bo", "albo1357-9-24"),  # too short to say who
        ("Ann Whitfield", "whitfield over the moon"),
        ("", "plumrivertango"),
    ],
)
def test_password_that_holds_more_is_taken(name, password):
    assert not is_refused(password, name)


def test_password_of_the_sites_words_is_refused_however_it_is_written(settings):
    settings.PLATFORM_NAME = "星光 Märkte"

    for password in ("星光123456", "markte1234", "ＳＨＯＰ123456", "Partner-Seller-1"):
        with pytest.raises(ValidationError, match="name this site"):
            SiteWordsValidator().validate(password)
    SiteWordsValidator().validate("plumrivertango")
