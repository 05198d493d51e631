"""Every pair of verbs (docs/design.md, Statuses) at once on one request, from two connections with random small delays.

A round is one request in a known state and two acts on it. What comes of it must be what one of the two orders, one
after the other, gives by the model: who was refused, the statuses, each event, and who was told of it. In one
round of five the acts are on two requests of the same partners, which must not hinder each other.
"""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import combinations_with_replacement

from django.db import connections

from accounts.exceptions import ActionRefused
from accounts.models import Notification
from partners import services as partner_services
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from tests.faults.lanes import in_processes, in_two_lanes, random_delays, watched_locks
from tests.faults.race_model import DONE, NOTHING, REFUSED, UNCONFIRMED, VERBS, is_beside, outcomes, states_for
from tests.faults.race_world import Thing, World, calls

AT_A_TIME = 3000  # rounds prepared and looked at together
APART = 5  # one round of so many is on two requests
A_WORLD = 12_000  # rounds with the same two partners, whose load has to fit its column

PAIRS = list(combinations_with_replacement(VERBS, 2))


@dataclass
class Round:
    pair: tuple
    things: tuple  # what each lane acts on: the same twice, or two of them
    delays: tuple
    results: list = field(default_factory=lambda: [None, None])

    def __str__(self):
        return f"{self.pair[0]} and {self.pair[1]} at once on a request that is {self.things[0].state}"


def rounds_of(pairs, rounds, chance):
    """Give `rounds` rounds of each pair, over all states it can start from, beginning with one drawn at random."""
    for pair in pairs:
        states = states_for(pair)
        first = chance.randrange(APART * len(states))
        for number in range(first, first + (max(1, rounds // 5) if is_beside(pair) else rounds)):
            state = states[number % len(states)]
            thing = Thing(state)
            apart = number % APART == 0 and state != "new"
            delays = random_delays(chance)
            verbs = pair if chance.random() < 0.5 else pair[::-1]
            yield Round(verbs, (thing, Thing(state)) if apart else (thing, thing), delays)


def things_of(rounds):
    return list({id(thing): thing for each in rounds for thing in each.things}.values())


def prepare(world, rounds):
    """Make the copies that the rounds act on."""
    for each, shop in zip(rounds, world.shops_like_ours(len(rounds)), strict=True):
        for thing in each.things:
            thing.shop = shop
    by_state = defaultdict(list)
    for thing in things_of(rounds):
        by_state[thing.state].append(thing)
    for name, things in by_state.items():
        if name in world.templates:
            world.templates[name].copies(things)
    world.count_copies()
    tokens = {thing.token: thing for thing in things_of(rounds)}
    shares = Share.objects.filter(partner=world.first, request__form_token__in=tokens)
    for share_id, request_id, token in shares.values_list("pk", "request", "request__form_token"):
        tokens[token].request_id, tokens[token].share_id = request_id, share_id
    for thing in tokens.values():
        if thing.state in UNCONFIRMED:
            thing.request_id = PartnerRequest.objects.values_list("pk", flat=True).get(form_token=thing.token)


def race(world, rounds):
    """Do the rounds, one after the other, in two lanes with a connection each."""
    verbs = calls(world)

    def act(number, each):
        each.results[number] = result_of(verbs[each.pair[number]], each.things[number], world.person(number))

    def reinstate(each):
        if "suspend" in each.pair:
            partner_services.reinstate_partner(partner_id=world.first.pk, by=world.staff)

    in_two_lanes(rounds, act, after=reinstate)


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
    first, second = each.things
    for results, things in outcomes(first.state, each.pair, first is not second):
        yield Outcome(results, tuple(with_people(world, thing) for thing in things))


def with_people(world, thing):
    """The thing with the keys of the real people for the names of the model."""
    if thing is None:
        return None
    told = [((kind, name and world.people[name].pk), number) for (kind, name), number in thing.told]
    return *thing.codes, tuple(sorted(told, key=str))


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
    notifications = Notification.objects.filter(pk__gt=last_notification, user__in=world.people.values())
    for source, user_id in notifications.values_list("source", "user"):
        kind, _colon, rest = source.partition(":")
        event = of_event.get(int(rest.partition(":")[0])) if kind == "event" else None
        if event:  # else of a further request
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
            request.headline, request.erased_at is not None, request.hold,
            tuple(sorted(told[request.pk].items(), key=str)),
        )  # fmt: skip
    for each in rounds:
        yield each, Outcome(tuple(each.results), tuple(tokens[thing.token] for thing in each.things))


def last_keys():
    return [
        rows.order_by("-pk").values_list("pk", flat=True).first() or 0 for rows in (Event.objects, Notification.objects)
    ]


def run(rounds, *, pairs=PAIRS, seed=None):
    """Race each pair this many times on the database that is set up; gives rows of (what, number, number wanted).

    Raises AssertionError with the round where something came out that no order of the two acts gives.
    """
    seed = seed or random.randrange(10**9)
    counted = in_processes(raced, pairs, rounds, seed)
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
