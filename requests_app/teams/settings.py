"""What owners set of their own shop or partner: each one transaction (docs/design.md, Settings).

It locks who acts, then the shop or partner; each change is a line of its chained log (requests_app.teams.log), and the
other owners are notified. All raise NotAllowed for who is no owner. Texts never stand in the log: names of fields do.
"""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import acting, clock, required_factor
from accounts.exceptions import NotPossible
from accounts.models import User
from accounts.policies import require
from partners.contact import PartnerContact
from partners.models import Partner
from partners.services import lock_partner
from requests_app import policies
from requests_app.exceptions import SettingsChanged
from requests_app.former_names import FormerName
from requests_app.models import PartnerRequest, Shop
from requests_app.teams import log, telling
from requests_app.teams.kinds import Actor, Kind
from requests_app.teams.policies import standing_in
from requests_app.teams.sides import SIDES

OF_SHOP = ("name", "market", "currency", "language")
CODES = ("market", "currency", "language")  # of these the log keeps what they were and are


def state_of(row, fields=OF_SHOP):
    """Return a short text that another value of one of the fields would make another: what a form was shown for."""
    values = [getattr(row, row._meta.get_field(name).attname) for name in fields] if row else []
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


# The shop


@transaction.atomic
def change_shop(*, shop_id, by, values, seen):
    """Save the shop's OF_SHOP: its name, market (a Market), currency (ISO 4217) and language (a code). Return the shop.

    `seen` is `state_of` the shop on the screen. Raise SettingsChanged where somebody saved something else meanwhile,
    and NotPossible for a market that was withdrawn. Open requests keep their market and currency.
    """
    User.objects.lock_acting(by)
    shop = _locked_shop(shop_id)
    require(policies.may_change_settings(standing_in(by, acting.SHOP, shop_id)))
    if state_of(shop) != seen:
        raise SettingsChanged
    return _change_shop(shop, by, values, Actor.MEMBER)


@transaction.atomic
def change_shop_as_staff(*, shop_id, by, values):
    """Do likewise as staff, of those of OF_SHOP that `values` has: what they did not change stays as it is now.

    The owners are notified. Raise NotAllowed.
    """
    require(policies.may_change_shop_as_staff(by))
    return _change_shop(_locked_shop(shop_id), by, values, Actor.STAFF)


def _locked_shop(shop_id):
    return Shop.objects.select_for_update(no_key=True, of=("self",)).select_related("market").get(pk=shop_id)


def _change_shop(shop, by, values, actor):
    changed = [name for name in OF_SHOP if name in values and getattr(shop, name) != values[name]]
    if not changed:
        return shop
    if "market" in changed and not values["market"].active:
        raise NotPossible(
            _("%(market)s is not offered any more. Choose another market.") % {"market": values["market"]}
        )
    before, said = {name: _code(shop, name) for name in CODES}, {}
    if "name" in changed:
        said["before"] = shop.name
        FormerName.objects.create(shop=shop, number=shop.name_number, name=shop.name, until=clock.now())
        shop.name_number += 1
    if "market" in changed:
        _keep_market(shop)
    for name in changed:
        setattr(shop, name, values[name])
    shop._history_user = by
    shop.save(update_fields=[*changed, "name_number"])
    codes = [name for name in CODES if name in changed]
    old, new = {name: before[name] for name in codes}, {name: _code(shop, name) for name in codes}
    event = log.record(shop, Kind.SETTINGS_CHANGED, by=by, actor=actor, changed=changed, old=old, new=new)
    telling.tell_owners_of_settings(shop, event, by, changed=changed, **said)
    return shop


def _code(shop, name):
    return getattr(shop, Shop._meta.get_field(name).attname)


def _keep_market(shop):
    """Write the market of requests that an earlier release made, which took it from the shop: they keep it."""
    rows = PartnerRequest.objects.filter(shop=shop, market=None)
    ids = list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    if ids:
        PartnerRequest.objects.filter(pk__in=ids).update(market=shop.market)


# The partner


@transaction.atomic
def change_contact(*, partner_id, by, values, seen):
    """Save whom shops that the partner accepted write to: `name`, `email` and `phone`, or all empty for nobody.

    `seen` is `state_of` the contact on the screen, by PartnerContact.FIELDS. Raise SettingsChanged where somebody saved
    something else meanwhile.
    """
    User.objects.lock_acting(by)
    partner = lock_partner(partner_id)
    require(policies.may_change_settings(standing_in(by, acting.PARTNER, partner_id)))
    contact = PartnerContact.objects.filter(partner=partner).first()
    if state_of(contact, PartnerContact.FIELDS) != seen:
        raise SettingsChanged
    wanted = PartnerContact(partner=partner, **values) if any(values.values()) else None
    if state_of(wanted, PartnerContact.FIELDS) == seen:
        return
    if wanted is None:
        contact.delete()
    else:
        wanted.save(force_insert=contact is None, force_update=contact is not None)
    event = log.record(partner, Kind.SETTINGS_CHANGED, by=by, changed=["contact"])
    telling.tell_owners_of_settings(partner, event, by, changed=["contact"])


def on_profile_changed(sender, partner, by, changed, by_staff, **kwargs):
    """Log what of its profile or availability was changed: a receiver of partners.signals.profile_changed."""
    actor = Actor.STAFF if by_staff else Actor.MEMBER
    log.record(partner, Kind.SETTINGS_CHANGED, by=by, actor=actor, changed=changed)


# Both


@transaction.atomic
def require_second_factor(*, kind, of_id, by, required):
    """Require two-step sign-in of all members of the shop or partner, or stop that. Return it. Twice is once.

    Who requires it has used a second factor themself. Members whose session used none see nothing of it from then on
    (accounts.required_factor), and all are notified.
    """
    User.objects.lock_acting(by)
    of, standing = SIDES[kind].lock(of_id), standing_in(by, kind, of_id)
    require(policies.may_require_second_factor(standing, uses_one=required_factor.is_met(by)))
    if of.second_factor_required == required:
        return of
    of.second_factor_required = required
    of._history_user = by
    of.save(update_fields=["second_factor_required"])
    if required:
        event = log.record(of, Kind.SECOND_FACTOR_REQUIRED, by=by)
        others = of.members.active().exclude(user=by)
        telling.tell_of_settings(of, event, others, "second_factor_required_for_member")
    else:
        event = log.record(of, Kind.SECOND_FACTOR_NOT_REQUIRED, by=by)
        telling.tell_owners_of_settings(of, event, by, changed=["second_factor"])
    return of


def requires_second_factor(sender, user, **kwargs):
    """Return whether a shop or partner of the person requires it: a receiver of accounts.signals.factor_required."""
    kinds = (Shop, Partner)
    return any(kind.objects.filter(members__user=user, second_factor_required=True).exists() for kind in kinds)


def without_second_factor(of):
    """Return the people who belong to it, can sign in and have no second factor at all, by name."""
    people = User.objects.filter(pk__in=of.members.active().values("user"))
    return people.exclude(pk__in=required_factor.people_with_one()).order_by("name_order", "pk")
