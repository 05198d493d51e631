"""Partners like this one that can be asked now, read off the matching index."""

from dataclasses import dataclass

from django.db.models import Q

from partners.directory import response_text, response_tone, smallest_budget_text
from partners.models import Offer, Partner, PartnerTrait
from partners.offers import band_of
from partners.rates import latest_rates

MOST = 3
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
    """Up to three that serve its first category in its home market, those of its own budget band first.

    Five queries at most: rates, twice the index, the partners and their traits.
    """
    category, market = next(iter(partner.categories.all()), None), _home_of(partner)
    if not category or not market:
        return []
    band = band_of(partner.smallest_budget, partner.currency, latest_rates())
    cell = Offer.objects.filter(category=category, market=market).exclude(partner=partner)
    ids = _best(cell.filter(band=band), MOST)
    if len(ids) < MOST:
        ids += _best(cell.filter(~Q(band=band)), MOST - len(ids))
    rows = Partner.objects.listed().filter(pk__in=ids).prefetch_related("traits")
    return [_told(row) for row in sorted(rows, key=lambda row: ids.index(row.pk))]


def _home_of(partner):
    """The market whose currency it counts in, else its first; None for none."""
    markets = sorted(partner.markets.all(), key=lambda market: market.currency != partner.currency)
    return next(iter(markets), None)


def _best(offers, most):
    """In the order of the index, so that no more rows are read than are given."""
    return list(
        offers.order_by("band", "-rank", "referred_at", "partner_id").values_list("partner_id", flat=True)[:most]
    )


def _told(partner):
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
