"""Signing in with one's company: which provider, the way there, and its answer."""

from urllib.parse import urlsplit

from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from accounts import support
from accounts.second_factor import came_by_company
from requests_app.company import entrance, tickets
from requests_app.company.adapter import provider_of
from requests_app.company.forms import CompanyAddressForm
from requests_app.company.oidc import CompanyOpenIDAdapter
from requests_app.company.saml import Refused
from requests_app.sign_ins import OIDC, SAML, CompanySignIn, domain_of

MALFORMED = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
BROKEN = (OAuth2Error, RequestException, *MALFORMED)  # raised by reading what a provider answers


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_in(request):
    """Ask for the address, and lead to the provider of its domain. Whether it has an account plays no part."""
    if request.user.is_authenticated and came_by_company(request) is None:
        return redirect("home")
    own = getattr(request.user, "email", "")  # of who came so before, and confirms that it is them
    form = CompanyAddressForm(request.POST if request.method == "POST" else None, initial={"email": own})
    if request.method == "POST" and (limited := ratelimit.consume_or_429(request, action="company_sign_in")):
        return limited
    if form.is_valid():
        address = form.cleaned_data["email"]
        if found := CompanySignIn.objects.for_address(address).select_related("app").first():
            return _lead_to(request, found, address)
        form.add_error("email", _none_at(domain_of(address)))
    next_url = get_next_redirect_url(request) or ""
    context = {"form": form, "next_name": REDIRECT_FIELD_NAME, "next_url": next_url}
    return render(request, "account/company.html", context)


def _none_at(domain):
    return _(
        "No company sign-in is set up for addresses at %(domain)s. Sign in with your password, or have your company "
        "write to %(support)s."
    ) % {"domain": domain, "support": support.whom()}


def _lead_to(request, found, address):
    """Answer with a page that leads on: a form's own answer may not redirect to another host (form-action)."""
    try:
        url = provider_of(request, found.app).begin(request, address=address, next_url=get_next_redirect_url(request))
    except BROKEN as error:
        return entrance.did_not_answer(request, error)
    return render(
        request, "account/company_go.html", {"url": url, "host": urlsplit(url).netloc, "name": found.app.name}
    )


@login_not_required
@require_safe
@never_cache
def oidc_callback(request, provider_id):
    """Take in OpenID Connect's answer. By protocol it comes by GET; its state is of this session, and counts once."""
    found = _switched_on(OIDC, provider_id)
    if not provider_of(request, found.app).is_issuer(request.GET.get("iss")):
        return entrance.not_proved(request, "issuer")
    adapter = CompanyOpenIDAdapter(request, provider_id)
    try:
        return OAuth2CallbackView.adapter_view(adapter)(request)
    except BROKEN as error:
        return entrance.did_not_answer(request, error)


@csrf_exempt  # the provider posts here; its answer is signed, and counts in the session that asked for it alone
@login_not_required
@require_POST
@never_cache
def saml_acs(request, provider_id):
    """Check SAML's answer, and lead on to where the session is there: browsers send none with another site's form."""
    found = _switched_on(SAML, provider_id)
    try:
        request_id, claims = provider_of(request, found.app).read(request.POST.get("SAMLResponse", ""))
    except Refused as refused:
        return entrance.not_proved(request, refused)
    return redirect("company:saml_finish", provider_id, tickets.kept(provider_id, request_id, claims))


@login_not_required
@require_safe
@never_cache
def saml_finish(request, provider_id, ticket):
    """Sign in whom SAML's answer named, if it was this session that asked."""
    found = _switched_on(SAML, provider_id)
    request_id, claims = tickets.taken_up(ticket, provider_id) or ("", None)
    state = provider_of(request, found.app).state_of(request, request_id)
    if state is None:
        return entrance.not_proved(request, "state")
    if claims.issuer != state.get("issuer"):
        return entrance.not_proved(request, "issuer")
    return entrance.enter(request, found, claims, state.get("next"))


@login_not_required
@require_safe
def saml_metadata(request, provider_id):
    """Give what the company's administrators enter at their provider, before it is switched on too."""
    rows = CompanySignIn.objects.filter(app__provider=SAML).select_related("app")
    found = get_object_or_404(rows, app__provider_id=provider_id)
    return HttpResponse(provider_of(request, found.app).metadata(), content_type="application/samlmetadata+xml")


def _switched_on(protocol, provider_id):
    rows = CompanySignIn.objects.filter(enabled=True, app__provider=protocol).select_related("app")
    return get_object_or_404(rows, app__provider_id=provider_id)
