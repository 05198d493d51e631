"""Which mails that still wait speak of what is over by now: they are not sent any more (docs/design.md, Notifications).

The line at /notifications/ stays. A mail waits for its reader's morning, or after the mail server failed.
"""

from requests_app.events import EVENTS, Kind
from requests_app.models import Event, Share
from requests_app.notifications import moment_named


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
