"""A contact email that is not confirmed yet: the page of the link that was sent to it, and a new link."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from requests_app import contacts, holds
from requests_app.seller import details
from requests_app.seller.decorators import for_request


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def confirm(request, token):
    """For who reads the mails of that address, signed in or not: a GET confirms nothing."""
    if request.method == "POST":
        holds.confirm_contact(token=token)
        return redirect("seller:confirm_contact", token)
    found, shop = contacts.found_by(token)
    status = 404 if found == contacts.State.UNKNOWN else 200
    context = {"found": found.value, "shop_name": shop, "token": token}
    return render(request, "seller/confirm_contact.html", context, status=status)


@require_POST
@for_request
def ask_again(request, partner_request):
    if holds.ask_again(request_id=partner_request.pk, by=request.user):
        messages.success(request, _("The link is sent to the contact email once more."))
    else:
        partner_request.refresh_from_db(fields=["seller_acted_at"])
        messages.success(request, details.released_text(partner_request))
    return redirect(partner_request)
