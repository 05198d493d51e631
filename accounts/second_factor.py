"""The second factor belongs to the session: what asks for one asks whether this very session used it, and how long ago.

A first factor that is required is set up in a session that followed a link mailed to its person, so that a stolen
password alone never becomes a way into the admin, or into a shop that requires one (docs/security.md, Ways in).
"""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator

from accounts import clock
from accounts.signals import factor_required

HOLDS = 12 * 3600  # seconds; as long as a sign-in of staff lasts
LINK_HOLDS = 30 * 60  # seconds to set up the factor after following the link
BY_COMPANY = "socialaccount"  # allauth's word, in what a session knows of how its person signed in
FOLLOWED_LINK = "followed_first_factor_link"  # in the session: [number of the user, seconds]


def used(request, *, within=HOLDS):
    """Return whether this session used a second factor that its person still has, in the last `within` seconds."""
    ids = _ids_used(request, since=clock.real_seconds() - within)
    return bool(ids) and request.user.authenticator_set.filter(pk__in=ids).exists()


def _ids_used(request, *, since=0):
    records = get_authentication_records(request, request.user)
    return tuple(record["id"] for record in records if record["method"] == "mfa" and record["at"] >= since)


def note_session(request):
    """Note with the signed-in person which factors this session used, for what requires one (required_factor)."""
    request.user.session_factors = _ids_used(request)


def came_by_company(request):
    """Return when this session's person came in through their company's own provider, in seconds; None if not so."""
    records = get_authentication_records(request, request.user)
    return next((record["at"] for record in reversed(records) if record["method"] == BY_COMPANY), None)


def came_by_company_before(request):
    """Return whether that is so long ago that a dangerous act takes a new confirmation."""
    at = came_by_company(request)
    return at is not None and at < clock.real_seconds() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def note_use(request, authenticator):
    """Note that this session used the factor: setting one up takes its code or its key."""
    record_authentication(request, request.user, "mfa", id=authenticator.pk, type=authenticator.type)


def is_first(authenticator):
    """Return whether it is the only factor of its person; recovery codes come with another one and count for none."""
    factors = Authenticator.objects.filter(user=authenticator.user_id).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return list(factors.values_list("pk", flat=True)) == [authenticator.pk]


def is_of_staff(user):
    """Return whether the site asks this person for a second factor."""
    return user.is_staff and settings.STAFF_NEED_SECOND_FACTOR


def is_required_of(user):
    """Return whether the site, or a shop or partner of theirs, asks this person for a second factor."""
    return is_of_staff(user) or any(found for _receiver, found in factor_required.send(type(user), user=user))


def needs_link(request):
    """Return whether the person has to follow a mailed link in this session before they set up their first factor."""
    if is_mfa_enabled(request.user) or not is_required_of(request.user):
        return False
    user, at = request.session.get(FOLLOWED_LINK, (None, 0))
    return user != request.user.pk or clock.real_seconds() - at > LINK_HOLDS


def follow_link(request):
    """Note that the person followed the link in this session."""
    request.session[FOLLOWED_LINK] = [request.user.pk, clock.real_seconds()]


class _LinkTokens(PasswordResetTokenGenerator):
    """Makes and checks the tokens of the links. One is void after two hours, a new password, address or factor."""

    key_salt = "accounts.second_factor"

    def _make_hash_value(self, user, timestamp):
        return f"{user.pk} {user.email} {user.password} {is_mfa_enabled(user)} {timestamp}"


link_tokens = _LinkTokens()
