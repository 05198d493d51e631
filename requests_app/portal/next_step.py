"""What a partner reads of a share's state: the next step, how near its due date is, how it ended."""

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock, formats
from requests_app import schedule
from requests_app.models import Share
from requests_app.pages import urgency as urgencies
from requests_app.reasons import ClosedReason, with_reason
from requests_app.schedule import STALE_TIME
from requests_app.workflow import ShareStatus, Turn

TURNS = {Turn.PARTNER: "you", Turn.SELLER: "other", Turn.NOBODY: "none"}  # as components/next_step.html names them

ENDINGS = {
    ClosedReason.SELLER: gettext_lazy("The seller closed it for you"),
    ClosedReason.REQUEST_CLOSED: gettext_lazy("The request was closed"),
    ClosedReason.NO_RESPONSE: gettext_lazy("It was not answered in time"),
    ClosedReason.STALE: format_lazy(gettext_lazy("Nothing happened for {days} days"), days=STALE_TIME.days),
    ClosedReason.PARTNER_ENDED: gettext_lazy("You ended the connection"),
    ClosedReason.PARTNER_SUSPENDED: gettext_lazy("Your partner account was suspended"),
    ClosedReason.STAFF: format_lazy(gettext_lazy("{platform} closed it"), platform=settings.PLATFORM_NAME),
}
SOURCES = {
    Share.Source.PICKED: gettext_lazy("Chosen by the seller"),
    Share.Source.REFERRED: format_lazy(gettext_lazy("Referred by {platform}"), platform=settings.PLATFORM_NAME),
    Share.Source.STAFF: format_lazy(gettext_lazy("Referred by {platform}"), platform=settings.PLATFORM_NAME),
}


def turn(share):
    return TURNS[share.whose_turn]


def who(share):
    """Return who or what is waited for where it is not the partner's turn."""
    return _("the seller’s reply") if share.is_asked else _("the seller")


def next_step(share):
    """Return what is to be done now, to stand beside whose turn it is; for an ended share how and when it ended."""
    if share.status == ShareStatus.REVIEWING:
        return _to_answer(share) % {"moment": formats.day_and_time(share.respond_by)}
    if share.status == ShareStatus.ACCEPTED:
        at = schedule.closing_soon(share.waiting_since, share.warned_at, clock.now())
        if at is None:
            return _("to authorise you")
        return _("to authorise you. It closes on %(day)s if nothing happens.") % {"day": formats.day(at)}
    if share.is_connected:
        return _("Connected since %(day)s") % {"day": formats.day(share.connected_at)}
    return _("Ended %(day)s: %(why)s") % {"day": formats.day(share.ended_at), "why": ending(share)}


def hint(share, proposal):
    """Return what the partner may do while it waits for the seller's authorisation, or what the seller has."""
    if share.status != ShareStatus.ACCEPTED:
        return ""
    if proposal is None or not proposal.is_open:
        return _("A proposal lets the seller compare you with others, and authorise you on it.")
    until = {"moment": formats.day_and_time(proposal.terms.valid_until)}
    return _("The seller has your proposal, valid until %(moment)s.") % until


def _to_answer(share):
    if share.is_asked:
        return _("You still have to answer by %(moment)s")
    return _("The seller replied, answer by %(moment)s") if share.replied_at else _("Answer by %(moment)s")


def ending(share):
    if share.status == ShareStatus.REJECTED:
        return share.get_reject_reason_display()
    return closed_because(share.closed_reason, share.stated_reason)


def closed_because(reason, stated=""):
    """Return why a share was closed (a ClosedReason), with the reason that was given for it, if one was."""
    return with_reason(ENDINGS[ClosedReason(reason)], reason, stated)


def urgency(share):
    """Return how pressing an answer is; None where it is not."""
    return urgencies.of_answer(share.respond_by) if share.status == ShareStatus.REVIEWING else None
