"""What each market offers, in the order of its lists: a row for each approved partner and market it serves.

The request form's picker and the hub read a few rows of it along an index, however many partners there are
(docs/design.md, Matching index). partners.offers keeps it together with the matching index.
"""

from django.db.models import prefetch_related_objects

from partners.matching_index import Listing, Offer


def rows_of(partner, *, at):
    """Return the listings, unsaved, that the partner should have at that time."""
    if not partner.is_approved:
        return []
    held = {
        "available": partner.is_available_at(at),
        "answered": partner.shares_answered,
        "name_order": partner.name_order,
    }
    return [Listing(partner=partner, market=market, **held) for market in partner.markets.all()]


def refresh(partners, *, at):
    """Replace the listings of these partners, locked by the caller, by those they should have now."""
    prefetch_related_objects(partners, "markets")
    Listing.objects.filter(partner__in=partners).delete()
    Listing.objects.bulk_create(row for partner in partners for row in rows_of(partner, at=at))


def update_answered(partners):
    """Update the counts of answers of these partners, locked by the caller."""
    for partner in partners:
        Listing.objects.filter(partner=partner).update(answered=partner.shares_answered)


def in_category(market, category_id):
    """Return the offers of the partners of a market that work in the category and have room now, by name."""
    return Offer.objects.filter(market=market, category=category_id).order_by("name_order", "partner")


def in_market(market, *, available):
    """Return the listings of a market's partners that have room now, or of those that do not, by name."""
    return Listing.objects.filter(market=market, available=available).order_by("name_order", "partner")


def most_experienced(market):
    """Return the listings of a market's partners that have room now, those with the most answers first."""
    return Listing.objects.filter(market=market, available=True).order_by("-answered", "name_order", "partner")
