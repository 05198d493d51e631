"""Stored, dated exchange rates: nothing is converted without one (design, section 7)."""

from datetime import timedelta
from decimal import Decimal

from accounts import clock
from partners.choices import Currency
from partners.models import ExchangeRate

STALE_AFTER = timedelta(days=30)


def latest_rates():
    """The stored rate of each currency, units per euro, as {code: Decimal}; EUR is 1."""
    return {Currency.EUR.value: Decimal(1), **dict(ExchangeRate.objects.values_list("currency", "per_euro"))}


def convert(amount, *, source, target, rates):
    """An amount of `source` in `target`, both ISO 4217; None when a rate is missing."""
    if source == target:
        return amount
    if source not in rates or target not in rates:
        return None
    return amount / rates[source] * rates[target]


def missing_rates():
    """The currencies of the vocabulary that have no stored rate, as codes."""
    held = latest_rates()
    return [code for code in Currency.values if code not in held]


def stale_rates():
    """The stored rates that are older than STALE_AFTER."""
    return ExchangeRate.objects.filter(date__lt=(clock.now() - STALE_AFTER).date())
