"""Which mails that still wait are not sent any more (docs/design.md, Notifications).

They speak of what is over by now, or are not for their reader to read any more.

The line at /notifications/ stays. A mail waits for its reader's morning, or after the mail server failed.
"""

from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from partners.models import PartnerMember
from requests_app.conversation.models import Message, MessageReading
from requests_app.events import EVENTS, Kind
from requests_app.models import Event, Share, ShopMember
from requests_app.notifications import moment_named
from requests_app.policies import PARTNER_REVIEWERS, SHOP_EDITORS
from requests_app.proposals.workflow import ProposalStatus
from requests_app.teams import mails
from requests_app.teams.models import HandOver
from requests_app.workflow import Hold, ShareStatus

FOR_OWNERS = frozenset({"staff_joined_for_owner", "settings_changed_for_owner"}) | mails.FOR_OWNERS
MEMBERS: dict[str, Any] = {"shop": ShopMember, "partner": PartnerMember}
OF_REQUEST = (
    "shop",
    "status",
    "hold",
    "held_since",
    "unmatched_since",
    "idle_since",
    "warned_at",
)  # what is read of a request and of a share
OF_SHARE = (
    "reference",
    "partner",
    "status",
    "respond_by",
    "asked_at",
    "waiting_since",
    "warned_at",
    "authorised_until",
)

OF_PROPOSAL = ("status", "number", "valid_until")  # likewise
ENDS_OF_PROPOSALS = {
    Kind.PROPOSAL_WITHDRAWN: ProposalStatus.WITHDRAWN,
    Kind.PROPOSAL_EXPIRED: ProposalStatus.EXPIRED,
}


def outdated_among(sender, notifications, **kwargs):
    """Return those of the notifications whose request or share has left the state that they speak of.

    Likewise those of a message that their reader has read meanwhile, and of a hand-over that is not offered any more.
    """
    subjects = [(row, event, share or event.share) for row, event, share in _subjects(notifications)]
    over = [row for row, event, share in subjects if _is_over(event, share, row.context)]
    over += _read_meanwhile([(row, event) for row, event, _share in subjects if EVENTS[event.kind].until_read])
    offers = {row: row.context["hand_over"] for row in notifications if row.template == mails.OFFERED}
    if offers:
        pending = set(HandOver.objects.pending().filter(pk__in=offers.values()).values_list("pk", flat=True))
        over += [row for row, pk in offers.items() if pk not in pending]
    return over


def no_longer_concerned(sender, person, notifications, **kwargs):
    """Return those of the notifications that are not, any more, for this person to read.

    They have left the shop or partner, have no role there that is notified, or the partner sees nothing of its requests
    since it is not approved. What is about a shop or partner itself is for its members, or for its owners alone.
    """
    roles, found = _Roles(person), []
    for row, event, share in _subjects(notifications):
        if share is None:
            may_read = roles["shop"].get(event.request.shop_id) in SHOP_EDITORS
        else:
            may_read = share.partner.is_approved and roles["partner"].get(share.partner_id) in PARTNER_REVIEWERS
        if not may_read:
            found.append(row)
    return found + [row for row in notifications if not _is_of_ones_own(row, roles)]


def _is_of_ones_own(row, roles):
    """Return False for what is about a shop or partner itself ("shop:3:staff:…") where the reader has no such role.

    That their membership ended is for who is a member no more.
    """
    kind, pk, *_what = row.source.split(":")
    if kind not in MEMBERS or row.template == mails.FOR_WHO_LEFT:
        return True
    role = roles[kind].get(int(pk))
    return role == "owner" if row.template in FOR_OWNERS else role is not None


class _Roles(dict):
    """A person's roles, {"shop" or "partner": {its key: role}}; each kind is read when it is first asked for."""

    def __init__(self, person):
        super().__init__()
        self.person = person

    def __missing__(self, kind):
        own = MEMBERS[kind].objects.active().filter(user=self.person)
        self[kind] = dict(own.values_list(kind, "role"))
        return self[kind]


def _subjects(notifications):
    """Yield (notification of an event, the event, the share of the partner that it was written for, or None)."""
    sources = {row: row.source.split(":")[1:] for row in notifications if row.source.startswith("event:")}
    columns = [*(f"request__{name}" for name in OF_REQUEST), *(f"share__{name}" for name in OF_SHARE)]
    columns += [f"share__proposal__{name}" for name in OF_PROPOSAL]
    events = Event.objects.select_related("request", "share__proposal")
    events = events.only("request", "share", "kind", "at", "data", *columns)
    events = events.in_bulk([int(pk) for pk, *_share in sources.values()])
    references = {reference for _pk, *of in sources.values() for reference in of}
    rows = Share.objects.select_related("partner").only(*OF_SHARE, "partner__status")
    rows = rows.filter(reference__in=references) if references else ()
    shares = {share.reference: share for share in rows}
    for row, (pk, *reference) in sources.items():
        if event := events.get(int(pk)):
            yield row, event, shares[reference[0]] if reference else None


def _read_meanwhile(messages):
    """Return those of [(notification, event of a message)] whose reader has opened the conversation since."""
    if not messages:
        return []
    shares, people = {event.share_id for _row, event in messages}, {row.user_id for row, _event in messages}
    rows = MessageReading.objects.filter(share__in=shares, by__in=people)
    at = Message.objects.filter(pk=OuterRef("upto")).values("at")
    read = {(share, by): until for share, by, until in rows.values_list("share", "by", Subquery(at))}
    return [row for row, event in messages if (until := read.get((event.share_id, row.user_id))) and until >= event.at]


def _is_over(event, share, said):
    """Return whether what a mail says of the event is over; `said` is its context.

    A warning of another moment than it is now is over too, and that there is time to answer, once that is done.
    """
    meaning = EVENTS[event.kind]
    if meaning.on_hold is not None:
        hold = event.request.hold
        is_held = hold == event.data.get("hold", Hold.CONTACT) if meaning.on_hold else bool(hold)
        if is_held != meaning.on_hold or not event.request.is_open:
            return True
    if event.kind == Kind.UNMATCHED:
        return event.request.unmatched_since is None
    if share is not None and meaning.useful_while is not None and share.status not in meaning.useful_while:
        return True
    if event.kind == Kind.EDITED and said.get("to_answer") and share.status != ShareStatus.REVIEWING:
        return True
    if meaning.of_question and not share.is_asked:
        return True
    if ended := ENDS_OF_PROPOSALS.get(event.kind):
        proposal = event.share.proposal  # of which another version may have been sent since
        return (proposal.number, proposal.status) != (event.data["number"], ended)
    if not meaning.names_a_moment:
        return False
    until = said.get("until")
    return moment_named(event, share) != (datetime.fromisoformat(until) if until else None)
