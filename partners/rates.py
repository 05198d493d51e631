"""Stored, dated exchange rates: nothing is converted without one (design, section 7)."""

from decimal import Decimal

from partners.choices import Currency
from partners.models import ExchangeRate


def latest_rates():
    """The newest stored rate of each currency, units per euro, as {code: Decimal}; EUR is 1."""
    rates = {Currency.EUR.value: Decimal(1)}
    for rate in ExchangeRate.objects.order_by("date"):
        rates[rate.currency] = rate.per_euro
    return rates


def convert(amount, *, source, target, rates):
    """An amount of `source` in `target`, both ISO 4217; None when a rate is missing."""
    if source == target:
        return amount
    if source not in rates or target not in rates:
        return None
    return amount / rates[source] * rates[target]
