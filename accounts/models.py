import zoneinfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.exceptions import NotAllowed

ERASED = "erased-{pk}@erased.invalid"  # the address of a person who was erased: it leads nowhere


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user: User = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)

    def lock_acting(self, user):
        """Lock the row of the person who acts until the transaction ends; raise NotAllowed if they were made inactive.

        First of all locks (docs/design.md, One transaction). Leaving, erasing and removing take it too, so that an act
        is either done before and seen by them, or refused.
        """
        if not self.select_for_update(no_key=True).values_list("is_active", flat=True).get(pk=user.pk):
            raise NotAllowed(_("Your account is not active any more, so nothing was done."))


def validate_time_zone(name):
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Choose a time zone of the list, like Europe/London."))


class User(AbstractBaseUser, PermissionsMixin):
    """A person; signs in by e-mail. Shops and partners hold who their members are."""

    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_time_zone])
    is_staff = models.BooleanField(_("staff"), default=False, help_text=_("May sign in to the admin."))
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=clock.now, editable=False)

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
                violation_error_message=_("A user with this e-mail exists."),
            )
        ]

    def __str__(self):
        return self.name or f"user {self.pk}"

    get_full_name = get_short_name = __str__

    @property
    def may_return(self):
        """Return whether the person can be made active again: an erased account has no address."""
        return self.email != ERASED.format(pk=self.pk)


class Topic(models.TextChoices):
    """What a notification is about. For each topic a person chooses how they get the mails."""

    REQUESTS = "requests", _("New requests and changes to them")
    ANSWERS = "answers", _("Answers")
    CONNECTIONS = "connections", _("Authorisations and connections")
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


class NotificationQuerySet(models.QuerySet):
    def mail_failed(self):
        """Return those whose mail did not go out and is not tried any more."""
        return self.filter(mailed_at=None, next_mail_at=None, mail_attempts__gt=0)

    def lock(self):
        """Lock the rows by id before several are changed, so that no two transactions wait for each other."""
        return list(self.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


class Notification(models.Model):
    """One person's notification of one event: the line at /notifications/ and, until `mailed_at`, the outbox.

    The texts stand in `templates/emails/<template>.html` and are rendered in the reader's language. `context` holds
    codes, numbers, references and names of shops and partners: never contact details or free text.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    source = models.CharField(max_length=80)  # what it is about, such as "event:17": once for each person
    template = models.CharField(max_length=60)
    topic = models.CharField(_("topic"), max_length=20, choices=Topic, default=Topic.ACCOUNT)
    context = models.JSONField(default=dict)
    path = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_error = models.CharField(max_length=200, blank=True)
    next_mail_at = models.DateTimeField(null=True, default=clock.now)  # null: nothing more to send
    sending_until = models.DateTimeField(null=True)  # a worker is sending it, or was killed before it noted the end

    objects = NotificationQuerySet.as_manager()

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

    @property
    def mail_failed(self):
        return self.mailed_at is None and self.next_mail_at is None and self.mail_attempts > 0


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
