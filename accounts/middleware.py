import zoneinfo
from contextlib import ExitStack

from django.conf import settings
from django.contrib.auth import logout
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from accounts import session_limits
from accounts.moment import one_moment

OUR_PAGES = {"seller", "portal", "partners", "accounts", "personal", "admin"}  # the namespaces of their URLs


class SignedInMiddleware:
    """Signs people out whose session has expired, and keeps private answers out of caches and browsers.

    Every answer to a session is private, also to a person who is half signed in or came by a link to set a password.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and session_limits.has_expired(request):
            logout(request)
        was_signed_in = request.user.is_authenticated
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
        with timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)):
            return self.get_response(request)


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
            request.moment.enter_context(one_moment())
