from allauth.account.views import SignupView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import acting
from requests_app.seller.shop_forms import SellerSignupForm, ShopForm


class SellerSignupView(SignupView):
    template_name = "seller/signup.html"
    form_class = SellerSignupForm


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def signup(request):
    """Make a seller's account with a shop; people who are signed in add a shop to their account."""
    if request.user.is_authenticated:
        return add_shop(request)
    return SellerSignupView.as_view()(request)


def add_shop(request):
    form = ShopForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        shop = form.create_shop(request.user)
        acting.choose(request, acting.SHOP, shop.pk)
        messages.success(request, _("%(shop)s is added. You are acting for it now.") % {"shop": shop.name})
        return redirect("seller:home")
    return render(request, "seller/add_shop.html", {"form": form})
