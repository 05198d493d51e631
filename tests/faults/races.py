"""Every pair of verbs (docs/design.md, Statuses) at once on one request, from two connections with random small delays.

A round is one request in a known state and two acts on it. What comes of it must be what one of the two orders, one
after the other, gives by the tables below: who was refused, the statuses, each event, and who was told of it. In every
fifth round the acts are on two requests of the same partners, which must not hinder each other.
"""

import itertools
import multiprocessing
import random
import threading
import time
import uuid
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import combinations_with_replacement

from django.db import connection, connections

from accounts import clock
from accounts.exceptions import ActionRefused
from accounts.models import Notification
from partners import offers
from partners import services as partner_services
from partners.models import Partner
from requests_app import automatic, erasure, event_chain, services
from requests_app.integrity.invariants import offenders
from requests_app.models import Authorisation, Event, PartnerRequest, RequestVersion, Share
from requests_app.references import new_request_reference, new_share_reference
from tests import locks, reference
from tests.factories import (
    PartnerFactory,
    ShopFactory,
    UserFactory,
    add_to_partner,
    add_to_shop,
    category,
    details_of,
    make_request,
)

LIVE = ("reviewing", "accepted", "connected")
LONGEST_DELAY = 0.003  # seconds; an act takes about ten times as long
AT_A_TIME = 3000  # rounds prepared and looked at together
APART = 5  # every fifth round is on two requests
A_WORLD = 12_000  # rounds with the same two partners, whose load has to fit its column
MANY = 50  # rounds of each pair, from which on two processes share them
PROCESSES = 2
AREAS = {"ads": "view"}


# What must come of an act: a state, and what follows from each verb in it.


@dataclass(frozen=True)
class State:
    """One request that was shared with one partner, and perhaps with a second one."""

    share: str | None = None  # the status of the first; None before the request is submitted
    second: str | None = None
    due: bool = False  # the timer that ends the state it is in
    open: bool = True
    version: int = 1
    refers: bool = False
    seeking: bool = False
    unmatched: bool = False
    erased: bool = False
    approved: bool = True  # the first partner

    @property
    def any_live(self):
        return self.share in LIVE or self.second in LIVE

    @property
    def wants_more(self):
        return self.refers and self.open and self.share not in ("accepted", "connected")

    @property
    def headline(self):
        return reference.headline({self.share, self.second} - {None}, is_open=self.open, seeking=self.seeking)


SHOP, FIRST, SECOND = "the shop", "the first partner", "the second partner"
REFUSED, NOTHING, DONE = "refused", "nothing was due", "done"


class No(Exception):
    """Refused, or nothing to do."""


def step(state, result=DONE, *events, **changes):
    """What an act gives: the state after it and its events, each as (kind, who are told)."""
    after = replace(state, **changes)
    after = replace(after, seeking=after.seeking and after.wants_more)
    if after.any_live or not after.refers or not after.open:
        after = replace(after, unmatched=False)
    return result, after, list(events)


def refuse_unless(allowed):
    if not allowed:
        raise No(REFUSED)


def by_seller(state, *events, **changes):
    """A partner that waits for the seller, and a request without one, begin their time anew."""
    begins = changes.get("share", state.share) in ("accepted", "rejected", "closed")
    return step(state, DONE, *events, **({"due": False} if begins else {}), **changes)


def asking(state, *events, **changes):
    """An act of the seller after which the platform looks for partners, where it may; there are none to find."""
    result, after, told = by_seller(state, *events, **changes)
    after = replace(after, seeking=after.wants_more)
    if after.refers and not after.any_live and not after.unmatched:
        after, told = replace(after, unmatched=True), [*told, ("unmatched", SHOP)]
    return result, after, told


def submit(state):
    if state.share:
        return step(state)
    refuse_unless(state.approved)
    return step(state, DONE, ("submitted", SHOP), ("shared", FIRST), share="reviewing")


def edit(state):
    refuse_unless(state.open and state.version == 1)
    told = [who for who, status in ((FIRST, state.share), (SECOND, state.second)) if status in LIVE]
    return asking(state, ("edited", *told), version=2, refers=False)


def pick(state):
    refuse_unless(state.open and state.version == 1 and state.second is None)
    reset = [("edited",)] if state.refers else []
    return asking(state, *reset, ("shared", SECOND), second="reviewing", refers=False)


def ask_for_referral(state):
    refuse_unless(state.open)
    reset = [] if state.refers else [("edited",)]
    result, after, told = asking(state, *reset, refers=True)
    refuse_unless(told)
    return result, after, told


def try_again(state):
    if not (state.open and state.seeking and not state.any_live and not state.unmatched):
        raise No(NOTHING)
    return step(state, DONE, ("unmatched", SHOP), unmatched=True)


def refer(state):
    refuse_unless(state.open and state.second is None)
    return step(state, DONE, ("shared", SHOP, SECOND), second="reviewing")


def close_whole(state, *told):
    ending = [(who, name) for who, name in ((FIRST, "share"), (SECOND, "second")) if getattr(state, name) in LIVE]
    events = [("share_closed", who) for who, _name in ending]
    closed = {name: "closed" for _who, name in ending}
    return step(state, DONE, ("request_closed", *told), *events, open=False, due=False, **closed)


def close_request(state):
    refuse_unless(state.open)
    return close_whole(state)


def close_request_as_staff(state):
    refuse_unless(state.open)
    return close_whole(state, SHOP)


def request_timer(state):
    if not (state.open and state.due and not state.any_live):
        raise No(NOTHING)
    return close_whole(state, SHOP)


def erase(state):
    if state.open or state.erased:
        raise No(NOTHING)
    return step(state, DONE, ("erased",), erased=True)


def answer(state, source, event, target):
    refuse_unless(state.approved and state.share == source)
    return step(state, DONE, (event, SHOP), share=target, due=False)


def accept(state):
    refuse_unless(state.version == 1)
    return answer(state, "reviewing", "accepted", "accepted")


def reject(state):
    return answer(state, "reviewing", "rejected", "rejected")


def withdraw(state):
    return answer(state, "accepted", "withdrawn", "rejected")


def open_contact(state):
    refuse_unless(state.approved and state.share in LIVE)
    return step(state, DONE, ("contact_opened",))


def authorise(state):
    refuse_unless(state.share == "accepted")
    return step(state, DONE, ("authorised", FIRST), share="connected", due=False)


def authorise_alone(state):
    result, after, told = authorise(state)
    if state.second not in LIVE:
        return result, after, told
    return step(after, DONE, *told, ("share_closed", SECOND), second="closed")


def renew(state):
    refuse_unless(state.share == "connected")
    return step(state, DONE, ("renewed", FIRST), due=False)


def revoke(state):
    refuse_unless(state.share == "connected")
    return step(state, DONE, ("revoked", FIRST), share="accepted", due=False)


def share_timer(state):
    if not (state.due and state.share in LIVE):
        raise No(NOTHING)
    if state.share == "connected":
        return step(state, DONE, ("expired", SHOP, FIRST), share="accepted", due=False)
    return step(state, DONE, ("share_closed", SHOP, FIRST), share="closed", due=False)


def close_share(state, *told, sources=LIVE):
    refuse_unless(state.share in sources)
    return step(state, DONE, ("share_closed", *(told or (FIRST,))), share="closed", due=False)


def close_share_as_staff(state):
    return close_share(state, SHOP, FIRST)


def end(state):
    return close_share(state, SHOP, sources=("connected",))


def suspend(state):
    refuse_unless(state.approved)
    events = [("share_closed", SHOP)] if state.share in LIVE else []
    closed = {"share": "closed", "due": False} if events else {}
    return step(state, DONE, *events, approved=False, **closed)


def availability(state):
    return step(state)


VERBS = (
    submit, edit, pick, ask_for_referral, try_again, refer, close_request, close_request_as_staff, request_timer, erase,
    accept, reject, withdraw, open_contact, authorise, authorise_alone, renew, revoke, share_timer, close_share,
    close_share_as_staff, end, suspend, availability,
)  # fmt: skip
BESIDE = {submit, open_contact, authorise_alone, erase, availability}  # no moves of their own: raced a fifth as often
STATES = {
    "new": State(),
    "reviewing": State("reviewing", due=True),
    "accepted": State("accepted", due=True),
    "connected": State("connected", due=True),
    "reviewing by two": State("reviewing", "reviewing", due=True),
    "accepted by one of two": State("accepted", "reviewing", due=True),
    "connected with one of two": State("connected", "reviewing", due=True),
    "rejected": State("rejected", due=True),
    "seeking": State("rejected", refers=True, seeking=True),
    "closed": State("closed", open=False),
}
PAIRS = list(combinations_with_replacement(VERBS, 2))


def after(state, verb):
    """(result, state after it, events) of one verb in a state."""
    try:
        return verb(state)
    except No as no:
        return str(no), state, []


def states_for(pair):
    """The names of the states from which both verbs are possible; where there is none, those where one is."""
    possible = {
        name: sum(after(state, verb)[0] == DONE for verb in pair)
        for name, state in STATES.items()
        if state.share or (pair[0] is submit and pair[1] in (submit, suspend, availability))
    }
    return [name for name in possible if possible[name] == max(possible.values())]


# The real thing.


class World:
    """A shop and two partners with three people each, and one request in each of STATES, of which copies are made."""

    def __init__(self):
        own = uuid.uuid4().hex[:12]  # other worlds may stand beside it
        people = (UserFactory(email=f"{number}-{own}@example.com") for number in itertools.count())
        owners = [next(people) for _lane in range(2)]
        self.owners = owners  # of the shop: one a lane
        self.shop = ShopFactory(owner=owners[0])
        add_to_shop(self.shop, owners[1], "owner")
        editor = add_to_shop(self.shop, next(people), "editor")
        self.partner_owners = [next(people) for _lane in range(2)]
        self.first = PartnerFactory(name=f"First {own}", owner=self.partner_owners[0], capacity=32_000)
        add_to_partner(self.first, self.partner_owners[1], "owner")
        reviewer = add_to_partner(self.first, next(people), "reviewer")
        second_owner = next(people)
        self.second = PartnerFactory(name=f"Second {own}", owner=second_owner, capacity=32_000)
        self.staff = UserFactory(email=f"staff-{own}@example.com", is_staff=True, is_superuser=True)
        self.people = {SHOP: [*owners, editor], FIRST: [*self.partner_owners, reviewer], SECOND: [second_owner]}
        self.details = details_of(category=category("Shoes"))  # in which neither partner is ever referred
        self.rounds = 0
        self.templates = {name: self._template(name) for name, state in STATES.items() if state.share}

    def _template(self, name):
        share_id, now = None, clock.now()

        def days_ago(days, act, /, **given):
            with clock.at(now - timedelta(days=days)):
                return act(**given)

        status, state = STATES[name].share, STATES[name]
        oldest = {"accepted": 70, "connected": 40, "rejected": 70}.get(name.partition(" ")[0], 8)
        picks = [self.first, self.second] if state.second else [self.first]
        request = days_ago(oldest, make_request, shop=self.shop, picks=picks, **self.details)
        share_id = request.shares.get(partner=self.first).pk
        answered = {"share_id": share_id, "by": self.partner_owners[0]}
        if status in ("accepted", "connected"):
            days_ago(oldest - 1, services.accept_share, **answered, version=1)
        if status == "accepted":
            for days in (39, 19):
                assert days_ago(days, automatic.advance_share, share_id=share_id)
        elif status == "connected":
            granted = {"share_id": share_id, "by": self.owners[0], "areas": AREAS, "days": 30}
            days_ago(35, services.authorise_share, **granted)
        elif status == "rejected":
            if state.refers:
                days_ago(oldest, services.ask_for_referral, request_id=request.pk, by=self.owners[0])
            days_ago(oldest - 1, services.reject_share, **answered, reason="budget")
            for days in (39, 19) if state.due else ():
                assert days_ago(days, automatic.advance_request, request_id=request.pk)
        elif status == "closed":
            days_ago(oldest - 1, services.close_request, request_id=request.pk, by=self.owners[0])
        return Template(PartnerRequest.objects.get(pk=request.pk))

    def count_copies(self):
        """The partners have answered for the copies too."""
        for partner in Partner.objects.filter(pk__in=[self.first.pk, self.second.pk]):
            told = Counter(partner.shares.values_list("events__kind", flat=True))
            partner.load = partner.shares.filter(status__in=["reviewing", "accepted"]).count()
            partner.shares_answered = told["accepted"] + told["rejected"]
            silent = partner.shares.filter(closed_reason="no_response")
            partner.shares_unanswered = silent.count()
            partner.save(update_fields=["load", "shares_answered", "shares_unanswered"])
            offers.refresh([partner])


def copy_of(row, **changes):
    names = [each.attname for each in row._meta.concrete_fields if not each.primary_key]
    return type(row)(**{name: getattr(row, name) for name in names} | changes)


class Template:
    """A request with all that belongs to it."""

    def __init__(self, request):
        self.request = request
        self.versions = list(request.versions.all())
        self.shares = list(request.shares.order_by("pk"))
        self.grants = list(Authorisation.objects.filter(share__request=request))
        self.events = list(request.events.all())

    def copies(self, tokens):
        """As many requests as there are form tokens, each with events, chained and signed, of its own."""
        blank = {"event_count": 0, "event_mac": "", "event_end": ""}
        requests = PartnerRequest.objects.bulk_create(
            copy_of(self.request, reference=new_request_reference(), form_token=token, **blank) for token in tokens
        )
        RequestVersion.objects.bulk_create(
            copy_of(version, request_id=request.pk) for request in requests for version in self.versions
        )
        shares = {}
        for share in self.shares:
            made = [copy_of(share, request_id=each.pk, reference=new_share_reference()) for each in requests]
            shares[share.pk] = Share.objects.bulk_create(made)
        for grant in self.grants:
            Authorisation.objects.bulk_create(copy_of(grant, share_id=share.pk) for share in shares[grant.share_id])
        events = []
        for number, request in enumerate(requests):
            own = [
                copy_of(event, request_id=request.pk, share_id=event.share_id and shares[event.share_id][number].pk)
                for event in self.events
            ]
            event_chain.extend(request, own)
            events += own
        Event.objects.bulk_create(events)
        PartnerRequest.objects.bulk_update(requests, list(blank), batch_size=500)


def calls(world):
    """How each verb is done in the product, by the person of a lane, in a round."""
    first, second = world.first.pk, world.second.pk

    def edited(thing, by, **changes):
        picks = changes.pop("picks", ())
        services.edit_request(
            request_id=thing.request_id, by=by.seller, version=1, details=world.details | changes,
            request_type="choose", hide_contact=False, picks=picks,
        )  # fmt: skip

    def suspended(thing, by):
        partner_services.suspend_partner(partner_id=first, by=world.staff)
        for share_id in Share.objects.filter(request__form_token=thing.token, partner=first).values_list(
            "pk", flat=True
        ):
            automatic.close_share_of_suspended_partner(share_id=share_id)

    def submitted(thing, by):
        services.submit_request(
            shop=world.shop, by=by.seller, form_token=thing.token, details=world.details,
            request_type="choose", picks=[first],
        )  # fmt: skip

    granted = {"areas": AREAS, "days": 30}
    return {
        submit: submitted,
        edit: lambda thing, by: edited(thing, by, budget=3000),
        pick: lambda thing, by: edited(thing, by, picks=[second]),
        ask_for_referral: lambda thing, by: services.ask_for_referral(request_id=thing.request_id, by=by.seller),
        try_again: lambda thing, by: automatic.try_again(request_id=thing.request_id),
        refer: lambda thing, by: services.refer_partner(
            request_id=thing.request_id, partner_id=second, by=world.staff
        ),
        close_request: lambda thing, by: services.close_request(request_id=thing.request_id, by=by.seller),
        close_request_as_staff: lambda thing, by: services.close_request(
            request_id=thing.request_id, by=world.staff, staff_note="Spam"
        ),
        request_timer: lambda thing, by: automatic.advance_request(request_id=thing.request_id),
        erase: lambda thing, by: erasure.erase_request(request_id=thing.request_id),
        accept: lambda thing, by: services.accept_share(share_id=thing.share_id, by=by.partner, version=1),
        reject: lambda thing, by: services.reject_share(share_id=thing.share_id, by=by.partner, reason="budget"),
        withdraw: lambda thing, by: services.withdraw_share(share_id=thing.share_id, by=by.partner, reason="other"),
        open_contact: lambda thing, by: services.open_contact(share_id=thing.share_id, by=by.partner),
        authorise: lambda thing, by: services.authorise_share(share_id=thing.share_id, by=by.seller, **granted),
        authorise_alone: lambda thing, by: services.authorise_share(
            share_id=thing.share_id, by=by.seller, **granted, close_others=True
        ),
        renew: lambda thing, by: services.renew_share(share_id=thing.share_id, by=by.seller, **granted),
        revoke: lambda thing, by: services.revoke_share(share_id=thing.share_id, by=by.seller),
        share_timer: lambda thing, by: automatic.advance_share(share_id=thing.share_id),
        close_share: lambda thing, by: services.close_share(share_id=thing.share_id, by=by.seller),
        close_share_as_staff: lambda thing, by: services.close_share_as_staff(
            share_id=thing.share_id, by=world.staff
        ),
        end: lambda thing, by: services.close_share(share_id=thing.share_id, by=by.partner, as_partner=True),
        suspend: suspended,
        availability: lambda thing, by: partner_services.set_availability(
            partner_id=first, by=by.partner, capacity=32_000, paused_until=None
        ),
    }  # fmt: skip


ACTOR = {
    **dict.fromkeys((submit, edit, pick, ask_for_referral, close_request), "seller"),
    **dict.fromkeys((authorise, authorise_alone, renew, revoke, close_share), "seller"),
    **dict.fromkeys((accept, reject, withdraw, open_contact, end), "partner"),
}  # all others are staff or a timer, who are told of nothing


@dataclass
class Person:
    """Who acts in a lane."""

    seller: object
    partner: object


@dataclass
class Thing:
    """A copy of a template."""

    state: str
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    request_id: int = 0
    share_id: int = 0


@dataclass
class Round:
    pair: tuple
    things: tuple  # what each lane acts on: the same twice, or two of them
    delays: tuple
    results: list = field(default_factory=lambda: [None, None])

    def __str__(self):
        first, second = (verb.__name__ for verb in self.pair)
        return f"{first} and {second} at once on a request that is {self.things[0].state}"


def rounds_of(pairs, rounds, chance):
    """Give `rounds` rounds of each pair, over all states it can start from."""
    for pair in pairs:
        states = states_for(pair)
        for number in range(max(1, rounds // 5) if BESIDE & set(pair) else rounds):
            state = states[number % len(states)]
            thing = Thing(state)
            apart = number % APART == APART - 1 and state != "new"
            delays = tuple(chance.uniform(0, LONGEST_DELAY) if chance.random() < 0.5 else 0 for _lane in range(2))
            verbs = pair if chance.random() < 0.5 else pair[::-1]
            yield Round(verbs, (thing, Thing(state)) if apart else (thing, thing), delays)


def things_of(rounds):
    return list({id(thing): thing for each in rounds for thing in each.things}.values())


def prepare(world, rounds):
    """Make the copies that the rounds act on."""
    by_state = defaultdict(list)
    for thing in things_of(rounds):
        by_state[thing.state].append(thing)
    for name, things in by_state.items():
        if name in world.templates:
            world.templates[name].copies([thing.token for thing in things])
    world.count_copies()
    tokens = {thing.token: thing for thing in things_of(rounds)}
    shares = Share.objects.filter(partner=world.first, request__form_token__in=tokens)
    for share_id, request_id, token in shares.values_list("pk", "request", "request__form_token"):
        tokens[token].request_id, tokens[token].share_id = request_id, share_id


def race(world, rounds):
    """Do the rounds, one after the other, in two lanes with a connection each."""
    barrier, verbs = threading.Barrier(2, timeout=60), calls(world)

    def lane(number):
        by = Person(world.owners[number], world.partner_owners[number])
        try:
            for each in rounds:
                barrier.wait()
                time.sleep(each.delays[number])
                each.results[number] = result_of(verbs[each.pair[number]], each.things[number], by)
                if suspend in each.pair:
                    barrier.wait()
                    if number == 0:
                        partner_services.reinstate_partner(partner_id=world.first.pk, by=world.staff)
        except threading.BrokenBarrierError:
            pass
        except BaseException:
            barrier.abort()
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=lane, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def result_of(act, thing, by):
    """REFUSED with a message, NOTHING, DONE, or what went wrong as a text."""
    try:
        return NOTHING if act(thing, by) is False else DONE
    except ActionRefused as refused:
        return REFUSED if refused.message else "refused without a message"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@dataclass(frozen=True)
class Outcome:
    """What is compared: results of both acts, and each thing as it is then, with the events and who was told."""

    results: tuple
    things: tuple


def expected(world, each):
    """The two outcomes that a round may have: one act after the other, in either order."""
    for order in ((0, 1), (1, 0)):
        states = {id(thing): STATES[thing.state] for thing in each.things}
        results, told = [None, None], {key: Counter() for key in states}
        for number in order:
            verb, key = each.pair[number], id(each.things[number])
            approved = all(state.approved for state in states.values())
            results[number], states[key], events = after(replace(states[key], approved=approved), verb)
            by = {"seller": world.owners, "partner": world.partner_owners}.get(ACTOR.get(verb), {0: None, 1: None})
            told[key] += told_of(world, events, by[number])
        yield Outcome(tuple(results), tuple(shown(states[id(thing)], told[id(thing)]) for thing in each.things))


def told_of(world, events, by):
    """Counts (kind, "") for each event and (kind, person) for each notification."""
    told = Counter()
    for kind, *audience in events:
        told[kind, ""] += 1
        for who in audience:
            own = by if kind not in ("submitted", "unmatched") else None
            told.update((kind, person.pk) for person in world.people[who] if person != own)
    return told


def shown(state, told):
    if state.share is None:
        return None
    kind = "refer" if state.refers else "choose"
    return (
        "open" if state.open else "closed", state.share, state.second, state.version, kind, state.headline,
        state.erased, tuple(sorted(told.items(), key=str)),
    )  # fmt: skip


def actual(world, rounds, before):
    """The outcome of each round, read in bulk; `before` are the last event and notification before the race."""
    last_event, last_notification = before
    tokens = {thing.token: None for thing in things_of(rounds)}
    requests = {each.pk: each for each in PartnerRequest.objects.filter(form_token__in=tokens)}
    told = defaultdict(Counter)
    of_event = {}
    for event in Event.objects.filter(pk__gt=last_event, request__in=requests):
        of_event[event.pk] = event
        told[event.request_id][event.kind, ""] += 1
    people = [person for people in world.people.values() for person in people]
    notifications = Notification.objects.filter(pk__gt=last_notification, user__in=people)
    for source, user_id in notifications.values_list("source", "user"):
        kind, _colon, rest = source.partition(":")
        if kind == "event":
            event = of_event[int(rest.partition(":")[0])]
            told[event.request_id][event.kind, user_id] += 1
    statuses = defaultdict(dict)
    for request_id, partner_id, status in Share.objects.filter(request__in=requests).values_list(
        "request", "partner", "status"
    ):
        statuses[request_id][partner_id] = status
    for request in requests.values():
        held = statuses[request.pk]
        tokens[request.form_token] = (
            request.status, held.get(world.first.pk), held.get(world.second.pk), request.version, request.request_type,
            request.headline, request.erased_at is not None, tuple(sorted(told[request.pk].items(), key=str)),
        )  # fmt: skip
    for each in rounds:
        yield each, Outcome(tuple(each.results), tuple(tokens[thing.token] for thing in each.things))


def last_keys():
    return [
        rows.order_by("-pk").values_list("pk", flat=True).first() or 0 for rows in (Event.objects, Notification.objects)
    ]


@contextmanager
def watched_locks():
    locks.watch_all()
    locks.broken.clear()
    yield
    locks.check()


def run(rounds, *, pairs=PAIRS, seed=None):
    """Race each pair this many times on the database that is set up; gives rows of (what, number, number wanted).

    Raises AssertionError with the round where something came out that no order of the two acts gives.
    """
    seed = seed or random.randrange(10**9)
    if rounds < MANY:
        counted = raced(pairs, rounds, seed)
    else:
        connections.close_all()
        connection.close_pool()
        shares = [(pairs[number::PROCESSES], rounds, seed + number) for number in range(PROCESSES)]
        with multiprocessing.get_context("fork").Pool(PROCESSES) as pool:
            counted = sum(pool.starmap(raced, shares, chunksize=1), Counter())
    left = list(offenders())
    assert left == [], f"seed {seed}: {left[:10]}"
    acts = 2 * counted["rounds"]
    return [
        ("pairs of verbs raced", len(pairs), None),
        ("rounds", counted["rounds"], None),
        ("acts", acts, None),
        ("acts done", counted[DONE], None),
        ("acts refused with a plain message", counted[REFUSED], None),
        ("timers that found nothing due any more", counted[NOTHING], None),
        ("deadlocks and other errors", acts - counted[DONE] - counted[REFUSED] - counted[NOTHING], 0),
        ("outcomes that neither order gives", 0, 0),
        ("broken invariants", len(left), 0),
        ("locks out of order", 0, 0),
    ]


def raced(pairs, rounds, seed):
    """Race these pairs in one process; gives how many rounds there were, and how many acts came to what."""
    planned = list(rounds_of(pairs, rounds, random.Random(seed)))
    counted, world = Counter(rounds=len(planned)), None
    with watched_locks():
        for start in range(0, len(planned), AT_A_TIME):
            batch = planned[start : start + AT_A_TIME]
            if world is None or world.rounds + len(batch) > A_WORLD:
                world = World()
            world.rounds += len(batch)
            prepare(world, batch)
            before = last_keys()
            race(world, batch)
            for each, outcome in actual(world, batch, before):
                wanted = list(expected(world, each))
                assert outcome in wanted, f"{each} (seed {seed}):\n{outcome}\nshould be one of\n{wanted}"
                counted.update(outcome.results)
    connections.close_all()
    return counted
