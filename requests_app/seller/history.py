"""A request's history in the seller's words: the timeline, what each edit changed, who opened the contact details."""

from decimal import Decimal
from operator import itemgetter

from django.conf import settings
from django.utils.text import Truncator, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.formats import listed, money, said_of, together
from accounts.names import words_of
from partners.models import PartnerMember
from requests_app import shop_names, visibility
from requests_app.events import EVENTS, REFERRED, STALE_SHARE_WARNED, Actor, Kind
from requests_app.models import PartnerRequest
from requests_app.pages import talk, terms
from requests_app.pages.authorisations import ENDED_WITH_IT, areas_text
from requests_app.pages.renames import renamed_line
from requests_app.reasons import RejectReason, ReleaseReason
from requests_app.seller import next_step
from requests_app.workflow import Hold

PLATFORM = settings.PLATFORM_NAME
STAFF = format_lazy(gettext_lazy("{platform} staff"), platform=PLATFORM)
OPENED_BY = {
    PartnerMember.Role.OWNER: gettext_lazy("%(name)s, an owner at %(partner)s, opened your contact details"),
    PartnerMember.Role.REVIEWER: gettext_lazy("%(name)s, a reviewer at %(partner)s, opened your contact details"),
    PartnerMember.Role.VIEWER: gettext_lazy("%(name)s, a viewer at %(partner)s, opened your contact details"),
}
READ_BY = {
    PartnerMember.Role.OWNER: gettext_lazy("%(name)s, an owner at %(partner)s, read the texts of version %(version)d"),
    PartnerMember.Role.REVIEWER: gettext_lazy(
        "%(name)s, a reviewer at %(partner)s, read the texts of version %(version)d"
    ),
    PartnerMember.Role.VIEWER: gettext_lazy("%(name)s, a viewer at %(partner)s, read the texts of version %(version)d"),
}
READ_BY_FORMER = gettext_lazy("%(name)s, formerly at %(partner)s, read the texts of version %(version)d")
OPENED_BY_FORMER = gettext_lazy("%(name)s, formerly at %(partner)s, opened your contact details")
MOST_EVENTS = 200
MOST_OPENINGS = 20
LONGEST_VALUE = 300


def timeline_of(request):
    """Return lines for components/timeline.html, newest first. Openings of the contact details stand apart.

    So do messages, but for questions and the replies to them: the conversation shows them.
    """
    events = request.events.exclude(kind__in=(Kind.CONTACT_OPENED, Kind.MESSAGE)).select_related("share__partner", "by")
    events = events.defer(*words_of("share__partner", "by")).order_by("-id")
    edits = edits_of(request)
    lines = [_line(group, edits) for group in talk.in_lines(events[:MOST_EVENTS], together=_in_one_line)]
    renames = [renamed_line(*rename) for rename in shop_names.renames_for_seller(request)]
    return sorted([*lines, *renames], key=itemgetter("at"), reverse=True) if renames else lines


def _in_one_line(event):
    """Return what the events of one line have in common: partners that were asked at once stand together."""
    return (event.at, event.actor) if event.kind == Kind.SHARED else event.pk


def _line(events, edits):
    event = events[0]
    line = EVENTS[event.kind].seller
    if event.kind == Kind.SHARED and event.actor != Actor.SELLER:
        line = REFERRED
    elif event.kind == Kind.STALE_WARNED and event.share:
        line = STALE_SHARE_WARNED
    shares = {each.share.pk: each.share for each in reversed(events) if each.share}
    names = [share.partner.name for share in shares.values()]
    return {
        "title": str(line.title) % {"partner": listed(names)},
        "by": _who(event, *names[:1]),
        "at": event.at,
        "icon": line.icon,
        "tone": line.tone,
        "detail": talk.earlier_text(events) or _detail(event, edits),
    }


def _who(event, partner=""):
    if event.actor == Actor.SELLER:
        return _person(event.by)
    if event.actor == Actor.PARTNER:
        return together(_person(event.by), partner)
    return str(STAFF) if event.actor == Actor.STAFF else PLATFORM


def _person(user):
    """Return the person's name, with a word where they are the platform's staff, whatever else they are a member of."""
    return _("%(name)s (%(staff)s)") % {"name": user, "staff": STAFF} if user and user.is_staff else str(user or "")


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
            chosen = [proposal_text(event.data["proposal"])] if "proposal" in event.data else []
            return "\n".join([areas_text(event.data["areas"]), days, *chosen])
        case Kind.PROPOSED:
            return "\n".join(_proposed(event.data))
        case Kind.PROPOSAL_WITHDRAWN | Kind.PROPOSAL_EXPIRED:
            return _("Version %(number)d") % {"number": event.data["number"]}
        case Kind.SHARE_CLOSED:
            why = str(next_step.closed_because(event.data["reason"], event.data.get("stated")))
            return f"{why}\n{ENDED_WITH_IT}" if event.share.was_closed_connected else why
        case Kind.EXPIRY_WARNED | Kind.STALE_WARNED | Kind.CONTACT_REMINDED if "days" in event.data:
            days = event.data["days"]
            return ngettext("%(days)d day is left", "%(days)d days are left", days) % {"days": days}
        case Kind.HELD:
            return Hold(event.data["hold"]).label
        case Kind.REQUEST_CLOSED:
            return next_step.request_closed_by(event.data["closed_by"], event.data.get("stated"))
        case Kind.RELEASED:
            return "\n".join(_released(event.data))
    return ""


def proposal_text(number):
    """Return which version of the partner's proposal an authorisation is on."""
    return _("On version %(number)d of its proposal") % {"number": number}


def _proposed(data):
    yield _("Version %(number)d") % {"number": data["number"]}
    if data["changed"]:
        yield said_of(_("Changed"), listed(terms.changed_rows(data["changed"])))


def _released(data):
    if "reason" in data:
        yield str(ReleaseReason(data["reason"]).label)
    if data["missed"]:
        yield missed_text(data["missed"])


def missed_text(count):
    """Return what became of partners that were chosen while the request was on hold and cannot be asked any more."""
    return ngettext(
        "%(count)d partner that you chose cannot be asked any more; you can choose another.",
        "%(count)d partners that you chose cannot be asked any more; you can choose others.",
        count,
    ) % {"count": count}


def _edited(event, edits):
    if any(name in event.data["changed"] for name in PartnerRequest.FIELDS):
        for label, before, after in edits.get(event.data["version"], ()):
            yield said_of(label, f"{before} → {after}")
    if "request_type" in event.data["changed"]:
        yield _("How partners are selected was changed")
    if "hide_contact" in event.data["changed"]:
        yield _("When partners see the contact details was changed")


# What edits changed


def edits_of(request):
    """Return for each version after the first what it changed, as {number: [(label, before, after)]} in words."""
    if request.version == 1:
        return {}
    lines, currency = {}, request.currency
    edits = visibility.edits_for_seller(request)
    for number in sorted(edits, reverse=True):
        lines[number], currency = in_words(edits[number], currency)
    return lines


def in_words(differences, currency):
    """Return differences as (label, before, after), and the currency before them, given the one after."""
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
    """Return who opened the contact details or read the free text and when, newest first, and whether there are more.

    A reading stands there once for each person and version: the first.
    """
    openings = visibility.contact_openings(request)[: MOST_OPENINGS + 1]
    readings = visibility.text_readings(request)[: MOST_OPENINGS + 1]
    lines = [{"said": opening_text(event), "at": event.at} for event in openings]
    lines += [{"said": reading_text(reading), "at": reading.at} for reading in readings]
    lines.sort(key=lambda line: line["at"], reverse=True)
    return lines[:MOST_OPENINGS], len(lines) > MOST_OPENINGS


def opening_text(event):
    if event.share is None:
        return _("%(staff)s opened your contact details") % {"staff": STAFF}
    names = {"name": _person(event.by), "partner": event.share.partner.name}
    return (OPENED_BY.get(event.partner_role) or OPENED_BY_FORMER) % names


def reading_text(reading):
    names = {"name": _person(reading.by), "partner": reading.share.partner.name, "version": reading.version}
    return (READ_BY.get(reading.partner_role) or READ_BY_FORMER) % names
