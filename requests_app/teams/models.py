"""Rows of teams: invitations, hand-overs, and the log of a shop or partner (docs/design.md, Teams)."""

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts import clock, required_factor
from accounts.acting import OfShopOrPartner
from partners.models import Partner, PartnerMember
from requests_app.teams.kinds import Actor, HandOverEnd, InvitationEnd, Kind
from requests_app.unchanging import Unchanging, UnchangingQuerySet

SHOP_ROLES, PARTNER_ROLES = ("owner", "editor", "viewer"), tuple(PartnerMember.Role.values)
ONE_SIDE = Q(shop__isnull=False, partner=None) | Q(shop=None, partner__isnull=False)


class OfTeamQuerySet(models.QuerySet):
    def of(self, kind, of_id):
        """Return those of this shop or partner; `kind` is accounts.acting.SHOP or PARTNER."""
        return self.filter(**{kind: of_id})

    def visible_to(self, user):
        """Return those of the shops and partners that the person belongs to."""
        if not user.is_authenticated:
            return self.none()
        of_shops = Q(required_factor.open_to(user, "shop"), shop__members__user=user)
        of_partners = Q(required_factor.open_to(user, "partner"), partner__members__user=user)
        return self.filter(of_shops | of_partners).distinct()

    def pending(self):
        return self.filter(ended_at=None)


class OfTeam(OfShopOrPartner, models.Model):
    """A row of one shop or of one partner."""

    shop = models.ForeignKey("requests_app.Shop", models.CASCADE, null=True, related_name="+", verbose_name=_("shop"))
    partner = models.ForeignKey(Partner, models.CASCADE, null=True, related_name="+", verbose_name=_("partner"))

    objects = OfTeamQuerySet.as_manager()

    class Meta:
        abstract = True


class Invitation(OfTeam):
    """An address that was invited to a team. The token of its link stands nowhere, only a digest of it.

    The address is erased when its reader joined, or 30 days after the end.
    """

    address = models.EmailField(_("address"), max_length=254, blank=True)
    role = models.CharField(_("role"), max_length=10)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    language = models.CharField(_("language"), max_length=10)
    nonce = models.CharField(max_length=32)  # of the link that holds now (requests_app.teams.tokens)
    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("invited"), default=clock.now)
    ends_at = models.DateTimeField(_("valid until"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    how = models.CharField(_("ended because"), max_length=10, choices=InvitationEnd, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(condition=ONE_SIDE, name="invitation_of_one_side"),
            models.CheckConstraint(
                condition=Q(shop__isnull=False, role__in=SHOP_ROLES) | Q(partner__isnull=False, role__in=PARTNER_ROLES),
                name="invitation_role_known",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, how="") & ~Q(address="")
                | Q(ended_at__isnull=False, how__in=InvitationEnd.values),
                name="invitation_ended_whole",
            ),
            models.CheckConstraint(condition=~Q(how="joined") | Q(address=""), name="invitation_joined_address_gone"),
            models.UniqueConstraint(fields=["token_hash"], name="invitation_token_once"),
            models.UniqueConstraint("shop", Lower("address"), condition=Q(ended_at=None), name="invitation_once_shop"),
            models.UniqueConstraint(
                "partner", Lower("address"), condition=Q(ended_at=None), name="invitation_once_partner"
            ),
        ]
        indexes = [
            models.Index(fields=["ends_at"], condition=~Q(address=""), name="invitation_to_erase"),
        ]

    def __str__(self):
        return f"invitation {self.pk}"

    @property
    def is_expired(self):
        """Return whether its time is over; it may be renewed until it is withdrawn or erased."""
        return self.ended_at is None and self.ends_at <= clock.now()

    @property
    def is_open(self):
        return self.ended_at is None and not self.is_expired


class HandOver(OfTeam):
    """An owner's offer to a member to become owner in their place; one at a time in a shop or partner."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("offered by")
    )
    to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("offered to")
    )
    created_at = models.DateTimeField(_("offered"), default=clock.now)
    ended_at = models.DateTimeField(_("ended"), null=True)
    how = models.CharField(_("ended because"), max_length=10, choices=HandOverEnd, blank=True)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        constraints = [
            models.CheckConstraint(condition=ONE_SIDE, name="hand_over_of_one_side"),
            models.CheckConstraint(condition=~Q(by=F("to")), name="hand_over_to_another"),
            models.CheckConstraint(
                condition=Q(ended_at=None, how="") | Q(ended_at__isnull=False, how__in=HandOverEnd.values),
                name="hand_over_ended_whole",
            ),
            models.UniqueConstraint(fields=["shop"], condition=Q(ended_at=None), name="hand_over_once_shop"),
            models.UniqueConstraint(fields=["partner"], condition=Q(ended_at=None), name="hand_over_once_partner"),
        ]

    def __str__(self):
        return f"hand-over {self.pk}"


class TeamLog(models.Model):
    """The end of the chain of one shop's or partner's events (requests_app.teams.log).

    A row of its own, so that no form that saves a shop or partner writes an older end over it. It stays when a partner
    is deleted, which staff may do with an application: the keys refer to nothing then.
    """

    shop = models.ForeignKey(
        "requests_app.Shop", models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    partner = models.ForeignKey(
        Partner, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    count = models.PositiveIntegerField(default=0)
    mac = models.CharField(max_length=64, blank=True)
    end = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("log of a team")
        verbose_name_plural = _("logs of teams")
        constraints = [
            models.CheckConstraint(condition=ONE_SIDE, name="team_log_of_one_side"),
            models.UniqueConstraint(fields=["shop"], name="team_log_once_shop"),
            models.UniqueConstraint(fields=["partner"], name="team_log_once_partner"),
        ]

    def __str__(self):
        return f"log {self.pk}"

    @property
    def of(self):
        """The shop or partner; None where it was deleted."""
        try:
            return self.shop if self.shop_id else self.partner
        except ObjectDoesNotExist:
            return None


class TeamEventQuerySet(UnchangingQuerySet):
    def of(self, kind, of_id):
        return self.filter(**{f"log__{kind}": of_id})


class TeamEvent(Unchanging):
    """One line of the log of a shop's or partner's members and settings: codes, numbers and keys, nothing personal.

    Never changed or removed: the database refuses it (requests_app.integrity.append_only), and its chain would show it.
    """

    Kind, Actor = Kind, Actor

    log = models.ForeignKey(TeamLog, on_delete=models.PROTECT, related_name="events", db_index=False)
    number = models.PositiveIntegerField()  # of its log's events, from 1
    kind = models.CharField(_("what"), max_length=30, choices=Kind)
    actor = models.CharField(_("by"), max_length=10, choices=Actor)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    data = models.JSONField(default=dict)
    at = models.DateTimeField(_("when"), default=clock.now)
    mac = models.CharField(max_length=64)

    objects = TeamEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of a team")
        verbose_name_plural = _("events of teams")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["log", "number"], name="team_event_once")]

    def __str__(self):
        return f"{self.kind} {self.pk}"
