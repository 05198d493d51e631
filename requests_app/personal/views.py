"""What a person can learn of their own data, and how they leave."""

from functools import wraps

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock, policies
from accounts.exceptions import ActionRefused
from requests_app.personal import leaving, services
from requests_app.personal.data import data_of
from requests_app.personal.forms import EraseForm


def refusals_as_messages(view):
    """What the view is refused stands on the page of the person's data."""

    @wraps(view)
    def answer(request):
        try:
            return view(request)
        except ActionRefused as refused:
            messages.error(request, refused.message)
            return redirect("personal:data")

    return answer


@require_safe
def data(request):
    return render(request, "personal/data.html", {"months": settings.KEEP_CONTACT_MONTHS})


@require_POST
@never_cache
def download(request):
    name = f"shop-partners-{clock.now():%Y-%m-%d}.json"
    return JsonResponse(
        data_of(request.user),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@reauthentication_required
@refusals_as_messages
def erase(request):
    policies.require(policies.may_leave(request.user))
    form = EraseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        services.erase_account(by=request.user)
        logout(request)
        messages.success(request, _("Your account is being erased. You are signed out everywhere."))
        return redirect("home")
    return render(request, "personal/erase.html", {"form": form} | leaving.consequences_for(request.user))
