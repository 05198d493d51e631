from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests_app.seller import proposals as proposals_page
from requests_app.seller.decorators import for_request


@require_safe
@never_cache
@for_request
def proposals(request, partner_request):
    context = proposals_page.page_of(partner_request, request.user, request.GET.getlist("with"))
    return render(request, "seller/proposals.html", context)
