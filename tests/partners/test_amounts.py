"""Amounts as people type them (docs/design.md, Amounts): read in one meaning, or refused with what to do."""

import re
from decimal import Decimal

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from partners.amounts import AmountField, AmountsMixin, format_money, parse_amount
from partners.choices import NO_DECIMALS, Currency, decimals_of
from partners.models import Partner

WHOLE_DIGITS = 18 if settings.ON_POSTGRESQL else 13
WITH_DECIMALS = sorted(set(Currency.values) - NO_DECIMALS)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12000", "12000"),
        ("0", "0"),
        ("0.5", "0.50"),
        ("0,5", "0.50"),
        ("1.2", "1.20"),
        ("1,23", "1.23"),
        ("007", "7"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1'234.50", "1234.50"),
        ("1’234.50", "1234.50"),
        ("12 000", "12000"),
        ("12\u00a0000", "12000"),
        ("12\u202f000,5", "12000.50"),
        ("12\u3000000", "12000"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1,234,567.8", "1234567.80"),
        ("１２００", "1200"),
        ("１，２３４．５６", "1234.56"),
        ("  250 ", "250"),
        ("9" * WHOLE_DIGITS, "9" * WHOLE_DIGITS),
        (f"{'9' * WHOLE_DIGITS}.99", f"{'9' * WHOLE_DIGITS}.99"),
    ],
)
def test_amount_with_one_meaning_is_read(text, amount):
    assert parse_amount(text, "GBP") == Decimal(amount)


@pytest.mark.parametrize("currency", sorted(NO_DECIMALS))
@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("9.999", 9999),
        ("9,999", 9999),
        ("1.500.000", 1_500_000),
        ("1,500,000", 1_500_000),
        ("150 000", 150_000),
        ("12000", 12_000),
        ("１２，０００", 12_000),
    ],
)
def test_amount_without_decimals_can_only_be_grouped(text, amount, currency):
    assert parse_amount(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("-5", "GBP", "negative"),
        ("−5", "GBP", "negative"),
        ("–0.01", "GBP", "negative"),
        ("9.999", "GBP", "ambiguous"),
        ("9,999", "EUR", "ambiguous"),
        ("９．９９９", "USD", "ambiguous"),
        ("123.456", "THB", "ambiguous"),
        ("0.999", "GBP", "decimals"),
        ("1234.567", "GBP", "decimals"),
        ("1,234.567", "GBP", "decimals"),
        ("9.99", "IDR", "decimals"),
        ("1,234.56", "JPY", "decimals"),
        ("1.234,50", "VND", "decimals"),
        ("1,23,456", "GBP", "groups"),
        ("12,34.5", "GBP", "groups"),
        ("1.234.56", "GBP", "groups"),
        ("1234,567.80", "GBP", "groups"),
        ("12 00", "GBP", "groups"),
        ("1 2 3", "GBP", "groups"),
        ("1,234 567", "GBP", "groups"),
        ("1.234 567,89", "GBP", "groups"),
        ("0,123,456", "GBP", "groups"),
        ("", "GBP", "invalid"),
        ("   ", "GBP", "invalid"),
        ("abc", "GBP", "invalid"),
        ("£12", "GBP", "invalid"),
        ("+5", "GBP", "invalid"),
        (".5", "GBP", "invalid"),
        ("5.", "GBP", "invalid"),
        ("1..5", "GBP", "invalid"),
        ("1e5", "GBP", "invalid"),
        ("1_000", "GBP", "invalid"),
        ("NaN", "GBP", "invalid"),
        ("Infinity", "GBP", "invalid"),
        ("10²", "GBP", "invalid"),
        ("①", "GBP", "invalid"),
        ("½", "GBP", "invalid"),
        ("٣", "GBP", "invalid"),
        ("5\x00", "GBP", "invalid"),
        ("5\u202e6x", "GBP", "invalid"),
        ("9" * (WHOLE_DIGITS + 1), "GBP", "too_long"),
        ("9" * 30, "IDR", "too_long"),
    ],
)
def test_amount_that_has_no_one_meaning_is_refused(text, currency, code):
    with pytest.raises(ValidationError) as refused:
        parse_amount(text, currency)

    assert refused.value.code == code


def test_ambiguous_amount_shows_both_readings():
    with pytest.raises(ValidationError) as refused:
        parse_amount("9.999", "GBP")

    assert refused.value.messages == ["This could be 9999 or 9.999. Enter it as 9999 or as 9.99."]


amounts = st.integers(0, 10 ** (WHOLE_DIGITS + 2) - 1).map(lambda cents: Decimal(cents).scaleb(-2))


@given(
    amount=amounts, group=st.sampled_from(["", ",", ".", " ", "'", "\u202f"]), currency=st.sampled_from(WITH_DECIMALS)
)
def test_amount_written_with_two_decimals_is_read_back_in_every_notation(amount, group, currency):
    mark = "," if group == "." else "."
    whole, fraction = f"{amount:.2f}".split(".")

    assert parse_amount(f"{int(whole):,}".replace(",", group) + mark + fraction, currency) == amount


@given(
    amount=st.integers(0, 10**WHOLE_DIGITS - 1),
    group=st.sampled_from(["", ",", ".", " ", "'"]),
    currency=st.sampled_from(sorted(NO_DECIMALS)),
)
def test_whole_amount_is_read_back_in_every_grouping(amount, group, currency):
    assert parse_amount(f"{amount:,}".replace(",", group), currency) == amount


@given(text=st.text(alphabet="0123456789.,' -１²e\u00a0", max_size=60) | st.text(), currency=st.sampled_from(Currency))
def test_amount_keeps_every_digit_or_is_refused(text, currency):
    try:
        amount = parse_amount(text, currency)
    except ValidationError:
        return

    assert amount >= 0
    assert -amount.as_tuple().exponent == decimals_of(currency)
    assert len(str(int(amount))) <= WHOLE_DIGITS
    typed = "".join(re.findall("[0-9]", text.translate(str.maketrans("０１２３４５６７８９", "0123456789"))))
    read = f"{amount:f}".replace(".", "")
    assert typed.strip("0") == read.strip("0")


class BudgetForm(AmountsMixin, forms.Form):
    currency = forms.ChoiceField(choices=Currency)
    budget = AmountField(above_zero=True)
    other = AmountField(required=False)


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
