"""A partner's contact: whom shops that it accepted write to. In a table of its own, which no list of partners reads."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PartnerContact(models.Model):
    """Name, address and, if they like, phone: read them through requests_app.visibility only."""

    FIELDS = ("name", "email", "phone")

    partner = models.OneToOneField(
        "partners.Partner", on_delete=models.CASCADE, related_name="contact", primary_key=True
    )
    name = models.CharField(_("contact name"), max_length=120)
    email = models.EmailField(_("contact email"), max_length=254)
    phone = models.CharField(_("contact phone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("contact of a partner")
        verbose_name_plural = _("contacts of partners")
        constraints = [models.CheckConstraint(condition=~Q(name="") & ~Q(email=""), name="partner_contact_whole")]

    def __str__(self):
        return f"contact of {self.pk}"
