"""What people change of their own accounts."""

import structlog
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import clock, mail_preferences, mails, policies
from accounts.exceptions import NotPossible
from accounts.models import ERASED, User
from accounts.reading import reading_as
from accounts.signals import activity_changed

logger = structlog.get_logger(__name__)


def mark_read(*, by, pk):
    """Mark one notification of the person as read. Return whether they have it; a second time changes nothing."""
    own = by.notifications.filter(pk=pk)
    return bool(own.filter(read_at=None).update(read_at=clock.now()) or own.exists())


@transaction.atomic
def mark_all_read(*, by, until):
    """Mark as read all up to the id `until`, the newest that the person saw; later ones stay unread."""
    unread = by.notifications.filter(read_at=None, pk__lte=until)
    unread.lock()
    return unread.update(read_at=clock.now())


def choose_language(*, by, language):
    """Store the language of the person's pages and mails. The caller has checked that settings.LANGUAGES has it."""
    by.language = language
    by.save(update_fields=["language"])


@transaction.atomic
def save_person(person, *, changed):
    """Save the fields of a person named in `changed`; with the time zone, daily mails move to its morning."""
    person.save(update_fields=changed)
    if "time_zone" in changed:
        mail_preferences.reschedule_daily_mails(person)


def end_sessions(*, user, except_key=""):
    """Sign the person out everywhere, except in the session with this key."""
    for session in UserSession.objects.filter(user=user).exclude(session_key=except_key):
        session.end()


def remove_second_factors(*, user):
    """Remove all second factors of a person who lost them, recovery codes too.

    They set up new ones after signing in with their password.
    """
    user.authenticator_set.all().delete()
    logger.info("second_factors_removed", user=user.pk)


@transaction.atomic
def make_inactive(*, user_id, by):
    """Keep a person from signing in, as staff: their sessions end, and what they alone could do is dealt with.

    Receivers of activity_changed do that in the same transaction. Raise NotAllowed or NotPossible.
    """
    user = _locked(user_id)
    policies.require(policies.may_change_activity(by, user))
    if not user.is_active:
        raise NotPossible(_("%(person)s is inactive already.") % {"person": user})
    _set_activity(user, by, active=False)


@transaction.atomic
def make_active(*, user_id, by):
    """Let a person sign in again, as staff. Raise NotAllowed, and NotPossible for an account that was erased."""
    user = _locked(user_id)
    policies.require(policies.may_change_activity(by, user))
    if user.is_active or not user.may_return:
        raise NotPossible(_("%(person)s cannot be made active: it is done already, or erased.") % {"person": user})
    _set_activity(user, by, active=True)


def _locked(user_id):
    """Return the person, locked with all superusers: the last two must not be made inactive at once."""
    rows = User.objects.select_for_update(no_key=True).filter(Q(is_superuser=True) | Q(pk=user_id)).order_by("pk")
    return next(row for row in rows if row.pk == user_id)


def _set_activity(user, by, *, active):
    user.is_active = active
    user.save(update_fields=["is_active"])
    end_sessions(user=user)
    activity_changed.send(User, user=user, by=by)
    logger.info("activity_changed", user=user.pk, active=active)


def deactivate(*, by):
    """Keep a person who erases their account from signing in, and send a last mail; in the caller's transaction.

    Raise NotAllowed for the last superuser. The superusers are locked, so that the last two cannot leave at once, and
    the person themself, so that nothing that they do at the same time is overlooked.
    """
    _locked(by.pk)
    policies.require(policies.may_leave(by))
    _set_activity(by, by, active=False)
    transaction.on_commit(lambda: _send_last_mail(by), robust=True)  # no mail server keeps a person from leaving


def _send_last_mail(person):
    """Send it without the outbox, which is erased with the person and mails only to people who may sign in."""
    with reading_as(person):
        mails.compose(person.email, "account/email/account_erasing.html", {}).send()


@transaction.atomic
def forget_person(*, user_id):
    """Erase all that identifies the person. The row stays, since the history refers to it.

    Memberships, notifications, mail preferences, addresses, second factors and sessions are deleted. Nobody can sign
    in to this account again.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    _set_activity(user, user, active=False)
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
    user.email, user.name, user.time_zone, user.last_login = ERASED.format(pk=user.pk), "", "UTC", None
    user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    of_user = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    of_user.update(object_repr=str(user))
