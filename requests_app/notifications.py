"""Who is told of an event, with which texts. The texts are templates/emails/<kind>_for_<role>.{subject,txt,html}."""

from collections import defaultdict

from django.urls import reverse

from accounts.models import Notification, Topic
from partners.models import PartnerMember
from requests_app import schedule
from requests_app.models import Event, PartnerRequest, RequestDetails, ShopMember
from requests_app.policies import PARTNER_REVIEWERS, SHOP_EDITORS
from requests_app.workflow import ClosedReason, ShareStatus

Kind = Event.Kind
SELLER, PARTNER = Event.Actor.SELLER, Event.Actor.PARTNER

NO_RESPONSE = "no_response_for_seller"  # what SHARE_CLOSED is to the seller when the partner was silent

# Who hears of what. Nobody is told of his own act, but for the receipt of a submitted request.
TOLD = {
    Kind.SUBMITTED: {SELLER},
    Kind.EDITED: {PARTNER},
    Kind.REQUEST_CLOSED: {SELLER},
    Kind.SHARED: {SELLER, PARTNER},
    Kind.ACCEPTED: {SELLER},
    Kind.REJECTED: {SELLER},
    Kind.WITHDRAWN: {SELLER},
    Kind.AUTHORISED: {PARTNER},
    Kind.RENEWED: {PARTNER},
    Kind.REVOKED: {PARTNER},
    Kind.EXPIRED: {SELLER, PARTNER},
    Kind.SHARE_CLOSED: {SELLER, PARTNER},
    Kind.CONTACT_OPENED: set(),
    Kind.UNMATCHED: {SELLER},
    Kind.PARTNER_REMINDED: {PARTNER},
    Kind.SELLER_REMINDED: {SELLER},
    Kind.EXPIRY_WARNED: {SELLER, PARTNER},
    Kind.STALE_WARNED: {SELLER},
    Kind.ERASED: set(),
}

TOPICS = {
    Topic.REQUESTS: {Kind.SUBMITTED, Kind.EDITED, Kind.SHARED, Kind.REQUEST_CLOSED, Kind.SHARE_CLOSED, Kind.UNMATCHED},
    Topic.ANSWERS: {Kind.ACCEPTED, Kind.REJECTED, Kind.WITHDRAWN},
    Topic.CONNECTIONS: {Kind.AUTHORISED, Kind.RENEWED, Kind.REVOKED, Kind.EXPIRED},
    Topic.REMINDERS: {Kind.PARTNER_REMINDED, Kind.SELLER_REMINDED, Kind.EXPIRY_WARNED, Kind.STALE_WARNED},
}
TOPIC_OF = {kind: topic for topic, kinds in TOPICS.items() for kind in kinds}


def notifications_of(events, shares):
    """The unsaved notifications of saved events of one request with these shares.

    One an event and person at most; who belongs to several partners or to both sides is told for each of them.
    """
    told: list[tuple] = [(event, SELLER, None) for event in events if _tells_seller(event, events)]
    told += [(event, PARTNER, share) for event in events for share in _told_shares(event, shares)]
    if not told:
        return []
    sellers = _shop_people(events[0].request) if any(role == SELLER for _event, role, _share in told) else []
    partners = _partner_people({share.partner_id for _event, _role, share in told if share})
    return [
        _row(event, role, share, user_id, shares)
        for event, role, share in told
        for user_id in (sellers if role == SELLER else partners[share.partner_id])
        if event.by_id != user_id or event.kind == Kind.SUBMITTED
    ]


def _tells_seller(event, events):
    if SELLER not in TOLD[event.kind]:
        return False
    if event.kind == Kind.SUBMITTED:
        return True
    if event.kind == Kind.SHARED and events[0].kind == Kind.SUBMITTED:
        return False  # the receipt names them
    if event.kind == Kind.SHARE_CLOSED and event.data["reason"] == ClosedReason.REQUEST_CLOSED:
        return False  # REQUEST_CLOSED tells it once
    return event.actor != SELLER


def _told_shares(event, shares):
    """The shares whose partners hear of the event."""
    if PARTNER not in TOLD[event.kind]:
        return []
    if event.kind == Kind.EDITED:
        if not set(event.data["changed"]) & set(RequestDetails.FIELDS):
            return []
        return [share for share in shares if share.is_live and share.first_version < event.request.version]
    if event.data.get("reason") in (ClosedReason.PARTNER_ENDED, ClosedReason.PARTNER_SUSPENDED):
        return []
    return [event.share]


def _shop_people(request):
    return list(
        ShopMember.objects.filter(shop=request.shop_id, role__in=SHOP_EDITORS)
        .order_by("id")
        .values_list("user", flat=True)
    )


def _partner_people(partner_ids):
    people = defaultdict(list)
    members = PartnerMember.objects.filter(partner__in=partner_ids, role__in=PARTNER_REVIEWERS).order_by("id")
    for partner_id, user_id in members.values_list("partner", "user"):
        people[partner_id].append(user_id)
    return people


def _row(event, role, share, user_id, shares):
    """`share` is the one told of, for a partner; the seller is told of the event's own.

    The reasons of a referral are the seller's alone: one may repeat a city of his Location.
    """
    request = event.request
    source, context = f"event:{event.pk}", {"shop": request.shop.name, **event.data}
    if role == SELLER:
        share, path = event.share, reverse("seller:request", args=[request.reference])
        context["reference"] = request.reference
        if share:
            context["reasons"] = share.reasons
        if event.kind == Kind.SUBMITTED:
            context["partners"] = [asked.partner.name for asked in shares]
        if event.kind in (Kind.SUBMITTED, Kind.UNMATCHED, Kind.SHARE_CLOSED):
            context |= _outlook(event, shares)
    else:
        path = reverse("portal:share", args=[share.reference])
        source += f":{share.reference}"
        context["reference"] = share.reference
    if share:
        context["partner"] = share.partner.name
    if until := moment_told(event, share):
        context["until"] = until.isoformat()
    return Notification(
        user_id=user_id,
        source=source,
        template=NO_RESPONSE if _is_silence(event, role) else f"{event.kind}_for_{role}",
        topic=TOPIC_OF[event.kind],
        path=path,
        context=context,
    )


def _is_silence(event, role):
    return role == SELLER and event.kind == Kind.SHARE_CLOSED and event.data["reason"] == ClosedReason.NO_RESPONSE


def _outlook(event, shares):
    """How a request goes on after an event: whom it is with, who of them was asked just now, what may be done."""
    request, live = event.request, [share for share in shares if share.is_live]
    taken = any(share.status != ShareStatus.REVIEWING for share in live)
    return {
        "asked": [share.partner.name for share in live if share.shared_at == event.at],
        "still": [share.partner.name for share in live if share.shared_at != event.at],
        "daily": request.seeking and not live,
        "may_refer": request.request_type == PartnerRequest.Type.CHOOSE and not taken,
    }


def moment_told(event, share):
    """The moment that the texts of the event name, as it is now; None where there is none."""
    if event.kind == Kind.STALE_WARNED:
        since = share.waiting_since if share else event.request.idle_since
        return schedule.closes_at(since, (share or event.request).warned_at)
    if share is None:
        return None
    return share.authorised_until or share.respond_by
