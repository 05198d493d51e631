"""What a policy returns: yes, or no with the reason that the screen shows."""

from dataclasses import dataclass

import structlog
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import NotAllowed
from accounts.models import User
from accounts.signals import address_asked, password_asked

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Decision:
    reason: str | Promise = ""  # why not; empty when allowed

    def __bool__(self):
        return not self.reason


YES = Decision()
NO_PERMISSION = Decision(_("You need a permission for this that you do not have. Ask an administrator."))

NOT_YOURSELF = Decision(_("You cannot make yourself inactive. To leave, erase your account under “Your data”."))
LAST_SUPERUSER = Decision(
    _("You are the last administrator who can sign in. Make someone else one before you erase your account.")
)


def require(decision):
    """Raise NotAllowed with the policy's reason unless the decision is yes."""
    if not decision:
        logger.warning("refused")  # the person and the page are bound to the request's log lines
        raise NotAllowed(decision.reason)


def staff_with(user, permission):
    """Return YES if the user is staff and has the permission, like "partners.approve_partner"."""
    return YES if user.is_staff and user.has_perm(permission) else NO_PERMISSION


def may_use_password(address, user=None):
    """Return whether a password or passkey lets this address in, or this person who has just proved to know it."""
    refusals = [why for _receiver, why in password_asked.send(None, address=address, user=user) if why]
    return Decision(refusals[0]) if refusals else YES


def may_take_address(user, address):
    """Return whether the person may have this new address: asked when they enter it, and when they confirm it."""
    refusals = [why for _receiver, why in address_asked.send(None, user=user, address=address) if why]
    return Decision(refusals[0]) if refusals else YES


def may_change_activity(user, person):
    """Return whether staff may make the person inactive or active: only superusers other staff, and nobody themself."""
    if user.pk == person.pk:
        return NOT_YOURSELF
    if not user.is_superuser and (person.is_staff or person.is_superuser):
        return NO_PERMISSION
    return staff_with(user, "accounts.change_user")


def may_leave(user):
    """Return YES if the user may erase their account: one superuser must be left who can sign in."""
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return YES if not user.is_superuser or others.exists() else LAST_SUPERUSER
