"""Shops and partners as teams: the same rules for both, with other tables and roles."""

from dataclasses import dataclass
from typing import Any

from accounts.acting import PARTNER, SHOP
from partners.models import Partner, PartnerMember
from requests_app.models import Shop, ShopMember

OWNER = "owner"


@dataclass(frozen=True)
class Side:
    kind: str  # accounts.acting.SHOP or PARTNER, which is also the column that leads to the shop or partner
    model: Any
    member: Any
    stepped_down: str  # the role of an owner who handed over
    path: str  # the team's page

    def lock(self, of_id):
        """Return the shop or partner, locked until the transaction ends: after the people. Raise DoesNotExist."""
        return self.model.objects.select_for_update(no_key=True).get(pk=of_id)

    def members(self, of_id):
        return self.member.objects.filter(**{self.kind: of_id})

    def role_of(self, user, of_id):
        return self.members(of_id).filter(user=user).values_list("role", flat=True).first() or ""


SIDES = {
    SHOP: Side(SHOP, Shop, ShopMember, ShopMember.Role.EDITOR.value, "/seller/team/"),
    PARTNER: Side(PARTNER, Partner, PartnerMember, PartnerMember.Role.REVIEWER.value, "/portal/team/"),
}


def side_of(of):
    """Return the Side of a shop or partner."""
    return SIDES[SHOP if isinstance(of, Shop) else PARTNER]


def side_of_key(row):
    """Return the Side of a row that has the key of a shop or of a partner."""
    return SIDES[SHOP if row.shop_id else PARTNER]
