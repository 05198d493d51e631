"""Who may do what about a company's sign-in (docs/design.md, Signing in through a company)."""

from django.utils.translation import gettext_lazy as _

from accounts.policies import YES, Decision, staff_with
from requests_app.policies import NOT_YOURS
from requests_app.teams.policies import role_in
from requests_app.teams.sides import OWNER

OWNERS_CHOOSE = Decision(_("Only an owner chooses how people sign in. Ask one of them."))
NOT_TRIED = Decision(
    _("Nobody has signed in through your company yet. Try it once, so that nobody is locked out, and then come back.")
)


def may_change(standing):
    """Return the Decision on choosing the role of who joins and whether passwords are off: an owner's."""
    if not role_in(standing):
        return NOT_YOURS
    return YES if role_in(standing) == OWNER else OWNERS_CHOOSE


def may_turn_passwords_off(sign_in):
    """Return the Decision on turning passwords off: once somebody came in through the provider."""
    return YES if sign_in.used_at else NOT_TRIED


def may_set_up(user):
    """Return the Decision for staff on providers and domains."""
    return staff_with(user, "requests_app.change_companysignin")
