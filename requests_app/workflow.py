"""The two status machines, whole: states, sets, how they look and read, every transition (docs/design.md, Statuses).

A transition sets fields and nothing else. `services` locks, asks `policies`, calls it, saves and records what happened;
nothing else may call one.
"""

from datetime import timedelta
from enum import Enum
from typing import NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from accounts.status_field import StatusField
from requests_app.reasons import ClosedBy, ClosedReason, RejectReason, StaffReason


class RequestStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class Hold(models.TextChoices):
    """Why an open request is not shared for now."""

    CONTACT = "contact", _("Contact email not confirmed")
    SCREENING = "screening", _("Staff look at it")


class ShareStatus(models.TextChoices):
    REVIEWING = "reviewing", _("Partner reviewing")
    ACCEPTED = "accepted", _("Partner accepted")
    CONNECTED = "connected", _("Connected")
    CLOSED = "closed", _("Closed")
    REJECTED = "rejected", _("Rejected")


TIME_FOR_A_REPLY = timedelta(hours=48)  # that a partner has more to answer once its question is replied to

LIVE = frozenset({ShareStatus.REVIEWING, ShareStatus.ACCEPTED, ShareStatus.CONNECTED})
FINAL = frozenset({ShareStatus.CLOSED, ShareStatus.REJECTED})
LOAD = frozenset({ShareStatus.REVIEWING, ShareStatus.ACCEPTED})  # what counts against a partner's capacity
TAKEN = frozenset({ShareStatus.ACCEPTED, ShareStatus.CONNECTED})  # the partner said yes


def any_taken(shares):
    """Return whether a partner has accepted one of the shares, or is connected: the platform refers nobody then."""
    return any(share.is_taken for share in shares)


def any_connected(shares):
    """Return whether one of the shares is connected: closing its request takes an owner then."""
    return any(share.is_connected for share in shares)


class Headline(models.TextChoices):
    """What My Requests shows for a whole request."""

    CONNECTED = "connected", _("Connected")
    ACCEPTED = "accepted", _("Partner accepted")
    REVIEWING = "reviewing", _("Partner reviewing")
    HELD = "held", _("On hold")
    FINDING = "finding", _("Finding a partner")
    DECISION = "decision", _("Needs your decision")
    REJECTED = "rejected", _("Rejected")
    CLOSED = "closed", _("Closed")


def headline(request_status, share_statuses, *, seeking, held=False):
    """Return the Headline of a request with these shares.

    `seeking` says whether the platform is still trying, `held` whether the request is on hold.
    """
    statuses = set(share_statuses)
    for live in (ShareStatus.CONNECTED, ShareStatus.ACCEPTED, ShareStatus.REVIEWING):
        if live in statuses:
            return Headline(live.value)
    if request_status == RequestStatus.CLOSED:
        return Headline.CLOSED
    if held:
        return Headline.HELD
    if seeking:
        return Headline.FINDING
    return Headline.REJECTED if statuses == {ShareStatus.REJECTED} else Headline.DECISION


class Look(NamedTuple):
    """How a status is drawn, and what it means to each reader beside it."""

    tone: str
    icon: str  # a heroicon
    label: str | Promise
    for_seller: str | Promise = ""
    for_partner: str | Promise = ""


# Of each ShareStatus, Headline and RequestStatus. What two of them have in common looks the same in both.
LOOKS = {
    ShareStatus.REVIEWING: Look(
        "amber",
        "clock",
        ShareStatus.REVIEWING.label,
        _("The partner is reviewing your request"),
        _("It is your turn: accept or reject"),
    ),
    ShareStatus.ACCEPTED: Look(
        "blue",
        "hand-thumb-up",
        ShareStatus.ACCEPTED.label,
        _("The partner has accepted your request"),
        _("You have accepted; the seller may now authorise you"),
    ),
    ShareStatus.CONNECTED: Look(
        "green",
        "link",
        ShareStatus.CONNECTED.label,
        _("You've granted authorisation and are connected with the partner"),
        _("The seller has granted you authorisation"),
    ),
    ShareStatus.CLOSED: Look(
        "grey",
        "archive-box",
        ShareStatus.CLOSED.label,
        _("The request has been closed"),
        _("The request has been closed"),
    ),
    ShareStatus.REJECTED: Look(
        "red",
        "x-circle",
        ShareStatus.REJECTED.label,
        _("The partner has rejected your request"),
        _("You have rejected the request"),
    ),
    Headline.HELD: Look(
        "amber",
        "pause-circle",
        Headline.HELD.label,
        _("No partner is asked for now"),
    ),
    Headline.FINDING: Look(
        "violet",
        "magnifying-glass",
        Headline.FINDING.label,
        _("We are looking for a partner that fits your request"),
    ),
    Headline.DECISION: Look(
        "orange",
        "exclamation-triangle",
        Headline.DECISION.label,
        _("No partner is left. Choose others, let us refer, or close the request"),
    ),
    RequestStatus.OPEN: Look("green", "lock-open", RequestStatus.OPEN.label),
}
DESCRIPTIONS = {status: LOOKS[status].for_seller for status in ShareStatus}
CLOSED_ALONE = _("Closed for this partner")  # what CLOSED means of a share whose request goes on


def meaning(code, reader, *, alone=False):
    """Return what a status means to its reader ("seller" or "partner"), in words; "" where nothing is to be said.

    `alone` says of a closed share that its request was not closed with it.
    """
    if code == ShareStatus.CLOSED and alone and reader:
        return CLOSED_ALONE
    look = LOOKS.get(code)
    return {"seller": look.for_seller, "partner": look.for_partner}.get(reader, "") if look else ""


class Stage(NamedTuple):
    """How far a request has come, of four stages; 0 is its end."""

    number: int
    said: str | Promise


ENDED = Stage(0, _("Ended"))
STAGE_NAMES_FOR_SELLER = (_("Submitted"), _("Reviewing"), _("Accepted"), _("Connected"))
STAGE_NAMES_FOR_PARTNER = (_("Received"), _("Reviewing"), _("Accepted"), _("Connected"))
STAGES_FOR_SELLER = {
    Headline.HELD: Stage(1, _("Stage 1 of 4: submitted, on hold")),
    Headline.FINDING: Stage(1, _("Stage 1 of 4: submitted")),
    Headline.DECISION: Stage(1, _("Stage 1 of 4: submitted")),
    Headline.REJECTED: Stage(1, _("Stage 1 of 4: submitted, every partner rejected")),
    Headline.REVIEWING: Stage(2, _("Stage 2 of 4: with partners")),
    Headline.ACCEPTED: Stage(3, _("Stage 3 of 4: accepted, waiting for your authorisation")),
    Headline.CONNECTED: Stage(4, _("Stage 4 of 4: connected")),
    Headline.CLOSED: ENDED,
}
STAGES_FOR_PARTNER = {
    ShareStatus.REVIEWING: Stage(2, _("Stage 2 of 4: waiting for your answer")),
    ShareStatus.ACCEPTED: Stage(3, _("Stage 3 of 4: accepted, waiting for the seller's authorisation")),
    ShareStatus.CONNECTED: Stage(4, _("Stage 4 of 4: connected")),
    ShareStatus.CLOSED: ENDED,
    ShareStatus.REJECTED: ENDED,
}


class Turn(Enum):
    """Who is to act next."""

    SELLER = "seller"
    PARTNER = "partner"
    NOBODY = "nobody"


WHOSE_TURN = {
    ShareStatus.REVIEWING: Turn.PARTNER,
    ShareStatus.ACCEPTED: Turn.SELLER,
    ShareStatus.CONNECTED: Turn.NOBODY,
    ShareStatus.CLOSED: Turn.NOBODY,
    ShareStatus.REJECTED: Turn.NOBODY,
}


class RequestWorkflow(models.Model):
    status = StatusField(_("status"), choices=RequestStatus, default=RequestStatus.OPEN)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    closed_by = models.CharField(_("closed by"), max_length=10, choices=ClosedBy, blank=True, editable=False)
    stated_reason = models.CharField(  # staff's
        _("reason given"), max_length=20, choices=StaffReason, blank=True, default="", db_default="", editable=False
    )
    # Why and since when it is not shared, and the ids of partners that the seller chose meanwhile: they are asked then.
    hold = models.CharField(
        _("on hold"), max_length=10, choices=Hold, blank=True, default="", db_default="", editable=False
    )
    held_since = models.DateTimeField(_("on hold since"), null=True, editable=False)
    held_picks = models.JSONField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_open(self):
        return self.status == RequestStatus.OPEN

    @transition(field=status, source=RequestStatus.OPEN, target=RequestStatus.CLOSED)
    def close(self, *, closed_by, at, stated=""):
        """What was chosen while it was on hold stays: "Request again" begins with it."""
        self.closed_by, self.closed_at, self.stated_reason = closed_by, at, stated
        self.hold, self.held_since = "", None

    def put_on_hold(self, hold, *, at):
        """Hold an open request for a reason, or for another than before."""
        self.hold, self.held_since = hold, at

    def release(self):
        self.hold, self.held_since, self.held_picks = "", None, None


class ShareWorkflow(models.Model):
    status = StatusField(_("status"), choices=ShareStatus, default=ShareStatus.REVIEWING)
    shared_at = models.DateTimeField(_("shared"), editable=False)
    respond_by = models.DateTimeField(_("to be answered by"), editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    connected_at = models.DateTimeField(_("connected"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    # A partner's question that waits for the seller's reply, the last reply, and that `respond_by` moved on for one.
    asked_at = models.DateTimeField(_("question asked"), null=True, editable=False)
    replied_at = models.DateTimeField(_("question replied to"), null=True, editable=False)
    is_extended = models.BooleanField(_("has more time to answer"), default=False, db_default=False, editable=False)
    # From when its sixty days count: the acceptance, an authorisation's end, the seller's last act.
    waiting_since = models.DateTimeField(_("waiting for the seller since"), null=True, editable=False)
    warned_at = models.DateTimeField(_("last warned that it closes"), null=True, editable=False)
    was_revoked = models.BooleanField(_("seller revoked it last"), default=False, editable=False)
    authorised_days = models.PositiveSmallIntegerField(_("authorised for days"), null=True, editable=False)
    authorised_until = models.DateTimeField(_("authorised until"), null=True, editable=False)
    closed_reason = models.CharField(
        _("closed because"), max_length=20, choices=ClosedReason, blank=True, editable=False
    )
    reject_reason = models.CharField(
        _("rejected because"), max_length=20, choices=RejectReason, blank=True, editable=False
    )
    stated_reason = models.CharField(  # of requests_app.reasons.STATED, where somebody closed it who gives a reason
        _("reason given"), max_length=20, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        abstract = True

    @property
    def is_live(self):
        return self.status in LIVE

    @property
    def is_taken(self):
        return self.status in TAKEN

    @property
    def is_connected(self):
        return self.status == ShareStatus.CONNECTED

    @property
    def is_asked(self):
        """Return whether the partner waits for the seller's reply to a question before it answers."""
        return self.status == ShareStatus.REVIEWING and self.asked_at is not None

    @property
    def was_closed_connected(self):
        """Return whether an authorisation ended when it was closed: one that ended before took the day with it."""
        return self.status == ShareStatus.CLOSED and self.connected_at is not None

    @property
    def whose_turn(self):
        return Turn.SELLER if self.is_asked else WHOSE_TURN[self.status]

    def ask(self, *, at):
        """Note a question; the time to answer runs on."""
        self.asked_at = at

    def reply(self, *, at):
        """Note the seller's reply to the question, which gives the partner more time, once."""
        if not self.is_extended:
            self.respond_by, self.is_extended = self.respond_by + TIME_FOR_A_REPLY, True
        self.asked_at, self.replied_at = None, at

    @transition(field=status, source=ShareStatus.REVIEWING, target=ShareStatus.ACCEPTED)
    def accept(self, *, at):
        self.accepted_at = self.waiting_since = at

    @transition(field=status, source=ShareStatus.REVIEWING, target=ShareStatus.REJECTED)
    def reject(self, *, reason, at):
        self.reject_reason, self.ended_at = reason, at

    @transition(field=status, source=ShareStatus.ACCEPTED, target=ShareStatus.REJECTED)
    def withdraw(self, *, reason, at):
        self.reject_reason, self.ended_at = reason, at

    @transition(field=status, source=ShareStatus.ACCEPTED, target=ShareStatus.CONNECTED)
    def authorise(self, *, at, days):
        self.connected_at, self.waiting_since = at, None
        self.authorised_days, self.authorised_until = days, at + timedelta(days=days)

    @transition(field=status, source=ShareStatus.CONNECTED, target=ShareStatus.CONNECTED)
    def renew(self, *, at, days):
        self.authorised_days, self.authorised_until = days, at + timedelta(days=days)

    @transition(field=status, source=ShareStatus.CONNECTED, target=ShareStatus.ACCEPTED)
    def revoke(self, *, at):
        self.connected_at, self.authorised_days, self.authorised_until = None, None, None
        self.waiting_since, self.was_revoked = at, True

    @transition(field=status, source=ShareStatus.CONNECTED, target=ShareStatus.ACCEPTED)
    def expire(self, *, at):
        self.connected_at, self.authorised_days, self.authorised_until = None, None, None
        self.waiting_since, self.was_revoked = at, False

    @transition(field=status, source=list(LIVE), target=ShareStatus.CLOSED)
    def close(self, *, reason, at, stated=""):
        self.closed_reason, self.ended_at, self.stated_reason = reason, at, stated

    @transition(field=status, source=ShareStatus.REVIEWING, target=ShareStatus.CLOSED)
    def lapse(self, *, at):
        """No response in time."""
        self.closed_reason, self.ended_at = ClosedReason.NO_RESPONSE, at

    @transition(field=status, source=ShareStatus.ACCEPTED, target=ShareStatus.CLOSED)
    def go_stale(self, *, at):
        self.closed_reason, self.ended_at = ClosedReason.STALE, at
