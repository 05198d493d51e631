"""Who may do what in a team (docs/design.md, Teams); the same for shops and partners."""

from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.policies import YES, Decision
from requests_app.policies import NOT_YOURS, Standing
from requests_app.teams.sides import OWNER, SIDES

OWNERS_ONLY = Decision(_("Only an owner can do this. Ask one of the owners."))
LAST_OWNER = Decision(_("There has to be an owner who can sign in. Hand over to another member first."))
LEAVE_INSTEAD = Decision(_("You cannot remove yourself. Use “Leave” instead."))
CANNOT_SIGN_IN = Decision(_("This member cannot sign in at the moment, so nothing can be handed over to them."))
OWNER_ALREADY = Decision(_("This member is an owner already."))
NOT_TO_YOURSELF = Decision(_("You cannot hand over to yourself. Choose another member."))
NOT_OFFERED_TO_YOU = Decision(_("This was not offered to you."))


def standing_in(user, kind, of_id):
    """Return what the person is in the shop or partner, as its policies are asked; read now."""
    return Standing(user, **{f"{kind}_role": SIDES[kind].role_of(user, of_id)})


def role_in(standing):
    return standing.shop_role or standing.partner_role


def may_invite(standing):
    """Return YES for an owner, who also renews and withdraws invitations and reads the log."""
    if not role_in(standing):
        return NOT_YOURS
    return YES if role_in(standing) == OWNER else OWNERS_ONLY


may_renew = may_withdraw = may_read_log = may_invite


def may_change_role(standing, member, role):
    """Return the Decision on giving the member (a ShopMember or PartnerMember) this role; oneself too."""
    decision = may_invite(standing)
    if decision and role != OWNER and is_last_owner(member):
        return LAST_OWNER
    return decision


def may_remove(standing, member):
    """Return the Decision on removing the member: nobody themself, and never the last owner."""
    decision = may_invite(standing)
    if decision and member.user_id == standing.user.pk:
        return LEAVE_INSTEAD
    return decision if not decision or not is_last_owner(member) else LAST_OWNER


def may_leave(standing, member):
    """Return the Decision on leaving: any member but the last owner. `member` is the person's own membership."""
    if not role_in(standing):
        return NOT_YOURS
    return LAST_OWNER if is_last_owner(member) else YES


def may_offer_hand_over(standing, member=None):
    """Return the Decision on offering a hand-over at all, or to this member."""
    decision = may_invite(standing)
    if not decision or member is None:
        return decision
    if member.user_id == standing.user.pk:
        return NOT_TO_YOURSELF
    if member.role == OWNER:
        return OWNER_ALREADY
    return decision if member.user.is_active else CANNOT_SIGN_IN


def may_withdraw_hand_over(standing):
    return may_invite(standing)


def may_answer_hand_over(standing, hand_over):
    """Return the Decision on accepting or declining an offer: who it was made to, while they are a member."""
    if not role_in(standing):
        return NOT_YOURS
    return YES if hand_over.to_id == standing.user.pk else NOT_OFFERED_TO_YOU


def with_word(rows):
    """Give each of these invitations `has_word`: whether who invited is an owner who can sign in."""
    words = [
        Exists(side.member.objects.active_owners().filter(**{kind: OuterRef(kind)}, user=OuterRef("by")))
        for kind, side in SIDES.items()
    ]
    return rows.annotate(has_word=reduce(or_, words))


def is_last_owner(member):
    """Return whether nobody else who can sign in owns it: an owner who cannot counts only where none can."""
    if member.role != OWNER:
        return False
    side = SIDES["shop" if hasattr(member, "shop_id") else "partner"]
    others = side.members(getattr(member, f"{side.kind}_id")).active_owners().exclude(pk=member.pk)
    return not others.exists()
