"""The shop's settings: the partners that it has blocked."""

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import acting
from accounts.fields import row_number
from accounts.policies import require
from partners.models import Partner
from requests_app import blocking, policies
from requests_app.blocks import Block
from requests_app.models import Share
from requests_app.pages.confirm import ask
from requests_app.seller.confirm import BlockPartner
from requests_app.seller.decorators import for_shop, standing_of


@require_safe
@for_shop
def settings(request, shop):
    blocks = Block.objects.visible_to(request.user).by_shops().filter(shop=shop)
    context = {
        "shop": shop,
        "acting_for": acting.key_of(acting.SHOP, shop.pk),
        "blocks": blocks.select_related("partner", "by").order_by("partner__name_order", "pk"),
        "may_block": policies.may_block_as_shop(standing_of(request.user, shop.pk)),
    }
    return render(request, "seller/settings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_shop
def block(request, shop, slug):
    """Ask, then block: a listed partner, or one that the shop has asked."""
    require(policies.may_block_as_shop(standing_of(request.user, shop.pk)))
    asked = Exists(Share.objects.filter(partner=OuterRef("pk"), request__shop=shop))
    known = Partner.objects.filter(Q(pk__in=Partner.objects.listed().filter(slug=slug)) | asked)
    return ask(request, BlockPartner(shop), get_object_or_404(known, slug=slug))


@require_POST
@for_shop
def unblock(request, shop):
    blocks = Block.objects.visible_to(request.user).by_shops().filter(shop=shop)
    held = get_object_or_404(blocks, pk=row_number(request.POST.get("block")) or 0)
    blocking.unblock(block_id=held.pk, by=request.user)
    messages.success(request, _("%(partner)s can be asked again.") % {"partner": held.partner.name})
    return redirect("seller:settings")
