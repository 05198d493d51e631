"""The page of an invitation's link: what it says to whom, and what they can do there."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import support
from accounts.acting import PARTNER, SHOP
from accounts.formats import day_and_time
from accounts.services import holder_of
from requests_app.pages.frame import HOME_OF_KIND
from requests_app.team_pages.sides import PAGES
from requests_app.teams import invitations

WHAT = {SHOP: gettext_lazy("Shop"), PARTNER: gettext_lazy("Partner")}


def said_to(user, invitation, token):
    """Return what the page says: {heading, lines} and, where they are of use, facts and what leads on.

    `invitation` is None where no link has this token. Whether its address has an account is said to who holds the link
    alone, and what the page offers follows from it.
    """
    if invitation is None:
        return {"heading": _("This link does not work"), "lines": [invitations.UNKNOWN]}
    if belongs_to(user, invitation):
        return _to_member(invitation)
    if refusal := invitations.refusal_of(invitation):
        return _over(user, refusal)
    words = {"by": invitation.by, "team": invitation.of.name, "role": role_of(invitation)}
    way_in = _way_in(user, invitation, token)
    return way_in | {
        "heading": _("Join %(team)s") % words,
        "lines": [_("%(by)s invites you to %(team)s in the role %(role)s.") % words, *way_in["lines"]],
        "facts": _facts(invitation),
    }


def belongs_to(user, invitation):
    if not user.is_authenticated:
        return False
    return PAGES[invitation.kind].team.members(invitation.of_id).filter(user=user).exists()


def _to_member(invitation):
    named = {"team": invitation.of.name}
    return {
        "heading": _("You belong to %(team)s") % named,
        "lines": [_("You need no invitation to it.")],
        "url": reverse(HOME_OF_KIND[invitation.kind]),
        "label": _("Go on"),
    }


def _over(user, refusal):
    said = {"heading": _("This invitation is over"), "lines": [refusal]}
    if user.is_authenticated:
        return said | {"url": reverse("home"), "label": _("Go to your home page")}
    return said | {"url": reverse("account_login"), "label": _("Sign in")}


def takes_signup(invitation):
    """Return whether an account is made by the link: the invitation is open, and its address has no account yet."""
    if invitation is None or invitations.refusal_of(invitation):
        return False
    return holder_of(invitation.address) is None


def role_of(invitation):
    """Return the role in words."""
    return PAGES[invitation.kind].roles(invitation.role).label


def _facts(invitation):
    return [
        {"label": WHAT[invitation.kind], "value": invitation.of.name},
        {"label": _("Your role"), "value": role_of(invitation)},
        {"label": _("For the address"), "value": invitation.address},
        {"label": _("Works until"), "value": day_and_time(invitation.ends_at)},
    ]


def _way_in(user, invitation, token):
    """Return what the reader can do, by who they are."""
    page = reverse("invitations:invitation", args=[token])
    named = {"team": invitation.of.name, "address": invitation.address, "who": user}
    if user.is_authenticated:
        if invitations.may_join(user, invitation):
            return {"lines": [_("You are signed in as %(who)s.") % named], "joins": _("Join %(team)s") % named}
        return _to_another(user, invitation, named)
    if holder := holder_of(invitation.address):
        if not holder.is_active:
            return {"lines": [_("The account with the address %(address)s cannot sign in.") % named, _write_to_us()]}
        return {
            "lines": [_("There is an account with the address %(address)s. Sign in with it, then join.") % named],
            "url": f"{reverse('account_login')}?{urlencode({'next': page})}",
            "label": _("Sign in"),
        }
    return {
        "lines": [_("Sign up with the address %(address)s. It takes a name and a password.") % named],
        "url": reverse("invitations:signup", args=[token]),
        "label": _("Sign up and join"),
    }


def _write_to_us():
    return _("To join, write to %(support)s, or ask who invited you to invite another address.") % {
        "support": support.whom()
    }


def _to_another(user, invitation, named):
    """Say to who is signed in that the invitation is for another address, or for one of theirs not confirmed yet."""
    if user.emailaddress_set.filter(email__iexact=invitation.address).exists():
        return {
            "lines": [
                _("You are signed in as %(who)s, but have not confirmed the address %(address)s yet.") % named,
                _("Have a link sent to it, follow it, and then open this invitation again."),
            ],
            "url": reverse("account_email"),
            "label": _("Confirm the address"),
        }
    return {
        "lines": [
            _("You are signed in as %(who)s, but the invitation is for the address %(address)s.") % named,
            _("Sign out to go on with that address, or ask who invited you to invite the one of this account."),
        ],
        "signs_out": True,
    }
