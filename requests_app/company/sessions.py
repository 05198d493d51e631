"""How long a sign-in through a company holds: some hours, and no longer than the company's provider is switched on."""

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.utils.translation import gettext as _

from accounts import clock
from accounts.second_factor import BY_COMPANY
from requests_app.sign_ins import CompanySignIn


class CompanySessionMiddleware:
    """Signs people out whose company's word has grown old, or counts no more. Sessions of other kinds pass unread."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and (record := record_of(request)) and not _holds(request.user, record):
            logout(request)
            messages.info(request, _("Your sign-in through your company has ended. Sign in with your company again."))
        return self.get_response(request)


def record_of(request):
    """Return how and when this session's person came in through their company; None if they did not."""
    records = get_authentication_records(request, request.user)
    return next((record for record in reversed(records) if record["method"] == BY_COMPANY), None)


def _holds(user, record):
    if user.is_staff or clock.real_seconds() - record["at"] > settings.COMPANY_SIGN_IN_HOURS * 3600:
        return False
    standing = CompanySignIn.objects.filter(enabled=True, app__provider_id=record["provider"])
    return standing.filter(sessions_ended__lt=record["at"]).exists()
