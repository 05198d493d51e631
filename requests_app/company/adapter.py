"""What allauth asks of us about other providers: only those that staff set up are there, and only to sign in."""

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthError
from django.utils.translation import gettext as _
from requests import RequestException

from accounts import calling_out
from requests_app.company import entrance
from requests_app.company.oidc import CompanyOpenID
from requests_app.company.saml import CompanySAML
from requests_app.sign_ins import OIDC, SAML, CompanySignIn

PROVIDERS = {OIDC: CompanyOpenID, SAML: CompanySAML}


class CompanyAdapter(DefaultSocialAccountAdapter):
    def list_apps(self, request, provider=None, client_id=None):
        return list(SocialApp.objects.filter(company__enabled=True, provider_id=provider))

    def get_provider(self, request, provider, client_id=None):
        return provider_of(request, self.get_app(request, provider=provider))

    def get_requests_session(self):
        return calling_out.session()

    def is_open_for_signup(self, request, sociallogin):
        return False

    def pre_social_login(self, request, sociallogin):
        """Finish OpenID Connect's sign-in ourselves: allauth's own would look for accounts by other rules."""
        state, claims = sociallogin.state, sociallogin.claims
        if not state.get("nonce") or claims.nonce != state["nonce"]:
            raise ImmediateHttpResponse(entrance.not_proved(request, "nonce"))
        if claims.issuer != state.get("issuer"):
            raise ImmediateHttpResponse(entrance.not_proved(request, "issuer"))
        sign_in = CompanySignIn.objects.select_related("app").get(app__provider_id=sociallogin.account.provider)
        raise ImmediateHttpResponse(entrance.enter(request, sign_in, claims, state.get("next")))

    def on_authentication_error(self, request, provider, error=None, exception=None, extra_context=None):
        """Say what happened on our own page. What the provider wrote of it is shown to nobody."""
        if error == AuthError.CANCELLED:
            answer = entrance.turn_away(request, _("You did not go through with it, so nobody was signed in."))
        elif isinstance(exception, RequestException):
            answer = entrance.did_not_answer(request, exception)
        else:
            answer = entrance.not_proved(request, type(exception).__name__ if exception else error)
        raise ImmediateHttpResponse(answer)


def provider_of(request, app):
    """Return the provider of a SocialApp."""
    return PROVIDERS[app.provider](request, app=app)
