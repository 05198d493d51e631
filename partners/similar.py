"""Partners like a given one that can be asked now, found in the matching index."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import prefetch_related_objects

from partners.directory import response_text, response_tone, smallest_budget_text
from partners.matching import Criteria, best_offers
from partners.models import Partner, PartnerTrait
from partners.rates import convert, latest_rates

MOST = 3
ANY_BUDGET = Decimal(10**12)
SERVICES_SHOWN = 3


@dataclass(frozen=True)
class Similar:
    name: str
    url: str
    place: str
    tagline: str
    services: list
    smallest_budget: str
    response: str
    response_tone: str


def similar_to(partner):
    """Return up to three partners with its first category and company size in its home market.

    Those with the nearest smallest budget come first. At most four queries: rates, index, partners and their traits.
    """
    category, market = next(iter(partner.categories.all()), None), _home_of(partner)
    size = next(iter(partner.codes_of(PartnerTrait.Kind.COMPANY_SIZE)), None)
    if not (category and market and size):
        return []
    rates = latest_rates()
    alike = Criteria(
        market=market.pk,
        category_id=category.pk,
        category_name=category.name,
        company_size=size,
        currency=partner.currency,
        budget=ANY_BUDGET,
        gmv=Decimal(0),
    )

    def distance(row):
        smallest = convert(row.smallest_budget, source=row.currency, target=partner.currency, rates=rates)
        return (smallest is None, abs((smallest or 0) - partner.smallest_budget), row.pk)

    ids = best_offers(alike, rates, MOST + 1)
    rows = Partner.objects.listed().filter(pk__in=ids).exclude(pk=partner.pk) if ids else []
    nearest = sorted(rows, key=distance)[:MOST]
    prefetch_related_objects(nearest, "traits")
    return [_row_of(row) for row in nearest]


def _home_of(partner):
    """Return the market with its currency, else its first one; None if it has none."""
    markets = sorted(partner.markets.all(), key=lambda market: market.currency != partner.currency)
    return next(iter(markets), None)


def _row_of(partner):
    return Similar(
        name=partner.name,
        url=partner.get_absolute_url(),
        place=partner.city,
        tagline=partner.tagline,
        services=[str(label) for label in partner.labels_of(PartnerTrait.Kind.SERVICE)][:SERVICES_SHOWN],
        smallest_budget=smallest_budget_text(partner),
        response=response_text(partner),
        response_tone=response_tone(partner),
    )
