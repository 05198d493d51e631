"""Blocks: a shop that wants nothing more of a partner, or a partner that wants nothing more of a shop.

The other side never learns of one. Live shares go on (docs/design.md, Blocks).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import clock, required_factor
from partners.models import Partner


class BlockQuerySet(models.QuerySet):
    def by_shops(self):
        return self.filter(side=Block.Side.SHOP)

    def by_partners(self):
        return self.filter(side=Block.Side.PARTNER)

    def visible_to(self, user):
        """Return those that the user's own side set; the other side's are nobody's to see."""
        if not user.is_authenticated:
            return self.none()
        own_shop = Q(required_factor.open_to(user, "shop"), side=Block.Side.SHOP, shop__members__user=user)
        own_partner = Q(required_factor.open_to(user, "partner"), side=Block.Side.PARTNER, partner__members__user=user)
        return self.filter(own_shop | own_partner)


class Block(models.Model):
    """One side's wish not to be brought together with the other again."""

    class Side(models.TextChoices):
        SHOP = "shop", _("The shop")
        PARTNER = "partner", _("The partner")

    shop = models.ForeignKey(
        "requests_app.Shop", on_delete=models.CASCADE, related_name="+", verbose_name=_("shop"), db_index=False
    )
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+", verbose_name=_("partner"))
    side = models.CharField(_("blocked by"), max_length=10, choices=Side)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("set by")
    )
    at = models.DateTimeField(_("when"), default=clock.now)

    objects = BlockQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["by"])  # who changed it stands there anyway

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            models.UniqueConstraint(fields=["shop", "partner", "side"], name="block_once"),
            models.CheckConstraint(condition=Q(side__in=["shop", "partner"]), name="block_side_known"),
        ]

    def __str__(self):
        return f"block {self.pk}"

    @property
    def blocked(self):
        """Return the other side: the partner or the shop that is not to be met again."""
        return self.partner if self.side == self.Side.SHOP else self.shop
