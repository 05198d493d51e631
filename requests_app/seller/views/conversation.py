"""A share's own page in the Seller Center, and what is sent from there."""

from functools import wraps

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.exceptions import ActionRefused
from accounts.fields import row_number
from requests_app.conversation import services
from requests_app.pages.conversation import ANCHOR, MessageForm
from requests_app.seller import conversation, details
from requests_app.seller import share as share_page
from requests_app.seller.decorators import for_request


def for_share(view):
    """The view is given a share of a request of the reader's shops, else 404."""

    @never_cache
    @for_request
    @wraps(view)
    def given_share(request, partner_request, share_reference):
        shares = details.shares_of(partner_request)
        share = next((share for share in shares if share.reference == share_reference), None)
        if share is None:
            raise Http404
        return view(request, share)

    return given_share


@require_safe
@for_share
def share(request, share):
    before = row_number(request.GET.get("before"))
    context = share_page.page_of(share, request.user, before=before)
    template = "conversation/messages.html" if request.htmx else "seller/share.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_share
def message(request, share):
    """A GET, such as coming back from signing in, leads to the conversation."""
    there = conversation.address_of(share)
    if request.method != "POST":
        return redirect(there)
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            services.send_as_seller(share_id=share.pk, by=request.user, **form.cleaned_data)
        except ActionRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Your message is sent."))
            return redirect(f"{there}#{ANCHOR}")
    return render(request, "seller/share.html", share_page.page_of(share, request.user, form=form))
