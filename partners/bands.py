"""Budget bands: what an offer of the matching index says of the smallest budget, comparable across currencies."""

from decimal import Decimal
from math import ceil, floor

from partners.choices import Currency
from partners.rates import convert

# Lower ends of the budget bands, EUR a month: band 0 holds what asks for less than the first.
BANDS = [Decimal(n) for n in (100, 250, 500, 1000, 1500, 2500, 4000, 6000, 10_000, 20_000, 50_000)]
UNRATED = 100  # from here on a band for each currency without a stored rate: comparable among themselves only
MOST_CENTS = 2**63 - 1


def band_and_cents(amount, currency, rates):
    """Return the band of a monthly amount, and the amount in hundredths of EUR: without a rate, of its currency."""
    euros = convert(amount, source=currency, target="EUR", rates=rates)
    if euros is None:
        known = Currency.values.index(currency) if currency in Currency.values else len(Currency)
        return UNRATED + known, amount * 100
    return sum(euros >= lower for lower in BANDS), euros * 100


def band_columns(amount, currency, rates):
    """Return the `band` and `cents` of an offer by a partner whose smallest budget is this amount a month."""
    band, cents = band_and_cents(amount, currency, rates)
    return {"band": band, "cents": min(floor(cents), MOST_CENTS)}


def within_condition(budget, currency, rates):
    """Return the condition on the index that a monthly budget reaches, in whatever band, as (SQL, parameters)."""
    band, most_cents = bands_within(budget, currency, rates)[0]
    if band >= UNRATED:
        return "(band = %s AND cents <= %s OR band = 0 AND cents = 0)", [band, most_cents]
    return "band <= %s AND cents <= %s", [band, most_cents]


def bands_within(budget, currency, rates):
    """Return the bands that a monthly budget reaches, its own first, as (band, most cents covered there)."""
    band, cents = band_and_cents(budget, currency, rates)
    own = band, min(ceil(cents), MOST_CENTS)
    return [own, (0, 0)] if band >= UNRATED else [own, *((lower, MOST_CENTS) for lower in range(band - 1, -1, -1))]
