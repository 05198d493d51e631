"""A share's timeline as its partner may read it: this share alone, never who else or how many were asked."""

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.formats import joined
from requests_app import shop_names, visibility
from requests_app.events import EVENTS, Actor, Kind
from requests_app.models import Event, RequestVersion
from requests_app.pages import talk, terms
from requests_app.pages.authorisations import ENDED_WITH_IT
from requests_app.pages.renames import renamed_line
from requests_app.portal import next_step

EVENTS_SHOWN = 100


def of(share, reader):
    """Return the timeline, newest first: what happened to this share, and the seller's edits of the request meanwhile.

    Sellers and staff are named as shop and platform: a person's name is a contact detail. Messages stand apart, as in
    the seller's timeline; what the seller replied and when is gone with the conversation.
    """
    unread = [Kind.MESSAGE] if visibility.is_with_partner(share) else [Kind.MESSAGE, Kind.REPLIED]
    told = Event.objects.filter(share=share).exclude(kind__in=unread).select_related("by").order_by("-id")
    events = talk.in_lines(told[:EVENTS_SHOWN])
    edits = RequestVersion.objects.filter(
        request=share.request_id,
        number__gt=share.first_version,
        number__lte=share.last_version or share.request.version,
    ).values_list("created_at", flat=True)
    shop = shop_names.shop_name(share)
    lines = [_line_of(together, _who(together[0], shop, reader)) for together in events]
    closed = next(
        (line for (event, *_), line in zip(events, lines, strict=True) if event.kind == Kind.SHARE_CLOSED), None
    )
    if closed and share.was_closed_connected:
        closed["detail"] = ENDED_WITH_IT
    lines += [_line(Kind.EDITED, at, shop, {}) for at in edits]
    lines += [renamed_line(*rename) for rename in shop_names.renames_for_partner(share)]
    return sorted(lines, key=lambda line: line["at"], reverse=True)


def _line_of(events, by):
    event = events[0]
    line = _line(event.kind, event.at, by, event.data)
    if earlier := talk.earlier_text(events):
        line["detail"] = earlier
    if event.kind == Kind.PROPOSED and event.data["number"] > 1:
        line["title"] = _("Proposal changed, version %(number)d") % {"number": event.data["number"]}
        line["detail"] = joined(terms.changed_rows(event.data["changed"]))
    if event.kind == Kind.AUTHORISED and (number := event.data.get("proposal")):
        line["detail"] = _("On version %(number)d of your proposal") % {"number": number}
    return line


def _line(kind, at, by, data):
    meaning, reason = EVENTS[kind], data.get("reason")
    words = {
        "reason": reason and meaning.reasons(reason).label,
        "ending": kind == Kind.SHARE_CLOSED and next_step.closed_because(reason, data.get("stated")),
        "days": data.get("days"),
    }
    line = meaning.partner
    return {"title": str(line.title) % words, "at": at, "by": by, "icon": line.icon, "tone": line.tone}


def _who(event, shop, reader):
    if event.actor == Actor.PARTNER:
        return _("You") if event.by_id == reader.pk else event.by.name or _("A colleague")
    return shop if event.actor == Actor.SELLER else settings.PLATFORM_NAME
