"""Which partners the platform refers for a request, and how many more it may try (design, section 7)."""

from datetime import timedelta

from django.db.models import F

from accounts import clock
from partners.matching import Criteria, find_partners
from requests_app.models import Event, PartnerRequest, Share
from requests_app.workflow import ClosedReason, ShareStatus

PLACES = 3  # live referred shares at a time
TRIES = 5  # automatic referrals since submit or the last edit of what is matched on
TRY_AGAIN = timedelta(days=1)
SPARE = 5  # candidates locked beyond those wanted, since one may be full by then


def criteria_of(request, *, exclude=frozenset()):
    """What a request is matched on."""
    return Criteria(
        market=request.shop.market_id,
        category_id=request.category_id,
        category_name=request.category.name,
        company_size=request.company_size,
        currency=request.currency,
        budget=request.budget,
        gmv=request.platform_gmv,
        language=request.shop.language,
        place=request.location,
        exclude=exclude,
    )


def wanted(request, shares):
    """How many partners the platform should refer now, given all shares of the request.

    None while a partner has accepted or is connected. A place that the seller or staff closed stays empty until the
    seller edits what is matched on. `shares` are in the order in which they were made.
    """
    if not request.is_open or request.request_type != PartnerRequest.Type.REFER:
        return 0
    if any(share.status in (ShareStatus.ACCEPTED, ShareStatus.CONNECTED) for share in shares):
        return 0
    live = sum(share.is_live for share in shares if share.source == Share.Source.REFERRED)
    return max(0, min(PLACES - live - _closed_places(request, shares), TRIES - request.automatic_referrals))


def _closed_places(request, shares):
    """How many places the seller or staff closed since submit or the last edit of what is matched on."""
    referred = [share for share in shares if share.source == Share.Source.REFERRED]
    since_then = referred[len(referred) - request.automatic_referrals :]
    return sum(share.closed_reason in (ClosedReason.SELLER, ClosedReason.STAFF) for share in since_then)


def candidates(request, asked):
    """The ranked matches to lock, best first; `asked` holds the ids of partners ever shared with."""
    return find_partners(criteria_of(request, exclude=frozenset(asked)), limit=PLACES + SPARE)


def refer(change, matches):
    """Share with the best of these matches that are still available under lock, and keep the request's referral state.

    To be called last in a change, when shares stand as they will. Gives the new shares.
    """
    request = change.request
    added = []
    for match in matches:
        if not wanted(request, change.all_shares()):
            break
        partner = change.partners[match.partner_id]
        if not partner.is_available:
            continue
        share = change.add_share(
            partner,
            source=Share.Source.REFERRED,
            score=match.points,
            reasons=match.reasons,
        )
        request.automatic_referrals += 1
        partner.last_referred_at = change.at
        change.record(Event.Kind.SHARED, share, actor=Event.Actor.PLATFORM, score=match.points)
        added.append(share)
    keep_state(change)
    return added


def keep_state(change):
    """Bring the request's `seeking` and `unmatched_since` in line with its shares, and say once that nobody is left."""
    request, shares = change.request, change.all_shares()
    request.seeking = wanted(request, shares) > 0
    refers = request.is_open and request.request_type == PartnerRequest.Type.REFER
    waits = refers and _closed_places(request, shares) < PLACES
    if not waits or any(share.is_live for share in shares):
        request.unmatched_since = None
    elif request.unmatched_since is None:
        request.unmatched_since = change.at
        change.record(Event.Kind.UNMATCHED, actor=Event.Actor.PLATFORM, tries=request.automatic_referrals)
    request.next_try_at = change.at + TRY_AGAIN if request.seeking and request.unmatched_since else None


def unmatched():
    """Open requests for which nobody is left to ask: the staff queue, longest waiting first."""
    return PartnerRequest.objects.open().filter(unmatched_since__lte=clock.now()).order_by(F("unmatched_since"), "id")
