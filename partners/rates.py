"""Stored, dated exchange rates. Without a rate no amount is converted (docs/design.md, Exchange rates)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Q

from accounts import clock
from accounts.paging import united
from partners.choices import Currency
from partners.models import ExchangeRate, Market, Partner

OLD_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class RateGaps:
    """Currencies in use that have no rate, and those whose rate is old."""

    missing: list[str]
    old: list[str]

    def __bool__(self):
        return bool(self.missing or self.old)


def rate_gaps():
    """Return the gaps in the rates for the currencies of active markets and of listed partners."""
    used = set(Market.objects.filter(active=True).values_list("currency", flat=True))
    listed = Partner.objects.listed()
    used |= {code for (code,) in united(listed.filter(currency=each).values_list("currency")[:1] for each in Currency)}
    newest = dict(ExchangeRate.objects.values_list("currency", "date"))
    oldest = clock.now().date() - OLD_AFTER
    used.discard(Currency.EUR)  # rates are per euro
    return RateGaps(
        missing=sorted(used - newest.keys()),
        old=sorted(code for code in used & newest.keys() if newest[code] < oldest),
    )


def latest_rates():
    """Return the stored rate of each currency, in units per euro, as {code: Decimal}; EUR is 1."""
    return dict(ExchangeRate.objects.values_list("currency", "per_euro")) | {Currency.EUR.value: Decimal(1)}


def convert(amount, *, source, target, rates):
    """Return an amount of `source` in `target`, both ISO 4217; None when a rate is missing. 0 needs none."""
    if source == target or not amount:
        return amount
    if source not in rates or target not in rates:
        return None
    return amount / rates[source] * rates[target]


def without_rate(amount, *, source, target, rates):
    """Return the condition on rows that `convert` gives None; `amount` and `source` are names of their fields."""
    needs_one = ~Q(**{source: target}) & ~Q(**{amount: 0})
    return needs_one & ~Q(**{f"{source}__in": rates}) if target in rates else needs_one
