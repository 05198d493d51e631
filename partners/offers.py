"""The matching index: which rows each partner has in it, and how they are kept right (docs/design.md, Matching index).

A partner that can take a request has one row for each category and market it serves; any other has none. What a row
holds of a hard filter stands with the filter (partners.hard_filters).
"""

from collections import ChainMap, defaultdict
from datetime import UTC, datetime
from itertools import product

from django.db.models import F, prefetch_related_objects

from accounts import clock
from partners.hard_filters import HARD_FILTERS
from partners.models import Offer, Partner
from partners.rates import latest_rates
from partners.scoring import focus_points, response_points

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def response_rank(partner):
    """Return the points of its response rate in tenths, as `Offer.rank` counts."""
    return round(10 * response_points(partner))


def rows_of(partner, *, at, rates):
    """Return the offers, unsaved, that the partner should have at that time with these rates."""
    held = [each.index_rows(partner, at, rates) for each in HARD_FILTERS]
    rank = 10 * focus_points(len(partner.categories.all())) + response_rank(partner)
    referred_at = partner.last_referred_at or NEVER
    return [
        Offer(partner=partner, rank=rank, referred_at=referred_at, **ChainMap(*columns)) for columns in product(*held)
    ]


def refresh(partners):
    """Replace the offers of these partners, locked by the caller, by those they should have now."""
    at, rates = clock.now(), latest_rates()
    prefetch_related_objects(partners, "traits", "categories", "markets")
    Offer.objects.filter(partner__in=partners).delete()
    Offer.objects.bulk_create(row for partner in partners for row in rows_of(partner, at=at, rates=rates))


def standing_of(partner):
    """Return what in a partner's offers depends on its requests: (fully booked, rank of its answers, last referral)."""
    return partner.is_fully_booked, response_rank(partner), partner.last_referred_at


def update_standing(partners, before):
    """Update the offers of these partners whose standing was as in `before` ({id: standing_of})."""
    to_refresh, to_update = [], defaultdict(list)
    for partner in partners:
        was_booked, rank, _referred_at = before[partner.pk]
        if partner.is_fully_booked != was_booked:
            to_refresh.append(partner)
        elif standing_of(partner) != before[partner.pk]:
            to_update[response_rank(partner) - rank, partner.last_referred_at or NEVER].append(partner.pk)
    if to_refresh:
        refresh(to_refresh)
    for (gain, referred_at), ids in to_update.items():
        Offer.objects.filter(partner__in=ids).update(rank=F("rank") + gain, referred_at=referred_at)


COLUMNS = [field.attname for field in Offer._meta.concrete_fields if not field.primary_key]


def offenders():
    """Yield a line for each partner whose offers are not what they should be."""
    at, rates = clock.now(), latest_rates()
    partners = Partner.objects.prefetch_related("traits", "categories", "markets", "offers").order_by("pk")
    for partner in partners.iterator(chunk_size=500):
        held = {tuple(getattr(row, name) for name in COLUMNS) for row in partner.offers.all()}
        wanted = {tuple(getattr(row, name) for name in COLUMNS) for row in rows_of(partner, at=at, rates=rates)}
        if held != wanted and not _pause_just_ended(partner, at, held):
            yield f"partner {partner.pk}: {len(held)} offers, {len(held - wanted)} wrong, {len(wanted - held)} missing"


def _pause_just_ended(partner, at, held):
    """Return whether only the timer that offers a partner again after its pause has yet to run."""
    return not held and partner.paused_until is not None and partner.paused_until <= at
