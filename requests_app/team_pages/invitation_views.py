"""What an invitation's link opens, for anybody who holds it. A GET changes nothing: mail scanners open every link."""

from allauth.account.adapter import get_adapter
from allauth.account.views import SignupView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import acting
from accounts.exceptions import ActionRefused
from accounts.policies import may_use_password
from requests_app.pages.frame import HOME_OF_KIND
from requests_app.team_pages import invitation as invitation_page
from requests_app.team_pages.forms import InvitedSignupForm
from requests_app.teams import invitations, services

asks_first = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@asks_first
@never_cache
def invitation(request, token):
    """Say who invites to what, and what the reader can do. A POST joins."""
    if request.method == "POST":
        return _join(request, token) if request.user.is_authenticated else redirect("invitations:invitation", token)
    found = invitations.invitation_of(token)
    context = {
        "said": invitation_page.said_to(request.user, found, token),
        "here": reverse("invitations:invitation", args=[token]),
    }
    return render(request, "teams/invitation.html", context, status=200 if found else 404)


def _join(request, token):
    try:
        joined = services.join(token=token, by=request.user)
    except ActionRefused as refused:
        messages.error(request, refused.message)
        return redirect("invitations:invitation", token)
    return _welcome(request, joined, redirect(HOME_OF_KIND[joined.kind]))


def _welcome(request, joined, response):
    """Have the reader act for what they joined, and say so; lead on whom their company alone signs in there."""
    if not may_use_password(request.user.email, request.user):
        logout(request)
        said = {"team": joined.of.name}
        messages.success(request, _("You belong to %(team)s now. Sign in there through your company.") % said)
        return redirect(settings.COMPANY_SIGN_IN_URL)
    acting.choose(request, joined.kind, joined.of_id)
    said = {"team": joined.of.name, "role": invitation_page.role_of(joined)}
    messages.success(request, _("You belong to %(team)s now, in the role %(role)s.") % said)
    return response


class InvitedSignupView(SignupView):
    """Signing up at the address of an invitation, which is joined by it."""

    template_name = "teams/signup.html"
    form_class = InvitedSignupForm

    @property
    def token(self):
        return self.kwargs["token"]

    @method_decorator(login_not_required)
    def dispatch(self, request, *args, **kwargs):
        self.invitation = invitations.invitation_of(self.token)
        if request.user.is_authenticated or not invitation_page.takes_signup(self.invitation):
            return redirect("invitations:invitation", self.token)
        return super().dispatch(request, *args, **kwargs)

    def get_form_class(self):
        return self.form_class

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"invitation": self.invitation}

    def get_success_url(self):
        return reverse(HOME_OF_KIND[self.invitation.kind])

    def form_valid(self, form):
        if form.account_already_exists:  # made since the page was shown, which says so now
            return redirect("invitations:invitation", self.token)
        try:
            return self._signed_up_and_joined(form)
        except ActionRefused as refused:
            self.request.session.flush()  # it holds who is not there any more
            self.request.user = AnonymousUser()
            messages.error(self.request, refused.message)
            return redirect("invitations:invitation", self.token)

    @transaction.atomic
    def _signed_up_and_joined(self, form):
        """Make the account, sign in and join: all of it, or nothing. Raise ActionRefused where the link is over.

        The person is locked by signing in, and the team by joining: in the order of all locks.
        """
        response = super().form_valid(form)
        if self.user is None:  # somebody signed up with the address at this very moment: allauth has answered
            get_adapter().unstash_verified_email(self.request)
            return response
        return _welcome(self.request, services.join(token=self.token, by=self.user), response)

    def get_context_data(self, **kwargs):
        words = {"team": self.invitation.of.name, "role": invitation_page.role_of(self.invitation)}
        return super().get_context_data(**kwargs) | {
            "heading": _("Sign up and join %(team)s") % words,
            "lead": _("You join in the role %(role)s. No shop or partner of your own is made.") % words,
            "back": reverse("invitations:invitation", args=[self.token]),
        }


signup = asks_first(InvitedSignupView.as_view())
