"""The matching index: which rows each partner has in it, and how they are kept right (docs/design.md, Matching index).

A partner that can take a request has one row for each category and market it serves; any other has none.
"""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from math import ceil, floor

from django.db.models import F, prefetch_related_objects

from accounts import clock
from partners.choices import CompanySize, Currency
from partners.models import Offer, Partner, PartnerTrait
from partners.rates import convert, latest_rates

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# Lower ends of the budget bands, EUR a month: band 0 holds what asks for less than the first.
BANDS = [Decimal(n) for n in (100, 250, 500, 1000, 1500, 2500, 4000, 6000, 10_000, 20_000, 50_000)]
SIZE_BITS = {code: 1 << place for place, code in enumerate(CompanySize.values)}


UNRATED = 100  # from here on a band for each currency without a stored rate: comparable among themselves only
MOST_CENTS = 2**63 - 1


def band_and_cents(amount, currency, rates):
    """The budget band of a monthly amount, and the amount in hundredths of EUR: without a rate, of its currency."""
    euros = convert(amount, source=currency, target="EUR", rates=rates)
    if euros is None:
        return UNRATED + Currency.values.index(currency), amount * 100
    return sum(euros >= lower for lower in BANDS), euros * 100


def asked(amount, currency, rates):
    """The `band` and `cents` of an offer by a partner that asks for this much a month."""
    band, cents = band_and_cents(amount, currency, rates)
    return {"band": band, "cents": min(floor(cents), MOST_CENTS)}


def bands_within(budget, currency, rates):
    """The bands that a budget reaches, its own first: (band, the most cents that it covers there, None for all)."""
    band, cents = band_and_cents(budget, currency, rates)
    own = band, min(ceil(cents), MOST_CENTS)
    return [own, (0, 0)] if band >= UNRATED else [own, *((lower, None) for lower in range(band - 1, -1, -1))]


def focus_points(category_count):
    """30 for a specialist in one category, 4 less for each further one, 6 at least."""
    return max(30 - 4 * (category_count - 1), 6)


def response_points(partner):
    """15 times the response rate; half of it while there is none."""
    return 7.5 if partner.response_rate is None else 15 * partner.response_rate


def response_rank(partner):
    """The same in tenths of a point, as `Offer.rank` counts."""
    return round(10 * response_points(partner))


def rows_of(partner, *, at, rates):
    """The offers, unsaved, that the partner should have at that time with these rates."""
    if not partner.is_approved or partner.is_fully_booked or (partner.paused_until and partner.paused_until > at):
        return []
    sizes = sum(SIZE_BITS[code] for code in partner.codes_of(PartnerTrait.Kind.COMPANY_SIZE))
    categories = [category.pk for category in partner.categories.all()]
    rank = 10 * focus_points(len(categories)) + response_rank(partner)
    budget = asked(partner.smallest_budget, partner.currency, rates)
    return [
        Offer(
            partner=partner,
            category_id=category,
            market_id=market.pk,
            **budget,
            sizes=sizes,
            rank=rank,
            referred_at=partner.last_referred_at or NEVER,
        )
        for category in categories
        for market in partner.markets.all()
    ]


def refresh(partners):
    """Bring the offers of these partners, locked by the caller, in line with what they are now."""
    at, rates = clock.now(), latest_rates()
    prefetch_related_objects(partners, "traits", "categories", "markets")
    Offer.objects.filter(partner__in=partners).delete()
    Offer.objects.bulk_create(row for partner in partners for row in rows_of(partner, at=at, rates=rates))


def standing_of(partner):
    """What of its offers follows from the requests it has: (whether it has any, rank of its answers, last referral)."""
    return partner.is_fully_booked, response_rank(partner), partner.last_referred_at


def follow(partners, before):
    """Bring the offers of these partners in line with their new standing, given that `before` ({id: standing_of})."""
    anew, moved = [], defaultdict(list)
    for partner in partners:
        was_booked, rank, _referred_at = before[partner.pk]
        if partner.is_fully_booked != was_booked:
            anew.append(partner)
        elif standing_of(partner) != before[partner.pk]:
            moved[response_rank(partner) - rank, partner.last_referred_at or NEVER].append(partner.pk)
    if anew:
        refresh(anew)
    for (gain, referred_at), ids in moved.items():
        Offer.objects.filter(partner__in=ids).update(rank=F("rank") + gain, referred_at=referred_at)


KEY = ("partner_id", "category_id", "market_id", "band", "cents", "sizes", "rank", "referred_at")


def offenders():
    """A line for each partner whose offers are not what they should be."""
    at, rates = clock.now(), latest_rates()
    partners = Partner.objects.prefetch_related("traits", "categories", "markets", "offers").order_by("pk")
    for partner in partners.iterator(chunk_size=500):
        held = {tuple(getattr(row, name) for name in KEY) for row in partner.offers.all()}
        wanted = {tuple(getattr(row, name) for name in KEY) for row in rows_of(partner, at=at, rates=rates)}
        if held != wanted and not _pause_just_ended(partner, at, held):
            yield f"partner {partner.pk}: {len(held)} offers, {len(held - wanted)} wrong, {len(wanted - held)} missing"


def _pause_just_ended(partner, at, held):
    """The timer that offers a partner again after its pause has yet to run."""
    return not held and partner.paused_until is not None and partner.paused_until <= at
