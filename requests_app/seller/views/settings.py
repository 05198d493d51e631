"""The shop's settings: what it is called and where it sells, how its members sign in, whom it has blocked."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import acting
from accounts.exceptions import NotPossible
from accounts.fields import row_number
from accounts.policies import require
from accounts.required_factor import is_met
from partners.models import Partner
from requests_app import blocking, policies
from requests_app.blocks import Block
from requests_app.exceptions import SettingsChanged
from requests_app.models import Share, Shop
from requests_app.pages.confirm import ask
from requests_app.pages.second_factor import verb_for
from requests_app.seller.confirm import BlockPartner
from requests_app.seller.decorators import for_shop, standing_of
from requests_app.seller.shop_forms import ShopSettingsForm, facts_of
from requests_app.teams.settings import change_shop


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_shop
def settings(request, shop):
    standing = standing_of(request.user, shop.pk)
    may_change = policies.may_change_settings(standing)
    form = ShopSettingsForm(request.POST if request.method == "POST" else None, shop=shop)
    if request.method == "POST":
        require(may_change)
    if form.is_valid() and _saved(form, shop, request.user):
        messages.success(request, _("The settings of %(shop)s are saved.") % {"shop": form.cleaned_data["shop_name"]})
        return redirect(_address(shop))
    blocks = Block.objects.visible_to(request.user).by_shops().filter(shop=shop)
    context = {
        "shop": shop,
        "form": form,
        "may_change": may_change,
        "facts": facts_of(shop),
        "factor_refusal": policies.may_require_second_factor(standing, uses_one=is_met(request.user)).reason,
        "acting_for": acting.key_of(acting.SHOP, shop.pk),
        "blocks": blocks.select_related("partner", "by").order_by("partner__name_order", "pk"),
        "may_block": policies.may_block_as_shop(standing),
    }
    return render(request, "seller/settings.html", context)


def _saved(form, shop, user):
    """Return whether the settings were saved; the form says why not."""
    try:
        change_shop(shop_id=shop.pk, by=user, values=form.values, seen=form.cleaned_data["seen"])
    except SettingsChanged:
        form.show_newer(Shop.objects.get(pk=shop.pk))
    except NotPossible as refused:
        form.add_error(None, refused.message)
    return not form.errors


def _address(shop):
    """Return the page's address that names the shop, whichever is chosen in another tab."""
    return f"{reverse('seller:settings')}?{urlencode({acting.FIELD: acting.key_of(acting.SHOP, shop.pk)})}"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_shop
def second_factor(request, shop):
    """Ask, then require two-step sign-in of all members, or stop that."""
    standing = standing_of(request.user, shop.pk)
    require(policies.may_require_second_factor(standing, uses_one=is_met(request.user)))
    page = {"list_label": _("Settings"), "list_url": "seller:settings", "base": "seller/base.html"}
    return ask(request, verb_for(shop, kind=acting.SHOP, **page), shop)


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
