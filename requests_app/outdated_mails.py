"""Which mails that still wait are not sent any more (docs/design.md, Notifications).

They speak of what is over by now, or their reader is none of those who are notified of it any more.

The line at /notifications/ stays. A mail waits for its reader's morning, or after the mail server failed.
"""

from partners.models import PartnerMember
from requests_app.events import EVENTS, Kind
from requests_app.models import Event, Share, ShopMember
from requests_app.notifications import moment_named
from requests_app.policies import SHOP_EDITORS


def outdated_among(sender, notifications, **kwargs):
    """Return those of the notifications whose request or share has left the state that they speak of."""
    sources = {row: row.source.split(":") for row in notifications if row.source.startswith("event:")}
    events = Event.objects.select_related("request", "share").in_bulk(int(source[1]) for source in sources.values())
    references = {source[2] for source in sources.values() if source[2:]}
    shares = {share.reference: share for share in Share.objects.filter(reference__in=references)} if references else {}
    found = []
    for row, (_event, pk, *reference) in sources.items():
        if event := events.get(int(pk)):
            share = shares.get(reference[0]) if reference else event.share
            if _is_over(event, share, row.context.get("until")):
                found.append(row)
    return found


def no_longer_concerned(sender, notifications, **kwargs):
    """Return those of the notifications whose reader is not, any more, one of the people who are notified of it."""
    of_events = [row for row in notifications if row.source.startswith("event:")]
    sources = [row.source.split(":")[1:] for row in of_events]
    readers = {row.user_id for row in of_events}
    if not readers:
        return []
    editors = ShopMember.objects.active().filter(user__in=readers, role__in=SHOP_EDITORS)
    of_shops = editors.filter(shop__requests__events__in=[pk for pk, *reference in sources if not reference])
    sellers = set(of_shops.values_list("user", "shop__requests__events"))
    answering = PartnerMember.objects.answering().filter(user__in=readers)
    of_partners = answering.filter(partner__shares__reference__in=[one for _pk, *found in sources for one in found])
    partners = set(of_partners.values_list("user", "partner__shares__reference"))
    return [row for row in of_events if not _is_concerned(row, sellers, partners)]


def _is_concerned(row, sellers, partners):
    _event, pk, *reference = row.source.split(":")
    return (row.user_id, reference[0]) in partners if reference else (row.user_id, int(pk)) in sellers


def _is_over(event, share, until):
    """Return whether what a mail says of the event is over; `until` is the moment that its text names.

    A warning of another moment than it is now is over too.
    """
    meaning = EVENTS[event.kind]
    if event.kind == Kind.UNMATCHED:
        return event.request.unmatched_since is None
    if share is not None and meaning.useful_while is not None and share.status not in meaning.useful_while:
        return True
    if not meaning.names_a_moment:
        return False
    moment = moment_named(event, share)
    return moment is None or moment.isoformat() != until
