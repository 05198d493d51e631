"""How long a sign-in holds, and what the log keeps of signing in."""

from functools import partial

import structlog
from allauth.account import signals as account
from allauth.mfa import signals as factors
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import signals as auth

from accounts import clock

logger = structlog.get_logger(__name__)

HOUR = 3600
IDLE = 12 * HOUR  # of who did not ask to be kept signed in
STAFF_IDLE, STAFF_LONGEST = HOUR, 12 * HOUR
NOTED_EVERY = 5 * 60  # so seldom a page writes down that it was seen
SIGNED_IN_AT, SEEN_AT = "signed_in_at", "seen_at"

LOGGED = {
    "signed_in": auth.user_logged_in,
    "sign_in_failed": auth.user_login_failed,
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
    """Called once, when the app is ready."""
    auth.user_logged_in.connect(_begin)
    account.authentication_step_completed.connect(_renew_key)
    for event, signal in LOGGED.items():
        signal.connect(partial(_log, event), weak=False, dispatch_uid=event)


def is_over(request):
    """Whether the person has to sign in again: too long ago, or nothing done for too long.

    What a page asks for by itself while it is looked at is nothing done.
    """
    session, now = request.session, clock.real_seconds()
    longest, idle = _limits(request)
    if now - session.get(SIGNED_IN_AT, 0) > longest or now - session.get(SEEN_AT, 0) > idle:
        return True
    if now - session[SEEN_AT] > NOTED_EVERY and not _is_by_itself(request):
        session[SEEN_AT] = now
    return False


def _limits(request):
    if request.user.is_staff:
        return STAFF_LONGEST, STAFF_IDLE
    kept = not request.session.get_expire_at_browser_close()
    return settings.SESSION_COOKIE_AGE, settings.SESSION_COOKIE_AGE if kept else IDLE


def _is_by_itself(request):
    return request.method == "GET" and "seen" in request.GET


def _begin(sender, request, **kwargs):
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = clock.real_seconds()


def _renew_key(sender, request, reauthenticated=False, **kwargs):
    """Who confirmed that it is he goes on under another key than before; his list of sign-ins keeps the line."""
    if reauthenticated:
        before = request.session.session_key
        request.session.cycle_key()
        UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def _log(event, user=None, **kwargs):
    """By number: whose name or address it is stands in the database. Where from is bound to the request's lines."""
    logger.info(event, user=user and user.pk)
