"""What a person can learn of their own data, and how they leave."""

from functools import wraps
from tempfile import TemporaryFile

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock, policies
from accounts.exceptions import ActionRefused
from accounts.moment import one_moment
from requests_app.personal import leaving, services
from requests_app.personal.data import written
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
    """The file is whole before its first byte is sent: an error is a page, and who reads slowly keeps no snapshot."""
    file = TemporaryFile()  # noqa: SIM115 - has no name, and is gone once the answer closes it
    with one_moment():
        file.writelines(text.encode() for text in written(request.user))
    file.seek(0)
    name = f"shop-partners-{clock.now():%Y-%m-%d}.json"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/json")


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
