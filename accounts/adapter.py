from datetime import datetime

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context as allauth_context
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.core.internal import ratelimit
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import account_mails, mail_limits, outbox, policies, second_factor, session_limits
from accounts.fields import clean_address
from accounts.models import User

# What our mails say of what allauth gives them: nothing that lets anybody in.
SAID = ("timestamp", "ip", "user_agent", "from_email", "to_email", "deleted_email")


class AccountAdapter(DefaultAccountAdapter):
    """allauth's mails go through the outbox, in our layout and the reader's language and zone, with links to SITE_URL.

    Nothing is rendered or sent while somebody waits, so an answer takes the same time whether or not there is an
    account. It also says what takes a second factor.
    """

    def is_open_for_signup(self, request):
        return True

    def clean_email(self, email):
        return clean_address(super().clean_email(email))

    def send_mail(self, template_prefix, email, context):
        """Queue it; answer 429 instead to who causes too many, whomever they go to."""
        template = template_prefix.removesuffix("_signup")  # one mail confirms an address, new account or not
        self._require_below_limit(template, context.get("user"))
        said = {name: context[name] for name in SAID if name in context}
        outbox.queue_account_mail(
            email,
            template,
            user=context.get("user"),
            context={name: value.isoformat() if isinstance(value, datetime) else value for name, value in said.items()},
        )

    def confirm_email(self, request, email_address):
        """Decide again when a new address is confirmed: it may have been entered before the rule was made."""
        (email_address.user,) = User.objects.lock([email_address.user_id])
        if not (decision := policies.may_take_address(email_address.user, email_address.email)):
            messages.error(request, decision.reason)
            return False
        return super().confirm_email(request, email_address)

    def pre_authenticate(self, request, **credentials):
        """Log an attempt that the limit refuses, like one that fails."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            session_limits.log_failed_sign_in(credentials, "sign_in_limited")
            raise

    def pre_login(self, request, user, **login):
        """Lead to their company whom it keeps from signing in with a password or a passkey."""
        return _led_to_company(request, user) or super().pre_login(request, user, **login)

    def login(self, request, user):
        """Refuse who was made inactive between their password and their code: that sign-in would outlive it.

        So would that of somebody whose company turned passwords off in between.
        """
        if not user.is_active:
            raise ImmediateHttpResponse(self.respond_user_inactive(request, user))
        if led := _led_to_company(request, user):
            raise ImmediateHttpResponse(led)
        super().login(request, user)

    def get_reauthentication_methods(self, user):
        """Return the ways to confirm who one is. With a second factor the password alone is none."""
        methods = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"] != "reauthenticate"] or methods

    def is_reauthentication_required(self, *, app, **kwargs):
        """Return whether what protects an account takes a confirmation; every such page and act asks here.

        Who has a second factor confirms with it, in this session. Staff who set up their first follow a link before.
        Who has neither password nor factor, since their company signs them in, signs in through it again.
        """
        request = allauth_context.request
        if not self.get_reauthentication_methods(request.user) and second_factor.came_by_company_before(request):
            messages.info(request, _("Sign in with your company again, to confirm that it is you."))
            asked = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
            raise ImmediateHttpResponse(redirect(f"{reverse(settings.COMPANY_SIGN_IN_URL)}?{asked}"))
        if app == "allauth.mfa" and second_factor.needs_link(request):
            raise ImmediateHttpResponse(redirect("accounts:first_factor"))
        recent = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        if is_mfa_enabled(request.user) and not second_factor.used(request, within=recent):
            raise ReauthenticationRequired
        return super().is_reauthentication_required(app=app, **kwargs)

    def send_notification_mail(self, template_prefix, user, context=None, email=None):
        super().send_notification_mail(template_prefix, user, (context or {}) | {"user": user}, email)

    def _require_below_limit(self, template, user):
        """Count the mail for who causes it: the person signed in or the mail is a notice to, else their network."""
        request = allauth_context.request
        if request.user.is_authenticated:
            user = request.user
        elif template in account_mails.ANYBODYS:
            user = None
        sender = ("user", user.pk) if user else ("ip", ratelimit.get_ip(request))
        if not mail_limits.take(mail_limits.ASKING, *sender):
            raise ImmediateHttpResponse(ratelimit.respond_429(request))


def _led_to_company(request, user):
    """Return the way to their company for whom it keeps from signing in as they just began to; None for others."""
    began = [
        one for one in get_authentication_records(request, user) if one["method"] != "mfa" or "passwordless" in one
    ]
    if began and began[-1]["method"] == second_factor.BY_COMPANY:
        return None
    if decision := policies.may_use_password(user.email, user):
        return None
    messages.error(request, decision.reason)
    return redirect(settings.COMPANY_SIGN_IN_URL)
