"""The codes of authenticator apps (RFC 6238): one counts in its 30 seconds and in the 30 after, and never twice."""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, validate_totp_code
from allauth.mfa.utils import decrypt
from django.db import transaction

from accounts import clock

STEPS_LATE = 1  # RFC 6238, section 5.2, recommends one at most, for the time that typing and the network take
LAST_STEP = "last_step"  # in the authenticator's data: the step of the newest code that was taken


def is_spent(authenticator, code):
    """Return whether allauth would take the code though it does not count: it was used, or its time has not come."""
    return validate_totp_code(decrypt(authenticator.data["secret"]), code) and _step_of(authenticator, code) is None


@transaction.atomic
def take(authenticator, code):
    """Note that the code was used. Return False if it does not count any more, as when it was sent twice at once."""
    row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    if (step := _step_of(row, code)) is None:
        return False
    _note(row, step)
    return True


def take_present(authenticator):
    """Note that the present code was used, and all before it: one of them set the app up."""
    _note(authenticator, _step_now())


def _step_of(authenticator, code):
    """Return the step that the code is of, if it counts now; None if not, or if it or a later one was taken."""
    secret, now = decrypt(authenticator.data["secret"]), _step_now()
    first = max(now - STEPS_LATE, authenticator.data.get(LAST_STEP, 0) + 1)
    steps = range(first, now + 1)
    return next((step for step in steps if compare_user_code(actual=code, expected=_code_of(secret, step))), None)


def _code_of(secret, step):
    return format_hotp_value(hotp_value(secret, step))


def _step_now():
    """Return the number of the present step of 30 seconds, counted from 1970."""
    return clock.real_seconds() // app_settings.TOTP_PERIOD


def _note(authenticator, step):
    authenticator.data[LAST_STEP] = step
    authenticator.save(update_fields=["data"])
