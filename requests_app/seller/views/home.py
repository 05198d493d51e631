from django.shortcuts import render
from django.views.decorators.http import require_safe

from requests_app import policies
from requests_app.seller import home as home_page
from requests_app.seller import my_requests
from requests_app.seller.decorators import for_shop, standing_of
from requests_app.seller.picker import suggested

FEW = 5


@require_safe
@for_shop
def home(request, shop):
    """The Seller Center: what waits for the seller, how far their requests have come, what to do next."""
    counts = my_requests.counts_of(request.user)
    stats = home_page.stats_of(counts)
    waiting = home_page.waiting_for(request.user, limit=FEW)
    recent = home_page.recent(request.user, limit=FEW, beyond=waiting)
    context = {
        "shop": shop,
        "may_submit": policies.may_submit(standing_of(request.user, shop.pk)),
        "has_requests": any(counts.values()),
        "stats": stats,
        "more_url": stats["waiting_url"] if stats["all_waiting"] > len(waiting) else "",
        "waiting": my_requests.rows_of(request.user, waiting),
        "recent": my_requests.rows_of(request.user, recent),
        "ending": home_page.ending_soon(request.user, limit=FEW),
    }
    return render(request, "seller/home.html", context)


@require_safe
@for_shop
def partner_hub(request, shop):
    context = {
        "shop": shop,
        "may_submit": policies.may_submit(standing_of(request.user, shop.pk)),
        "partners": suggested(shop, limit=6),
        "statuses": my_requests.SHARE_STATUSES,
    }
    return render(request, "seller/partner_hub.html", context)
