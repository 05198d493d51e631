"""Two-step sign-in that a shop or partner requires: where who has not used it is led, and the page that requires it."""

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRedirect

from accounts import acting
from accounts.formats import listed, together
from accounts.required_factor import shuts_out
from accounts.verbs import Consequences
from requests_app.pages.confirm import ConfirmPage, PageVerb
from requests_app.teams.settings import require_second_factor, without_second_factor

MOST_NAMED = 10  # of those who are shut out; the others are counted


def lead_to_it(request, of):
    """Return the answer that leads the reader to set up or use their second factor; None where `of` is open to them.

    `of` is the shop or partner of the page. The reader's other shops and partners stay as they are.
    """
    if not shuts_out(request.user, of):
        return None
    if not is_mfa_enabled(request.user):
        return _led(request, reverse("mfa_index"))  # which says who requires it
    messages.info(
        request,
        _("%(name)s takes your second step. You have not used it since you signed in here.") % {"name": of.name},
    )
    way = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
    there = request.get_full_path() if request.method in ("GET", "HEAD") and not request.htmx else reverse("home")
    return _led(request, f"{way}?{urlencode({'next': there})}")


def led_or_404(request, teams):
    """Return the answer that leads to the second factor where a page shows the reader nothing; else raise Http404.

    `teams` are the shops or partners, as rows, that what they asked for belongs to: one of theirs may require it first.
    """
    shut = teams.filter(members__user=request.user).first()
    led = shut and lead_to_it(request, shut)
    if not led:
        raise Http404
    return led


def _led(request, url):
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


class RequireSecondFactor(PageVerb):
    """Require it of all members of a shop or partner."""

    label = gettext_lazy("Require two-step sign-in")
    heading = gettext_lazy("Require two-step sign-in of all members?")
    required = True

    def __init__(self, kind, *, list_label, list_url, base):
        self.kind, self.list_label, self.list_url, self.base = kind, list_label, list_url, base

    def page(self, of):
        return ConfirmPage(
            base=self.base,
            list_label=self.list_label,
            list_url=self.list_url,
            reference=of.name,
            url=acting.path_for(reverse(self.list_url), self.kind, of.pk),
            title=together(self.label, of.name),
            heading=str(self.heading),
            eyebrow=of.name,
        )

    def consequences(self, of):
        names = {"name": of.name}
        return Consequences(
            _("Whoever learns a member’s password alone then gets into nothing of %(name)s.") % names,
            ends=[_shut_out(of), _("Who signed in by password alone is asked for the second step once.")],
            keeps=[
                _("Their other shops and partners stay open to them."),
                _("Any owner can stop it again."),
            ],
            notified=[_("All members get a mail that says what to do.")],
        )

    def act(self, of, *, by):
        require_second_factor(kind=self.kind, of_id=of.pk, by=by, required=self.required)
        return _("%(name)s requires two-step sign-in of its members now.") % {"name": of.name}


class StopRequiringSecondFactor(RequireSecondFactor):
    label = gettext_lazy("Stop requiring two-step sign-in")
    heading = gettext_lazy("Stop requiring two-step sign-in?")
    required = False

    def consequences(self, of):
        names = {"name": of.name}
        return Consequences(
            ends=[_("A password alone is enough again to see and do what its member may in %(name)s.") % names],
            keeps=[_("Who has set up two-step sign-in keeps it, and goes on using it.")],
            notified=[_("The other owners are told.")],
        )

    def act(self, of, *, by):
        super().act(of, by=by)
        return _("%(name)s does not require two-step sign-in any more.") % {"name": of.name}


def _shut_out(of):
    people = [str(person) for person in without_second_factor(of)[: MOST_NAMED + 1]]
    if not people:
        return _("Nobody is shut out: all members have set it up.")
    named = {"people": listed(people[:MOST_NAMED]), "name": of.name}
    if len(people) > MOST_NAMED:
        return _("%(people)s and others have not set it up. Until they do, they see nothing of %(name)s.") % named
    return _("Have not set it up: %(people)s. Until they do, they see nothing of %(name)s.") % named


def verb_for(of, **page):
    """Return the verb that is open now: to require it, or to stop that."""
    return (StopRequiringSecondFactor if of.second_factor_required else RequireSecondFactor)(**page)
