from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone, translation

from accounts import formats

pytestmark = pytest.mark.once

NOW = datetime(2026, 12, 3, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (Decimal(1250), "GBP", "£1,250"),
        (Decimal("1250.00"), "GBP", "£1,250"),
        (Decimal("1250.50"), "GBP", "£1,250.50"),
        (Decimal(0), "USD", "$0"),
        (Decimal(12_000_000), "IDR", "IDR\N{NO-BREAK SPACE}12,000,000"),
        (Decimal("12345678901234567890.12"), "USD", "$12,345,678,901,234,567,890.12"),
        (None, "GBP", ""),
    ],
)
def test_money(amount, currency, shown):
    assert formats.money(amount, currency) == shown


def test_money_follows_the_readers_language():
    with translation.override("de"):
        assert formats.money(Decimal("1250.50"), "EUR") == "1.250,50\N{NO-BREAK SPACE}€"


@pytest.mark.parametrize(
    ("names", "most", "shown"),
    [
        ([], None, ""),
        (["Shoes", "Health"], None, "Shoes, Health"),
        (["Shoes", "Health", "Toys"], 2, "Shoes, Health, Toys"),
        (["Shoes", "Health", "Toys", "Pets"], 2, "Shoes, Health + 2"),
    ],
)
def test_joined(names, most, shown):
    assert formats.joined(names, most=most) == shown


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Northlight Commerce", "NC"), ("Volta", "V"), ("harbour & pine", "HP"), ("the very long name", "TN"), ("", "?")],
)
def test_initials(name, letters):
    assert formats.initials(name) == letters


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-5), "5 minutes ago"),
        (timedelta(hours=-26), "1 day ago"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=-30), "Tue 3 Nov"),
        (timedelta(days=40), "Tue 12 Jan 2027"),
    ],
)
def test_ago(distance, said):
    with time_machine.travel(NOW, tick=False):
        assert formats.ago(NOW + distance) == said


def test_times_are_in_the_readers_zone():
    with time_machine.travel(NOW, tick=False), timezone.override(ZoneInfo("Asia/Tokyo")):
        assert formats.day_and_time(NOW + timedelta(hours=1)) == "Fri 4 Dec, 00:05"
        assert formats.full(NOW) == "Thursday 3 December 2026, 23:05 JST"
