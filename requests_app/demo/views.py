"""What a visitor of the demo needs beside the product: whom they can be, what was mailed, and another day."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.models import User
from requests_app.demo.mailbox import find_mail, newest_mails, policy_for
from requests_app.demo.people import PASSWORD, PEOPLE
from requests_app.demo.tour import STEPS
from requests_app.timers import run_timers

DAYS = (1, 8, 30)  # eight: whoever did not answer by then is closed


@login_not_required
@require_safe
def home(request):
    context = {
        "people": PEOPLE,
        "steps": STEPS,
        "password": PASSWORD,
        "now": clock.now(),
        "days_ahead": clock.demo_offset().days,
        "days": DAYS,
        "site_url": settings.SITE_URL,
    }
    return render(request, "demo/home.html", context)


@login_not_required
@require_POST
def become(request):
    """Sign in as one of the demo's people, whose password everybody reads here, and go where the step begins."""
    known = {person.email for person in PEOPLE}
    if not settings.DEMO or request.POST.get("person") not in known:
        raise Http404
    user = get_object_or_404(User, email=request.POST["person"])
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    begins = {str(number): step.path for number, step in enumerate(STEPS, 1)}
    return redirect(begins.get(request.POST.get("step", ""), "home"))


@login_not_required
@require_POST
def move_clock(request):
    """Move the demo's clock forward and do at once what is due by then."""
    days = request.POST.get("days", "")
    if days not in map(str, DAYS):
        raise Http404
    offset = clock.move_demo_clock(int(days))
    run_timers()
    messages.success(
        request,
        ngettext("The clock is %(days)d day ahead now.", "The clock is %(days)d days ahead now.", offset.days)
        % {"days": offset.days},
    )
    return redirect("demo:home")


@login_not_required
@require_safe
def mail_list(request):
    return render(request, "demo/mail_list.html", {"mails": newest_mails()})


@login_not_required
@require_safe
def mail(request, key):
    return render(request, "demo/mail.html", {"mail": _mail_or_404(key)})


@login_not_required
@require_safe
@xframe_options_sameorigin
def mail_html(request, key):
    """The HTML part by itself, for the frame on the mail's page."""
    html = _mail_or_404(key).html
    if not html:
        raise Http404
    # Its links would open new windows, which the frame may not: they do nothing, instead of a page in the frame.
    html = html.replace("<head>", '<head><base target="_blank">', 1)
    return HttpResponse(html, headers={"Content-Security-Policy": policy_for(html)})


def _mail_or_404(key):
    found = find_mail(key)
    if found is None:
        raise Http404
    return found
