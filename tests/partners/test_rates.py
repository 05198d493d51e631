"""Stored, dated rates: the newest counts, and nothing is converted without one."""

from datetime import date
from decimal import Decimal

import pytest

from partners.models import ExchangeRate
from partners.rates import convert, latest_rates
from partners.services import save_rates

RATES = {"EUR": Decimal(1), "GBP": Decimal("0.8"), "IDR": Decimal(17_000)}


@pytest.mark.parametrize(
    ("amount", "source", "target", "converted"),
    [
        (100, "EUR", "GBP", "80"),
        (80, "GBP", "EUR", "100"),
        (80, "GBP", "IDR", "1700000"),
        (1_700_000, "IDR", "GBP", "80"),
        (5, "USD", "USD", "5"),
        (0, "USD", "GBP", "0"),
        (0, "GBP", "USD", "0"),
    ],
)
def test_amount_is_converted_by_way_of_the_euro(amount, source, target, converted):
    assert convert(Decimal(amount), source=source, target=target, rates=RATES) == Decimal(converted)


@pytest.mark.parametrize(("source", "target"), [("USD", "GBP"), ("GBP", "USD"), ("USD", "JPY")])
def test_amount_without_a_rate_is_not_converted(source, target):
    assert convert(Decimal(5), source=source, target=target, rates=RATES) is None


@pytest.mark.django_db
def test_newest_rate_of_each_currency_counts():
    for currency, per_euro, day in [("GBP", "0.8", 1), ("GBP", "0.9", 3), ("GBP", "0.7", 2), ("JPY", "160", 1)]:
        save_rates({currency: Decimal(per_euro)}, date=date(2026, 11, day), source="test")

    assert latest_rates() == {"EUR": 1, "GBP": Decimal("0.9"), "JPY": 160}
    held = ExchangeRate.objects.get(currency="GBP")
    assert [row.per_euro for row in held.history.order_by("history_id")] == [Decimal("0.8"), Decimal("0.9")]


@pytest.mark.django_db
def test_euro_is_one_whatever_is_stored():
    ExchangeRate.objects.create(currency="EUR", per_euro=5, date=date(2026, 11, 1), source="test")

    assert latest_rates()["EUR"] == 1
