"""How long a person stays signed in, and what the log records of signing in."""

from functools import partial

import structlog
from allauth.account import signals as account
from allauth.account.internal.userkit import filter_users_by_email
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import signals as auth

from accounts import app_codes, clock, second_factor, services

logger = structlog.get_logger(__name__)

HOUR = 3600
IDLE = 12 * HOUR  # for people who did not ask to be kept signed in
STAFF_IDLE, STAFF_LONGEST = HOUR, second_factor.HOLDS
SEEN_AT_STEP = 5 * 60  # SEEN_AT is written no more often than this
SIGNED_IN_AT, SEEN_AT = "signed_in_at", "seen_at"

LOGGED = {
    "signed_in": auth.user_logged_in,
    "signed_out": auth.user_logged_out,
    "second_factor_failed": factors.authentication_failed,
    "second_factor_added": factors.authenticator_added,
    "second_factor_removed": factors.authenticator_removed,
    "recovery_codes_replaced": factors.authenticator_reset,
    "password_changed": account.password_changed,
    "password_set": account.password_set,
    "password_reset": account.password_reset,
    "email_changed": account.email_changed,
}


def connect():
    """Connect the signals; called once, when the app is ready."""
    auth.user_logged_in.connect(_begin)
    auth.user_login_failed.connect(_sign_in_failed)
    account.authentication_step_completed.connect(_renew_key)
    factors.authenticator_added.connect(_factor_added)
    for event, signal in LOGGED.items():
        signal.connect(partial(_log, event), weak=False, dispatch_uid=event)


def has_expired(request):
    """Return whether the person must sign in again: they signed in too long ago, or were idle too long.

    Requests that an open page makes by itself do not count as activity.
    """
    session, now = request.session, clock.real_seconds()
    longest, idle = _limits(request)
    if now - session.get(SIGNED_IN_AT, 0) > longest or now - session.get(SEEN_AT, 0) > idle:
        return True
    if now - session[SEEN_AT] > SEEN_AT_STEP and not _is_automatic(request):
        session[SEEN_AT] = now
    return False


def _limits(request):
    if request.user.is_staff:
        return STAFF_LONGEST, STAFF_IDLE
    kept = not request.session.get_expire_at_browser_close()
    return settings.SESSION_COOKIE_AGE, settings.SESSION_COOKIE_AGE if kept else IDLE


def _is_automatic(request):
    return request.method == "GET" and "seen" in request.GET


def _begin(sender, request, **kwargs):
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = clock.real_seconds()


def _renew_key(sender, request, reauthenticated=False, **kwargs):
    """Give a person who confirmed their identity a new session key; their list of sign-ins keeps its line."""
    if reauthenticated:
        services.renew_key(request, request.session.cycle_key)


def _factor_added(sender, request, user, authenticator, **kwargs):
    """Count the factor as used in this session. The first ends the person's other sessions: none of them gave one."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return
    if authenticator.type == Authenticator.Type.TOTP:
        app_codes.take_present(authenticator)
    second_factor.note_use(request, authenticator)
    if second_factor.is_first(authenticator):
        services.end_sessions(user=user, request=request)


def _sign_in_failed(sender, credentials, **kwargs):
    log_failed_sign_in(credentials)


def log_failed_sign_in(credentials, event="sign_in_failed"):
    """Log which account was tried, by its number: of the address that was typed, or of the passkey that was shown."""
    account = credentials.get("passkey_of")
    if email := credentials.get("email"):
        account = next((user.pk for user in filter_users_by_email(email)), None)
    logger.info(event, user=None, account=account)


def _log(event, user=None, **kwargs):
    """Log the event with the person's key, never a name or address. The IP address is bound to the request's lines."""
    logger.info(event, user=user and user.pk)
