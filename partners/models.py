from datetime import timedelta
from decimal import Decimal
from statistics import median

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import clock, required_factor
from accounts.names import Named, NamedQuerySet
from accounts.search import WordsIndex
from partners import contact as contact  # whose model Django finds by this
from partners import matching_index as matching_index  # likewise
from partners.choices import CompanySize, Currency, Language, PartnerType, Service
from partners.names import category_name, market_name
from partners.workflow import Availability, DeclineReason, PartnerStatus, PartnerWorkflow

RESERVED_SLUGS = ("compare",)  # pages that stand beside the profiles
FEWEST_ANSWERS = 5  # with fewer, no response rate is shown or scored (docs/design.md, Score)


class Market(Named):
    """A country the platform sells in."""

    code = models.CharField(_("code"), max_length=2, primary_key=True)
    name = models.CharField(_("name"), max_length=60)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency)
    active = models.BooleanField(_("active"), default=True)
    history = HistoricalRecords(excluded_fields=[*Named.DERIVED])

    class Meta:
        ordering = ["name_order"]
        verbose_name = _("market")
        verbose_name_plural = _("markets")

    def __str__(self):
        return market_name(self.code, self.name)


class Category(Named):
    """A level-1 product category of the platform."""

    external_id = models.CharField(_("platform's number"), max_length=20, blank=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    active = models.BooleanField(_("active"), default=True)
    history = HistoricalRecords(excluded_fields=[*Named.DERIVED])

    class Meta:
        ordering = ["name_order"]
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="category_external_id_unique"
            )
        ]

    def __str__(self):
        return category_name(self.name)


class ExchangeRate(models.Model):
    """How much of `currency` one euro bought on `date`; earlier ones stand in its history."""

    currency = models.CharField(_("currency"), max_length=3, choices=Currency, unique=True)
    per_euro = models.DecimalField(
        _("per euro"), max_digits=20, decimal_places=8, validators=[MinValueValidator(Decimal("0.00000001"))]
    )
    date = models.DateField(_("date"))
    source = models.CharField(_("source"), max_length=60)
    history = HistoricalRecords()

    class Meta:
        ordering = ["currency"]
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        constraints = [models.CheckConstraint(condition=Q(per_euro__gt=0), name="rate_positive")]

    def __str__(self):
        return f"{self.currency} {self.date}"

    def clean(self):
        """Refuse a rate of the euro itself, and a future date, which would keep out every earlier rate."""
        if self.currency == Currency.EUR:
            raise ValidationError({"currency": _("Rates are per euro, so the euro itself has none.")})
        if self.date and self.date > clock.now().date() + timedelta(days=1):  # tomorrow has begun east of UTC
            raise ValidationError({"date": _("This date has yet to come. Give the day that the rate is of.")})


def available_at(at):
    """Return the condition that a partner may be given a further request.

    It is approved, somebody can answer for it, it is not paused, and below its capacity.
    """
    not_paused = Q(paused_until=None) | Q(paused_until__lte=at)
    return Q(status=PartnerStatus.APPROVED, nobody_since=None) & not_paused & Q(load__lt=F("capacity"))


class MemberQuerySet(models.QuerySet):
    """Memberships, in partners and in shops."""

    def active(self):
        """Return those of people who can sign in: nobody else answers, owns or is notified."""
        return self.filter(user__is_active=True)

    def active_owners(self):
        return self.active().filter(role="owner")


class PartnerMemberQuerySet(MemberQuerySet):
    def answering(self):
        """Return those who can answer a partner's requests now."""
        return self.active().filter(role__in=PartnerMember.ANSWERING)


class PartnerQuerySet(NamedQuerySet):
    def listed(self):
        """Return those that the public directory shows."""
        return self.filter(status=PartnerStatus.APPROVED)

    def available(self, at=None):
        """Return those that may be given a further request, at this time or now."""
        return self.filter(available_at(at or clock.now()))

    def visible_to(self, user):
        """Return the partners of the user that are not shut to them for want of a second factor."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(required_factor.open_to(user, ""), members__user=user)

    def profile_readable_by(self, user):
        """Return those with a public profile page, and the user's own while their application waits."""
        if not user.is_authenticated:
            return self.listed()
        own = Partner.objects.visible_to(user).values("pk")
        return self.filter(Q(status=PartnerStatus.APPROVED) | Q(status=PartnerStatus.APPLIED, pk__in=own))


class Partner(Named, PartnerWorkflow):
    """An agency and what it offers."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=140, unique=True, editable=False)
    tagline = models.CharField(_("tagline"), max_length=140, blank=True, help_text=_("One line on what you do best."))
    about = models.TextField(_("about"), max_length=2000, blank=True)
    website = models.URLField(_("website"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    markets = models.ManyToManyField(Market, related_name="partners", verbose_name=_("markets"))
    categories = models.ManyToManyField(Category, related_name="partners", verbose_name=_("product categories"))
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, help_text=_("Of the two amounts below."))
    smallest_budget = models.DecimalField(
        _("minimum monthly budget"), max_digits=20, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    smallest_gmv = models.DecimalField(
        _("minimum monthly GMV"), max_digits=20, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    capacity = models.PositiveSmallIntegerField(
        _("capacity"),
        default=10,
        validators=[MaxValueValidator(1000)],
        help_text=_("How many requests you handle at a time, being reviewed or accepted."),
    )
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    # Of all members; who has used none in their session sees nothing of the partner (accounts.required_factor).
    second_factor_required = models.BooleanField(_("second factor required"), default=False, db_default=False)
    # Since when none of its members who may answer can sign in: like a pause (services.note_who_can_answer).
    nobody_since = models.DateTimeField(_("nobody can answer since"), null=True, editable=False)

    # Kept in the transaction of the share that changes them (requests_app.change); check_invariants compares.
    load = models.PositiveSmallIntegerField(_("load"), default=0, editable=False)
    last_referred_at = models.DateTimeField(_("last referred"), null=True, editable=False)
    shares_answered = models.PositiveIntegerField(_("requests answered"), default=0, editable=False)
    shares_unanswered = models.PositiveIntegerField(_("requests left unanswered"), default=0, editable=False)
    answer_minutes = models.JSONField(default=list, editable=False)  # how long its last answers took, newest last
    response_rank = models.GeneratedField(  # response_rate in hundredths of a percent, which the directory sorts by
        expression=Case(
            When(
                shares_answered__gte=FEWEST_ANSWERS,
                then=Cast("shares_answered", models.BigIntegerField())
                * 10_000
                / (F("shares_answered") + F("shares_unanswered")),
            ),
            default=-1,
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
        editable=False,
    )

    objects = PartnerQuerySet.as_manager()
    history = HistoricalRecords(
        m2m_fields=[],
        excluded_fields=[
            *Named.DERIVED,
            "load",
            "last_referred_at",
            "shares_answered",
            "shares_unanswered",
            "answer_minutes",
            "response_rank",
        ],
    )

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        permissions = [("approve_partner", _("Can approve a partner")), ("suspend_partner", _("Can suspend a partner"))]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=PartnerStatus.values), name="partner_status_known"),
            models.CheckConstraint(
                condition=Q(status=PartnerStatus.DECLINED, decline_reason__in=DeclineReason.values)
                | (~Q(status=PartnerStatus.DECLINED) & Q(decline_reason="", decline_note="")),
                name="partner_declined_with_reason",
            ),
            models.CheckConstraint(condition=Q(smallest_budget__gte=0, smallest_gmv__gte=0), name="partner_amounts"),
            models.CheckConstraint(condition=~Q(slug__in=RESERVED_SLUGS), name="partner_slug_free"),
        ]
        indexes = [  # one for each sort of the directory, the currencies in use, and the timer's
            models.Index(fields=["status", "name_order", "id"], name="partner_by_name"),
            models.Index(fields=["status", "-approved_at", "-id"], name="partner_newest"),
            models.Index(fields=["status", "-response_rank", "-id"], name="partner_response"),
            models.Index(fields=["currency"], condition=Q(status="approved"), name="partner_currency"),
            models.Index(fields=["paused_until"], condition=Q(paused_until__isnull=False), name="partner_paused"),
            models.Index(fields=["nobody_since"], condition=Q(nobody_since__isnull=False), name="partner_nobody"),
            WordsIndex(field="name_words", name="partner_words"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("partners:profile", args=[self.slug])

    @property
    def is_approved(self):
        return self.status == PartnerStatus.APPROVED

    @property
    def is_paused(self):
        return self.is_paused_at(clock.now())

    def is_paused_at(self, at):
        return self.paused_until is not None and self.paused_until > at

    @property
    def is_fully_booked(self):
        return self.load >= self.capacity

    @property
    def availability(self):
        """Return the Availability: whether it takes new requests now, if it is approved."""
        return self.availability_at(clock.now())

    def availability_at(self, at):
        if self.nobody_since or self.is_paused_at(at):
            return Availability.PAUSED
        return Availability.BOOKED if self.is_fully_booked else Availability.AVAILABLE

    @property
    def is_available(self):
        return self.is_available_at(clock.now())

    def is_available_at(self, at):
        """Return the same for a loaded partner as the condition `available_at` for rows."""
        return self.is_approved and self.availability_at(at) == Availability.AVAILABLE

    @property
    def response_rate(self):
        """Return the share of its requests that it answered, 0 to 1; None under FEWEST_ANSWERS."""
        if self.shares_answered < FEWEST_ANSWERS:
            return None
        return self.shares_answered / (self.shares_answered + self.shares_unanswered)

    @property
    def median_answer_minutes(self):
        """Return the median time of its last answers, in minutes; None under FEWEST_ANSWERS."""
        return round(median(self.answer_minutes)) if len(self.answer_minutes) >= FEWEST_ANSWERS else None

    def note_answer(self, minutes):
        """Count an answer after so many minutes; the last 50 are kept. A clock set back counts as 0 minutes."""
        self.shares_answered += 1
        self.answer_minutes = [*self.answer_minutes, max(0, minutes)][-50:]

    def codes_of(self, kind, *, known=True):
        """Return its codes of one vocabulary, in the vocabulary's order; without `known` also those it has no more."""
        held = {trait.code for trait in self.traits.all() if trait.kind == kind}
        codes = [code for code in PartnerTrait.VOCABULARIES[kind].values if code in held]
        return codes if known else codes + sorted(held - set(codes))

    def labels_of(self, kind):
        return [PartnerTrait.VOCABULARIES[kind](code).label for code in self.codes_of(kind)]


class PartnerTrait(models.Model):
    """One code of a fixed vocabulary that applies to a partner."""

    class Kind(models.TextChoices):
        TYPE = "type", _("type")
        SERVICE = "service", _("service")
        LANGUAGE = "language", _("language")
        COMPANY_SIZE = "company_size", _("company size served")

    VOCABULARIES = {
        Kind.TYPE: PartnerType,
        Kind.SERVICE: Service,
        Kind.LANGUAGE: Language,
        Kind.COMPANY_SIZE: CompanySize,
    }
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="traits")
    kind = models.CharField(max_length=20, choices=Kind)
    code = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "code", "partner"], name="trait_once")]

    def __str__(self):
        return f"{self.kind} {self.code}"


class PartnerWords(models.Model):
    """What searches find of what a partner says of itself (partners.own_words).

    A table of its own: who reads partners for a page reads none of it.
    """

    partner = models.OneToOneField(Partner, on_delete=models.CASCADE, related_name="own_words", primary_key=True)
    words = models.TextField()

    class Meta:
        indexes = [WordsIndex(field="words", name="partner_own_words")]

    def __str__(self):
        return f"words of partner {self.pk}"


class ProgrammeMedians(models.Model):
    """What the middle partner of the programme does, 0 to 1: one row, which requests_app.medians counts.

    None while too few partners have figures.
    """

    ONLY = 1  # the key of the row

    answered = models.FloatField(null=True)  # of its requests
    accepted = models.FloatField(null=True)  # of its answers in twelve weeks
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="medians_one_row"),
            models.CheckConstraint(
                condition=Q(answered__range=(0, 1), accepted__range=(0, 1)), name="medians_are_parts"
            ),
        ]

    def __str__(self):
        return f"medians of {self.counted_at}"

    @classmethod
    def counted(cls):
        """Return the medians as they were counted last; all None before the first time."""
        return cls.objects.first() or cls()


class PartnerMember(models.Model):
    """A user's membership in a partner."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        REVIEWER = "reviewer", _("Reviewer")
        VIEWER = "viewer", _("Viewer")

    ANSWERING = frozenset({Role.OWNER, Role.REVIEWER})  # accept, reject and withdraw, and are notified

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="partner_members")
    role = models.CharField(_("role"), max_length=10, choices=Role)

    objects = PartnerMemberQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("partner member")
        verbose_name_plural = _("partner members")
        constraints = [
            models.UniqueConstraint(fields=["partner", "user"], name="partner_member_once"),
            models.CheckConstraint(condition=Q(role__in=["owner", "reviewer", "viewer"]), name="partner_member_role"),
        ]

    def __str__(self):
        return f"{self.role} {self.user_id} of {self.partner_id}"
