"""The request form: a new request, and the edit of an open one."""

from functools import partial

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.exceptions import NotPossible
from accounts.policies import require
from requests_app import policies, services
from requests_app.exceptions import NewerVersion, PartnersUnavailable, StandsInTheWay, SubmittedOtherwise
from requests_app.seller import details, form_initial, submitted_before
from requests_app.seller.decorators import for_request, for_shop, standing_of
from requests_app.seller.forms import RequestForm, typed


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_shop
def new(request, shop):
    require(policies.may_submit(standing_of(request.user, shop.pk)))
    make = partial(RequestForm, shop=shop)
    page = partial(_page, request, "seller/request_new.html", shop=shop)
    if answer := _before_submit(request, make, page):
        return answer
    if request.method != "POST":
        return page(make(initial=form_initial.of_new(request.user, shop, request.GET)))
    form = make(request.POST)
    try:
        partner_request = (form.is_valid() and _submitted(form, request.user)) or _submitted_before(form)
    except SubmittedOtherwise as refused:
        return page(**submitted_before.choice(refused.request, form, request.POST))
    if partner_request:
        messages.success(request, details.submitted_text(partner_request))
        return redirect(partner_request)
    return page(form)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_request
def edit(request, partner_request):
    form_initial.require_editable(partner_request, standing_of(request.user, partner_request.shop_id))
    make = partial(form_initial.edit_form, partner_request, request.user)
    page = partial(_page, request, "seller/request_edit.html", partner_request=partner_request)
    if answer := _before_submit(request, make, page):
        return answer
    form = make(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            saved = _edited(form, partner_request, request.user)
        except NewerVersion as newer:
            if form_initial.stands_already(form, partner_request, request.user):
                return redirect(partner_request)
            return page(**form_initial.conflict(partner_request, request.user, request.POST, since=newer.seen))
        if saved:
            messages.success(request, details.edited_text(saved))
            return redirect(partner_request)
    return page(form)


def _page(request, template, form, **context):
    return render(request, template, {"form": form, **context})


def _before_submit(request, make, page):
    """Answer what the page asks while it is filled in: partners by name, or one field's check; else return None."""
    if request.htmx and request.method == "GET":
        picker = make(initial=typed(request.GET)).picker
        return render(request, "seller/parts/pick_options.html", {"picker": picker, "here": request.path})
    if "check" in request.POST:
        return JsonResponse(make(request.POST).check_field(request.POST["check"]))
    if "search" in request.POST or "more" in request.POST:
        return page(make(initial=typed(request.POST)))
    return None


def _submitted(form, user):
    """Return the request, or None where the form says what stands against it; raise SubmittedOtherwise."""
    act = partial(services.submit_request, shop=form.shop, by=user, form_token=form.cleaned_data["form_token"])
    return _done(act, form)


def _submitted_before(form):
    """Return what this form made though its sender never saw the answer, or None; raise SubmittedOtherwise.

    Checked anew, the form may be refused now: it took the last place itself.
    """
    return services.submitted_with(form.cleaned_data["form_token"], shop=form.shop, **form.content_so_far)


def _edited(form, partner_request, user):
    """Do likewise for an edit; raise NewerVersion."""
    return _done(
        partial(services.edit_request, request_id=partner_request.pk, by=user, version=form.cleaned_data["version"]),
        form,
    )


def _done(act, form):
    try:
        return act(details=form.details, **form.choices)
    except (NewerVersion, SubmittedOtherwise):
        raise
    except PartnersUnavailable as refused:
        form.refuse(refused)
    except StandsInTheWay as refused:
        form.stands_against(refused)
    except NotPossible as refused:
        form.add_error(None, refused.message)
    return None
