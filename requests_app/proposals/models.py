"""What a partner offers on an accepted share, and each version of it (docs/design.md, Proposals)."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import clock
from partners.choices import Currency
from requests_app.proposals.workflow import ProposalStatus, ProposalWorkflow

LONGEST_INCLUDED = 500  # characters
LONGEST_TERM = 60  # months


class Price(models.TextChoices):
    """What the partner asks for."""

    MONTHLY = "monthly", _("Monthly fee")
    COMMISSION = "commission", _("Commission")
    ONCE = "once", _("One-time price")


class Proposal(ProposalWorkflow):
    """The one proposal of a share; what it says stands in its versions."""

    share = models.OneToOneField("requests_app.Share", on_delete=models.CASCADE, related_name="proposal")
    steps_done = models.PositiveSmallIntegerField(default=0, editable=False)  # of requests_app.schedule
    next_step_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ProposalStatus.values), name="proposal_status_known"),
            models.CheckConstraint(
                condition=~Q(status="chosen") | Q(chosen_number__isnull=False), name="proposal_chosen_whole"
            ),
        ]
        indexes = [
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="proposal_due"),
        ]

    def __str__(self):
        return f"proposal {self.pk}"


class ProposalVersion(models.Model):
    """What a proposal said from one change to the next. Never changed, but for its free text when that is erased."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(_("version"))
    created_at = models.DateTimeField(_("created"), default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    services = models.JSONField(_("Services"), default=list)  # codes of partners.choices.Service
    price = models.CharField(_("Price"), max_length=10, choices=Price)
    currency = models.CharField(_("Currency"), max_length=3, choices=Currency)  # the request's at that time
    amount = models.DecimalField(_("Amount"), max_digits=20, decimal_places=2, null=True, blank=True)
    percent = models.DecimalField(
        _("Per cent of sales"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    # Free text: read it through requests_app.proposals.reading only.
    included = models.TextField(_("What is included"), max_length=LONGEST_INCLUDED, blank=True)
    starts_on = models.DateField(_("Earliest start"))
    months = models.PositiveSmallIntegerField(_("Shortest term"), validators=[MaxValueValidator(LONGEST_TERM)])
    valid_until = models.DateTimeField(_("Valid until"))

    TERMS = ("services", "price", "currency", "amount", "percent", "included", "starts_on", "months", "valid_until")

    class Meta:
        verbose_name = _("version of a proposal")
        verbose_name_plural = _("versions of proposals")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="proposal_version_once"),
            models.CheckConstraint(
                condition=Q(price="commission", amount=None, percent__isnull=False, percent__gt=0, percent__lte=100)
                | Q(price__in=["monthly", "once"], amount__isnull=False, amount__gt=0, percent=None),
                name="proposal_price_whole",
            ),
            models.CheckConstraint(condition=Q(months__lte=LONGEST_TERM), name="proposal_months"),
        ]

    def __str__(self):
        return f"version {self.number} of proposal {self.proposal_id}"

    def terms(self):
        """Return the TERMS as they stand here, as {name: value}."""
        return {name: getattr(self, name) for name in self.TERMS}
