"""A request's history in the seller's words: the timeline, what each edit changed, who opened the contact details."""

from decimal import Decimal
from itertools import groupby

from django.conf import settings
from django.utils.text import Truncator, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.formats import listed, money
from partners.models import PartnerMember
from requests_app import visibility
from requests_app.models import AccessLevel, Area, Event, PartnerRequest
from requests_app.seller import next_step
from requests_app.workflow import ClosedReason, RejectReason

Kind, Actor = Event.Kind, Event.Actor
PLATFORM = settings.PLATFORM_NAME
STAFF = format_lazy(gettext_lazy("{platform} staff"), platform=PLATFORM)
OPENED_BY = {
    PartnerMember.Role.OWNER: gettext_lazy("%(name)s, an owner at %(partner)s, opened your contact details"),
    PartnerMember.Role.REVIEWER: gettext_lazy("%(name)s, a reviewer at %(partner)s, opened your contact details"),
    PartnerMember.Role.VIEWER: gettext_lazy("%(name)s, a viewer at %(partner)s, opened your contact details"),
}
OPENED_BY_FORMER = gettext_lazy("%(name)s, formerly at %(partner)s, opened your contact details")
MOST_EVENTS = 200
MOST_OPENINGS = 20
LONGEST_VALUE = 300
TITLES = {
    Kind.SUBMITTED: gettext_lazy("Request submitted"),
    Kind.EDITED: gettext_lazy("Request edited"),
    Kind.REQUEST_CLOSED: gettext_lazy("Request closed"),
    Kind.SHARED: gettext_lazy("Shared with %(partner)s"),
    Kind.ACCEPTED: gettext_lazy("%(partner)s accepted"),
    Kind.REJECTED: gettext_lazy("%(partner)s rejected"),
    Kind.WITHDRAWN: gettext_lazy("%(partner)s withdrew its acceptance"),
    Kind.AUTHORISED: gettext_lazy("%(partner)s authorised"),
    Kind.RENEWED: gettext_lazy("Authorisation of %(partner)s changed"),
    Kind.REVOKED: gettext_lazy("Authorisation of %(partner)s revoked"),
    Kind.EXPIRED: gettext_lazy("Authorisation of %(partner)s ended"),
    Kind.SHARE_CLOSED: gettext_lazy("Closed for %(partner)s"),
    Kind.UNMATCHED: gettext_lazy("No suitable partner left to refer"),
    Kind.PARTNER_REMINDED: gettext_lazy("%(partner)s reminded to answer"),
    Kind.SELLER_REMINDED: gettext_lazy("You were reminded that %(partner)s waits for you to authorise it"),
    Kind.EXPIRY_WARNED: gettext_lazy("You were reminded that the authorisation of %(partner)s ends soon"),
    Kind.STALE_WARNED: gettext_lazy("You were warned that it closes if nothing happens"),
    Kind.ERASED: gettext_lazy("Contact details and free text erased"),
}
REFERRED = gettext_lazy("%(partner)s referred to you")
STALE_SHARE = gettext_lazy("You were warned that it closes for %(partner)s if nothing happens")
DRAWN = {  # icon and tone
    Kind.SUBMITTED: ("paper-airplane", "blue"),
    Kind.EDITED: ("pencil", "grey"),
    Kind.REQUEST_CLOSED: ("archive-box", "grey"),
    Kind.SHARED: ("user-plus", "amber"),
    Kind.ACCEPTED: ("hand-thumb-up", "blue"),
    Kind.REJECTED: ("x-mark", "red"),
    Kind.WITHDRAWN: ("arrow-uturn-left", "red"),
    Kind.AUTHORISED: ("link", "green"),
    Kind.RENEWED: ("arrow-path", "green"),
    Kind.REVOKED: ("no-symbol", "orange"),
    Kind.EXPIRED: ("clock", "orange"),
    Kind.SHARE_CLOSED: ("archive-box", "grey"),
    Kind.UNMATCHED: ("magnifying-glass", "orange"),
    Kind.PARTNER_REMINDED: ("bell-alert", "amber"),
    Kind.SELLER_REMINDED: ("bell-alert", "blue"),
    Kind.EXPIRY_WARNED: ("clock", "amber"),
    Kind.STALE_WARNED: ("exclamation-triangle", "orange"),
    Kind.ERASED: ("trash", "grey"),
}


def timeline_of(request):
    """Lines for components/timeline.html, newest first. Openings of the contact details stand apart."""
    events = request.events.exclude(kind=Kind.CONTACT_OPENED).select_related("share__partner", "by").order_by("-id")
    edits = edits_of(request)
    together = groupby(events[:MOST_EVENTS], key=_in_one_line)
    return [_line(list(group), edits) for _key, group in together]


def _in_one_line(event):
    """Partners that were asked at once stand in one line."""
    return (event.at, event.actor) if event.kind == Kind.SHARED else event.pk


def _line(events, edits):
    event = events[0]
    icon, tone = DRAWN[event.kind]
    is_stale_share = event.kind == Kind.STALE_WARNED and event.share
    is_referral = event.kind == Kind.SHARED and event.actor != Actor.SELLER
    title = str(REFERRED if is_referral else STALE_SHARE if is_stale_share else TITLES[event.kind])
    names = [each.share.partner.name for each in reversed(events) if each.share]
    return {
        "title": title % {"partner": listed(names)},
        "by": _who(event, *names[:1]),
        "at": event.at,
        "icon": "sparkles" if is_referral else icon,
        "tone": "violet" if is_referral else tone,
        "detail": _detail(event, edits),
    }


def _who(event, partner=""):
    if event.actor == Actor.SELLER:
        return str(event.by or "")
    if event.actor == Actor.PARTNER:
        return f"{event.by}, {partner}"
    return str(STAFF) if event.actor == Actor.STAFF else PLATFORM


def _detail(event, edits):
    match event.kind:
        case Kind.SUBMITTED:
            return PartnerRequest.Type(event.data["type"]).label
        case Kind.EDITED:
            return "\n".join(_edited(event, edits))
        case Kind.REJECTED | Kind.WITHDRAWN:
            return RejectReason(event.data["reason"]).label
        case Kind.AUTHORISED | Kind.RENEWED:
            days = _("For %(days)d days") % {"days": event.data["days"]}
            return f"{areas_text(event.data['areas'])}\n{days}"
        case Kind.SHARE_CLOSED:
            return next_step.CLOSED_BECAUSE[ClosedReason(event.data["reason"])]
        case Kind.EXPIRY_WARNED | Kind.STALE_WARNED:
            days = event.data["days"]
            return ngettext("%(days)d day is left", "%(days)d days are left", days) % {"days": days}
        case Kind.REQUEST_CLOSED:
            return next_step.REQUEST_CLOSED_BY[event.data["closed_by"]]
    return ""


def _edited(event, edits):
    if any(name in event.data["changed"] for name in PartnerRequest.FIELDS):
        for label, before, after in edits.get(event.data["version"], ()):
            yield f"{label}: {before} → {after}"
    if "request_type" in event.data["changed"]:
        yield _("How partners are selected was changed")
    if "hide_contact" in event.data["changed"]:
        yield _("When partners see the contact details was changed")


def areas_by_level(areas):
    """What a partner may manage and what view, as [(level, names of areas)] in the areas' own order."""
    held = [
        (level.label, [str(area.label) for area in Area if areas.get(area.value) == level]) for level in AccessLevel
    ]
    return [(level, names) for level, names in held if names]


def areas_text(areas):
    """ "Products (manage) and Orders (view)", in the areas' own order."""
    return listed([f"{area.label} ({AccessLevel(areas[area]).label.lower()})" for area in Area if area.value in areas])


# What edits changed


def edits_of(request):
    """For each version after the first what it changed, as {number: [(label, before, after)]} in words."""
    if request.version == 1:
        return {}
    told, currency = {}, request.currency
    edits = visibility.edits_for_seller(request)
    for number in sorted(edits, reverse=True):
        told[number], currency = in_words(edits[number], currency)
    return told


def in_words(differences, currency):
    """Differences as (label, before, after), and the currency before them, given the one after."""
    before = next((each.before for each in differences if each.name == "currency"), currency)
    lines = [
        (each.label, _value(each.name, each.before, before), _value(each.name, each.after, currency))
        for each in differences
    ]
    return lines, before


def _value(name, value, currency):
    if value is None or value == "":
        return _("nothing")
    return money(value, currency) if isinstance(value, Decimal) else Truncator(value).chars(LONGEST_VALUE)


# Contact details


def openings_of(request):
    """Who opened the contact details and when, newest first, and how many openings there are beyond those shown."""
    events = list(visibility.contact_openings(request)[: MOST_OPENINGS + 1])
    lines = [{"said": opening_text(event), "at": event.at} for event in events[:MOST_OPENINGS]]
    return lines, len(events) > MOST_OPENINGS


def opening_text(event):
    if event.share is None:
        return _("%(staff)s opened your contact details") % {"staff": STAFF}
    told = {"name": str(event.by), "partner": event.share.partner.name}
    return (OPENED_BY.get(event.partner_role) or OPENED_BY_FORMER) % told
