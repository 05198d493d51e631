import zoneinfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import clock
from accounts.exceptions import NotAllowed
from accounts.formats import aside
from accounts.names import Named, NamedQuerySet
from accounts.search import AddressIndex, WordsIndex

ERASED = "erased-{pk}@erased.invalid"  # the address of a person who was erased: it leads nowhere


class UserManager(BaseUserManager.from_queryset(NamedQuerySet)):
    def create_user(self, email, password=None, **fields):
        user: User = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)

    def lock_acting(self, user, *concerned):
        """Lock the row of the person who acts until the transaction ends; raise NotAllowed if they were made inactive.

        First of all locks (docs/design.md, One transaction). Leaving, erasing and removing take it too, so that an act
        is either done before and seen by them, or refused. People whom the act concerns, by their keys, are locked
        with the one who acts, all by id.
        """
        if concerned:
            active = next((row.is_active for row in self.lock({user.pk, *concerned}) if row.pk == user.pk), False)
        else:
            active = self.select_for_update(no_key=True).values_list("is_active", flat=True).get(pk=user.pk)
        if not active:
            raise NotAllowed(_("Your account is not active any more, so nothing was done."))

    def lock(self, pks):
        """Lock these people by id until the transaction ends: before any other lock."""
        return list(self.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))


def validate_time_zone(name):
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Choose a time zone of the list, like Europe/London."))


class User(Named, AbstractBaseUser, PermissionsMixin):
    """A person; signs in by email. Shops and partners hold who their members are."""

    email = models.EmailField(_("email"), max_length=254)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May sign in to the admin."))
    is_active = models.BooleanField(_("active"), default=True)
    sessions_ended = models.PositiveIntegerField(
        default=0, db_default=0, editable=False
    )  # how often all were, for good
    date_joined = models.DateTimeField(_("joined"), default=clock.now, editable=False)

    # The keys of the second factors that their session used, a tuple; None where there is no session.
    session_factors: tuple[int, ...] | None = None

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_unique",
                violation_error_message=_("A user with this email exists."),
            )
        ]
        indexes = [
            WordsIndex(field="name_words", name="user_words"),
            AddressIndex(field="email", name="user_address"),
            models.Index(Upper("email"), name="user_by_email"),  # `iexact` asks for it
            models.Index(fields=["-id"], condition=models.Q(is_staff=True), name="user_staff"),  # filters of the admin
            models.Index(fields=["-id"], condition=models.Q(is_superuser=True), name="user_superuser"),
            models.Index(fields=["-id"], condition=models.Q(is_active=False), name="user_inactive"),
        ]

    def __str__(self):
        return self.name or f"user {self.pk}"

    get_full_name = get_short_name = __str__

    @property
    def may_return(self):
        """Return whether the person can be made active again: an erased account has no address."""
        return self.email != ERASED.format(pk=self.pk)

    @transaction.atomic
    def save(self, *args, **kwargs):
        """Save the person, unless the row was read before they were erased or made inactive: it would bring them back.

        Sessions that were ended since it was read stay ended. Who lets them sign in again names `is_active` in
        `update_fields`.
        """
        if not self._state.adding and self.may_return:
            (stands,) = User.objects.lock([self.pk])
            returns = self.is_active and not stands.is_active and kwargs.get("update_fields") is None
            if returns or not stands.may_return:
                raise NotAllowed(_("This account is not active any more, so nothing was saved."))
            if kwargs.get("update_fields") is None:
                self.sessions_ended = stands.sessions_ended
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret=None):
        """Return what a session must hold to be theirs: Django's hash of the password, and how often all were ended."""
        return f"{super()._get_session_auth_hash(secret)}{self.sessions_ended or ''}"


class Topic(models.TextChoices):
    """What a notification is about. For each topic a person chooses how they get the mails."""

    REQUESTS = "requests", _("New requests and changes to them")
    ANSWERS = "answers", _("Answers")
    CONNECTIONS = "connections", _("Authorisations and connections")
    MESSAGES = "messages", _("Messages")
    REMINDERS = "reminders", _("Reminders and deadlines")
    ACCOUNT = "account", _("Your standing in the programme")


class MailPreference(models.Model):
    """How one person wants the mails of one topic; without a row, at once."""

    class Mode(models.TextChoices):
        AT_ONCE = "at_once", _("At once")
        DAILY = "daily", _("Once a day, in the morning")
        OFF = "off", _("Not by mail")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_preferences")
    topic = models.CharField(_("topic"), max_length=20, choices=Topic)
    mode = models.CharField(_("by mail"), max_length=10, choices=Mode)

    class Meta:
        verbose_name = _("mail preference")
        verbose_name_plural = _("mail preferences")
        constraints = [models.UniqueConstraint(fields=["user", "topic"], name="mail_preference_once")]

    def __str__(self):
        return f"{self.topic} {self.mode}"


class MailedQuerySet(models.QuerySet):
    def mail_failed(self):
        """Return those whose mail did not go out and is not tried any more."""
        return self.filter(mailed_at=None, next_mail_at=None, mail_attempts__gt=0)

    def lock(self):
        """Lock the rows by id before several are changed, so that no two transactions wait for each other."""
        return list(self.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


class Mailed(models.Model):
    """What the outbox knows of a row that it mails (accounts.outbox)."""

    mailed_at = models.DateTimeField(null=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_error = models.CharField(max_length=200, blank=True)
    next_mail_at = models.DateTimeField(null=True, default=clock.now)  # null: nothing more to send
    sending_until = models.DateTimeField(null=True)  # a worker is sending it, or was killed before it noted the end
    mail_key = models.UUIDField(null=True)  # random, the mail's Message-ID; the same when the same mail comes again

    objects = MailedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def mail_failed(self):
        return self.mailed_at is None and self.next_mail_at is None and self.mail_attempts > 0


class Notification(Mailed):
    """One person's notification of one event: the line at /notifications/ and, until `mailed_at`, the outbox.

    The texts stand in `templates/emails/<template>.html` and are rendered in the reader's language. `context` holds
    codes, numbers, references and names of shops and partners: never contact details or free text.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications", db_index=False
    )
    source = models.CharField(max_length=80)  # what it is about, such as "event:17": once for each person
    template = models.CharField(max_length=60)
    topic = models.CharField(_("topic"), max_length=20, choices=Topic, default=Topic.ACCOUNT)
    context = models.JSONField(default=dict)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)
    sent_by = models.BigIntegerField(null=True)  # the key of the person whose act it is, for mail_limits
    not_before = None  # a row that is not saved yet: when its mail may leave, where that is not at once

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [models.UniqueConstraint(fields=["user", "source"], name="notification_once")]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_newest"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notification_unread"),
            models.Index(
                fields=["next_mail_at"], condition=models.Q(next_mail_at__isnull=False), name="notification_outbox"
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(mailed_at=None, next_mail_at=None, mail_attempts__gt=0),
                name="notification_failed",
            ),
        ]

    def __str__(self):
        return f"{self.template} {self.source}"


class AccountMail(Mailed):
    """A mail of somebody's account to one address, which may have no account: confirm it, set a new password.

    It holds no link that lets anybody in: those are made when it is sent. What it says (`context`) is erased then, and
    the row in the night after a week (account_mails.old), or with the person. Of their last mail the address is erased
    then.
    """

    to = models.EmailField(_("address"), max_length=254)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    template = models.CharField(max_length=60)  # templates/<template>.html
    context = models.JSONField(default=dict)
    language = models.CharField(max_length=10)  # of who asked, where no user says it
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("account mail")
        verbose_name_plural = _("account mails")
        indexes = [
            models.Index(
                fields=["next_mail_at"], condition=models.Q(next_mail_at__isnull=False), name="account_mail_outbox"
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(mailed_at=None, next_mail_at=None, mail_attempts__gt=0),
                name="account_mail_failed",
            ),
            models.Index(Upper("to"), name="account_mail_by_address"),
        ]

    def __str__(self):
        return f"{self.template.rpartition('/')[2]} {self.pk}"


class PersonalFile(models.Model):
    """The download of a person of whom too much is kept to wait for it: a task writes it (requests_app.personal.files).

    It is deleted in the night after a week, or with the person.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="personal_files", db_index=False
    )
    asked_at = models.DateTimeField(default=clock.now)
    rows = models.PositiveIntegerField(default=0)  # there are about so many to write
    rows_written = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("file of personal data")
        verbose_name_plural = _("files of personal data")
        constraints = [models.UniqueConstraint(fields=["user"], name="personal_file_once")]

    def __str__(self):
        return f"file {self.pk}"


class PersonalFilePart(models.Model):
    """A part of the text of a PersonalFile. The database holds it, so that every web machine has it."""

    file = models.ForeignKey(PersonalFile, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("part of a file of personal data")
        verbose_name_plural = _("parts of files of personal data")
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="personal_file_part_once")]

    def __str__(self):
        return f"{self.file_id} {self.number}"


class MailCount(models.Model):
    """When mails went to one receiver, or from one sender, within the last day (accounts.mail_limits)."""

    key = models.CharField(max_length=64, primary_key=True)  # a keyed digest: it names nobody
    times = models.JSONField(default=list)  # seconds since 1970, oldest first
    until = models.DateTimeField(db_index=True)  # of no use from then on

    def __str__(self):
        return self.key[:8]


class FailedTask(models.Model):
    """A task that failed and is not tried again by itself. accounts.failed_tasks keeps it, staff run it again."""

    path = models.CharField(_("task"), max_length=200)
    arguments = models.JSONField(_("arguments"))  # {"args": […], "kwargs": {…}}: keys of rows, nothing personal
    error = models.CharField(_("error"), max_length=300)
    at = models.DateTimeField(_("failed"))

    class Meta:
        verbose_name = _("failed task")
        verbose_name_plural = _("failed tasks")

    def __str__(self):
        return self.path.rpartition(".")[2]


class SitePage(models.Model):
    """A public page of the site in one language, with the words that administrators wrote for it.

    Each page has a row in each language (requests_app.pages.site_pages makes them). An empty title or text stands for
    the one that comes with the product.
    """

    class Slug(models.TextChoices):
        HELP = "help", _("Help")
        PRIVACY = "privacy", _("Privacy")
        TERMS = "terms", _("Terms")

    slug = models.CharField(_("page"), max_length=10, choices=Slug, editable=False)
    language = models.CharField(_("language"), max_length=10, editable=False)
    title = models.CharField(_("title"), max_length=120, blank=True)
    body = models.TextField(_("text"), max_length=20_000, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["slug", "language"]
        default_permissions = ("view", "change")
        verbose_name = _("page of the site")
        verbose_name_plural = _("pages of the site")
        constraints = [
            models.UniqueConstraint(fields=["slug", "language"], name="sitepage_once"),
            models.CheckConstraint(condition=models.Q(slug__in=["help", "privacy", "terms"]), name="sitepage_known"),
        ]

    def __str__(self):
        return aside(self.get_slug_display(), self.language_name)

    @property
    def language_name(self):
        return dict(settings.LANGUAGES).get(self.language, self.language)

    @property
    def is_written(self):
        """Return whether anything of the page is the administrators' own."""
        return bool(self.title or self.body)
