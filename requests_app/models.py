from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import clock, required_factor
from accounts.names import Named, NamedQuerySet
from accounts.search import CodesIndex, WordsIndex
from partners.choices import Currency, Language
from partners.models import Market, MemberQuerySet, Partner
from requests_app import authorisations as authorisations  # whose models Django finds by this
from requests_app import blocks as blocks  # likewise
from requests_app import considered as considered  # likewise
from requests_app import events
from requests_app import former_names as former_names  # likewise
from requests_app import safeguards as safeguards  # likewise
from requests_app import sign_ins as sign_ins  # likewise
from requests_app import slots as slots  # likewise
from requests_app.conversation import models as conversation  # noqa: F401 - likewise
from requests_app.proposals import models as proposals  # noqa: F401 - likewise
from requests_app.reasons import ClosedReason, RejectReason
from requests_app.references import new_request_reference, new_share_reference
from requests_app.request_details import RequestDetails
from requests_app.teams import models as teams  # noqa: F401 - likewise
from requests_app.unchanging import Unchanging, UnchangingQuerySet
from requests_app.workflow import (
    FINAL,
    LIVE,
    Headline,
    Hold,
    RequestStatus,
    RequestWorkflow,
    ShareStatus,
    ShareWorkflow,
)


class ShopQuerySet(NamedQuerySet):
    def visible_to(self, user):
        """Return those of the user that are not shut to them for want of a second factor."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(required_factor.open_to(user, ""), members__user=user)


class Shop(Named):
    """A seller's business on the platform."""

    name = models.CharField(_("shop name"), max_length=120)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, verbose_name=_("market"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.ENGLISH)
    created_at = models.DateTimeField(_("created"), default=clock.now, editable=False)
    name_number = models.SmallIntegerField(default=0, db_default=0, editable=False)  # how often it was renamed
    # Of all members; who has used none in their session sees nothing of the shop (accounts.required_factor).
    second_factor_required = models.BooleanField(_("second factor required"), default=False, db_default=False)
    # Since when it has members, but no owner who can sign in (requests_app.absence).
    nobody_since = models.DateTimeField(_("nobody can act since"), null=True, editable=False)

    objects = ShopQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=[*Named.DERIVED, "name_number"])

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        indexes = [
            WordsIndex(field="name_words", name="shop_words"),
            models.Index(fields=["nobody_since"], condition=Q(nobody_since__isnull=False), name="shop_nobody"),
        ]

    def __str__(self):
        return self.name


class ShopMember(models.Model):
    """A user's place in a shop."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        EDITOR = "editor", _("Editor")
        VIEWER = "viewer", _("Viewer")

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shop_members")
    role = models.CharField(_("role"), max_length=10, choices=Role)

    objects = MemberQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("shop member")
        verbose_name_plural = _("shop members")
        constraints = [
            models.UniqueConstraint(fields=["shop", "user"], name="shop_member_once"),
            models.CheckConstraint(condition=Q(role__in=["owner", "editor", "viewer"]), name="shop_member_role"),
        ]

    def __str__(self):
        return f"{self.role} {self.user_id} of {self.shop_id}"


class PartnerRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return those of the shops the user belongs to. Staff see requests in the admin only."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(required_factor.open_to(user, "shop"), shop__members__user=user)

    def open(self):
        return self.filter(status=RequestStatus.OPEN)


def request_types():
    """Return the choices of PartnerRequest.Type: a function keeps the platform's name out of the migrations."""
    return PartnerRequest.Type.choices


class PartnerRequest(RequestWorkflow, RequestDetails):
    """What a seller submits: one form, seen by each asked partner through a Share."""

    class Type(models.TextChoices):
        CHOOSE = "choose", _("Choose partners myself")
        REFER = "refer", format_lazy(_("Let {platform} refer partners"), platform=settings.PLATFORM_NAME)

    reference = models.CharField(
        _("reference"), max_length=14, unique=True, default=new_request_reference, editable=False
    )
    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, related_name="requests", verbose_name=_("shop"), db_index=False
    )
    # The shop's when it was submitted; another one of the shop changes nothing of it. Null where an earlier release
    # made the request while this one came: `sold_in` says it.
    market = models.ForeignKey(
        Market,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("market"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("submitted"), default=clock.now, editable=False)
    form_token = models.UUIDField(editable=False)
    request_type = models.CharField(_("Select partners"), max_length=10, choices=request_types)
    hide_contact = models.BooleanField(_("Hide my contact details until a partner accepts"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    headline = models.CharField(_("shown as"), max_length=10, choices=Headline, editable=False)
    seller_acted_at = models.DateTimeField(_("seller's last act"), default=clock.now, editable=False)
    close_note = models.CharField(_("staff's note"), max_length=500, blank=True, editable=False)
    # Since when rejections as spam count: when staff released the request last (requests_app.screening).
    screened_at = models.DateTimeField(_("released by staff"), null=True, editable=False)

    # What partners that have the request read as its contact email until the one above is confirmed; else "".
    confirmed_email = models.EmailField(max_length=254, blank=True, default="", db_default="", editable=False)
    erased_at = models.DateTimeField(_("contact details erased"), null=True, editable=False)  # requests_app.erasure

    # The end of its events' chain (requests_app.event_chain): how many there are, the last signature, and one of both.
    event_count = models.PositiveIntegerField(default=0, editable=False)
    event_mac = models.CharField(max_length=64, blank=True, editable=False)
    event_end = models.CharField(max_length=64, blank=True, editable=False)

    # Referral (docs/design.md, Referral): whether the platform is still trying, its tries since the last edit of a
    # matched field, and since when nobody is left to ask.
    seeking = models.BooleanField(_("platform is trying"), default=False, editable=False)
    tries_since = models.DateTimeField(default=clock.now, editable=False)  # submit, or that edit
    automatic_referrals = models.PositiveSmallIntegerField(_("automatic referrals"), default=0, editable=False)
    unmatched_since = models.DateTimeField(_("unmatched since"), null=True, editable=False)
    next_try_at = models.DateTimeField(_("next try"), null=True, editable=False)

    # Growing stale (requests_app.schedule): since when there is no live share and the seller is silent.
    idle_since = models.DateTimeField(_("idle since"), null=True, editable=False)
    warned_at = models.DateTimeField(_("last warned that it closes"), null=True, editable=False)
    steps_done = models.PositiveSmallIntegerField(default=0, editable=False)
    next_step_at = models.DateTimeField(null=True, editable=False)

    # Since when the first question of a partner that reviews it waits for the seller's reply.
    asked_since = models.DateTimeField(null=True, editable=False)

    objects = PartnerRequestQuerySet.as_manager()

    class Meta(RequestDetails.Meta):
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        permissions = [
            ("refer_partnerrequest", _("Can refer a partner")),
            ("close_partnerrequest", _("Can close a request or a share")),
            ("view_contact_details", _("Can open contact details")),
        ]
        constraints = [
            *RequestDetails.Meta.constraints,
            models.UniqueConstraint(fields=["shop", "form_token"], name="request_once_a_form"),
            models.CheckConstraint(condition=Q(status__in=RequestStatus.values), name="request_status_known"),
            models.CheckConstraint(condition=Q(headline__in=Headline.values), name="request_headline_known"),
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None, closed_by="")
                | (Q(status="closed", closed_at__isnull=False, seeking=False) & ~Q(closed_by="")),
                name="request_closed_whole",
            ),
            models.CheckConstraint(
                condition=Q(hold="", held_since=None) & (Q(held_picks__isnull=True) | Q(status="closed"))
                | Q(hold__in=Hold.values, status="open", held_since__isnull=False, seeking=False),
                name="request_held_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["shop", "-created_at", "-id"], name="request_newest"),
            models.Index(fields=["created_at"], name="request_since"),
            models.Index(fields=["shop", "headline", "-created_at", "-id"], name="request_by_headline"),
            models.Index(fields=["shop", "-created_at", "-id"], condition=Q(status="open"), name="request_open"),
            models.Index(fields=["shop", "category"], condition=Q(status="open"), name="request_open_like"),
            models.Index(
                fields=["unmatched_since"],
                condition=Q(unmatched_since__isnull=False),
                name="request_unmatched",
            ),
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="request_next_try"),
            models.Index(
                fields=["shop", "-created_at", "-id"], condition=Q(asked_since__isnull=False), name="request_asked"
            ),
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="request_due"),
            models.Index(
                fields=["closed_at"], condition=Q(closed_at__isnull=False, erased_at=None), name="request_to_erase"
            ),
            # For the admin's list: what is closed is most of it, and needs none.
            models.Index(fields=["headline", "-id"], condition=~Q(headline="closed"), name="request_shown_as"),
            CodesIndex(field="services", name="request_services"),
            models.Index(fields=["hold", "-id"], condition=~Q(hold=""), name="request_on_hold"),
            models.Index(fields=["market", "-id"], name="request_by_market"),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("seller:request", args=[self.reference])

    @property
    def sold_in(self):
        """The market that the request is about."""
        return self.market or self.shop.market

    @property
    def shown_email(self):
        """The contact email that partners which have the request read."""
        return self.confirmed_email or self.contact_email


class ConfirmedContact(models.Model):
    """An address that the shop may give as a contact: who reads its mails confirmed it (requests_app.contacts)."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="confirmed_contacts", db_index=False)
    address = models.EmailField(_("address"), max_length=254)  # in small letters
    confirmed_at = models.DateTimeField(_("confirmed"), default=clock.now)

    class Meta:
        verbose_name = _("confirmed contact")
        verbose_name_plural = _("confirmed contacts")
        constraints = [models.UniqueConstraint(fields=["shop", "address"], name="confirmed_contact_once")]

    def __str__(self):
        return f"confirmed contact {self.pk}"


class RequestVersion(RequestDetails):
    """What the request said from one edit to the next. Never changed."""

    request = models.ForeignKey(PartnerRequest, on_delete=models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(_("version"))
    created_at = models.DateTimeField(_("created"), default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta(RequestDetails.Meta):
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["number"]
        constraints = [
            *RequestDetails.Meta.constraints,
            models.UniqueConstraint(fields=["request", "number"], name="version_once"),
        ]
        indexes = [CodesIndex(field="services", name="version_services")]

    def __str__(self):
        return f"version {self.number} of request {self.request_id}"


class ShareQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return those of the partners the user belongs to; a seller reaches shares through their request."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(required_factor.open_to(user, "partner"), partner__members__user=user)

    def live(self):
        return self.filter(status__in=LIVE)


class Share(ShareWorkflow):
    """One request shown to one partner; it bears the five statuses."""

    class Source(models.TextChoices):
        PICKED = "picked", _("Chosen by the seller")
        REFERRED = "referred", _("Referred by the platform")
        STAFF = "staff", _("Referred by staff")

    reference = models.CharField(
        _("reference"), max_length=14, unique=True, default=new_share_reference, editable=False
    )
    request = models.ForeignKey(PartnerRequest, on_delete=models.CASCADE, related_name="shares", db_index=False)
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="shares", verbose_name=_("partner"), db_index=False
    )
    source = models.CharField(_("source"), max_length=10, choices=Source, editable=False)
    score = models.PositiveSmallIntegerField(_("score"), null=True, editable=False)
    reasons = models.JSONField(_("reasons"), default=list, editable=False)
    first_version = models.PositiveIntegerField(_("version first shown"), editable=False)
    accepted_version = models.PositiveIntegerField(_("version accepted"), null=True, editable=False)
    last_version = models.PositiveIntegerField(_("version current at its end"), null=True, editable=False)
    # Which of its shop's names was current at its end (requests_app.former_names); of a live one it says nothing.
    shop_name_number = models.SmallIntegerField(default=0, db_default=0, editable=False)
    note = models.CharField(_("note"), max_length=500, blank=True, editable=False)  # the partner's, free text
    close_note = models.CharField(
        _("staff's note"), max_length=500, blank=True, default="", db_default="", editable=False
    )
    steps_done = models.PositiveSmallIntegerField(default=0, editable=False)  # of requests_app.schedule
    next_step_at = models.DateTimeField(null=True, editable=False)
    # The keys of the newest message of each side, by which lists know what is unread.
    seller_message = models.BigIntegerField(null=True, editable=False)
    partner_message = models.BigIntegerField(null=True, editable=False)

    objects = ShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        constraints = [
            models.UniqueConstraint(fields=["request", "partner"], name="share_once"),
            models.CheckConstraint(condition=Q(status__in=ShareStatus.values), name="share_status_known"),
            models.CheckConstraint(
                condition=(Q(status="closed", closed_reason__in=ClosedReason.values))
                | (~Q(status="closed") & Q(closed_reason="")),
                name="share_closed_with_reason",
            ),
            models.CheckConstraint(
                condition=(Q(status="rejected", reject_reason__in=RejectReason.values))
                | (~Q(status="rejected") & Q(reject_reason="")),
                name="share_rejected_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(FINAL), ended_at__isnull=False, last_version__isnull=False)
                | Q(status__in=sorted(LIVE), ended_at=None, last_version=None),
                name="share_ended_whole",
            ),
            models.CheckConstraint(
                condition=Q(status="reviewing", accepted_at=None)
                | Q(status__in=["accepted", "connected"], accepted_at__isnull=False)
                | Q(status__in=sorted(FINAL)),
                name="share_accepted_at",
            ),
            models.CheckConstraint(
                condition=(~Q(status="accepted") | Q(waiting_since__isnull=False))
                & (~Q(status="connected") | Q(authorised_until__isnull=False, authorised_days__isnull=False)),
                name="share_timed",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-shared_at", "-id"], name="share_newest"),
            models.Index(fields=["shared_at"], name="share_since"),
            models.Index(fields=["partner", "status", "-shared_at", "-id"], name="share_by_status"),
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="share_due"),
            models.Index(
                fields=["partner", "respond_by", "id"], condition=Q(status="reviewing"), name="share_to_answer"
            ),
            models.Index(fields=["partner", "-shared_at", "-id"], condition=Q(ended_at=None), name="share_live"),
            # One for each filter of the admin, of the rows that are few.
            models.Index(fields=["status", "-id"], condition=Q(status__in=sorted(LIVE)), name="share_live_as"),
            models.Index(fields=["closed_reason", "-id"], condition=~Q(closed_reason=""), name="share_closed_because"),
            models.Index(fields=["reject_reason", "-id"], condition=~Q(reject_reason=""), name="share_refused_because"),
            models.Index(fields=["-id"], condition=Q(source="staff"), name="share_by_staff"),
            models.Index(fields=["ended_at"], condition=Q(status="rejected"), name="share_rejected_at"),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("portal:share", args=[self.reference])


class TextReading(models.Model):
    """The first time that a member of a partner was shown the free text of one version of a request."""

    share = models.ForeignKey(Share, on_delete=models.PROTECT, related_name="text_readings", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("reading of free text")
        verbose_name_plural = _("readings of free text")
        constraints = [models.UniqueConstraint(fields=["share", "by", "version"], name="text_reading_once")]

    def __str__(self):
        return f"{self.share_id} {self.version}"


class Event(Unchanging):
    """One line of a request's history: codes, numbers and keys, never personal or free text.

    Never changed or removed: the database refuses it (requests_app.integrity.append_only), and its chain would show it.
    """

    Kind, Actor = events.Kind, events.Actor

    request = models.ForeignKey(PartnerRequest, on_delete=models.PROTECT, related_name="events", db_index=False)
    share = models.ForeignKey(Share, on_delete=models.PROTECT, null=True, related_name="events")
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    actor = models.CharField(_("by"), max_length=10, choices=Actor)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    data = models.JSONField(default=dict)
    at = models.DateTimeField(_("when"), default=clock.now)
    number = models.PositiveIntegerField(editable=False)  # of its request's events, from 1
    mac = models.CharField(max_length=64, editable=False)  # requests_app.event_chain

    objects = UnchangingQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["request", "number"], name="event_once")]
        indexes = [models.Index(fields=["request", "id"], name="event_in_order")]

    def __str__(self):
        return f"{self.kind} {self.pk}"
