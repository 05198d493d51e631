"""The two status machines, whole: states, sets, descriptions, every transition (docs/design.md, Statuses).

A transition sets fields and nothing else. `services` locks, asks `policies`, calls it, saves and records what happened;
nothing else may call one.
"""

from datetime import timedelta
from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

# Time (docs/design.md, Time). What falls due when is requests_app.schedule's.
RESPONSE_TIME = timedelta(days=7)
STALE_TIME = timedelta(days=60)
STALE_SOON = timedelta(days=30)  # before its end, when the first warning goes out and pages say so


class RequestStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


class ClosedBy(models.TextChoices):
    SELLER = "seller", _("Seller")
    STAFF = "staff", _("Staff")
    STALE = "stale", _("No activity")


class ShareStatus(models.TextChoices):
    REVIEWING = "reviewing", _("Partner reviewing")
    ACCEPTED = "accepted", _("Partner accepted")
    CONNECTED = "connected", _("Connected")
    CLOSED = "closed", _("Closed")
    REJECTED = "rejected", _("Rejected")


LIVE = frozenset({ShareStatus.REVIEWING, ShareStatus.ACCEPTED, ShareStatus.CONNECTED})
FINAL = frozenset({ShareStatus.CLOSED, ShareStatus.REJECTED})
LOAD = frozenset({ShareStatus.REVIEWING, ShareStatus.ACCEPTED})  # what counts against a partner's capacity

DESCRIPTIONS = {
    ShareStatus.REVIEWING: _("The partner is reviewing your request"),
    ShareStatus.ACCEPTED: _("The partner has accepted your request"),
    ShareStatus.CONNECTED: _("You've granted authorisation and are connected with the partner"),
    ShareStatus.CLOSED: _("The request has been closed"),
    ShareStatus.REJECTED: _("The partner has rejected your request"),
}


class Headline(models.TextChoices):
    """What My Requests shows for a whole request."""

    CONNECTED = "connected", _("Connected")
    ACCEPTED = "accepted", _("Partner accepted")
    REVIEWING = "reviewing", _("Partner reviewing")
    FINDING = "finding", _("Finding a partner")
    DECISION = "decision", _("Needs your decision")
    REJECTED = "rejected", _("Rejected")
    CLOSED = "closed", _("Closed")


def headline(request_status, share_statuses, *, seeking):
    """The headline of a request with these shares; `seeking` says whether the platform is still trying."""
    statuses = set(share_statuses)
    for live in (ShareStatus.CONNECTED, ShareStatus.ACCEPTED, ShareStatus.REVIEWING):
        if live in statuses:
            return Headline(live.value)
    if request_status == RequestStatus.CLOSED:
        return Headline.CLOSED
    if statuses == {ShareStatus.REJECTED}:
        return Headline.REJECTED
    return Headline.FINDING if seeking else Headline.DECISION


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


class ClosedReason(models.TextChoices):
    SELLER = "seller", _("The seller closed it")
    REQUEST_CLOSED = "request_closed", _("The request was closed")
    NO_RESPONSE = "no_response", _("The partner did not answer in time")
    STALE = "stale", _("Nothing happened for a long time")
    PARTNER_ENDED = "partner_ended", _("The partner ended it")
    PARTNER_SUSPENDED = "partner_suspended", _("The partner is not with the programme any more")
    STAFF = "staff", _("Staff closed it")


class RejectReason(models.TextChoices):
    NO_CAPACITY = "no_capacity", _("No capacity at the moment")
    BUDGET = "budget", _("Budget too low")
    CATEGORY = "category", _("Not our category")
    MARKET = "market", _("Not our market")
    INFORMATION = "information", _("Information is missing")
    SPAM = "spam", _("Spam or duplicate")
    OTHER = "other", _("Something else")


class RequestWorkflow(models.Model):
    status = FSMField(_("status"), choices=RequestStatus, default=RequestStatus.OPEN, protected=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    closed_by = models.CharField(_("closed by"), max_length=10, choices=ClosedBy, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_open(self):
        return self.status == RequestStatus.OPEN

    @transition(field=status, source=RequestStatus.OPEN, target=RequestStatus.CLOSED)
    def close(self, *, closed_by, at):
        self.closed_by, self.closed_at = closed_by, at


class ShareWorkflow(models.Model):
    status = FSMField(_("status"), choices=ShareStatus, default=ShareStatus.REVIEWING, protected=True, editable=False)
    shared_at = models.DateTimeField(_("shared"), editable=False)
    respond_by = models.DateTimeField(_("to be answered by"), editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, editable=False)
    connected_at = models.DateTimeField(_("connected"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
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

    class Meta:
        abstract = True

    @property
    def is_live(self):
        return self.status in LIVE

    @property
    def whose_turn(self):
        return WHOSE_TURN[self.status]

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
    def close(self, *, reason, at):
        self.closed_reason, self.ended_at = reason, at

    @transition(field=status, source=ShareStatus.REVIEWING, target=ShareStatus.CLOSED)
    def lapse(self, *, at):
        """No response in time."""
        self.closed_reason, self.ended_at = ClosedReason.NO_RESPONSE, at

    @transition(field=status, source=ShareStatus.ACCEPTED, target=ShareStatus.CLOSED)
    def go_stale(self, *, at):
        self.closed_reason, self.ended_at = ClosedReason.STALE, at
