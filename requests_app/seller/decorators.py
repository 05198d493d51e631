"""What seller pages have in common: the shop that acts, the request that is looked at, refusals as messages."""

from functools import wraps

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.exceptions import ActionRefused
from accounts.required_factor import shuts_out
from requests_app.models import PartnerRequest, Shop
from requests_app.pages.memberships import SHOP, active_shop, memberships_of, name_acting
from requests_app.pages.second_factor import lead_to_it, led_or_404
from requests_app.policies import Standing


def for_shop(view):
    """The view is given the shop that the reader acts for; who belongs to none is offered to add one.

    What the view is refused is said on the page of the partner programme.
    """

    @wraps(view)
    def given_shop(request, **more):
        name_acting(request)
        shop = active_shop(request)
        if shop is None:
            messages.info(request, _("The Seller Center is for members of a shop. Add yours to begin."))
            return redirect("seller:signup")
        if led := lead_to_it(request, shop):
            return led
        try:
            return view(request, shop, **more)
        except ActionRefused as refused:
            messages.error(request, refused.message)
            return redirect("seller:partner_hub")

    return given_shop


def for_request(view):
    """The view is given a request of the reader's shops, else 404. What it is refused stands on the request's page."""

    @wraps(view)
    def given_request(request, reference, **more):
        rows = PartnerRequest.objects.visible_to(request.user).select_related("market", "shop__market", "category")
        partner_request = rows.filter(reference=reference).first()
        if partner_request is None:
            return led_or_404(request, Shop.objects.filter(requests__reference=reference))
        try:
            return view(request, partner_request, **more)
        except ActionRefused as refused:
            messages.error(request, refused.message)
            return redirect(partner_request)

    return given_request


def standing_of(user, shop_id):
    """What the user is to the shop, from the memberships that the frame reads anyway."""
    roles = [m.role for m in memberships_of(user, SHOP) if m.of.pk == shop_id]
    return Standing(user, shop_role=roles[0] if roles else "")


def shop_ids(user):
    """Return the keys of the reader's shops, but for those that are shut to them for want of a second factor."""
    return [m.of.pk for m in memberships_of(user, SHOP) if not shuts_out(user, m.of)]
