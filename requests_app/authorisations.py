"""Authorisations: what a seller lets a connected partner do for the shop, and how long (docs/design.md, The share)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Area(models.TextChoices):
    PRODUCTS = "products", _("Products")
    ORDERS = "orders", _("Orders")
    LIVESTREAMS = "livestreams", _("Livestreams")
    CREATORS = "creators", _("Creators and affiliates")
    ADS = "ads", _("Advertising")
    ANALYTICS = "analytics", _("Analytics")
    CUSTOMER_SERVICE = "customer_service", _("Customer service")


class AccessLevel(models.TextChoices):
    VIEW = "view", _("View")
    MANAGE = "manage", _("Manage")


DURATIONS = (30, 90, 180, 365)  # days


class AuthorisationQuerySet(models.QuerySet):
    def active(self):
        return self.filter(ended_at=None)

    def misplaced(self):
        """Return the active ones that do not name the shop of their request."""
        return self.active().filter(Q(shop=None) | ~Q(shop=F("share__request__shop")))


class Authorisation(models.Model):
    """What a seller granted a partner, from when to when. A share has at most one that is not ended."""

    class EndReason(models.TextChoices):
        REVOKED = "revoked", _("Revoked")
        EXPIRED = "expired", _("Expired")
        REPLACED = "replaced", _("Replaced by a new one")
        CLOSED = "closed", _("The request was closed for the partner")

    share = models.ForeignKey("requests_app.Share", on_delete=models.CASCADE, related_name="authorisations")
    # The request's, so that a shop's authorisations are found by their end. Ended ones of earlier releases lack it.
    shop = models.ForeignKey("requests_app.Shop", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    areas = models.JSONField(_("areas"))  # {Area: AccessLevel}
    days = models.PositiveSmallIntegerField(_("duration in days"))
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    granted_at = models.DateTimeField(_("granted"))
    ends_at = models.DateTimeField(_("ends"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    end_reason = models.CharField(_("ended because"), max_length=10, choices=EndReason, blank=True)
    proposal_number = models.PositiveIntegerField(_("version of the proposal chosen"), null=True)

    objects = AuthorisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("authorisation")
        verbose_name_plural = _("authorisations")
        indexes = [
            models.Index(fields=["shop", "ends_at", "id"], condition=Q(ended_at=None), name="authorisation_ends"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["share"], condition=Q(ended_at=None), name="authorisation_one_active"),
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="authorisation_ended_whole",
            ),
            models.CheckConstraint(condition=Q(days__in=DURATIONS), name="authorisation_days_known"),
        ]

    def __str__(self):
        return f"authorisation {self.pk}"
