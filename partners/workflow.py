"""A partner's life with the programme: applied -> approved -> suspended, and back by reinstating."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition


class PartnerStatus(models.TextChoices):
    APPLIED = "applied", _("Applied")
    APPROVED = "approved", _("Approved")
    SUSPENDED = "suspended", _("Suspended")


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
