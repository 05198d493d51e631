"""A partner's life with the programme: applied -> approved -> suspended, and back by reinstating.

Beside it stands whether it can take a further request now, and how all of that looks and reads.
"""

from typing import NamedTuple

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition


class PartnerStatus(models.TextChoices):
    APPLIED = "applied", _("Applied")
    APPROVED = "approved", _("Approved")
    SUSPENDED = "suspended", _("Suspended")


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
    Availability.AVAILABLE: Look("green", "check-circle", Availability.AVAILABLE.label),
    Availability.BOOKED: Look("amber", "user-group", Availability.BOOKED.label),
    Availability.PAUSED: Look("grey", "pause-circle", Availability.PAUSED.label),
}


class PartnerWorkflow(models.Model):
    status = FSMField(_("status"), choices=PartnerStatus, default=PartnerStatus.APPLIED, protected=True, editable=False)
    applied_at = models.DateTimeField(_("applied"), editable=False)
    approved_at = models.DateTimeField(_("approved"), null=True, editable=False)
    suspended_at = models.DateTimeField(_("suspended"), null=True, editable=False)

    class Meta:
        abstract = True

    @transition(field=status, source=PartnerStatus.APPLIED, target=PartnerStatus.APPROVED)
    def approve(self, *, at):
        self.approved_at = at

    @transition(field=status, source=PartnerStatus.APPROVED, target=PartnerStatus.SUSPENDED)
    def suspend(self, *, at):
        self.suspended_at = at

    @transition(field=status, source=PartnerStatus.SUSPENDED, target=PartnerStatus.APPROVED)
    def reinstate(self, *, at):
        self.approved_at, self.suspended_at = at, None
