"""Which mails that still wait tell of what is over by now: they are not sent any more (docs/design.md, Notifications).

The line at /notifications/ stays. A mail waits for its reader's morning, or after the mail server failed.
"""

from requests_app.models import Event, Share
from requests_app.notifications import moment_told
from requests_app.workflow import LIVE, ShareStatus

Kind = Event.Kind
OF_USE_WHILE = {
    Kind.SHARED: {ShareStatus.REVIEWING},
    Kind.EDITED: LIVE,
    Kind.PARTNER_REMINDED: {ShareStatus.REVIEWING},
    Kind.SELLER_REMINDED: {ShareStatus.ACCEPTED},
    Kind.STALE_WARNED: {ShareStatus.ACCEPTED},
    Kind.EXPIRY_WARNED: {ShareStatus.CONNECTED},
}
WARNINGS = {Kind.STALE_WARNED, Kind.EXPIRY_WARNED}


def outdated_among(sender, notifications, **kwargs):
    """Those of the notifications whose request or share has left the state that they speak of."""
    sources = {row: row.source.split(":") for row in notifications if row.source.startswith("event:")}
    events = Event.objects.select_related("request", "share").in_bulk(int(source[1]) for source in sources.values())
    told_of = {source[2] for source in sources.values() if source[2:]}
    shares = {share.reference: share for share in Share.objects.filter(reference__in=told_of)} if told_of else {}
    found = []
    for row, (_event, pk, *reference) in sources.items():
        if event := events.get(int(pk)):
            share = shares.get(reference[0]) if reference else event.share
            if _is_over(event, share, row.context.get("until")):
                found.append(row)
    return found


def _is_over(event, share, until):
    """`until` is the moment that the text names: a warning of another than it is now is over, too."""
    if event.kind == Kind.UNMATCHED:
        return event.request.unmatched_since is None
    if share is not None and event.kind in OF_USE_WHILE and share.status not in OF_USE_WHILE[event.kind]:
        return True
    if event.kind not in WARNINGS:
        return False
    moment = moment_told(event, share)
    return moment is None or moment.isoformat() != until
