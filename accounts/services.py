"""What people change of their own accounts."""

from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth import update_session_auth_hash
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from accounts import account_mails, clock, mail_preferences, outbox, policies
from accounts.exceptions import NotPossible
from accounts.models import ERASED, PersonalFile, User
from accounts.reading import reading_as
from accounts.signals import activity_changed

logger = structlog.get_logger(__name__)
KEEP_FILES = timedelta(days=7)  # of personal data, for whoever asked for one
BATCH = 1000  # rows deleted in one transaction
FILES = 10  # likewise, with their megabytes
OWN_ROWS = (  # what of a person's is deleted with them
    "shop_members",
    "partner_members",
    "notifications",
    "mail_preferences",
    "emailaddress_set",
    "authenticator_set",
    "usersession_set",
    "socialaccount_set",
    "personal_files",
)


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
    User.objects.filter(pk=by.pk, is_active=True).update(language=language)
    by.language = language


@transaction.atomic
def save_person(person, *, changed):
    """Save the fields of a person named in `changed`; with the time zone, daily mails move to its morning.

    Raise NotAllowed if they were made inactive or erased.
    """
    User.objects.lock_acting(person)
    person.save(update_fields=changed)
    if "time_zone" in changed:
        mail_preferences.reschedule_daily_mails(person)


def end_sessions(*, user, request=None):
    """Sign the person out everywhere, for good, except in the session of `request`, which gets a new key."""
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    user.refresh_from_db(fields=["sessions_ended"])
    if request:
        renew_key(request, partial(update_session_auth_hash, request, user))
    for session in UserSession.objects.filter(user=user).exclude(session_key=request and request.session.session_key):
        session.end()


def renew_key(request, renew):
    """Call `renew`, which gives the session a new key; the person's list of sign-ins keeps its line."""
    before = request.session.session_key
    renew()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def delete_what_is_over():
    """Do what comes round each night: delete expired sessions, old mails of accounts and files (docs/privacy.md)."""
    delete_expired_sessions()
    _delete_in_batches(account_mails.old())
    _delete_in_batches(PersonalFile.objects.filter(asked_at__lte=clock.now() - KEEP_FILES), batch=FILES)


def delete_expired_sessions():
    """Delete the sessions whose time is over, and what was kept of where and when they began."""
    _delete_in_batches(Session.objects.filter(expire_date__lt=datetime.fromtimestamp(clock.real_seconds(), UTC)))
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    _delete_in_batches(UserSession.objects.filter(~Exists(session)))


def _delete_in_batches(rows, *, batch=None):
    """Delete these rows, a short transaction for each batch, so that nobody waits long for one of them.

    Each batch is locked first: what others add to its rows meanwhile is then deleted too.
    """
    while keys := list(rows.values_list("pk", flat=True)[: batch or BATCH]):
        with transaction.atomic():
            list(rows.filter(pk__in=keys).order_by("pk").select_for_update().values_list("pk"))
            rows.filter(pk__in=keys).delete()


def remove_second_factors(*, user):
    """Remove all second factors of a person who lost them, recovery codes too.

    They set up new ones after signing in with their password.
    """
    user.authenticator_set.all().delete()
    logger.info("second_factors_removed", user=user.pk)


@transaction.atomic
def mail_first_factor_link(*, user):
    """Mail the person the link that lets them set up their first second factor, to their own address."""
    outbox.queue_account_mail(user.email, account_mails.FIRST_FACTOR, user=user)


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


@transaction.atomic
def shut_out(*, user_id):
    """Keep a person who is being erased from signing in, if they still can."""
    user = _locked(user_id)
    if user.is_active:
        _set_activity(user, user, active=False)


def deactivate(*, by):
    """Keep a person who erases their account from signing in, and send a last mail; in the caller's transaction.

    Raise NotAllowed for the last superuser. The superusers are locked, so that the last two cannot leave at once, and
    the person themself, so that nothing that they do at the same time is overlooked.
    """
    _locked(by.pk)
    policies.require(policies.may_leave(by))
    _set_activity(by, by, active=False)
    with reading_as(by):  # the mail outlives the person, so it is nobody's
        outbox.queue_account_mail(by.email, account_mails.LAST)


def addresses_of(user):
    """Return the addresses that are a person's: the one of their account, and those that they verified.

    One that was only typed may be anybody's: nothing is shown to them or erased because of it (docs/privacy.md).
    """
    return {user.email, *user.emailaddress_set.filter(verified=True).values_list("email", flat=True)}


def holder_of(address):
    """Return the person whose address it is (`addresses_of`), whether they can sign in or not; None where nobody's."""
    verified = EmailAddress.objects.filter(email=address.lower(), verified=True).select_related("user").first()
    return verified.user if verified else User.objects.filter(email__iexact=address).first()


def forget_person(*, user_id):
    """Erase all that identifies the person. The row stays, since the history refers to it.

    Memberships, notifications, mail preferences, addresses, second factors and sessions are deleted. Nobody can sign
    in to this account again.
    """
    _forget(user_id)
    _delete_late_rows(user_id)


@transaction.atomic
def _delete_late_rows(user_id):
    """Delete what others wrote for the person while they were being forgotten, such as a notification.

    The row is locked so strictly that who is just writing is waited for; who comes later sees that they are inactive.
    """
    _delete_rows(User.objects.select_for_update().get(pk=user_id))


def _delete_rows(user):
    user.notifications.lock()
    list(user.personal_files.select_for_update())  # a task may be writing the parts of one
    account_mails.delete_of(user, addresses_of(user))
    for own in OWN_ROWS:
        getattr(user, own).all().delete()


@transaction.atomic
def _forget(user_id):
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    _set_activity(user, user, active=False)
    _delete_rows(user)
    user.user_permissions.clear()
    user.groups.clear()
    user.email, user.name, user.time_zone, user.last_login = ERASED.format(pk=user.pk), "", "UTC", None
    user.is_staff = user.is_superuser = False
    user.set_unusable_password()
    user.save()
    of_user = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
    of_user.update(object_repr=str(user))
