"""A share's timeline as its partner may read it: this share alone, never who else or how many were asked."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests_app.models import Event, RequestVersion
from requests_app.portal import next_step
from requests_app.workflow import RejectReason

Kind, Actor = Event.Kind, Event.Actor
EVENTS_SHOWN = 100
DRAWN = {  # icon and tone of a line of the history
    Kind.SHARED: ("inbox-arrow-down", "amber"),
    Kind.EDITED: ("pencil-square", "grey"),
    Kind.ACCEPTED: ("hand-thumb-up", "blue"),
    Kind.REJECTED: ("x-mark", "red"),
    Kind.WITHDRAWN: ("arrow-uturn-left", "red"),
    Kind.AUTHORISED: ("link", "green"),
    Kind.RENEWED: ("arrow-path", "green"),
    Kind.REVOKED: ("link-slash", "orange"),
    Kind.EXPIRED: ("clock", "orange"),
    Kind.SHARE_CLOSED: ("archive-box", "grey"),
    Kind.CONTACT_OPENED: ("eye", "violet"),
    Kind.PARTNER_REMINDED: ("bell-alert", "amber"),
    Kind.SELLER_REMINDED: ("bell-alert", "grey"),
    Kind.EXPIRY_WARNED: ("clock", "amber"),
    Kind.STALE_WARNED: ("exclamation-triangle", "grey"),
}
TITLES = {
    Kind.SHARED: gettext_lazy("Request received"),
    Kind.EDITED: gettext_lazy("The request was edited"),
    Kind.ACCEPTED: gettext_lazy("Accepted"),
    Kind.REJECTED: gettext_lazy("Rejected: %(reason)s"),
    Kind.WITHDRAWN: gettext_lazy("Withdrawn: %(reason)s"),
    Kind.AUTHORISED: gettext_lazy("Authorisation granted for %(days)s days"),
    Kind.RENEWED: gettext_lazy("Authorisation changed, for %(days)s days"),
    Kind.REVOKED: gettext_lazy("Authorisation revoked"),
    Kind.EXPIRED: gettext_lazy("Authorisation ended"),
    Kind.CONTACT_OPENED: gettext_lazy("Contact details opened"),
    Kind.PARTNER_REMINDED: gettext_lazy("You were reminded to answer"),
    Kind.SELLER_REMINDED: gettext_lazy("The seller was reminded that you wait"),
    Kind.EXPIRY_WARNED: gettext_lazy("You were reminded that the authorisation ends soon"),
    Kind.STALE_WARNED: gettext_lazy("The seller was warned that it closes if nothing happens"),
}


def of(share, reader):
    """The timeline, newest first: what happened to this share, and when the seller edited the request meanwhile.

    Sellers and staff are named as shop and platform: a person's name is a contact detail.
    """
    events = Event.objects.filter(share=share).select_related("by").order_by("-id")[:EVENTS_SHOWN]
    edits = RequestVersion.objects.filter(
        request=share.request_id,
        number__gt=share.first_version,
        number__lte=share.last_version or share.request.version,
    ).values_list("created_at", flat=True)
    shop = share.request.shop.name
    lines = [_line(event.kind, _title(event), event.at, _who(event, shop, reader)) for event in events]
    lines += [_line(Kind.EDITED, TITLES[Kind.EDITED], at, shop) for at in edits]
    return sorted(lines, key=lambda line: line["at"], reverse=True)


def _line(kind, title, at, by):
    icon, tone = DRAWN.get(kind, ("minus", "grey"))
    return {"title": title, "at": at, "by": by, "icon": icon, "tone": tone}


def _title(event):
    if event.kind == Kind.SHARE_CLOSED:
        return next_step.ENDINGS[event.data["reason"]]
    reason = event.data.get("reason")
    details = {"reason": reason and RejectReason(reason).label, "days": event.data.get("days")}
    return str(TITLES.get(event.kind, event.get_kind_display())) % details


def _who(event, shop, reader):
    if event.actor == Actor.PARTNER:
        return _("You") if event.by_id == reader.pk else event.by.name or _("A colleague")
    return shop if event.actor == Actor.SELLER else settings.PLATFORM_NAME
