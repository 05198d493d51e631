from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.fields import AddressField, LinesField, OneLineField, address_in_dns
from partners.amounts import AmountField, parse_amount
from partners.forms import WebsiteField
from partners.models import Category
from tests.factories import PASSWORD

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ann Whitfield", "Ann Whitfield"),
        ("  Ann  ", "Ann"),
        ("Ann\tWhitfield", "Ann Whitfield"),
        ("\u202eAnn\u202c", "Ann"),
        ("\u2066Ann\u2069\ufeff", "Ann"),
        ("A\x07n\x1bn", "Ann"),
        ("مرحبا\u200f!", "مرحبا\u200f!"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("<b>&amp;", "<b>&amp;"),
    ],
)
def test_one_line_keeps_what_people_write_and_drops_what_hides(typed, kept):
    assert OneLineField().clean(typed) == kept


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_one_line_refuses_line_breaks(line_break):
    with pytest.raises(ValidationError, match="Enter one line, without line breaks"):
        OneLineField().clean(f"Ann{line_break}Bcc: all@example.com")


@pytest.mark.parametrize("field", [OneLineField, LinesField])
def test_null_bytes_are_refused(field):
    with pytest.raises(ValidationError, match="Null characters are not allowed"):
        field().clean("a\x00b")


@pytest.mark.parametrize("field", [OneLineField, LinesField])
def test_text_of_controls_alone_is_empty(field):
    with pytest.raises(ValidationError, match="This field is required"):
        field().clean("\u202e\u2066")


def test_lines_counts_a_line_break_once():
    assert LinesField(max_length=3).clean("a\r\nb") == "a\nb"
    assert LinesField(max_length=5).clean("a\rb\nc") == "a\nb\nc"


def test_text_that_is_too_long_is_refused_with_its_length():
    with pytest.raises(ValidationError, match="has 100000"):
        LinesField(max_length=2000).clean("x" * 100_000)


@pytest.mark.parametrize(
    "email",
    [
        "Ann@Example.COM",
        "ann@bücher.example",
        "ann@BÜCHER.example",
        "ann@xn--bcher-kva.example",
        "a+b@x.example",
        "ann@straße.example",
        f"{'a' * 64}@example.com",
    ],
)
def test_address_is_kept_as_it_is_written(email):
    assert AddressField().clean(f" {email} ") == email


@pytest.mark.parametrize(
    "email",
    [
        "ann@ｅxample.com",  # a mail server would be asked for example.com
        "ann@exam\u202eple.com",
        "an\u200bn@example.com",
        "ann\u200e@example.com",
        "ann@i❤.example",
        "ann@xn--ls8h.example",
        f"{'a' * 65}@example.com",
        "ſeller@example.com",
        "ann@strasſe.example",
        "ann@exam\u200bple.com",
        f"ann@{'ü' * 62}.example",
    ],
)
def test_address_that_is_another_than_it_looks_is_refused(email):
    with pytest.raises(ValidationError):
        AddressField().clean(email)


INVISIBLE = [
    "\u200e",
    "\u200f",
    "\u061c",
    "\u202a",
    "\u202e",
    "\u2066",
    "\u2069",
    "\u200b",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
]


@pytest.mark.parametrize("mark", INVISIBLE)
def test_what_is_not_seen_around_a_pasted_value_is_taken_off(mark):
    around = f"{mark} {mark}{{}}{mark}\u00a0{mark}".format

    assert OneLineField().clean(around("Ann Lee")) == "Ann Lee"
    assert LinesField().clean(around("Ann\nLee")) == "Ann\nLee"
    assert AddressField().clean(around("ann@example.com")) == "ann@example.com"
    assert WebsiteField().clean(around("https://example.com/")) == "https://example.com/"
    assert AmountField().clean(around("1,234.56")) == "1,234.56"
    assert parse_amount(around("1,234.56"), "GBP") == Decimal("1234.56")
    assert parse_amount(f"1{mark}234.56", "GBP") == Decimal("1234.56")
    for field in (OneLineField(), LinesField(), AmountField()):
        with pytest.raises(ValidationError, match="This field is required"):
            field.clean(mark)


@pytest.mark.django_db
@pytest.mark.parametrize("mark", INVISIBLE)
def test_sign_in_takes_a_pasted_address(mark, client, seller):
    data = {"login": f"{mark}{seller.email}{mark}", "password": PASSWORD}

    assert client.post(reverse("account_login"), data).status_code == 302


@pytest.mark.django_db
def test_staff_paste_names_without_what_is_not_seen(desk, shop):
    url = reverse("admin:partners_category_add")

    assert desk.post(url, {"name": "\u200eToys\ufeff", "external_id": "\u20667\u2069"}).status_code == 302
    assert Category.objects.filter(name="Toys", external_id="7").exists()


@pytest.mark.parametrize(
    ("email", "given"),
    [
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),  # by IDNA 2003 it would be strasse.example
        ("Ann@Example.COM", "Ann@Example.COM"),
        ("ann@i❤.example", "ann@i❤.example"),
    ],
)
def test_mail_servers_are_given_the_domain_that_was_typed(email, given):
    assert address_in_dns(email) == given


def test_text_is_composed_and_without_what_is_not_seen():
    assert OneLineField().clean("Cafe\u0301 North\u200blight\u00ad \U000e0041") == "Café Northlight"


@pytest.mark.parametrize(
    ("typed", "one_spelling"),
    [
        ('"ann"@example.com', "ann@example.com"),
        ('"ann.b"@example.com', "ann.b@example.com"),
        ('"a\\nn"@example.com', "ann@example.com"),
        ('"a..b"@example.com', '"a..b"@example.com'),
        ('"a\\"b"@example.com', '"a\\"b"@example.com'),
        ('"' + "a" * 64 + '"@example.com', "a" * 64 + "@example.com"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        (f"ab@{'.'.join(['b' * 60] * 4)}.example", f"ab@{'.'.join(['b' * 60] * 4)}.example"),  # 254 in all
    ],
)
def test_address_has_one_spelling(typed, one_spelling):
    assert AddressField().clean(typed) == one_spelling


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("a" * 65 + "@example.com", "at most 64"),
        ('"' + "a" * 65 + '"@example.com', "at most 64"),
        (f"abc@{'.'.join(['b' * 60] * 4)}.example", "at most 254"),
        (f"a@{'.'.join(['界é' * 13] * 7)}.example.com", "valid"),  # so long as mail servers look it up
        (f"{'a' * 60}@{'.'.join(['界é' * 13] * 5)}.example.com", "at most 254"),
        ('""@example.com', "valid"),
    ],
)
def test_address_that_no_mail_server_has_to_take_is_refused(typed, said):
    with pytest.raises(ValidationError, match=said):
        AddressField().clean(typed)
