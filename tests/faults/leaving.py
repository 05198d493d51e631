"""Who erases their account, or is made inactive, while somebody acts: nothing of theirs is left behind."""

import random
import time
from itertools import product

from accounts import mail_preferences
from accounts import services as account_services
from accounts.models import MailPreference, Topic, User
from requests_app import services, tasks
from requests_app.integrity.invariants import offenders
from requests_app.models import Share
from requests_app.personal.services import erase_account
from tests import worker
from tests.at_once import at_once
from tests.everywhere import in_database
from tests.factories import (
    PartnerFactory,
    ShopFactory,
    UserFactory,
    add_to_partner,
    add_to_shop,
    details_of,
    make_request,
)

LONGEST_DELAY = 0.02  # seconds; erasing takes some times as long


class World:
    """A shop of one owner and an editor, a partner of one owner and a viewer, and a request between them."""

    def __init__(self):
        self.owner, self.editor, self.answering = UserFactory(), UserFactory(), UserFactory()
        self.shop = ShopFactory(owner=self.owner)
        add_to_shop(self.shop, self.editor, "editor")
        self.partner = PartnerFactory(owner=self.answering, capacity=9)
        add_to_partner(self.partner, UserFactory(), "viewer")
        self.own = {"subject": "Lena Leaver", "contact_email": self.owner.email}
        self.request = make_request(self.shop, [self.partner], **self.own)
        self.share = self.request.shares.get()

    def submit(self, by):
        return make_request(self.shop, [self.partner], by=by, **(self.own if by == self.owner else {}))

    def edit(self, by):
        details = details_of(**{**self.own, "budget": 3000} if by == self.owner else {"budget": 3000})
        return services.edit_request(
            request_id=self.request.pk, by=by, version=1, details=details, request_type="choose", hide_contact=False
        )

    def add_shop(self):
        market = self.shop.market
        return services.create_shop(by=self.owner, name="Another", market=market, currency="GBP", language="en")

    def rename(self):
        person = User.objects.get(pk=self.owner.pk)
        person.name = "Lena Leaver"
        account_services.save_person(person, changed=["name"])

    def change_password(self):
        """As allauth does it: the whole row is saved as it was read."""
        person = User.objects.get(pk=self.owner.pk)
        person.set_password("another password")
        person.save()

    def accept(self):
        return services.accept_share(share_id=self.share.pk, by=self.answering, version=1)

    def reject(self):
        note = {"reason": "other", "note": f"Write to {self.answering.email}"}
        return services.reject_share(share_id=self.share.pk, by=self.answering, **note)


ACTS = {
    "submit": lambda world: world.submit(world.owner),
    "colleague submits": lambda world: world.submit(world.editor),
    "edit": lambda world: world.edit(world.owner),
    "colleague edits": lambda world: world.edit(world.editor),
    "close": lambda world: services.close_request(request_id=world.request.pk, by=world.owner),
    "add a shop": lambda world: world.add_shop(),
    "rename": lambda world: world.rename(),
    "change the password": lambda world: world.change_password(),
    "accept": lambda world: world.accept(),
    "reject": lambda world: world.reject(),
    "mails off": lambda world: mail_preferences.save_mail_preferences(
        by=world.owner, modes=dict.fromkeys(Topic, MailPreference.Mode.OFF)
    ),
}


def erased(person):
    erase_account(by=person)
    tasks.erase_person.call(person.pk)


LEAVES = {
    "owner erases": lambda world, admin: erased(world.owner),
    "partner erases": lambda world, admin: erased(world.answering),
    "owner made inactive": lambda world, admin: account_services.make_inactive(user_id=world.owner.pk, by=admin),
    "partner made inactive": lambda world, admin: account_services.make_inactive(user_id=world.answering.pk, by=admin),
}


def after(delay, act):
    def run():
        time.sleep(delay)
        return act()

    return run


def race(act, leave, administrator, chance):
    """Do both at once in a world of their own, and return it."""
    world = World()
    acts = (lambda: ACTS[act](world), lambda: LEAVES[leave](world, administrator))
    at_once(*(after(chance.uniform(0, LONGEST_DELAY), do) for do in acts))
    return world


def left_behind(world, leave):
    """What of the person who left is left, that should not be."""
    gone = world.owner if "owner" in leave else world.answering
    gone.refresh_from_db()
    if gone.is_active:
        yield "can sign in"
    if "owner" in leave and world.shop.requests.open().exists():
        yield "has open requests"
    if "owner" in leave and Share.objects.live().filter(partner=world.partner).exists():
        yield "has live shares"
    if "erases" in leave and MailPreference.objects.filter(user=gone).exists():
        yield "has mail preferences"


def run(rounds):
    """Race each pair this many times on the database that is set up; give rows of (what, number, number wanted).

    Raise AssertionError for an error or a deadlock, and for what is left of somebody who left.
    """
    administrator = UserFactory(is_staff=True, is_superuser=True)
    chance, pairs = random.Random(7), list(product(ACTS, LEAVES)) * rounds
    addresses, raced = [], []
    for act, leave in pairs:
        world = race(act, leave, administrator, chance)
        raced.append((world, act, leave))
        if "erases" in leave:
            addresses.append((world.owner if "owner" in leave else world.answering).email)
    worker.work()
    left = [f"{act}, {leave}: {what}" for world, act, leave in raced for what in left_behind(world, leave)]
    kept = in_database(*addresses)
    broken = list(offenders())
    assert not left + broken, (left + broken)[:5]
    return [
        ("people left while somebody acted", len(pairs), None),
        ("of people who left, left behind", len(left), 0),
        ("tables with an erased address", len({table for table, *_ in kept}), 0),
        ("broken invariants", len(broken), 0),
    ]
