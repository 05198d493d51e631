from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.paging import page_of
from requests_app import policies, services
from requests_app.pages import list_changes
from requests_app.pages.confirm import ask
from requests_app.seller import confirm, details, filters
from requests_app.seller import my_requests as my_requests_page
from requests_app.seller.decorators import for_request, for_shop, standing_of


@require_safe
@for_shop
def my_requests(request, shop):
    """The whole page; to a page that refreshes itself its rows alone, or nothing when it has them already."""
    found = my_requests_page.found_for(request.user, request.GET)
    asked, seen = filters.asked_for(request.GET), request.GET.get("seen", "")
    page = page_of(
        found.qs,
        request.GET,
        keys=my_requests_page.keys_of(request.user, found),
        ascending=asked["sort"] == filters.OLDEST,
        size=my_requests_page.PAGE_SIZE,
    )
    rows = my_requests_page.rows_of(request.user, page.rows)
    state = my_requests_page.state_of(rows)
    if request.htmx and seen == state:
        return HttpResponse(status=204)
    context = {
        "rows": rows,
        "page": page,
        "state": state,
        "asked": asked,
        "problem": found.problem,
        "here": filters.refreshed_from(request.GET),
    }
    context |= {"tabs": my_requests_page.tabs_of(request.user, asked)}
    if request.htmx:
        context |= {"news": list_changes.changes_since(seen, my_requests_page.lines_of(rows))}
        return render(request, "seller/parts/requests_live.html", context)
    context |= {
        "statuses": filters.STATUSES,
        "sorts": filters.SORTS,
        "may_submit": policies.may_submit(standing_of(request.user, shop.pk)),
    }
    return render(request, "seller/my_requests.html", context)


@require_safe
@never_cache
@for_request
def view_details(request, partner_request):
    return render(request, "seller/details.html", details.page_of(partner_request, request.user, request.GET))


@require_POST
@for_request
def refer(request, partner_request):
    before = partner_request.shares.count()
    services.ask_for_referral(request_id=partner_request.pk, by=request.user)
    messages.success(request, details.referred_text(partner_request.shares.count() - before))
    return redirect(partner_request)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_request
def close(request, partner_request):
    shares = details.shares_of(partner_request)
    confirm.require_closable(partner_request, standing_of(request.user, partner_request.shop_id), shares)
    return ask(request, confirm.CloseRequest(shares), partner_request)
