"""The doors of the frame: where `/` leads, signing up as whom, and switching between memberships."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from partners.hard_filters import HARD_FILTERS
from partners.scoring import PARTS
from requests_app.pages import site_pages
from requests_app.pages.frame import HOME_OF_KIND
from requests_app.pages.memberships import active_membership, switch
from requests_app.referral import PLACES


@login_not_required
@require_safe
def home(request):
    """Show the landing page; people who are signed in go on to their own home."""
    if request.user.is_authenticated:
        if membership := active_membership(request):
            return redirect(HOME_OF_KIND[membership.kind])
        if request.user.is_staff:
            return redirect("admin:index")
    return render(request, "landing.html")


@login_not_required
@require_safe
def choose_signup(request):
    return render(request, "account/choose_signup.html")


@require_POST
def switch_membership(request):
    membership = switch(request, request.POST.get("membership", ""))
    if membership is None:
        messages.error(request, _("You do not belong to this shop or partner any more."))
        return redirect("home")
    messages.success(request, _("You are now acting for %(name)s.") % {"name": membership.name})
    return redirect(HOME_OF_KIND[membership.kind])


@login_not_required
@require_safe
def site_page(request, slug):
    """Show help, privacy or terms."""
    return render(request, "site_page.html", {"page": site_pages.text_of(slug), "slug": slug})


@login_not_required
@require_safe
def referrals(request):
    """Show how referrals are ranked, as the code does it."""
    context = {"filters": HARD_FILTERS, "parts": PARTS, "places": PLACES}
    return render(request, "referrals.html", context)


@login_not_required
@require_safe
def favicon(request):
    return redirect(static("img/favicon.ico"))


@login_not_required
@require_safe
def robots(request):
    """Search engines may read what sells the programme and its partners; a page that is not named here is none."""
    allowed = (f"{reverse('home')}$", reverse("partners:directory"), reverse("account_signup"), settings.STATIC_URL)
    lines = ["User-agent: *", "Disallow: /", *(f"Allow: {path}" for path in allowed)]
    lines.append(f"Disallow: {reverse('partners:compare')}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
