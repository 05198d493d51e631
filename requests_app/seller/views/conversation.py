"""A share's own page in the Seller Center, and what is sent from there."""

from functools import wraps

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.exceptions import ActionRefused
from accounts.fields import row_number
from requests_app.conversation import services
from requests_app.pages.conversation import ANCHOR, anchor_of, refreshed
from requests_app.seller import conversation, details
from requests_app.seller import share as share_page
from requests_app.seller.decorators import for_request


def for_share(view):
    """The view is given a share of a request of the reader's shops, else 404."""

    @never_cache
    @for_request
    @wraps(view)
    def given_share(request, partner_request, share_reference):
        return view(request, details.share_of(partner_request, share_reference))

    return given_share


@require_safe
@for_share
def share(request, share):
    """The whole page, or for htmx its messages and what is next, and nothing when those are as the reader has them."""
    before = row_number(request.GET.get("before"))
    if request.htmx:
        on_request = "on" in request.GET
        card = share_page.messages_of(share, request.user, on_request=on_request)
        panel = details.panel_of if on_request else share_page.panel_of
        return refreshed(request, card, "seller/parts/conversation_live.html", lambda: panel(share, request.user))
    return render(request, "seller/share.html", share_page.page_of(share, request.user, before=before))


@require_http_methods(["GET", "HEAD", "POST"])
@for_share
def message(request, share):
    """A GET, such as coming back from signing in, leads to the conversation. It is led back to where it was sent."""
    there = conversation.address_on_request(share) if "on" in request.GET else conversation.address_of(share)
    if request.method != "POST":
        return redirect(f"{there}#{ANCHOR}")
    form = conversation.message_form(request.POST, share)
    if form.is_valid():
        try:
            sent = services.send_as_seller(share_id=share.pk, by=request.user, **form.cleaned_data)
        except ActionRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Your message is sent."))
            return redirect(f"{there}#{anchor_of(sent.pk)}")
    context = share_page.page_of(details.share_of(share.request, share.reference), request.user, form=form)
    context["conversation"]["send_url"] = request.get_full_path()
    return render(request, "seller/share.html", context)
