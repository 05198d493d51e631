"""Amounts as people type them (docs/design.md, Amounts): read as they are meant, or refused with what to type."""

import re
from decimal import Decimal

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from partners.amounts import AmountField, AmountsMixin, echo_of, format_money, parse_amount
from partners.choices import NO_DECIMALS, Currency, decimals_of
from partners.models import Partner
from tests.cast import login
from tests.factories import fill_vocabularies
from tests.staff import page as page_of

WHOLE_DIGITS = 18 if settings.ON_POSTGRESQL else 13
LONGEST = "9" * WHOLE_DIGITS
WITH_DECIMALS = sorted(set(Currency.values) - NO_DECIMALS)
EVERY, POUNDS, WHOLE = "en de id zh-hans", "GBP EUR USD", "IDR JPY VND"
READ_AMOUNT = reverse("partners:amount")


class BudgetForm(AmountsMixin, forms.Form):
    currency = forms.ChoiceField(choices=Currency)
    budget = AmountField(above_zero=True)
    other = AmountField(required=False)


# What is typed, the readers' languages, the currencies, and what it means to each of these: an amount, or the code of
# the error (their words: test_error_says_what_to_type).
TYPED = [
    # Digits alone
    ("12000", EVERY, f"{POUNDS} {WHOLE}", "12000"),
    ("0", EVERY, f"{POUNDS} {WHOLE}", "0"),
    ("007", EVERY, "GBP", "7"),
    ("  250 ", EVERY, "GBP", "250"),
    # One separator before three digits: the reader's language says whether it groups
    ("48,000", "en zh-hans", POUNDS, "48000"),
    ("48.000", "de id", POUNDS, "48000"),
    ("48.000", "en zh-hans", POUNDS, "ambiguous"),
    ("48,000", "de id", POUNDS, "ambiguous"),
    ("9.999", EVERY, WHOLE, "9999"),
    ("9,999", EVERY, WHOLE, "9999"),
    ("9.999,-", EVERY, f"{POUNDS} {WHOLE}", "9999"),
    # One separator before one or two digits, or more than three: decimals
    ("0.5", EVERY, "GBP", "0.5"),
    ("0,5", EVERY, "GBP", "0.5"),
    ("1,23", EVERY, "GBP", "1.23"),
    ("500,-", EVERY, f"EUR {WHOLE}", "500"),
    ("500.–", EVERY, "EUR", "500"),
    ("9.99", EVERY, WHOLE, "decimals"),
    ("9.00", EVERY, WHOLE, "9"),
    ("0.999", EVERY, "GBP", "decimals"),
    ("1234.567", EVERY, "GBP", "decimals"),
    ("48.0000", EVERY, "GBP", "decimals"),
    ("48,0000", EVERY, "GBP", "decimals"),
    # Several separators: the last is the decimal mark if it is another than those before
    ("1,234.56", EVERY, POUNDS, "1234.56"),
    ("1.234,56", EVERY, POUNDS, "1234.56"),
    ("1,234,567", EVERY, f"{POUNDS} {WHOLE}", "1234567"),
    ("1.234.567", EVERY, f"{POUNDS} {WHOLE}", "1234567"),
    ("1,234,567.8", EVERY, "GBP", "1234567.8"),
    ("1,234.567", EVERY, "GBP", "decimals"),
    ("1,234.56", EVERY, WHOLE, "decimals"),
    ("1.500.000,00", EVERY, WHOLE, "1500000"),
    ("1,2,3", EVERY, f"GBP {WHOLE}", "groups"),
    ("1,23,456", EVERY, "GBP", "groups"),
    ("12,34.5", EVERY, "GBP", "groups"),
    ("1.234.56", EVERY, "GBP", "groups"),
    ("1234,567.80", EVERY, "GBP", "groups"),
    ("1,234 567", EVERY, "GBP", "groups"),
    ("1.234 567,89", EVERY, "GBP", "groups"),
    ("0,123,456", EVERY, "GBP", "groups"),
    # Spaces and apostrophes only group
    ("12 000", EVERY, f"GBP {WHOLE}", "12000"),
    ("12\u00a0000", EVERY, "GBP", "12000"),
    ("12\u2009000", EVERY, "GBP", "12000"),
    ("12\u202f000,5", EVERY, "GBP", "12000.5"),
    ("12\u3000000", EVERY, "GBP", "12000"),
    ("1 234,56", EVERY, "GBP", "1234.56"),
    ("1'000.50", EVERY, "GBP", "1000.5"),
    ("1’234,50", EVERY, "GBP", "1234.5"),
    ("12 00", EVERY, "GBP", "groups"),
    ("1 2 3", EVERY, "GBP", "groups"),
    # Digits and separators of other scripts
    ("٤٨٠٠٠", EVERY, "GBP", "48000"),
    ("٤٨٬٠٠٠٫٥", EVERY, "GBP", "48000.5"),
    ("٤٨٬٠٠٠", EVERY, "GBP", "48000"),
    ("٤٨٫٠٠٠", EVERY, "GBP", "decimals"),
    ("४८०००", EVERY, "GBP", "48000"),
    ("４８，０００", "en zh-hans", "GBP", "48000"),
    ("４８，０００", "de id", "GBP", "ambiguous"),
    ("１，２３４．５６", EVERY, "GBP", "1234.56"),
    # A sign or code of the currency before or after it
    ("Rp 1.500.000", EVERY, "IDR", "1500000"),
    ("Rp. 1.500.000,-", EVERY, "IDR", "1500000"),
    ("Rp1,500,000", EVERY, "IDR", "1500000"),
    ("US$ 5,000", "en", "USD", "5000"),
    ("$5,000.00 USD", EVERY, "USD", "5000"),
    ("$ 500", EVERY, "USD SGD MXN", "500"),
    ("S$500", EVERY, "SGD", "500"),
    ("R$ 1.234,50", EVERY, "BRL", "1234.5"),
    ("RM 500", EVERY, "MYR", "500"),
    ("₱500", EVERY, "PHP", "500"),
    ("฿500", EVERY, "THB", "500"),
    ("500.000 ₫", EVERY, "VND", "500000"),
    ("￥12,000", EVERY, "JPY", "12000"),
    ("£12", EVERY, "GBP", "12"),
    ("€ 1\u202f000,00", EVERY, "EUR", "1000"),
    ("1.234,56 €", EVERY, "EUR", "1234.56"),
    ("eur500", EVERY, "EUR", "500"),
    ("500 GBP", EVERY, "GBP", "500"),
    # Of another currency
    ("€ 500", EVERY, f"GBP USD {WHOLE}", "currency"),
    ("$500", EVERY, "GBP EUR", "currency"),
    ("S$500", EVERY, "GBP USD", "currency"),
    ("Rp 500", EVERY, "GBP", "currency"),
    ("500 CHF", EVERY, "GBP", "currency"),
    ("₹500", EVERY, "GBP", "currency"),
    ("₦500", EVERY, "GBP", "currency"),
    ("£500 EUR", EVERY, "GBP EUR", "currency"),
    # Less than nothing
    ("-5", EVERY, "GBP", "negative"),
    ("−5", EVERY, "GBP", "negative"),
    ("–0.01", EVERY, "GBP", "negative"),
    ("-£5", EVERY, "GBP", "negative"),
    ("£ -5", EVERY, "GBP", "negative"),
    # No amount
    *[
        (typed, EVERY, "GBP", "invalid")
        for typed in (
            "", "   ", "abc", "5k", "2-3000", "2 – 3000", "5 bis 6", "kr 5", "U$S 5", "€", "+5", ".5", "5.", "5,",
            "£.5", "£ .500", "GBP.500",
            "1..5", "1e5", "1_000", "(5)", "5%", "NaN", "Infinity", "10²", "①", "½", "五千",
            "5\x00", "5\u202e6x", "1" * 61,
        )
    ],
    # Beyond what is stored
    (LONGEST, EVERY, "GBP IDR", LONGEST),
    (f"{LONGEST}.99", EVERY, "GBP", f"{LONGEST}.99"),
    (f"9{LONGEST}", EVERY, "GBP IDR", "too_long"),
]  # fmt: skip


def meaning_of(typed, currency):
    """Return the amount that is read, or the code of the error."""
    try:
        return parse_amount(typed, currency)
    except ValidationError as refused:
        return refused.code


@pytest.mark.parametrize(("typed", "languages", "currencies", "meaning"), TYPED)
def test_amount_means_what_it_means_to_who_types_it(typed, languages, currencies, meaning):
    meant = Decimal(meaning) if meaning[:1].isdecimal() else meaning
    for language in languages.split():
        for currency in currencies.split():
            with translation.override(language):
                assert (language, currency, meaning_of(typed, currency)) == (language, currency, meant)


@pytest.mark.parametrize(
    ("typed", "currency", "says"),
    [
        ("5k", "GBP", "Enter one amount in digits, like 12000 or 1,234.56."),
        ("2-3000", "JPY", "Enter one amount in digits, like 12000 or 1,234,567."),
        ("1,2,3", "GBP", "Group thousands in threes, like 1,234.56, or leave the groups out."),
        ("48.000", "GBP", "This could be 48000 or 48.000. Enter it as 48000 or as 48.00."),
        ("1.234", "IDR", None),
        ("1.5", "IDR", "Enter a whole amount: this currency has no decimals."),
        (
            "€ 500",
            "GBP",
            "You wrote “€”, but the currency is GBP. Choose the currency of the amount, or leave “€” out.",
        ),
    ],
)
def test_error_says_what_to_type(typed, currency, says):
    errors = BudgetForm({"currency": currency, "budget": typed}).errors

    assert errors.get("budget") == (says and [says])


def test_example_and_readings_are_written_in_the_readers_language():
    with translation.override("de"):
        errors = [BudgetForm({"currency": "EUR", "budget": typed}).errors["budget"] for typed in ("5k", "48,000")]

        assert "1.234,56" in errors[0][0]
        assert re.findall(r"[0-9.,]*[0-9]", errors[1][0]) == ["48000", "48,000", "48000", "48,00"]


amounts = st.integers(0, 10 ** (WHOLE_DIGITS + 2) - 1).map(lambda cents: Decimal(cents).scaleb(-2))


@given(
    amount=amounts, group=st.sampled_from(["", ",", ".", " ", "'", "\u202f"]), currency=st.sampled_from(WITH_DECIMALS)
)
def test_amount_written_with_two_decimals_is_read_back_in_every_notation(amount, group, currency):
    mark = "," if group == "." else "."
    whole, fraction = f"{amount:.2f}".split(".")

    assert parse_amount(f"{int(whole):,}".replace(",", group) + mark + fraction, currency) == amount


@given(amount=amounts, currency=st.sampled_from(Currency), language=st.sampled_from(EVERY.split()))
def test_amount_that_the_site_writes_is_read_back_by_the_reader_of_the_same_language(amount, currency, language):
    amount = amount.quantize(Decimal(1).scaleb(-decimals_of(currency)), "ROUND_DOWN")
    with translation.override(language):
        assert parse_amount(format_money(amount, currency), currency) == amount


@given(text=st.text(alphabet="0123456789.,' -１²e€\u00a0", max_size=60) | st.text(), currency=st.sampled_from(Currency))
def test_amount_keeps_every_digit_or_is_refused(text, currency):
    try:
        amount = parse_amount(text, currency)
    except ValidationError:
        return

    assert amount >= 0
    assert -amount.as_tuple().exponent == decimals_of(currency)
    assert len(str(int(amount))) <= WHOLE_DIGITS
    typed = "".join(str(int(letter)) for letter in text if letter.isdecimal())
    assert typed.strip("0") == f"{amount:f}".replace(".", "").strip("0")


def test_form_reads_its_amounts_in_its_currency():
    form = BudgetForm({"currency": "IDR", "budget": "9.999", "other": ""})

    assert form.is_valid()
    assert form.cleaned_data == {"currency": "IDR", "budget": 9999, "other": None}


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"currency": "GBP", "budget": "9.999"}, {"budget": "ambiguous"}),
        ({"currency": "GBP", "budget": "0.00"}, {"budget": "zero"}),
        ({"currency": "GBP", "budget": ""}, {"budget": "required"}),
        ({"currency": "GBP", "budget": "1" * 61}, {"budget": "max_length"}),
        ({"currency": "GBP", "budget": "1\x00"}, {"budget": "null_characters_not_allowed"}),
        ({"currency": "", "budget": "5"}, {"currency": "required"}),
        ({"currency": "XXX", "budget": "9.999"}, {"currency": "invalid_choice"}),
        ({"currency": "GBP", "budget": "5", "other": "-1"}, {"other": "negative"}),
    ],
)
def test_form_shows_errors_at_the_fields(data, errors):
    form = BudgetForm(data)

    assert {name: found[0].code for name, found in form.errors.as_data().items()} == errors
    assert form["budget"].value() == data["budget"].rstrip("\x00")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("2000.00"), "2000"),
        (Decimal("2000.50"), "2000.50"),
        (Decimal("1E+3"), "1000"),
        ("abc", "abc"),
        (None, None),
    ],
)
def test_field_shows_an_amount_as_it_can_be_typed(amount, shown):
    assert AmountField().prepare_value(amount) == shown


@pytest.mark.parametrize(
    ("language", "typed", "currency", "echo"),
    [
        ("en", "48,000", "GBP", "£48,000 a month"),
        ("de", "48.000", "GBP", "48.000\u00a0£ pro Monat"),
        ("id", "Rp 1.500.000", "IDR", "Rp\u00a01.500.000 per bulan"),
        ("en", "48.000", "GBP", ""),
        ("en", "", "GBP", ""),
        ("en", "5k", "GBP", ""),
        ("en", "5", "", ""),
        ("en", "5", None, ""),
        ("en", "5", "XXX", ""),
    ],
)
def test_echo_says_how_an_amount_is_read(language, typed, currency, echo):
    with translation.override(language):
        assert echo_of(typed, currency) == echo


@pytest.mark.parametrize(
    ("form", "echo"),
    [
        (BudgetForm(), ""),
        (BudgetForm(initial={"currency": "GBP", "budget": Decimal("2000.50")}), "£2,000.50 a month"),
        (BudgetForm(initial={"currency": "GBP", "budget": "48,000"}), "£48,000 a month"),
        (BudgetForm({"currency": "GBP", "budget": "48,000"}), "£48,000 a month"),
        (BudgetForm({"currency": "XXX", "budget": "48,000"}), ""),
        (BudgetForm({"currency": "GBP", "budget": "<b>"}), ""),
    ],
)
def test_field_shows_under_it_how_it_is_read(form, echo):
    assert f'<output class="form-echo" id="id_budget_echo" for="id_budget">{echo}</output>' in str(form["budget"])
    assert 'id_budget_echo"' in re.search(r'aria-describedby="[^"]*"', str(form["budget"]))[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"amount": "48,000", "currency": "GBP"}, "£48,000 a month"),
        ({"amount": "48,000", "currency": "", "market": "GB"}, "£48,000 a month"),
        ({"amount": "48,000", "currency": "JPY", "market": "GB"}, "¥48,000 a month"),
        ({"amount": "48,000", "currency": "", "market": "\x00"}, ""),
        ({"amount": "48.000", "currency": "GBP"}, ""),
        ({"amount": "9" * 100_000, "currency": "GBP"}, ""),
        ({"amount": "48,000"}, ""),
        ({}, ""),
    ],
)
def test_page_asks_how_an_amount_is_read(client, asked, said):
    fill_vocabularies()

    response = client.post(READ_AMOUNT, asked)

    assert response.content.decode() == said
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.once
@pytest.mark.parametrize(
    ("person", "url", "fields"),
    [
        ("seller", reverse("seller:request_new"), ["platform_gmv", "other_gmv", "budget"]),
        ("seller", reverse("partners:directory"), ["budget"]),
        ("partner_owner", reverse("portal:profile"), ["smallest_budget", "smallest_gmv"]),
        (None, reverse("partners:signup"), ["smallest_budget", "smallest_gmv"]),
        ("staff", "admin", ["smallest_budget", "smallest_gmv"]),
    ],
)
def test_page_with_amounts_asks_how_they_are_read(person, url, fields, request, client, shop, partner):
    fill_vocabularies()
    if person:
        login(client, request.getfixturevalue(person))

    html = client.get(page_of(partner) if url == "admin" else url).content.decode()

    assert re.findall(rf'<input [^>]*data-amount="{READ_AMOUNT}"[^>]* id="id_([a-z_]+)"', html) == fields
    assert re.findall(r'<output class="form-echo" id="id_([a-z_]+)_echo"', html) == fields
    assert len(re.findall(r'<script src="[^"]*js/amount-echo[^"]*"[^>]* defer>', html)) == 1
    assert "csrfmiddlewaretoken" in html


@pytest.mark.django_db
def test_page_that_asks_too_often_is_refused(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"read_amount": "2/m/ip"}

    codes = [client.post(READ_AMOUNT, {"amount": "5", "currency": "GBP"}).status_code for _again in range(3)]

    assert codes == [200, 200, 429]


@pytest.mark.django_db
@pytest.mark.parametrize(("asked", "queries"), [({"currency": "GBP"}, 0), ({"market": "GB"}, 1)])
def test_only_the_currency_of_a_market_is_asked_of_the_database(asked, queries, client, django_assert_num_queries):
    with django_assert_num_queries(queries):
        client.post(READ_AMOUNT, {"amount": "48,000"} | asked)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        (2000, "GBP", "en", "£2,000"),
        ("2000.50", "GBP", "en", "£2,000.50"),
        (1_500_000, "IDR", "en", "IDR\u00a01,500,000"),
        ("1234.56", "EUR", "de", "1.234,56\u00a0€"),
        (0, "JPY", "en", "¥0"),
    ],
)
def test_money_is_written_for_the_reader(amount, currency, language, text):
    with translation.override(language):
        assert format_money(amount, currency) == text


@pytest.mark.django_db
def test_largest_amount_is_stored_to_the_last_digit(partner):
    largest = parse_amount("9" * WHOLE_DIGITS + ".99", "GBP")

    Partner.objects.filter(pk=partner.pk).update(smallest_budget=largest)

    assert Partner.objects.get(pk=partner.pk).smallest_budget == largest
