"""Which partners the platform refers for a request, and how many more it may try (docs/design.md, Referral)."""

from datetime import timedelta

from django.db.models import F

from accounts import clock
from partners.matching import Criteria, find_partners
from requests_app import availability, considered
from requests_app.models import Event, PartnerRequest, Share
from requests_app.reasons import ClosedReason, RejectReason
from requests_app.workflow import any_taken

PLACES = 3  # live referred shares at a time
TRIES = 5  # automatic referrals since submit or the last edit of what is matched on
TRY_AGAIN = timedelta(days=1)
WITHOUT_SUCCESSOR = (ClosedReason.SELLER, ClosedReason.STAFF, ClosedReason.STALE, ClosedReason.PARTNER_ENDED)
SPARE = 5  # candidates locked beyond those wanted, since one may be full by then


def criteria_of(request, *, exclude=frozenset()):
    """Return what a request is matched on."""
    return Criteria(
        market=request.sold_in.pk,
        category_id=request.category_id,
        category_name=request.category.name,
        company_size=request.company_size,
        currency=request.currency,
        budget=request.budget,
        gmv=request.platform_gmv,
        language=request.shop.language,
        place=request.location,
        services=frozenset(request.services),
        exclude=exclude,
    )


def refers_for(request):
    """Return whether the platform refers partners for a request at all: one that is open, asks for it, and not held."""
    return request.is_open and not request.hold and request.request_type == PartnerRequest.Type.REFER


def wanted(request, shares):
    """Return how many partners the platform should refer now, given all shares of the request.

    None while a partner has accepted or is connected. A place that was closed by the seller or staff, or ended after an
    acceptance, stays empty until the seller edits what is matched on; likewise all that stand empty once a partner that
    was referred took the request for spam.
    """
    if not refers_for(request):
        return 0
    if any_taken(shares):
        return 0
    live = sum(share.is_live for share in shares if share.source == Share.Source.REFERRED)
    return max(0, min(_places(request, shares) - live, TRIES - request.automatic_referrals))


def _places(request, shares):
    """Return how many places the platform keeps filled, since submit or the last edit of what is matched on.

    Only a partner that rejects, withdraws, does not answer or is suspended has a successor; one that takes the request
    for spam has none, and after it only the places of the others that have the request then are filled again.
    """
    referred = [share for share in shares if share.source == Share.Source.REFERRED]
    since, places = request.tries_since, PLACES
    verdicts = [share.ended_at for share in referred if share.reject_reason == RejectReason.SPAM]
    if verdicts := [at for at in verdicts if at >= since]:
        since = max(verdicts)
        places = sum(share.shared_at <= since and (share.is_live or share.ended_at > since) for share in referred)
    return places - sum(share.closed_reason in WITHOUT_SUCCESSOR and share.ended_at >= since for share in referred)


def candidates(request, asked):
    """Return the ranked matches to lock, best first; `asked` holds the ids of partners ever shared with."""
    left_out = frozenset(asked) | availability.out_of_reach(request.shop_id)
    return find_partners(criteria_of(request, exclude=left_out), limit=PLACES + SPARE)


def refer(change, matches):
    """Share with the best of these matches that are still available under lock.

    For a change that looked for partners, when its other shares stand as they will: where it wants more than it found,
    it is seeking from then on, and where nobody has the request now, it says once that nobody is left.
    """
    request = change.request
    able = availability.able_to_take(change, {match.partner_id for match in matches})
    for match in matches:
        if not wanted(request, change.all_shares()):
            break
        partner = change.partners[match.partner_id]
        if partner.pk not in able:
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
        change.considered = change.considered or considered.list_of(matches, at=change.at)
    shares = change.all_shares()
    request.seeking, request.next_try_at = wanted(request, shares) > 0, None  # this was the try
    waits = refers_for(request) and _places(request, shares) > 0 and not any(share.is_live for share in shares)
    if waits and request.unmatched_since is None:
        request.unmatched_since = change.at
        change.record(Event.Kind.UNMATCHED, actor=Event.Actor.PLATFORM, tries=request.automatic_referrals)


def keep_state(change):
    """Bring the referral's state in line with the shares; `Change.finish` does, whatever the change.

    It can end the seeking; only `refer` begins it. Where it goes on and nobody has the request any more, the timers
    look again: at once, or a day after nobody was found. A time that is set already stays.
    """
    request, shares = change.request, change.all_shares()
    request.seeking = request.seeking and wanted(request, shares) > 0
    if not refers_for(request) or any(share.is_live for share in shares):
        request.unmatched_since = None
    if not request.seeking or any(share.is_live for share in shares):
        request.next_try_at = None
    elif request.next_try_at is None:
        request.next_try_at = change.at + TRY_AGAIN if request.unmatched_since else change.at


def unmatched():
    """Return the open requests for which nobody is left to ask: the staff's queue, longest waiting first."""
    return PartnerRequest.objects.open().filter(unmatched_since__lte=clock.now()).order_by(F("unmatched_since"), "id")
