"""The reference model of what stands in the database."""

from tests import reference


def roles_in(side):
    """{person: role} of a shop or partner."""
    return {member.user: member.role for member in side.members.select_related("user").order_by("pk")}


def partner_of_model(partner, *, smallest=0):
    return reference.Partner(partner.capacity, smallest, roles_in(partner), partner.status)


def model_of(partners, shops, staff, now, **given):
    """A world with these partners and shops, and no request yet."""
    known = {partner.pk: partner_of_model(partner, **given) for partner in partners}
    return reference.World(known, {shop.pk: roles_in(shop) for shop in shops}, set(staff), now)
