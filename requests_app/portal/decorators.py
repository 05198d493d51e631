"""What portal pages have in common: the partner that acts, and the share that is looked at."""

from functools import wraps

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.exceptions import ActionRefused
from accounts.policies import require
from partners.models import Partner
from requests_app import actions, policies, visibility
from requests_app.exceptions import MovedOn, ProposalEnded
from requests_app.models import Share
from requests_app.pages.memberships import PARTNER, active_partner, memberships_of, name_acting
from requests_app.pages.second_factor import lead_to_it, led_or_404
from requests_app.workflow import ShareStatus


def for_partner(view):
    """Give the view the partner that the reader acts for; who belongs to none is led home with the reason.

    What the view refuses stands on the inbox.
    """

    @wraps(view)
    def given_partner(request, **more):
        name_acting(request)
        partner = active_partner(request)
        if partner is None:
            messages.info(request, _("The partner portal is for members of a partner. You do not belong to one."))
            return redirect("home")
        if led := lead_to_it(request, partner):
            return led
        try:
            return view(request, partner, **more)
        except ActionRefused as refused:
            messages.error(request, refused.message)
            return redirect("portal:inbox")

    return given_partner


def standing_of(user, partner):
    """What the user is to the partner, from the memberships that the frame reads anyway."""
    role = next((m.role for m in memberships_of(user, PARTNER) if m.of.pk == partner.pk), "")
    return policies.Standing(user, partner_role=role)


def visible_share_or_404(request, reference):
    """The share, if it is one of the reader's partners', and what the reader is to it."""
    try:
        shown = visibility.visible_share(request.user, reference)
    except Share.DoesNotExist:
        raise Http404 from None
    return shown, policies.standing_in_partner(request.user, shown.partner)


def read_again_or_404(request, share):
    """Likewise for a share that may have moved on since it was read."""
    try:
        shown = visibility.read_again(request.user, share)
    except Share.DoesNotExist:
        raise Http404 from None
    return shown, policies.standing_in_partner(request.user, shown.partner)


def where_open(view):
    """Lead who asks for a share to the second factor, where their partner requires one of them before it shows it."""

    @wraps(view)
    def where_it_is(request, reference):
        try:
            return view(request, reference)
        except Http404:
            return led_or_404(request, Partner.objects.filter(shares__reference=reference))

    return where_it_is


def for_share(verb, *, typed=None):
    """The view is given a share of the reader's partners, else 404, where the verb is open to the reader.

    What the reader or the view is refused is said on the share's page. Where people type more than a line, `typed`
    is given the request, the share and the refusal, and may return a page that shows the text again.
    """

    def decorate(view):
        @require_http_methods(["GET", "HEAD", "POST"])
        @never_cache
        @where_open
        @wraps(view)
        def given_share(request, reference):
            shown, standing = visible_share_or_404(request, reference)
            try:
                require_open(verb, standing, shown)
                return view(request, shown)
            except ActionRefused as refused:
                again = typed(request, shown, refused) if typed and request.method == "POST" else None
                if again is None:
                    messages.error(request, refused.message)
                return again or redirect(shown)

        return given_share

    return decorate


def require_open(verb, standing, share):
    """Raise NotAllowed, MovedOn or ProposalEnded, which the person reads, unless the verb is open to them now."""
    known = actions.PARTNER_VERBS[verb]
    require(known.may(standing, share))
    if not known.can(share):
        if verb == "withdraw_proposal" and share.status == ShareStatus.ACCEPTED:
            raise ProposalEnded(getattr(share, "proposal", None))
        raise MovedOn(share)
