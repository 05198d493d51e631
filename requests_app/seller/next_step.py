"""Whose turn it is and what comes next, in the seller's words: for a request and for one partner's share of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import clock
from accounts.formats import day, day_and_time, listed, sentences
from requests_app import actions, policies, schedule
from requests_app.reasons import ClosedBy, ClosedReason, with_reason
from requests_app.schedule import STALE_TIME
from requests_app.workflow import Headline, Hold, ShareStatus, Turn

YOU, OTHER, NOBODY = "you", "other", "none"  # as components/next_step.html names them
TURNS = {Turn.PARTNER: OTHER, Turn.NOBODY: NOBODY}  # the seller's own depends on what they may do
PLATFORM = settings.PLATFORM_NAME
STALE = format_lazy(gettext_lazy("Closed since nothing happened for {days} days"), days=STALE_TIME.days)
ORDER = (ShareStatus.CONNECTED, ShareStatus.ACCEPTED, ShareStatus.REVIEWING, ShareStatus.REJECTED, ShareStatus.CLOSED)

CLOSED_BECAUSE = {
    ClosedReason.SELLER: gettext_lazy("Closed by your shop"),
    ClosedReason.REQUEST_CLOSED: gettext_lazy("Ended with the request"),
    ClosedReason.NO_RESPONSE: gettext_lazy("Did not answer in time"),
    ClosedReason.STALE: STALE,
    ClosedReason.PARTNER_ENDED: gettext_lazy("Ended by the partner"),
    ClosedReason.PARTNER_SUSPENDED: gettext_lazy("The partner is not with the programme any more"),
    ClosedReason.STAFF: format_lazy(gettext_lazy("Closed by {platform}"), platform=PLATFORM),
}
REQUEST_CLOSED_BY = {
    ClosedBy.SELLER: gettext_lazy("Closed by your shop"),
    ClosedBy.STAFF: format_lazy(gettext_lazy("Closed by {platform}"), platform=PLATFORM),
    ClosedBy.STALE: STALE,
    ClosedBy.CONTACT: gettext_lazy("Closed since its contact email was not confirmed"),
}


@dataclass(frozen=True)
class Step:
    turn: str
    text: str | Promise
    who: str = ""
    until: datetime | None = None


def in_order(shares):
    """The furthest first, then by when they were asked."""
    return sorted(shares, key=lambda share: (ORDER.index(share.status), share.shared_at, share.pk))


def of_request(request, shares, standing):
    """The next step of a whole request, for a reader of this standing in its shop: a question first."""
    if asking := [share.partner.name for share in shares if share.is_asked]:
        return _to_reply(asking, standing)
    match request.headline:
        case Headline.CONNECTED:
            return Step(NOBODY, _("You work with %(names)s") % {"names": _names(shares, ShareStatus.CONNECTED)})
        case Headline.ACCEPTED:
            return _to_authorise(_names(shares, ShareStatus.ACCEPTED), standing)
        case Headline.REVIEWING:
            return _waiting([share for share in shares if share.status == ShareStatus.REVIEWING])
        case Headline.HELD:
            return of_hold(request, standing)
        case Headline.FINDING:
            return Step(
                OTHER, _with_closing(_("to find a partner"), request.idle_since, request.warned_at), who=PLATFORM
            )
        case Headline.CLOSED:
            return Step(NOBODY, request_closed_by(request.closed_by, request.stated_reason))
    if not policies.may_edit(standing):
        return Step(OTHER, _("for an owner or editor of your shop to decide how to go on"))
    if actions.may_turn_to_platform(standing, request, shares):
        text = _("Choose other partners, let %(platform)s refer, or close") % {"platform": PLATFORM}
    else:
        text = _("Choose partners, change what they are matched on, or close")
    return Step(YOU, _with_closing(text, request.idle_since, request.warned_at))


def of_hold(request, standing):
    """The next step of a request on hold, whoever has it besides."""
    if request.hold == Hold.CONTACT:
        if not policies.may_edit(standing):
            return Step(OTHER, _("for an owner or editor of your shop to have the contact email confirmed"))
        text, closes = _("Have the contact email confirmed, or change it"), closes_unconfirmed(request)
        return Step(YOU, closing_text(text, closes) if closes else text)
    return Step(OTHER, _("to look at your request before anybody is asked"), who=PLATFORM)


def closes_unconfirmed(request):
    """When a request is closed if its contact email is not confirmed; None where it is not, or a partner has it."""
    return schedule.of_request(request)[-1].at if request.hold == Hold.CONTACT and request.idle_since else None


def _with_closing(text, since, warned_at):
    """The text, and when it closes by itself where that is near."""
    at = schedule.closing_soon(since, warned_at, clock.now())
    return closing_text(text, at) if at else text


def closing_text(text, at):
    return _("%(text)s. It closes on %(day)s if nothing happens.") % {"text": text, "day": day(at)}


def _to_authorise(names, standing):
    if policies.may_authorise(standing):
        return Step(YOU, _("Authorise %(names)s to begin, or close") % {"names": names})
    return Step(OTHER, _("for an owner of your shop to authorise %(names)s") % {"names": names})


def _to_reply(names, standing):
    told = {"names": listed(names)}
    if policies.may_write_as_shop(standing):
        return Step(YOU, ngettext("%(names)s asks you something", "%(names)s ask you something", len(names)) % told)
    return Step(OTHER, _("for an owner or editor of your shop to reply to %(names)s") % told)


def _waiting(shares):
    first = min(share.respond_by for share in shares)
    if len(shares) == 1:
        return Step(OTHER, "", who=shares[0].partner.name, until=first)
    who = ngettext("%(count)d partner", "%(count)d partners", len(shares)) % {"count": len(shares)}
    return Step(OTHER, _("to answer, the first"), who=who, until=first)


def _names(shares, status):
    return listed([share.partner.name for share in shares if share.status == status])


def of_share(share, standing):
    """The next step with one partner; `share.active` holds its active authorisation."""
    if share.is_asked:
        step = _to_reply([share.partner.name], standing)
        return replace(step, text=sentences([f"{step.text}.", f"{_said_of(share)}."]))
    if share.whose_turn == Turn.SELLER:
        step = _to_authorise(share.partner.name, standing)
        return replace(step, text=_with_closing(step.text, share.waiting_since, share.warned_at))
    return Step(TURNS[share.whose_turn], _said_of(share))


def _said_of(share):
    match share.status:
        case ShareStatus.REVIEWING:
            until = {"partner": share.partner.name, "moment": day_and_time(share.respond_by)}
            return _("%(partner)s has until %(moment)s to answer") % until
        case ShareStatus.CONNECTED:
            return _("Authorised until %(day)s") % {"day": day(share.active[0].ends_at)}
        case ShareStatus.REJECTED:
            return _("The partner’s reason: %(reason)s") % {"reason": share.get_reject_reason_display()}
    return closed_because(share.closed_reason, share.stated_reason)


def closed_because(reason, stated=""):
    """Return why a share was closed (a ClosedReason), with the reason that was given for it, if one was."""
    return with_reason(CLOSED_BECAUSE[ClosedReason(reason)], reason, stated)


def request_closed_by(closed_by, stated=""):
    """Return who closed a request (a ClosedBy), with the reason that was given for it, if one was."""
    return with_reason(REQUEST_CLOSED_BY[closed_by], closed_by, stated)
