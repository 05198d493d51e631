"""How the shop's people sign in through their own company."""

from django.views.decorators.http import require_http_methods

from accounts import acting
from requests_app.company import page
from requests_app.seller.decorators import for_shop, standing_of


@require_http_methods(["GET", "HEAD", "POST"])
@for_shop
def sign_in(request, shop):
    standing = standing_of(request.user, shop.pk)
    return page.answer(request, acting.SHOP, shop, standing, base="seller/base.html")
