"""What may be wrong with what was typed into the request form, and how each amount and text is read."""

import re
from decimal import Decimal

import pytest

from partners.amounts import MAX_DIGITS
from partners.choices import Service
from requests_app.models import PartnerRequest
from tests.requests_app.seller.request_form import NEW, errors, only_request, shown

pytestmark = pytest.mark.once

FOUR_SERVICES = "You can name at most 3 services. Take one off."
UNKNOWN_SERVICE = "A service you named is not offered here, or not any more. Choose from the list."


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("subject", "", "Enter your contact name."),
        ("subject", "Ann\r\nBcc: all@example.com", "Enter one line, without line breaks."),
        ("subject", "Ann\u2028Whitfield", "Enter one line, without line breaks."),
        ("subject", "Ann\x00", "Null characters are not allowed."),
        ("subject", "A" * 121, "Ensure this value has at most 120 characters (it has 121)."),
        ("subject", "A" * 100_000, "Ensure this value has at most 120 characters (it has 100000)."),
        ("subject", "\u202e\u2066", "Enter your contact name."),
        ("contact_email", "", "Enter your contact email."),
        ("contact_email", "ann", "Enter a valid email address."),
        ("contact_email", "ann@lumen.example\nBcc: all@example.com", "Enter a valid email address."),
        ("location", "L" * 201, "Ensure this value has at most 200 characters (it has 201)."),
        ("company_size", "", "Choose your company size."),
        ("company_size", "12", "Select a valid choice. 12 is not one of the available choices."),
        ("currency", "XXX", "Select a valid choice. XXX is not one of the available choices."),
        ("platform_gmv", "", "Enter your average sales a month, 0 if there are none yet."),
        ("platform_gmv", "-1", "Enter an amount of 0 or more."),
        ("platform_gmv", "9.999", "This could be 9999 or 9.999. Enter it as 9999 or as 9.99."),
        ("platform_gmv", "much", "Enter one amount in digits, like 12000 or 1,234.56."),
        ("other_gmv", "1" * 30, f"Enter an amount of at most {MAX_DIGITS - 2} digits."),
        ("budget", "0", "Enter an amount above 0."),
        ("budget", "", "Enter your budget per month."),
        ("category", "", "Choose your main product category."),
        ("category", "999999", "Select a valid choice. That choice is not one of the available choices."),
        ("category", "x", "Select a valid choice. That choice is not one of the available choices."),
        ("hot_sale_product", "a\nb", "Enter one line, without line breaks."),
        ("other_details", "x" * 2001, "Ensure this value has at most 2000 characters (it has 2001)."),
        ("other_details", "x" * 100_000, "Ensure this value has at most 2000 characters (it has 100000)."),
        ("other_details", "a\x00b", "Null characters are not allowed."),
        ("services", ["ads", "livestream", "training", "logistics"], FOUR_SERVICES),
        ("services", [*Service.values], "You can name at most 3 services. Take 7 off."),
        ("services", ["skywriting"], UNKNOWN_SERVICE),
        ("services", ["ads", "\x00"], UNKNOWN_SERVICE),
        ("start", "tomorrow", "Select a valid choice. tomorrow is not one of the available choices."),
        ("request_type", "", "Choose how partners are selected."),
        ("request_type", "both", "Select a valid choice. both is not one of the available choices."),
    ],
)
def test_bad_field_is_told_at_the_field_and_everything_typed_is_kept(
    field, value, said, seller_client, chosen, partner
):
    typed = chosen | {field: value, "hide_contact": "on"}

    response = seller_client.post(NEW, typed)

    assert errors(response) == {field: [said]}
    assert PartnerRequest.objects.count() == 0
    kept = {name: str(value) for name, value in shown(response).items()}
    expected = {name: str(value).replace("\x00", "") for name, value in typed.items()}
    expected["hide_contact"] = "True"
    assert {name: kept[name] for name in expected} == expected


def test_error_summary_links_to_each_field(seller_client, chosen):
    bad = chosen | {"subject": "", "budget": "0", "request_type": "", "partners": []}

    html = seller_client.post(NEW, bad).content.decode()

    summary = html[html.index("data-error-summary") : html.index("</ul>", html.index("data-error-summary"))]
    assert re.findall(r'<a href="#([^"]+)"', summary) == ["id_subject", "id_budget", "id_request_type_0"]
    assert all(f'id="{target}"' in html for target in ["id_subject", "id_budget", "id_request_type_0"])


@pytest.mark.parametrize(
    ("currency", "typed_amount", "read"),
    [
        ("GBP", "1,234.56", "1234.56"),
        ("GBP", "1.234,56", "1234.56"),
        ("GBP", "１２０００", "12000"),
        ("JPY", "9.999", "9999"),
        ("IDR", "12.000.000", "12000000"),
    ],
)
def test_amount_is_read_in_the_forms_currency(currency, typed_amount, read, seller_client, chosen):
    seller_client.post(NEW, chosen | {"currency": currency, "budget": typed_amount, "platform_gmv": "1"})

    assert only_request().budget == Decimal(read)


@pytest.mark.parametrize("currency", ["JPY", "IDR", "VND"])
def test_fraction_of_a_currency_without_decimals_is_refused(currency, seller_client, chosen):
    response = seller_client.post(NEW, chosen | {"currency": currency, "platform_gmv": "1", "budget": "1200.50"})

    assert errors(response) == {"budget": ["Enter a whole amount: this currency has no decimals."]}


def test_invisible_controls_are_taken_out_of_texts_and_emoji_kept(seller_client, chosen):
    seller_client.post(
        NEW,
        chosen
        | {"subject": "\u202eAnn\u202c 👩‍🚀", "location": "Leeds\ufeff\x07", "other_details": "one\r\ntwo\u2066"},
    )

    details = only_request().details()
    assert details["subject"] == "Ann 👩‍🚀"
    assert details["location"] == "Leeds"
    assert details["other_details"] == "one\ntwo"


def test_text_of_two_thousand_characters_with_line_breaks_is_taken(seller_client, chosen):
    seller_client.post(NEW, chosen | {"other_details": "x\r\n" * 1000})

    assert len(only_request().details()["other_details"]) == 1999  # the last line break is no text


def test_markup_in_what_was_typed_is_shown_as_text(seller_client, chosen):
    html = seller_client.post(NEW, chosen | {"subject": "<script>alert(1)</script>", "budget": ""}).content.decode()

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
