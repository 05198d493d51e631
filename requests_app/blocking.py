"""Blocks, set and taken back: each one transaction. Nobody is notified, and the other side never learns of it.

Who acts is locked first, then the partner, which everybody locks who adds a share: what is shared at the same moment is
shared before the block, or not at all.
"""

from django.db import transaction

from accounts.models import User
from accounts.policies import require
from partners.models import Partner
from requests_app import policies
from requests_app.blocks import Block


def block_partner(*, shop_id, partner_id, by):
    """Have the shop not be brought together with the partner again; live shares go on. Twice is once."""
    with transaction.atomic():
        User.objects.lock_acting(by)
        require(policies.may_block_as_shop(policies.standing_in_shop(by, shop_id)))
        return _block(shop_id, partner_id, Block.Side.SHOP, by)


def block_shop(*, shop_id, partner_id, by):
    """Have the partner not be brought together with the shop again; live shares go on. Twice is once."""
    with transaction.atomic():
        User.objects.lock_acting(by)
        partner = Partner.objects.get(pk=partner_id)
        require(policies.may_block_as_partner(policies.standing_in_partner(by, partner)))
        return _block(shop_id, partner_id, Block.Side.PARTNER, by)


def _block(shop_id, partner_id, side, by):
    Partner.objects.select_for_update(no_key=True).get(pk=partner_id)
    held = Block.objects.filter(shop=shop_id, partner=partner_id, side=side).first()
    if held is None:
        held = Block(shop_id=shop_id, partner_id=partner_id, side=side, by=by)
        held._history_user = by  # type: ignore[attr-defined]  # simple_history reads it
        held.save()
    return held


def unblock(*, block_id, by):
    """Take a block back. Return it, or None where a colleague has done so already."""
    with transaction.atomic():
        User.objects.lock_acting(by)
        held = Block.objects.select_related("shop", "partner").filter(pk=block_id).first()
        if held is None:
            return None
        if held.side == Block.Side.SHOP:
            require(policies.may_block_as_shop(policies.standing_in_shop(by, held.shop_id)))
        else:
            require(policies.may_block_as_partner(policies.standing_in_partner(by, held.partner)))
        held._history_user = by  # type: ignore[attr-defined]
        held.delete()
        return held
