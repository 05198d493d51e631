"""Who is notified of an event, with which texts: templates/emails/<kind>_for_<role>.html.

Who is notified of which kind at all stands in requests_app.events; here, what the single event adds to that.
"""

from collections import defaultdict
from datetime import UTC
from operator import itemgetter

from django.db.models import Value
from django.urls import reverse

from accounts.models import Notification, Topic
from partners.models import PartnerMember
from requests_app import schedule
from requests_app.events import EVENTS, NO_RESPONSE, PARTNER, SELLER, Kind
from requests_app.models import PartnerRequest, ShopMember
from requests_app.policies import SHOP_EDITORS
from requests_app.reasons import ClosedReason
from requests_app.request_details import RequestDetails
from requests_app.workflow import ShareStatus, any_taken

OF_SHOP = 0  # beside the keys of partners
# After these the seller reads how the request goes on.
GOES_ON = frozenset({Kind.SUBMITTED, Kind.UNMATCHED, Kind.REJECTED, Kind.WITHDRAWN, Kind.SHARE_CLOSED, Kind.RELEASED})

# After these partners read other details: the request was edited, or its new contact email is shown from now on.
CHANGES = frozenset({Kind.EDITED, Kind.CONTACT_CONFIRMED})


def notifications_of(events, shares, *, as_before=frozenset()):
    """Return the unsaved notifications of saved events of one request with these shares.

    `as_before` names the details that partners go on reading as before: they hear of no change to them.
    At most one for each event and person on each side: somebody who belongs to several of the partners, or to the shop
    and a partner, gets one for each of them.
    """
    addressed: list[tuple] = [(event, SELLER, None) for event in events if _concerns_seller(event, events)]
    addressed += [(event, PARTNER, share) for event in events for share in _shares_concerned(event, shares, as_before)]
    if not addressed:
        return []
    people = _people(events[0].request, addressed)
    return [
        _row(event, role, share, user_id, shares, as_before)
        for event, role, share in addressed
        for user_id in people[share.partner_id if share else OF_SHOP]
        if event.by_id != user_id or event.kind == Kind.SUBMITTED
    ]


def _concerns_seller(event, events):
    if SELLER not in EVENTS[event.kind].notified:
        return False
    if event.kind == Kind.SUBMITTED:
        return True
    if event.kind in (Kind.SHARED, Kind.HELD) and events[0].kind == Kind.SUBMITTED:
        return False  # the receipt names them, and the hold
    if event.kind == Kind.SHARED and any(other.kind == Kind.RELEASED and other.actor != SELLER for other in events):
        return False  # the release does, which is not the seller's own act
    if event.kind == Kind.RELEASED and event.request.hold:
        return False  # HELD says what it waits for now, and staff's reason
    if event.kind == Kind.SHARE_CLOSED and event.data["reason"] == ClosedReason.REQUEST_CLOSED:
        return False  # REQUEST_CLOSED says it once
    if event.kind == Kind.MESSAGE and events[0].kind == Kind.ACCEPTED:
        return False  # the acceptance says that a message came with it
    return event.actor != SELLER


def _shares_concerned(event, shares, as_before):
    """Return the shares whose partners hear of the event."""
    if event.kind in CHANGES:
        if not _changed(event, as_before):
            return []
        return [share for share in shares if share.is_live and share.first_version < event.request.version]
    if PARTNER not in EVENTS[event.kind].notified:
        return []
    if event.actor == PARTNER or event.data.get("reason") == ClosedReason.PARTNER_SUSPENDED:
        return []
    return [event.share]


def _changed(event, as_before):
    """Return the names of the details that read otherwise for partners since the event."""
    changed = event.data["changed"] if event.kind == Kind.EDITED else ["contact_email"]
    return [name for name in changed if name in RequestDetails.FIELDS and name not in as_before]


def _people(request, addressed):
    """Return the keys of who is notified, {partner's key, or OF_SHOP: [keys of people, oldest members first]}."""
    sides = []
    if any(role == SELLER for _event, role, _share in addressed):
        sellers = ShopMember.objects.active().filter(shop=request.shop_id, role__in=SHOP_EDITORS)
        sides.append(sellers.values_list(Value(OF_SHOP), "user", "id"))
    if partners := {share.partner_id for _event, _role, share in addressed if share}:
        members = PartnerMember.objects.answering().filter(partner__in=partners)
        sides.append(members.values_list("partner", "user", "id"))
    rows = sides[0].union(*sides[1:], all=True) if sides[1:] else sides[0]
    people = defaultdict(list)
    for of, user_id, _id in sorted(rows, key=itemgetter(2)):
        people[of].append(user_id)
    return people


def _row(event, role, share, user_id, shares, as_before):
    """Return the notification of one person; `share` is the partner's, None for the seller, who reads of the event's.

    The reasons of a referral are the seller's alone: one may repeat a city of their Location.
    """
    request, kind = event.request, Kind.EDITED if event.kind in CHANGES else event.kind
    source, context = f"event:{event.pk}", {"shop": request.shop.name, **_business_in_short(request), **event.data}
    if role == SELLER:
        share, path = event.share, _path_for_seller(event)
        context["reference"] = request.reference
        if share:
            context["reasons"] = share.reasons
        if EVENTS[kind].of_question:
            context["extended"] = share.is_extended
        if event.kind == Kind.SUBMITTED:
            context["partners"] = [asked.partner.name for asked in shares]
            context["hold"] = request.hold
        if event.kind in GOES_ON:
            context |= _outlook(event, shares)
        if event.kind == Kind.REQUEST_CLOSED:
            context |= _ended_with(event, shares)
    else:
        path = reverse("portal:share", args=[share.reference])
        source += f":{share.reference}"
        context["reference"] = share.reference
        if event.kind == Kind.SHARED:
            context["market"] = [request.sold_in.code, request.sold_in.name]
        if event.kind in CHANGES:
            context["changed"] = _changed(event, as_before)
            context["to_answer"] = share.status == ShareStatus.REVIEWING
    if share:
        context["partner"] = share.partner.name
    if event.kind == Kind.SHARE_CLOSED:
        context["authorised"] = event.share.was_closed_connected
    if until := moment_named(event, share):
        context["until"] = until.astimezone(UTC).isoformat()
    return Notification(
        user_id=user_id,
        source=source,
        template=NO_RESPONSE if _is_silence(event, role) else f"{kind}_for_{role}",
        topic=EVENTS[kind].topic,
        path=path,
        context=context,
        sent_by=event.by_id,
    )


def _path_for_seller(event):
    """Return where the seller reads on: the conversation with the partner, the proposals, or the request."""
    of_event, reference = EVENTS[event.kind], event.request.reference
    if of_event.of_question or of_event.topic == Topic.MESSAGES or event.data.get("message"):
        return reverse("seller:share", args=[reference, event.share.reference])
    return reverse("seller:proposals" if of_event.of_proposal else "seller:request", args=[reference])


def _is_silence(event, role):
    return role == SELLER and event.kind == Kind.SHARE_CLOSED and event.data["reason"] == ClosedReason.NO_RESPONSE


def _business_in_short(request):
    """Return what a request is called and judged by: of its business profile, nothing of the contact details."""
    return {
        "services": request.services,
        "start": request.start,
        "category": request.category.name,
        "budget": str(request.budget),
        "currency": request.currency,
    }


def _outlook(event, shares):
    """Return how a request goes on after an event: whom it is with, who was asked just now, what may be done."""
    request, live = event.request, [share for share in shares if share.is_live]
    return {
        "asked": [share.partner.name for share in live if share.shared_at == event.at],
        "still": [share.partner.name for share in live if share.shared_at != event.at],
        "daily": request.seeking and not live,
        "may_refer": request.request_type == PartnerRequest.Type.CHOOSE and not any_taken(live) and not request.hold,
        "held": request.hold,
    }


def _ended_with(event, shares):
    """Return what a closed request ended: the partners that had it until then, and those that were authorised."""
    ended = [share for share in shares if share.ended_at == event.at]
    return {
        "partners": [share.partner.name for share in ended],
        "authorised": [share.partner.name for share in ended if share.was_closed_connected],
    }


def moment_named(event, share):
    """Return the moment that the texts of the event name, as it is now; None where there is none."""
    if event.kind == Kind.STALE_WARNED:
        since = share.waiting_since if share else event.request.idle_since
        return schedule.closes_at(since, (share or event.request).warned_at)
    if event.kind == Kind.CONTACT_REMINDED and event.request.idle_since:
        return schedule.of_request(event.request)[-1].at
    if share is None:
        return None
    if EVENTS[event.kind].of_proposal:
        return share.proposal.valid_until if share.proposal.is_sent else None
    return share.authorised_until or share.respond_by
