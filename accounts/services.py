"""What a person changes of his own."""

import structlog
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from accounts import clock, mail_preferences, mails, policies
from accounts.models import User
from accounts.reading import reading_as

logger = structlog.get_logger(__name__)


def mark_read(*, by, pk):
    """Gives whether the person has such a notification; reading it twice changes nothing."""
    own = by.notifications.filter(pk=pk)
    return bool(own.filter(read_at=None).update(read_at=clock.now()) or own.exists())


@transaction.atomic
def mark_all_read(*, by, until):
    """All up to the notification of id `until`, the newest that the person saw: later ones stay unread."""
    unread = by.notifications.filter(read_at=None, pk__lte=until)
    unread.lock()
    return unread.update(read_at=clock.now())


def choose_language(*, by, language):
    """Pages and mails speak it from now on. The form or view has checked that it is one of settings.LANGUAGES."""
    by.language = language
    by.save(update_fields=["language"])


@transaction.atomic
def save_person(person, *, changed):
    """Save what was changed of a person, named in `changed`; what waits for his morning follows his time zone."""
    person.save(update_fields=changed)
    if "time_zone" in changed:
        mail_preferences.follow_zone(person)


def end_sessions(*, user, but=""):
    """Sign the person out wherever he is signed in, except in the session of the key `but`."""
    for session in UserSession.objects.filter(user=user).exclude(session_key=but):
        session.end()


def remove_second_factors(*, user):
    """All of them, recovery codes too: for who lost them. He sets up new ones after signing in by his password."""
    user.authenticator_set.all().delete()
    logger.info("second_factors_removed", user=user.pk)


def shut_out(*, by):
    """Whoever erases his account cannot sign in from now on; one last mail tells him. In the caller's transaction.

    Raises NotAllowed for the last superuser. The superusers are locked: two that leave at once are not both let go.
    """
    list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk"))
    policies.require(policies.may_leave(by))
    by.is_active = False
    by.save(update_fields=["is_active"])
    end_sessions(user=by)
    transaction.on_commit(lambda: _say_goodbye(by), robust=True)  # no mail server keeps a person from leaving


def _say_goodbye(person):
    """Not by the outbox: that goes with the person, and mails only to whom may sign in."""
    with reading_as(person):
        mails.compose(person.email, "account/email/account_erasing.html", {}).send()


@transaction.atomic
def forget_person(*, user_id):
    """Take away all that says who this is; the row stays, since history says by its key who did what.

    Memberships, notifications, mail preferences, addresses, second factors and sessions go. Nobody can sign in to
    this account again.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    end_sessions(user=user)
    user.notifications.lock()
    for own in (
        "shop_members",
        "partner_members",
        "notifications",
        "mail_preferences",
        "emailaddress_set",
        "authenticator_set",
    ):
        getattr(user, own).all().delete()
    user.user_permissions.clear()
    user.groups.clear()
    user.email, user.name, user.time_zone, user.last_login = f"erased-{user.pk}@erased.invalid", "", "UTC", None
    user.is_active = user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    of_user = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    of_user.update(object_repr=str(user))
