"""Who may do what. Whether a status allows it is requests_app.workflow's (docs/design.md, Statuses)."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policies import YES, Decision, staff_with
from partners.models import PartnerMember
from partners.policies import role_in
from requests_app.models import ShopMember

SHOP_EDITORS = frozenset({ShopMember.Role.OWNER, ShopMember.Role.EDITOR})
SHOP_OWNER = frozenset({ShopMember.Role.OWNER})
PARTNER_REVIEWERS = PartnerMember.ANSWERING
PARTNER_OWNER = frozenset({PartnerMember.Role.OWNER})

NOT_YOURS = Decision(_("This belongs to another shop or partner."))
OWNER_OR_EDITOR = Decision(_("Only an owner or editor of the shop can do this. Ask one of them."))
OWNER_ONLY = Decision(_("Only an owner of the shop can do this, since it concerns an authorisation. Ask an owner."))
REVIEWER_ONLY = Decision(_("Only an owner or reviewer of the partner can do this. Ask one of them."))
PARTNER_OWNER_ONLY = Decision(_("Only an owner of the partner can end a connection. Ask an owner."))
SETTINGS_OWNER_ONLY = Decision(_("Only an owner can change this. Ask one of the owners."))
USE_ONE_FIRST = Decision(
    _("Sign in with two steps yourself first: who requires it of others must not shut themself out.")
)
NOT_APPROVED = Decision(_("Your partner account is not approved at the moment, so you cannot answer requests."))


@dataclass(frozen=True)
class Standing:
    """What a user is to a request and one of its shares; a role is "" where they are not a member."""

    user: User
    shop_role: str = ""
    partner_role: str = ""


def standing_in_shop(user, shop_id):
    role = ShopMember.objects.filter(user=user, shop_id=shop_id).values_list("role", flat=True).first()
    return Standing(user, shop_role=role or "")


def standing_in_partner(user, partner):
    return Standing(user, partner_role=role_in(user, partner))


def may_see(standing):
    """Return yes for every member: `visible_to` gives them the rows of their shops and partners."""
    return YES if standing.shop_role or standing.partner_role else NOT_YOURS


def may_submit(standing):
    return _shop(standing, SHOP_EDITORS, OWNER_OR_EDITOR)


may_edit = may_ask_for_referral = may_ask_for_confirmation = may_block_as_shop = may_write_as_shop = may_submit


def may_block_as_partner(standing):
    return _partner(standing, PARTNER_REVIEWERS, REVIEWER_ONLY)


def may_change_settings(standing):
    """Return the Decision on the settings of the shop or partner that the standing is in: its owners change them."""
    role = standing.shop_role or standing.partner_role
    if not role:
        return NOT_YOURS
    return YES if role in SHOP_OWNER | PARTNER_OWNER else SETTINGS_OWNER_ONLY


def may_require_second_factor(standing, *, uses_one):
    """Return the Decision on requiring it of all members; `uses_one` says whether the owner's own session used one."""
    decision = may_change_settings(standing)
    return decision if not decision or uses_one else USE_ONE_FIRST


def may_change_shop_as_staff(user):
    return staff_with(user, "requests_app.change_shop")


def may_close_request(standing, *, connected):
    """Return the Decision for the seller; `connected` says whether a share is, for then it takes an owner."""
    if connected:
        return _shop(standing, SHOP_OWNER, OWNER_ONLY)
    return _shop(standing, SHOP_EDITORS, OWNER_OR_EDITOR)


def may_close_share(standing, share):
    """Return the Decision for the seller at partner level, or for the partner's owner once connected."""
    if standing.partner_role:
        return _partner(standing, PARTNER_OWNER, PARTNER_OWNER_ONLY)
    return may_close_request(standing, connected=share.is_connected)


def may_authorise(standing):
    return _shop(standing, SHOP_OWNER, OWNER_ONLY)


may_renew = may_revoke = may_authorise


def may_answer(standing, partner):
    """Return the Decision on accepting, rejecting and withdrawing."""
    decision = _partner(standing, PARTNER_REVIEWERS, REVIEWER_ONLY)
    return decision if not decision or partner.is_approved else NOT_APPROVED


may_write_as_partner = may_propose = may_answer


def may_open_contact(standing, partner):
    """Return yes for any member of the partner, a viewer too: the opening is on record under their name."""
    if not standing.partner_role:
        return NOT_YOURS
    return YES if partner.is_approved else NOT_APPROVED


def may_refer(user):
    return staff_with(user, "requests_app.refer_partnerrequest")


def may_close_as_staff(user):
    return staff_with(user, "requests_app.close_partnerrequest")


may_release = may_close_as_staff


def may_open_contact_as_staff(user):
    return staff_with(user, "requests_app.view_contact_details")


def _shop(standing, roles, reason):
    if not standing.shop_role:
        return NOT_YOURS
    return YES if standing.shop_role in roles else reason


def _partner(standing, roles, reason):
    if not standing.partner_role:
        return NOT_YOURS
    return YES if standing.partner_role in roles else reason
