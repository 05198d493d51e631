"""What a person can learn of their own data, and how they leave."""

from functools import wraps

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock, formats, policies
from accounts.exceptions import ActionRefused
from accounts.services import KEEP_FILES
from requests_app.pages.memberships import memberships_of
from requests_app.pages.second_factor import lead_to_it
from requests_app.personal import files, leaving, services
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


def second_factor_first(view):
    """A file holds texts of the person's shops and partners: one that is shut to this session is opened before."""

    @wraps(view)
    def answer(request):
        led = (lead_to_it(request, membership.of) for membership in memberships_of(request.user))
        return next(filter(None, led), None) or view(request)

    return answer


@require_safe
@never_cache
def data(request):
    """The whole page, or for htmx the part that says how far the file is."""
    file = files.of(request.user)
    awaited = file and files.is_awaited(file)
    context = {"file": file, "awaited": awaited, "keep_days": KEEP_FILES.days, "months": settings.KEEP_CONTACT_MONTHS}
    if awaited and file.rows:
        context["percent"] = min(99, 100 * file.rows_written // file.rows)
        context["written"] = formats.percent(context["percent"] / 100)
    return render(request, "personal/file.html" if request.htmx else "personal/data.html", context)


@require_POST
@never_cache
@second_factor_first
@refusals_as_messages
def download(request):
    """The file is whole before its first byte is sent: an error is a page, and who reads slowly keeps no snapshot."""
    if content := files.small(request.user):
        return _as_file(content, clock.now())
    files.ask(by=request.user)
    messages.info(request, _("Your file is large, so it is being written. You can leave this page and come back."))
    return redirect("personal:data")


@require_POST
@never_cache
@second_factor_first
def file(request):
    """The file that a task has written for the person who is signed in; nobody else's can be asked for."""
    kept = files.of(request.user)
    content = files.content_of(kept) if kept and kept.done_at else None
    if content is None:
        messages.error(request, _("There is no file to download. Ask for a new one."))
        return redirect("personal:data")
    return _as_file(content, kept.done_at)


def _as_file(content, made_at):
    name = f"shop-partners-{made_at:%Y-%m-%d}.json"
    return FileResponse(content, as_attachment=True, filename=name, content_type="application/json")


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
