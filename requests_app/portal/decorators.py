"""What portal pages have in common: the partner that acts, and the share that is looked at."""

from functools import wraps

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from requests_app import policies, visibility
from requests_app.models import Share
from requests_app.pages.memberships import PARTNER, active_partner, memberships_of


def for_partner(view):
    """The view is given the partner that the reader acts for; who belongs to none is told so."""

    @wraps(view)
    def given_partner(request):
        if partner := active_partner(request):
            return view(request, partner)
        messages.info(request, _("The partner portal is for members of a partner. You do not belong to one."))
        return redirect("home")

    return given_partner


def standing_of(user, partner):
    """What the user is to the partner, from the memberships that the frame reads anyway."""
    role = next((m.role for m in memberships_of(user) if m.kind == PARTNER and m.of.pk == partner.pk), "")
    return policies.Standing(user, partner_role=role)


def visible_share_or_404(request, reference):
    """The share, if it is one of the reader's partners', and what the reader is to it."""
    try:
        shown = visibility.visible_share(request.user, reference)
    except Share.DoesNotExist:
        raise Http404 from None
    return shown, policies.standing_in_partner(request.user, shown.partner)
