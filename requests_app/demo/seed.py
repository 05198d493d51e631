"""Builds the demo world through the services that the product itself uses, under a clock that is set to the past.

The same world each time: only the references, which are random, and the dates, which count back from now, differ.
"""

from datetime import timedelta
from decimal import Decimal
from functools import partial

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils.text import slugify

from accounts import clock
from accounts.acting import PARTNER, SHOP
from accounts.models import Notification, User
from partners import services as partner_services
from partners.models import Category, ExchangeRate, Market, Partner, PartnerMember
from requests_app import automatic, blocking, medians, rollups, services
from requests_app.demo import people
from requests_app.demo.agencies import AGENCIES
from requests_app.demo.stories import KESTREL, NORTHLIGHT, SHOPS, SILK_LANE, STORIES, VOLTA
from requests_app.demo.verbs import VERBS, submit
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest, Share
from requests_app.proposals.models import Proposal
from requests_app.teams import services as teams
from requests_app.teams import tokens
from requests_app.teams.settings import change_contact, state_of
from requests_app.teams.sides import OWNER

PER_EURO = {
    "GBP": "0.86", "USD": "1.09", "IDR": "17400", "MYR": "4.85", "PHP": "62.4", "SGD": "1.45", "THB": "38.2",
    "VND": "27300", "MXN": "20.3", "BRL": "6.05", "JPY": "161",
}  # fmt: skip
MAILS_KEPT = 8
UNREAD_FOR = timedelta(days=4)


def world_exists():
    return User.objects.filter(email=people.SELLER.email).exists()


@transaction.atomic
def seed_world():
    """Build the whole world, or nothing of it; raises RuntimeError where it would break an invariant."""
    now, world = clock.now(), World()
    with clock.at(now - timedelta(days=120)):
        world.add_people()
        world.add_partners(rates_of=now.date())
    with clock.at(now - timedelta(days=110)):
        world.approve_partners()
        world.add_shops()
    for moment, tell in timeline(world, now):
        run_timers_until(moment)
        with clock.at(moment):
            tell()
    run_timers_until(now)
    world.set_availability(now)
    world.add_block(now)
    world.add_invitation(now)
    settle_notifications(now)
    rollups.count()
    medians.count()
    if broken := list(offenders()):
        raise RuntimeError("The demo world is not coherent: " + "; ".join(broken))


class World:
    """Rows of the demo world by the names that the stories use."""

    def __init__(self):
        self.users = {}  # by email
        self.partners = {}  # by name
        self.shops = {}  # by the key in SHOPS
        self.requests = {}  # the id, by the index in STORIES

    def user(self, person):
        return self.users[person.email]

    def add_people(self):
        password = make_password(people.PASSWORD)  # once: a hash takes half a second
        everybody = [*people.PEOPLE, *people.SHOP_OWNERS.values(), *map(owner_of, AGENCIES)]
        for person in dict.fromkeys(everybody):
            is_staff = person == people.STAFF
            self.users[person.email] = User.objects.create(
                email=person.email, name=person.name, time_zone=person.zone, password=password,
                is_staff=is_staff, is_superuser=is_staff,
            )  # fmt: skip
        EmailAddress.objects.bulk_create(
            EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in self.users.values()
        )

    def add_partners(self, *, rates_of):
        """Exchange rates, and partners that have applied."""
        ExchangeRate.objects.bulk_create(
            ExchangeRate(currency=code, per_euro=Decimal(rate), date=rates_of, source="Demo")
            for code, rate in PER_EURO.items()
        )
        for agency in AGENCIES:
            by = self.user(owner_of(agency))
            partner = partner_services.apply_as_partner(by=by, profile=profile_of(agency))
            contact = {"name": agency.owner, "email": f"hello@{slugify(agency.name)}.example", "phone": ""}
            change_contact(partner_id=partner.pk, by=by, values=contact, seen=state_of(None))
            self.partners[agency.name] = partner
        for person, role in ((people.REVIEWER, "reviewer"), (people.PARTNER_VIEWER, "viewer")):
            self.add_member(PARTNER, self.partners[NORTHLIGHT], person, role)

    def approve_partners(self):
        for agency in AGENCIES:
            if agency.approved:
                partner = self.partners[agency.name]
                partner_services.approve_partner(partner_id=partner.pk, by=self.user(people.STAFF))

    def add_shops(self):
        for key, shop in SHOPS.items():
            self.shops[key] = services.create_shop(
                by=self.user(people.SHOP_OWNERS[key]), name=shop.name, market=Market.objects.get(pk=shop.market),
                currency=shop.currency, language=shop.language,
            )  # fmt: skip
        for person, role in ((people.EDITOR, "editor"), (people.VIEWER, "viewer")):
            self.add_member(SHOP, self.shops["lumen"], person, role)

    def add_member(self, kind, of, person, role):
        """Invited by the owner, as everybody is, and joined by the link."""
        owner, user = of.members.get(role=OWNER).user, self.user(person)
        invitation = teams.invite(kind=kind, of_id=of.pk, by=owner, email=user.email, role=role)
        teams.join(token=tokens.token_of(invitation), by=user)

    def set_availability(self, now):
        """One partner pauses, one is fully booked."""
        volta, kestrel = (Partner.objects.get(name=name) for name in (VOLTA, KESTREL))
        for partner, capacity, paused_until in (
            (volta, volta.capacity, now + timedelta(days=12)),
            (kestrel, kestrel.load, None),
        ):
            by = partner.members.get(role=PartnerMember.Role.OWNER).user
            partner_services.set_availability(
                partner_id=partner.pk, by=by, capacity=capacity, paused_until=paused_until
            )

    def add_invitation(self, now):
        """A colleague was invited two days ago and has not joined."""
        with clock.at(now - timedelta(days=2)):
            shop = self.shops["lumen"]
            teams.invite(
                kind=SHOP, of_id=shop.pk, by=self.user(people.SELLER), email=people.INVITED, role="editor"
            )  # fmt: skip

    def add_block(self, now):
        """A shop wants nothing more of a partner that was suspended while it had a request of the shop."""
        with clock.at(now - timedelta(days=30)):
            blocking.block_partner(
                shop_id=self.shops["lumen"].pk, partner_id=self.partners[SILK_LANE].pk, by=self.user(people.SELLER)
            )


def owner_of(agency):
    slug = slugify(agency.name)
    person = people.Person(f"owner@{slug}.example", agency.owner, "UTC", "")
    return people.AGENCY_OWNERS.get(agency.name, person)


def profile_of(agency):
    names = [name.strip() for name in agency.categories.split(";")]
    return {
        "name": agency.name,
        "tagline": agency.tagline,
        "about": agency.about,
        "website": f"https://{slugify(agency.name)}.example",
        "city": agency.city,
        "currency": agency.currency,
        "smallest_budget": Decimal(agency.smallest_budget),
        "smallest_gmv": Decimal(agency.smallest_gmv),
        "capacity": agency.capacity,
        "markets": agency.markets.split(),
        "categories": list(Category.objects.filter(name__in=names)),
        "types": agency.types.split(),
        "services": agency.services.split(),
        "languages": agency.languages.split(),
        "company_sizes": agency.sizes.split(),
    }


def timeline(world, now):
    """Every step of every story that lies in the past, in order, as (moment, function)."""
    steps: list[tuple] = []
    for index, story in enumerate(STORIES):
        moment = now - timedelta(days=story.days)
        steps.append((moment, index, 0, submit, (world, index)))
        for number, (hours, verb, *given) in enumerate(story.steps, 1):
            moment += timedelta(hours=hours)
            steps.append((moment, index, number, VERBS[verb], (world, index, *given)))
    for moment, _index, _number, verb, given in sorted(steps, key=lambda step: step[:3]):
        if moment < now:
            yield moment, lambda verb=verb, given=given: verb(*given)


def run_timers_until(until):
    """What the timers would have done by then, each at its time: reminders, lapses, further tries, expiries."""
    while due := next_due(until):
        moment, act = due
        with clock.at(min(moment + timedelta(minutes=1), until)):
            act()


def next_due(until):
    """The earliest step of any schedule that is due by then, as (moment, function), or None."""
    steps = [
        *_first(Share.objects, "next_step_at", until, lambda pk: automatic.advance_share(share_id=pk)),
        *_first(Proposal.objects, "next_step_at", until, lambda pk: automatic.advance_proposal(proposal_id=pk)),
        *_first(PartnerRequest.objects, "next_step_at", until, lambda pk: automatic.advance_request(request_id=pk)),
        *_first(PartnerRequest.objects, "next_try_at", until, lambda pk: automatic.try_again(request_id=pk)),
    ]
    return min(steps, key=lambda step: step[0], default=None)


def _first(rows, due, until, act):
    """The earliest row that is due by then, as [(moment, function)], or nothing."""
    found = rows.filter(**{f"{due}__lte": until}).order_by(due, "pk").values_list(due, "pk")[:1]
    return [(moment, partial(act, pk)) for moment, pk in found]


def settle_notifications(now):
    """Most were read and mailed long ago; the newest mails to the demo's people go out now, for /demo/mail/ to show."""
    Notification.objects.filter(created_at__lt=now - UNREAD_FOR).update(read_at=F("created_at") + timedelta(hours=2))
    to_them = Notification.objects.filter(user__email__in=[person.email for person in people.PEOPLE])
    kept = list(to_them.order_by("-created_at", "-pk").values_list("pk", flat=True)[:MAILS_KEPT])
    Notification.objects.exclude(pk__in=kept).update(mailed_at=F("created_at"), next_mail_at=None)
