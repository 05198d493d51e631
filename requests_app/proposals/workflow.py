"""The states of a proposal, whole (docs/design.md, Proposals). Only `proposals.services`, `services` and `automatic`
call a transition.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from accounts.status_field import StatusField


class ProposalStatus(models.TextChoices):
    SENT = "sent", _("Sent")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    CHOSEN = "chosen", _("Chosen")


class ProposalWorkflow(models.Model):
    status = StatusField(_("status"), choices=ProposalStatus, default=ProposalStatus.SENT)
    number = models.PositiveIntegerField(_("version"), default=0, editable=False)  # the newest
    valid_until = models.DateTimeField(_("valid until"), editable=False)
    sent_at = models.DateTimeField(_("newest version sent"), null=True, editable=False)
    chosen_number = models.PositiveIntegerField(_("version chosen"), null=True, editable=False)

    class Meta:
        abstract = True

    @transition(field=status, source=list(ProposalStatus), target=ProposalStatus.SENT)
    def offer(self, *, number, until, at):
        """Send it, or another version of it: also after it was withdrawn, expired or chosen."""
        self.number, self.valid_until, self.sent_at = number, until, at

    @transition(field=status, source=ProposalStatus.SENT, target=ProposalStatus.WITHDRAWN)
    def take_back(self):
        pass

    @transition(field=status, source=ProposalStatus.SENT, target=ProposalStatus.EXPIRED)
    def run_out(self):
        pass

    @transition(field=status, source=ProposalStatus.SENT, target=ProposalStatus.CHOSEN)
    def be_chosen(self):
        self.chosen_number = self.number

    @property
    def is_sent(self):
        return self.status == ProposalStatus.SENT

    def holds_at(self, moment):
        """Return whether the seller can choose it then; a timer may be late to say that it expired."""
        return self.is_sent and moment < self.valid_until
