"""The way in: from what the provider said to a session, or to the page that says what to do instead."""

import structlog
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.exceptions import ActionRefused
from accounts.reading import reading_as
from accounts.second_factor import BY_COMPANY
from requests_app.company.arriving import arrive

logger = structlog.get_logger(__name__)


def enter(request, sign_in, claims, next_url):
    """Sign in whom the provider names, and return the answer: a second step of theirs is still asked for."""
    try:
        arrival = arrive(sign_in_id=sign_in.pk, claims=claims, language=get_language())
    except ActionRefused as refused:
        return turn_away(request, refused.message)
    if request.user.is_authenticated:
        logout(request)
    record_authentication(request, arrival.user, BY_COMPANY, provider=sign_in.app.provider_id)
    response = perform_login(request, arrival.user, redirect_url=next_url)
    with reading_as(arrival.user):
        _say(request, arrival)
    return response


def _say(request, arrival):
    of = {"of": arrival.sign_in.of.name}
    if arrival.joined:
        messages.success(request, _("You are a member of %(of)s now.") % of)
    elif not arrival.is_member:
        said = _("You are not a member of %(of)s any more. If you should be, ask an owner to invite you.")
        messages.info(request, said % of)


def turn_away(request, message):
    """Lead back to where one begins, with the reason."""
    messages.error(request, message)
    return redirect("company:sign_in")


def did_not_answer(request, error):
    """Lead back from a provider that could not be reached, or that answered with nothing to be believed."""
    logger.warning("company_provider_failed", error=type(error).__name__)
    return turn_away(
        request,
        _(
            "Your company’s provider does not answer as it should, so nobody was signed in. Try again in a minute. If "
            "it stays so, tell your IT, or write to us."
        ),
    )


def not_proved(request, why):
    """Lead back from an answer that does not prove who somebody is."""
    logger.warning("company_answer_refused", why=str(why))
    return turn_away(
        request,
        _("We could not make sure that this came from your company, so nobody was signed in. Begin again here."),
    )
