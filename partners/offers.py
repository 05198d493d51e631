"""The matching index: which rows each partner has in it, and how they are kept right (docs/design.md, Matching index).

A partner that can take a request has one row for each category and market it serves; any other has none. What a row
holds of a hard filter stands with the filter (partners.hard_filters). For requests that name services it has one row
more for each one, two or three of its services there.
"""

from collections import ChainMap, defaultdict
from datetime import UTC, datetime
from itertools import chain, combinations, product

from django.db import connection, transaction
from django.db.models import F, prefetch_related_objects

from accounts import clock
from partners import listings
from partners.choices import MOST_SERVICES, SERVICE_BITS, Service
from partners.hard_filters import HARD_FILTERS
from partners.matching_index import Offer, ServiceOffer
from partners.models import Partner, PartnerTrait
from partners.rates import latest_rates
from partners.scoring import focus_points, response_points

BATCH = 500  # partners a transaction
KINDS = ("offers", "service_offers", "listings")  # what is kept for a partner
SHARED = ("partner_id", "category_id", "market_id", "band", "cents", "sizes", "rank", "referred_at")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def response_rank(partner):
    """Return the points of its response rate in tenths, as `Offer.rank` counts."""
    return round(10 * response_points(partner))


def rows_of(partner, *, at, rates):
    """Return the offers, unsaved, that the partner should have at that time with these rates."""
    held = [each.index_rows(partner, at, rates) for each in HARD_FILTERS]
    rank = round(10 * focus_points(len(partner.categories.all()))) + response_rank(partner)
    referred_at = partner.last_referred_at or NEVER
    return [
        Offer(
            partner=partner,
            rank=rank,
            referred_at=referred_at,
            name_order=partner.name_order,
            **ChainMap(*columns),
        )
        for columns in product(*held)
    ]


def parts_of_services(codes):
    """Return each one, two or three of these services as the sum of their SERVICE_BITS; of full service its bit alone.

    A request may name full service too, and nobody else offers that.
    """
    if Service.FULL_SERVICE in codes:
        return [SERVICE_BITS[Service.FULL_SERVICE]]
    bits = [SERVICE_BITS[code] for code in codes]
    return sorted(map(sum, chain(*(combinations(bits, many) for many in range(1, MOST_SERVICES + 1)))))


def service_rows_of(partner, offers):
    """Return the offers by service, unsaved, of a partner with these offers."""
    parts = parts_of_services(partner.codes_of(PartnerTrait.Kind.SERVICE))
    return [
        ServiceOffer(services=services, **{name: getattr(offer, name) for name in SHARED})
        for offer in offers
        for services in parts
    ]


def refresh(partners):
    """Replace the offers and listings of these partners, locked by the caller, by those they should have now."""
    at, rates = clock.now(), latest_rates()
    prefetch_related_objects(partners, "traits", "categories", "markets")
    Offer.objects.filter(partner__in=partners).delete()
    ServiceOffer.objects.filter(partner__in=partners).delete()
    Offer.objects.bulk_create(row for partner in partners for row in rows_of(partner, at=at, rates=rates))
    _write_service_offers(partners)
    listings.refresh(partners, at=at)


def _write_service_offers(partners):
    """Write what `service_rows_of` says in one statement, from the offers: it may be hundreds of rows a partner."""
    parts = [
        f"({partner.pk:d}, {services:d})"
        for partner in partners
        for services in parts_of_services(partner.codes_of(PartnerTrait.Kind.SERVICE))
    ]
    if not parts:
        return
    shared = ", ".join(SHARED)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH part (partner, services) AS (VALUES {', '.join(parts)})"  # noqa: S608 (numbers and constants)
            f" INSERT INTO {ServiceOffer._meta.db_table} ({shared}, services)"
            f" SELECT {shared}, services FROM {Offer._meta.db_table} JOIN part ON partner = partner_id"
        )


def standing_of(partner):
    """Return what in a partner's offers and listings depends on its requests.

    That is whether it is fully booked, the rank of its answers, its last referral, and how many it answered.
    """
    return partner.is_fully_booked, response_rank(partner), partner.last_referred_at, partner.shares_answered


def update_standing(partners, before):
    """Update the offers of these partners whose standing was as in `before` ({id: standing_of})."""
    to_refresh, to_update, answered_more = [], defaultdict(list), []
    for partner in partners:
        was_booked, rank, referred_at, answered = before[partner.pk]
        if partner.is_fully_booked != was_booked:
            to_refresh.append(partner)
            continue
        if (response_rank(partner), partner.last_referred_at) != (rank, referred_at):
            to_update[response_rank(partner) - rank, partner.last_referred_at or NEVER].append(partner.pk)
        if partner.shares_answered != answered:
            answered_more.append(partner)
    if to_refresh:
        refresh(to_refresh)
    for (gain, referred_at), ids in to_update.items():
        for table in (Offer, ServiceOffer):
            table.objects.filter(partner__in=ids).update(rank=F("rank") + gain, referred_at=referred_at)
    listings.update_answered(answered_more)


def columns_of(rows):
    """Return what these rows hold, but for their own keys, as a set of tuples."""
    return {tuple(getattr(row, field.attname) for field in row._meta.concrete_fields[1:]) for row in rows}


def offenders():
    """Yield a line for each partner whose offers or listings are not what they should be."""
    at, rates = clock.now(), latest_rates()
    for partner in _with_rows(Partner.objects).iterator(chunk_size=BATCH):
        wrong = [
            f"{len(held)} {name.replace('_', ' ')}, {len(held - wanted)} wrong, {len(wanted - held)} missing"
            for name, held, wanted in _wrong(partner, at, rates)
        ]
        if wrong:
            yield f"partner {partner.pk}: {'; '.join(wrong)}"


def mend():
    """Write the offers and listings anew of those partners where they are wrong; return of how many.

    In batches along the key, each a transaction that locks its partners. May run twice.
    """
    mended, after = 0, 0
    while True:
        with transaction.atomic():
            rows = Partner.objects.select_for_update(no_key=True).filter(pk__gt=after)
            batch = list(_with_rows(rows)[:BATCH])
            if not batch:
                return mended
            at, rates = clock.now(), latest_rates()
            if wrong := [partner for partner in batch if any(_wrong(partner, at, rates))]:
                refresh(wrong)
            mended, after = mended + len(wrong), batch[-1].pk


def _with_rows(partners):
    return partners.order_by("pk").prefetch_related("traits", "categories", "markets", *KINDS)


def _wrong(partner, at, rates):
    """Yield the name of each kind of rows that are not what they should be, with those held and those wanted."""
    if _pause_just_ended(partner, at):
        return
    own = rows_of(partner, at=at, rates=rates)
    for name, rows in zip(KINDS, (own, service_rows_of(partner, own), listings.rows_of(partner, at=at)), strict=True):
        held, wanted = columns_of(getattr(partner, name).all()), columns_of(rows)
        if held != wanted:
            yield name, held, wanted


def _pause_just_ended(partner, at):
    """Return whether only the timer that offers a partner again after its pause has yet to run."""
    return not partner.offers.all() and partner.paused_until is not None and partner.paused_until <= at
