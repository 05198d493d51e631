"""The partner's own settings beside its profile: whom shops write to, and how its members sign in."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import acting
from accounts.policies import require
from accounts.required_factor import is_met
from partners.views import edit_profile
from requests_app import policies, visibility
from requests_app.exceptions import SettingsChanged
from requests_app.pages.confirm import ask
from requests_app.pages.second_factor import verb_for
from requests_app.portal.decorators import for_partner, standing_of
from requests_app.portal.forms import PartnerContactForm
from requests_app.teams.settings import change_contact


@require_http_methods(["GET", "HEAD", "POST"])
@for_partner
def profile(request, partner):
    """The profile, and below it the contact and how members sign in."""
    standing = standing_of(request.user, partner)
    return edit_profile(
        request,
        partner,
        acting_for=acting.key_of(acting.PARTNER, partner.pk),
        contact=visibility.own_contact(request.user, partner),
        may_change=policies.may_change_settings(standing),
        required=partner.second_factor_required,
        factor_refusal=policies.may_require_second_factor(standing, uses_one=is_met(request.user)).reason,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_partner
def contact(request, partner):
    """Change whom shops that the partner accepted write to."""
    require(policies.may_change_settings(standing_of(request.user, partner)))
    stands = visibility.own_contact(request.user, partner)
    form = PartnerContactForm(request.POST if request.method == "POST" else None, partner=partner, contact=stands)
    if form.is_valid():
        try:
            seen = form.cleaned_data["seen"]
            change_contact(partner_id=partner.pk, by=request.user, values=form.values, seen=seen)
        except SettingsChanged:
            form.show_newer(visibility.own_contact(request.user, partner))
        else:
            messages.success(request, _("The contact of %(partner)s is saved.") % {"partner": partner.name})
            return redirect(_address(partner))
    return render(request, "portal/partner_contact.html", {"form": form, "partner": partner})


def _address(partner):
    own = urlencode({acting.FIELD: acting.key_of(acting.PARTNER, partner.pk)})
    return f"{reverse('portal:profile')}?{own}"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_partner
def second_factor(request, partner):
    """Ask, then require two-step sign-in of all members, or stop that."""
    standing = standing_of(request.user, partner)
    require(policies.may_require_second_factor(standing, uses_one=is_met(request.user)))
    page = {"list_label": _("Profile"), "list_url": "portal:profile", "base": "portal/base.html"}
    return ask(request, verb_for(partner, kind=acting.PARTNER, **page), partner)
