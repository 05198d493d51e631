"""What a seller does with one of a request's partners."""

from functools import wraps

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.fields import row_number
from requests_app import services
from requests_app.exceptions import NewerProposal
from requests_app.pages.confirm import ask
from requests_app.seller import confirm, details, proposals
from requests_app.seller.authorisation_forms import AuthorisationForm
from requests_app.seller.decorators import for_request, standing_of


def for_share(verb):
    """The view is given a share of the request with all its siblings, where the verb is open to the reader."""

    def decorate(view):
        @require_http_methods(["GET", "HEAD", "POST"])
        @never_cache
        @for_request
        @wraps(view)
        def given_share(request, partner_request, share_reference):
            siblings = details.shares_of(partner_request)
            share = details.share_among(siblings, share_reference)
            confirm.require_open(verb, standing_of(request.user, partner_request.shop_id), share)
            return view(request, share, siblings)

        return given_share

    return decorate


@for_share("authorise")
def authorise(request, share, siblings):
    others = [other.partner.name for other in confirm.live_others(share, siblings)]
    data = request.POST if request.method == "POST" else None
    form = AuthorisationForm(data, partner=share.partner.name, others=others)
    asked_for = request.POST.get("proposal") if data else request.GET.get("proposal")
    chosen = row_number(asked_for) or None
    if form.is_valid():
        try:
            services.authorise_share(share_id=share.pk, by=request.user, proposal=chosen, **form.grant)
        except NewerProposal:
            pass  # the page says what it says now, and asks again
        else:
            messages.success(request, confirm.connected_text(share, chosen))
            return redirect(share.request)
    proposal = proposals.choice_of(share, request.user, chosen)
    heading = _("Authorise %(partner)s") % {"partner": share.partner.name}
    effects = confirm.effects_of_authorising(share, siblings, proposal=proposal and proposal["number"])
    context = {"share": share, "form": form, "heading": heading, "verb": _("Authorise"), "effects": effects}
    context |= {"proposal": proposal}
    return render(request, "seller/authorise.html", context)


@for_share("renew")
def renew(request, share, siblings):
    current = confirm.authorisation_of(share)
    data = request.POST if request.method == "POST" else None
    form = AuthorisationForm(data, partner=share.partner.name, initial=AuthorisationForm.initial_of(current))
    if form.is_valid():
        services.renew_share(share_id=share.pk, by=request.user, **form.grant)
        messages.success(request, _("The authorisation of %(partner)s is changed.") % {"partner": share.partner.name})
        return redirect(share.request)
    heading = _("Renew authorisation of %(partner)s") % {"partner": share.partner.name}
    effects = confirm.effects_of_renewing(share, siblings)
    context = {"share": share, "form": form, "heading": heading, "verb": _("Renew authorisation"), "effects": effects}
    return render(request, "seller/authorise.html", context)


@for_share("revoke")
def revoke(request, share, siblings):
    return ask(request, confirm.RevokeShare(siblings), share)


@for_share("close")
def close(request, share, siblings):
    return ask(request, confirm.CloseShare(siblings), share)
