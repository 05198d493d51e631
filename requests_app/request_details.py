"""The fields of a request that the seller fills in, and which of them are private; its versions have the same."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.choices import CompanySize, Currency, Start
from partners.models import Category
from requests_app import help_needed


class RequestDetails(models.Model):
    """What the seller fills in: the current values on the request, and a copy of each version."""

    # Contact details and free text: read them through requests_app.visibility only.
    subject = models.CharField(_("Subject"), max_length=120)
    contact_email = models.EmailField(_("Contact email"), max_length=254)
    location = models.CharField(_("Location"), max_length=200, blank=True)
    hot_sale_product = models.CharField(_("Hot sale product"), max_length=200, blank=True)
    other_details = models.TextField(_("Other details"), max_length=2000, blank=True)

    # The business profile. Codes of partners.choices.Service in the order of that list, up to three; see help_needed.
    services = models.JSONField(_("Help needed"), default=list, db_default=[], blank=True)
    start = models.CharField(
        _("When do you want to start"), max_length=10, choices=Start, blank=True, default="", db_default=""
    )
    company_size = models.CharField(_("Company size"), max_length=10, choices=CompanySize)
    currency = models.CharField(_("Currency"), max_length=3, choices=Currency)
    platform_gmv = models.DecimalField(
        _("platform sales GMV"), max_digits=20, decimal_places=2, validators=[MinValueValidator(0)]
    )
    other_gmv = models.DecimalField(
        _("Sales GMV from other channels"), max_digits=20, decimal_places=2, null=True, blank=True
    )
    budget = models.DecimalField(_("Budget"), max_digits=20, decimal_places=2)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, verbose_name=_("Product category"))

    CONTACT_FIELDS = ("subject", "contact_email", "location")
    FREE_TEXT_FIELDS = ("hot_sale_product", "other_details")
    PRIVATE_FIELDS = (*CONTACT_FIELDS, *FREE_TEXT_FIELDS)
    PROFILE_FIELDS = (
        "services", "start", "company_size", "currency", "platform_gmv", "other_gmv", "budget", "category",
    )  # fmt: skip
    IN_CURRENCY = ("currency", "platform_gmv", "other_gmv", "budget")  # the currency, and what is counted in it
    FIELDS = (*PRIVATE_FIELDS, *PROFILE_FIELDS)
    MATCHED_ON = ("location", *(name for name in PROFILE_FIELDS if name != "start"))

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(platform_gmv__gte=0, budget__gt=0) & (Q(other_gmv=None) | Q(other_gmv__gte=0)),
                name="%(class)s_amounts",
            ),
            models.CheckConstraint(condition=Q(start__in=["", *Start.values]), name="%(class)s_start"),
        ]

    @property
    def name(self):
        """What the request is called everywhere, in the reader's language."""
        return help_needed.name_of(self.services, str(self.category))

    def details(self):
        """Return the FIELDS as they stand here, as {name: value}."""
        return {name: getattr(self, name) for name in self.FIELDS}
