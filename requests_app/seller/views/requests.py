from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.paging import page_of
from requests_app import news, policies, services
from requests_app.seller import details, lists, shares
from requests_app.seller.pages import for_request, for_shop, standing_of


@require_safe
@for_shop
def my_requests(request, shop):
    """The whole page; to a page that refreshes itself its rows alone, or nothing when it has them already."""
    found = lists.RequestFilter(request.GET, queryset=lists.requests_of(request.user))
    asked, seen = lists.asked_for(request.GET), request.GET.get("seen", "")
    page = page_of(found.qs, request.GET, ascending=asked["sort"] == lists.OLDEST, size=lists.PAGE_SIZE)
    rows = lists.rows_of(request.user, page.rows)
    state = lists.state_of(rows)
    if request.htmx and seen == state:
        return HttpResponse(status=204)
    context = {"rows": rows, "page": page, "state": state, "asked": asked, "here": lists.refreshed_from(request.GET)}
    context |= {"tabs": lists.tabs_of(lists.counts_of(request.user), asked)}
    if request.htmx:
        context |= {"news": news.news_of(seen, lists.lines_of(rows))}
        response = render(request, "seller/parts/requests_live.html", context)
    else:
        context |= {"sorts": lists.SORTS, "may_submit": policies.may_submit(standing_of(request.user, shop.pk))}
        response = render(request, "seller/my_requests.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@never_cache
@for_request
def view_details(request, spr):
    return render(request, "seller/details.html", details.page_of(spr, request.user))


@require_POST
@for_request
def refer(request, spr):
    before = spr.shares.count()
    services.ask_for_referral(request_id=spr.pk, by=request.user)
    messages.success(request, details.referred_text(spr.shares.count() - before))
    return redirect(spr)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_request
def close(request, spr):
    asked = details.shares_of(spr)
    shares.require_closable(spr, standing_of(request.user, spr.shop_id), asked)
    if request.method == "POST":
        services.close_request(request_id=spr.pk, by=request.user)
        messages.success(request, _("The request is closed. Its partners have been told."))
        return redirect(spr)
    context = {
        "spr": spr,
        "ends": shares.ends_by_closing_request(asked),
        "keeps": shares.kept_by_closing_request(asked),
        "told": shares.told_by_closing_request(asked),
    }
    return render(request, "seller/close.html", context)
