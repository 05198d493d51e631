"""A partner's life with the programme: applied -> approved or declined; approved -> suspended, and back.

A declined one may apply again, or be approved all the same.

Beside it stands whether it can take a further request now, and how all of that looks and reads.
"""

from typing import NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from accounts.status_field import StatusField


class PartnerStatus(models.TextChoices):
    APPLIED = "applied", _("Applied")
    APPROVED = "approved", _("Approved")
    SUSPENDED = "suspended", _("Suspended")
    DECLINED = "declined", _("Declined")


class DeclineReason(models.TextChoices):
    """Why staff declined an application: the applicant reads it, on the page and in the mail."""

    INCOMPLETE = "incomplete", _("The profile says too little to judge your offer by")
    UNVERIFIED = "unverified", _("We could not verify your agency from its website")
    NOT_OFFERED = "not_offered", _("What you offer is not what sellers here look for")
    MARKET = "market", _("We take no further partners in your markets for now")
    DUPLICATE = "duplicate", _("Your agency has a partner account already")


class Availability(models.TextChoices):
    """Whether a partner can take a further request now, as pages say it."""

    AVAILABLE = "available", _("Available")
    BOOKED = "booked", _("Fully booked")
    PAUSED = "paused", _("Paused")


class Look(NamedTuple):
    """How a status is drawn."""

    tone: str
    icon: str  # a heroicon
    label: str | Promise


# Of each PartnerStatus and Availability.
LOOKS = {
    PartnerStatus.APPLIED: Look("amber", "clock", _("Waiting for approval")),
    PartnerStatus.APPROVED: Look("green", "check-badge", PartnerStatus.APPROVED.label),
    PartnerStatus.SUSPENDED: Look("red", "no-symbol", PartnerStatus.SUSPENDED.label),
    PartnerStatus.DECLINED: Look("red", "x-circle", PartnerStatus.DECLINED.label),
    Availability.AVAILABLE: Look("green", "check-circle", Availability.AVAILABLE.label),
    Availability.BOOKED: Look("amber", "user-group", Availability.BOOKED.label),
    Availability.PAUSED: Look("grey", "pause-circle", Availability.PAUSED.label),
}


class PartnerWorkflow(models.Model):
    status = StatusField(_("status"), choices=PartnerStatus, default=PartnerStatus.APPLIED)
    applied_at = models.DateTimeField(_("applied"), editable=False)
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    suspended_at = models.DateTimeField(_("suspended"), null=True, editable=False)
    declined_at = models.DateTimeField(_("declined"), null=True, editable=False)
    decline_reason = models.CharField(
        _("reason"), max_length=20, choices=DeclineReason, blank=True, default="", db_default="", editable=False
    )
    decline_note = models.CharField(_("note"), max_length=500, blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True

    @transition(field=status, source=[PartnerStatus.APPLIED, PartnerStatus.DECLINED], target=PartnerStatus.APPROVED)
    def approve(self, *, at):
        self.approved_at, self.declined_at = at, None
        self.decline_reason = self.decline_note = ""

    @transition(field=status, source=PartnerStatus.APPLIED, target=PartnerStatus.DECLINED)
    def decline(self, *, at, reason, note):
        self.declined_at, self.decline_reason, self.decline_note = at, reason, note

    @transition(field=status, source=PartnerStatus.DECLINED, target=PartnerStatus.APPLIED)
    def apply_again(self, *, at):
        self.applied_at, self.declined_at = at, None
        self.decline_reason = self.decline_note = ""

    @transition(field=status, source=PartnerStatus.APPROVED, target=PartnerStatus.SUSPENDED)
    def suspend(self, *, at):
        self.suspended_at = at

    @transition(field=status, source=PartnerStatus.SUSPENDED, target=PartnerStatus.APPROVED)
    def reinstate(self, *, at):
        self.approved_at, self.suspended_at = at, None
