"""What a partner says of itself, as searches find it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.search import MOST_OF_TEXT, term_begins
from partners import own_words, services
from partners.models import PartnerWords
from tests.factories import PartnerFactory, UserFactory
from tests.partners.test_services import profile
from tests.queries import counted

pytestmark = pytest.mark.django_db


def words(partner):
    return PartnerWords.objects.get(pk=partner.pk).words


def test_words_follow_the_profile_whoever_writes_it(staff):
    said = {"city": "Manchester", "tagline": "Live, live!", "about": "For e-shops."}
    applied = services.apply_as_partner(by=UserFactory(), profile=profile(**said))
    assert words(applied) == "manchester live for eshops shops"

    changed = profile(**said | {"city": "", "about": ""})
    services.update_profile_as_staff(partner_id=applied.pk, by=staff, profile=changed, changed=["city"])
    assert words(applied) == "live"


def test_profile_that_is_refused_leaves_the_words(partner, partner_owner):
    with pytest.raises(ValidationError):
        services.update_profile(partner_id=partner.pk, by=partner_owner, profile=profile(city="Oslo", capacity=1001))

    assert "oslo" not in words(partner)


def test_longest_text_keeps_the_city_and_is_stored():
    partner = PartnerFactory(city="北京", tagline="直" * 140, about="".join(chr(0x4E00 + n) for n in range(2000)))

    held = words(partner)

    assert held.startswith("北京 京 ")
    assert len(held.split()) == MOST_OF_TEXT
    assert len(held.encode()) < 160_000


def test_refilling_writes_what_is_outdated_once(monkeypatch):
    monkeypatch.setattr(own_words, "BATCH", 2)
    for number in range(5):
        PartnerFactory(city=f"Town {number}")
    right = dict(PartnerWords.objects.values_list("pk", "words"))
    first, second, *_others = right
    PartnerWords.objects.filter(pk=first).delete()
    PartnerWords.objects.filter(pk=second).update(words="")

    assert [row.pk for row in own_words.outdated()] == [first, second]
    assert (own_words.refill(), own_words.refill()) == (2, 0)
    assert dict(PartnerWords.objects.values_list("pk", "words")) == right


def test_words_cost_one_statement_however_many_partners(partner):
    partners = [partner, *PartnerFactory.create_batch(3)]
    for some in (partners[:1], partners):
        with counted() as queries:
            own_words.refresh(some)
        assert len(queries) == 1


@pytest.mark.postgresql
def test_words_are_read_by_their_index(partner):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    assert "partner_own_words" in PartnerWords.objects.filter(term_begins("words", ("steady",))).explain()
