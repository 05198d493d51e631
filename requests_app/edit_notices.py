"""Edits within a few minutes are notified once, with the whole difference (docs/design.md, Notifications)."""

from datetime import timedelta

from accounts.models import Notification
from requests_app.events import Kind
from requests_app.request_details import RequestDetails

WAIT = timedelta(minutes=5)  # from the first edit to its mail, for further edits to join


def join_edits(rows, events, request):
    """Return these unsaved notifications of saved events with those of an edit joined to the ones that still wait.

    Each takes the place of the waiting one of the same reader and share, and says what both changed. Where an edit took
    back what the other did, neither is left.
    """
    edit = next((event for event in events if event.kind == Kind.EDITED), None)
    edits = [row for row in rows if row.template == f"{Kind.EDITED}_for_partner"]
    if not edits or edit is None:
        return rows
    waiting = _waiting(edits, edit.at)
    for row in edits:
        earlier = waiting.get((row.user_id, row.path))
        row.context["since"] = earlier.context["since"] if earlier else edit.data["version"] - 1
        if earlier:
            row.context["changed"] += earlier.context["changed"]
        row.not_before = earlier.created_at + WAIT if earlier else edit.at + WAIT
        row.created_at = earlier.created_at if earlier else edit.at
    changed = _changed(request, {row.context["since"] for row in edits})
    for row in edits:
        said = row.context["changed"]
        row.context["changed"] = [name for name in changed[row.context["since"]] if name in said]
    Notification.objects.filter(pk__in=[row.pk for row in waiting.values()]).delete()
    return [row for row in rows if row not in edits or row.context["changed"]]


def _waiting(edits, at):
    """Lock and return the waiting notifications of the same readers and shares, as {(user, path): row}."""
    rows = Notification.objects.select_for_update(skip_locked=True).filter(
        template=edits[0].template,
        user__in={row.user_id for row in edits},
        path__in={row.path for row in edits},
        created_at__gt=at - WAIT,
        mailed_at=None,
        sending_until=None,
        mail_attempts=0,
    )
    return {(row.user_id, row.path): row for row in rows.order_by("pk") if "since" in row.context}


def _changed(request, versions):
    """Return the names of the details that differ now from each of these versions, as {version: [name]}."""
    now = request.details()
    return {
        row.number: [name for name in RequestDetails.FIELDS if getattr(row, name) != now[name]]
        for row in request.versions.filter(number__in=versions).select_related("category")
    }
