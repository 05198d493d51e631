"""The directory, applying as a partner, and the pages on which a partner says what it offers."""

from urllib.parse import urlencode

from allauth.account.views import SignupView
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, login_required
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_fsm import can_proceed
from django_htmx.http import push_url, replace_url

from accounts import acting, required_factor
from accounts.exceptions import ActionRefused
from partners import comparison, policies, services
from partners.amounts import echo_of
from partners.asking import asker_of
from partners.choices import Currency
from partners.comparison import Choice, Comparison
from partners.directory import card_of, chips_of, found_text, load_of, page_of_partners, profile_of, url_of
from partners.filters import DirectoryFilter
from partners.forms import AvailabilityForm, PartnerProfileForm, PartnerSignupForm
from partners.models import Market, Partner
from partners.similar import similar_to

require_form = require_http_methods(["GET", "HEAD", "POST"])
APPLIED = gettext_lazy("Thank you for applying. We tell you by email when your partner is approved.")


@login_not_required
@require_safe
def directory(request):
    """List partners; `partner=slug` in the URL names those that the reader has picked to compare."""
    found, choice = DirectoryFilter(request.GET, asker_of(request)), Choice(request.GET)
    page = page_of_partners(found, request.GET)
    asked = {way: request.GET[way] for way in ("before", "after") if request.GET.get(way)}
    context = {
        "filter": found,
        "cards": [card_of(partner, found) for partner in page.rows],
        "page": page,
        "count": found_text(found),
        "chips": chips_of(found, choice.slugs),
        "choice": choice,
        "picked": comparison.query_of(choice.slugs),
        "along": comparison.query_of(choice.slugs, services=found.values.get("service", [])),
        "elsewhere": [slug for slug in choice.slugs if slug not in {partner.slug for partner in page.rows}],
        "here": url_of(found, **asked),
        "unpicked_url": url_of(found),
        "all_url": f"{reverse('partners:directory')}{comparison.query_of(choice.slugs, all=1)}",
    }
    response = render(request, "directory/directory.html", context)
    if not request.htmx:
        return response
    # Ticking a partner adds no step to the browser's history.
    change = replace_url if request.htmx.trigger == "results" else push_url
    return change(response, url_of(found, picked=choice.slugs, **asked))


@login_not_required
@require_safe
def compare(request):
    """Show partners side by side; the URL holds their slugs, the currency and the services looked for."""
    asked_currency = request.GET.get("currency", "")
    services = comparison.services_in(request.GET)
    if request.GET.keys() - {"partner", "currency", "service"}:
        asked = Choice(request.GET).asked
        return redirect(comparison.url_of(asked, services=services, currency=asked_currency))
    choice = Choice(request.GET, shown=comparison.SHOWN)
    currency = comparison.currency_of(request)
    asker = asker_of(request)
    table = Comparison(choice, asker=asker, currency=currency, asked_currency=asked_currency, services=services)
    context = {"choice": choice, "table": table, "currencies": Currency.values, "asker": asker}
    return render(request, "directory/compare.html", context)


@login_not_required
@require_safe
def profile(request, slug):
    readable = Partner.objects.profile_readable_by(request.user)
    partner = get_object_or_404(readable.prefetch_related("traits", "markets", "categories"), slug=slug)
    picked, asker, wanted = Choice(request.GET), asker_of(request), comparison.services_in(request.GET)
    context = {
        "profile": profile_of(partner, asker),
        "asker": asker,
        "similar": similar_to(partner),
        "picked": comparison.query_of(picked.slugs, services=wanted) if picked.slugs else "",
        "add_url": comparison.url_of(picked.including(slug), services=wanted),
        "ask_query": comparison.query_of([slug], services=wanted),
    }
    return render(request, "directory/profile.html", context)


@login_not_required
@require_POST
@rate_limit(action="read_amount")
def read_amount(request):
    """Say how an amount is read that somebody types: in the currency, or in that of the market where none is chosen.

    A POST, since what businesses earn and spend stands in no address.
    """
    asked = request.POST
    currency = asked.get("currency") or _currency_of_market(asked.get("market"))
    read = echo_of(asked.get("amount", ""), currency, monthly="once" not in asked)
    return HttpResponse(read, content_type="text/plain; charset=utf-8")


def _currency_of_market(code):
    return dict(Market.objects.filter(active=True).values_list("code", "currency")).get(code)


class PartnerSignupView(SignupView):
    template_name = "account/signup_partner.html"
    form_class = PartnerSignupForm

    def get_success_url(self):
        return reverse("portal:profile")

    def form_valid(self, form):
        messages.success(self.request, APPLIED)
        return super().form_valid(form)


@login_not_required
@require_form
def signup(request):
    """Apply as a partner: with the reader's account, or with one made by the same form; again with one's own alone."""
    has_account = request.user.is_authenticated or "again" in request.GET
    return _apply(request) if has_account else PartnerSignupView.as_view()(request)


@login_required
@rate_limit(action="signup")
@never_cache
def _apply(request):
    """Apply with a new partner, or again with the declined one whose slug is `again` in the URL."""
    declined = None
    if again := request.GET.get("again"):
        own = Partner.objects.filter(members__user=request.user).prefetch_related("traits", "markets", "categories")
        declined = get_object_or_404(own, slug=again)
        if required_factor.shuts_out(request.user, declined):
            return redirect(_own_page_of(declined))
        if not can_proceed(declined.apply_again):
            return redirect(_own_page_of(declined))
    form = PartnerProfileForm(request.POST if request.method == "POST" else None, partner=declined)
    if request.method == "POST" and form.is_valid():
        return redirect(_send_application(request, form.profile, declined))
    decision = policies.may_apply_again(request.user, declined) if declined else policies.may_apply(request.user)
    return render(request, "account/signup_partner.html", {"form": form, "refusal": decision.reason})


def _send_application(request, profile, declined):
    """Call the service and leave its message. Return the path of the page to show."""
    try:
        if declined:
            partner = services.apply_again_as_partner(partner_id=declined.pk, by=request.user, profile=profile)
        else:
            partner = services.apply_as_partner(by=request.user, profile=profile)
    except ActionRefused as refused:
        messages.error(request, refused.message)
        return _own_page_of(declined) if declined else reverse("portal:profile")
    acting.choose(request, acting.PARTNER, partner.pk)
    messages.success(request, APPLIED)
    return _own_page_of(partner)


def _own_page_of(partner):
    """Return the path of the page on which the partner's members read how it stands."""
    return f"{reverse('portal:profile')}?{urlencode({acting.FIELD: acting.key_of(acting.PARTNER, partner.pk)})}"


@require_form
def edit_profile(request, partner, **beside):
    """Edit the profile of the partner that the reader acts for; `beside` is what else its page shows."""
    prefetch_related_objects([partner], "traits", "markets", "categories")
    form = PartnerProfileForm(request.POST if request.method == "POST" else None, partner=partner)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_profile(partner_id=partner.pk, by=request.user, profile=form.profile)
            messages.success(request, _("The profile of %(partner)s was saved.") % {"partner": form.profile["name"]})
        except ActionRefused as refused:
            messages.error(request, refused.message)
        return redirect("portal:profile")
    refusal = policies.may_change_profile(request.user, partner).reason
    context = {"form": form, "refusal": refusal, "profile": profile_of(partner)}
    return render(request, "portal/profile.html", context | beside)


@require_form
def edit_availability(request, partner, **beside):
    """Edit capacity and pause of the partner that the reader acts for; `beside` is what else its page shows."""
    form = AvailabilityForm(request.POST if request.method == "POST" else None, partner=partner)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_availability(partner_id=partner.pk, by=request.user, **form.cleaned_data)
            messages.success(request, _("The availability of %(partner)s was saved.") % {"partner": partner.name})
        except ActionRefused as refused:
            messages.error(request, refused.message)
        return redirect("portal:availability")
    refusal = policies.may_change_availability(request.user, partner).reason
    context = {
        "form": form,
        "refusal": refusal,
        "name": partner.name,
        "partner_id": partner.pk,
        "load": load_of(partner),
    }
    return render(request, "portal/availability.html", context | beside)
