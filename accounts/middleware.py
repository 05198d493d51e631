from contextlib import ExitStack

from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django_htmx.middleware import HtmxDetails

from accounts import second_factor, session_limits
from accounts.moment import one_moment, reads_from
from accounts.time_zones import zone_named

# The namespaces of their URLs.
OUR_PAGES = {"seller", "portal", "partners", "accounts", "personal", "invitations", "admin"}


class HtmxMiddleware:
    """Sets `request.htmx`, and `Vary` where an answer depends on it, so that no cache mixes a page and its piece."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.htmx = _NotingHtmxDetails(request)
        response = self.get_response(request)
        if request.htmx.read:
            patch_vary_headers(response, sorted(request.htmx.read))
        return response


class _NotingHtmxDetails(HtmxDetails):
    """django-htmx's, which notes in `read` the headers that it was asked for."""

    def __init__(self, request):
        super().__init__(request)
        self.read = set()

    def _get_header_value(self, name):
        self.read.add(name)
        return super()._get_header_value(name)


class SignedInMiddleware:
    """Signs people out whose session has expired, and keeps private answers out of caches and browsers.

    It also notes which second factors the session used.
    Every answer to a session is private, also to a person who is half signed in or came by a link to set a password.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and session_limits.has_expired(request):
            logout(request)
        was_signed_in = request.user.is_authenticated
        if was_signed_in:
            second_factor.note_session(request)
        response = self.get_response(request)
        if was_signed_in and not request.user.is_authenticated:
            response.headers["Clear-Site-Data"] = '"storage"'
        if (was_signed_in or not request.session.is_empty()) and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class ReaderMiddleware:
    """Activates the language and time zone of a signed-in person; LocaleMiddleware has chosen for everyone else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.user.is_authenticated:
            return self.get_response(request)
        if request.user.language in dict(settings.LANGUAGES):
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(zone_named(request.user.time_zone)):
            return self.get_response(request)


ACCOUNT_ACTS = ("account_", "mfa_", "signup")  # what the names of allauth's pages and of our sign-ups begin with
# They change nothing but who is signed in. A transaction would hold a connection while it hashes.
SIGN_INS = {
    "account_login",
    "account_reauthenticate",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_login_webauthn",
    "mfa_reauthenticate_webauthn",
}


class AccountActsMiddleware:
    """Makes what people do to their accounts one transaction with the mails about it. A refused act leaves nothing."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not _is_account_act(request):
            return self.get_response(request)
        key = request.session.session_key
        with transaction.atomic():
            response = self.get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
                request.session = type(request.session)(key)  # as it was, in the database too
            return response


def _is_account_act(request):
    if request.method != "POST":
        return False
    try:
        name = resolve(request.path_info).url_name or ""
    except Resolver404:
        return False
    return name.startswith(ACCOUNT_ACTS) and name not in SIGN_INS


class OneMomentMiddleware:
    """Lets a page of ours read at one moment: a GET changes nothing, so its view and template run in one snapshot.

    What comes by POST reads with `one_moment` where it must: its service waits for locks, and has to see what was done
    until then.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with ExitStack() as request.moment:
            return self.get_response(request)

    def process_view(self, request, view, arguments, named):
        if request.method != "POST" and request.resolver_match.namespace in OUR_PAGES:
            request.moment.enter_context(one_moment(reads_from()))
