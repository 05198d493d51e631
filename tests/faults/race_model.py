"""What must come of two acts at once: the reference model, taken to each state that a race starts from.

People, shop and partners have names here; `race_world` has the real ones.
"""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from tests import reference

REFUSED, NOTHING, DONE = "refused", "nothing was due", "done"
SHOP, FIRST, SECOND = "the shop", "the first partner", "the second partner"
SELLERS, PARTNERS = ("a seller", "another seller"), ("a partner", "another partner")  # owners: one of each a lane
EDITOR, REVIEWER, SECOND_OWNER, STAFF = "an editor", "a reviewer", "the second partner's owner", "staff"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
CAPACITY, BUDGET, DAYS = 32_000, 2000, 30
VALID = timedelta(days=9)  # of a proposal
TOO_MUCH = 10**9  # the smallest budget of both partners: neither is ever referred

# (days since it was submitted, whether to both partners, what was done how many days ago) of each state to start from.
STATES = {
    "new": None,
    "reviewing": (8, False, []),
    "accepted": (70, False, [(69, "accept"), (39, "share_timer"), (19, "share_timer")]),
    "connected": (40, False, [(39, "accept"), (35, "authorise")]),
    "reviewing by two": (8, True, []),
    "accepted by one of two": (70, True, [(69, "accept"), (39, "share_timer"), (19, "share_timer")]),
    "connected with one of two": (40, True, [(39, "accept"), (35, "authorise")]),
    "asked": (8, False, [(7, "write_as_partner")]),
    "proposed": (8, False, [(7, "accept"), (1, "propose")]),
    "rejected": (70, False, [(69, "reject"), (39, "request_timer"), (19, "request_timer")]),
    "seeking": (8, False, [(8, "ask_for_referral"), (7, "reject")]),
    "closed": (8, False, [(7, "close_request")]),
    "taken for spam by one of two": (8, True, [(7, "reject_as_spam")]),
    "taken for spam and held": (6, True, [(5, "reject_as_spam"), (4, "second_rejects_as_spam")]),
    "waiting for its contact": (8, False, [(7, "request_timer")]),
}
UNCONFIRMED = {"waiting for its contact"}  # no partner has it: raced by verbs of a whole request alone
OF_REQUEST = {
    "edit", "pick", "ask_for_referral", "try_again", "refer", "close_request", "close_request_as_staff",
    "request_timer", "erase", "release", "confirm",
}  # fmt: skip

# What each verb is in the model: a function of the model, the request's key and the lane.
ACTS = {
    "submit": lambda model, key, lane: model.submit(SELLERS[lane], key, SHOP, [FIRST], BUDGET, False),
    "submit_another": lambda model, key, lane: submit_another(model, key, lane),
    "edit": lambda model, key, lane: model.edit(SELLERS[lane], key, 1, 3000, False, False, []),
    "pick": lambda model, key, lane: model.edit(SELLERS[lane], key, 1, BUDGET, False, False, [SECOND]),
    "ask_for_referral": lambda model, key, lane: model.ask_for_referral(SELLERS[lane], key),
    "try_again": lambda model, key, lane: model.try_again(key),
    "refer": lambda model, key, lane: model.refer(STAFF, key, SECOND),
    "close_request": lambda model, key, lane: model.close_request(SELLERS[lane], key),
    "close_request_as_staff": lambda model, key, lane: model.close_request_as_staff(STAFF, key),
    "request_timer": lambda model, key, lane: model.advance_request(key),
    "erase": lambda model, key, lane: model.erase(key),
    "accept": lambda model, key, lane: model.accept(PARTNERS[lane], key, FIRST, 1),
    "reject": lambda model, key, lane: model.reject(PARTNERS[lane], key, FIRST),
    "reject_as_spam": lambda model, key, lane: model.reject(PARTNERS[lane], key, FIRST, True),
    "second_rejects_as_spam": lambda model, key, lane: model.reject(SECOND_OWNER, key, SECOND, True),
    "release": lambda model, key, lane: model.release(STAFF, key),
    "confirm": lambda model, key, lane: model.confirm(key),
    "withdraw": lambda model, key, lane: model.withdraw(PARTNERS[lane], key, FIRST),
    "open_contact": lambda model, key, lane: model.open_contact(PARTNERS[lane], key, FIRST),
    "authorise": lambda model, key, lane: model.authorise(SELLERS[lane], key, FIRST, DAYS),
    "authorise_alone": lambda model, key, lane: model.authorise(SELLERS[lane], key, FIRST, DAYS, alone=True),
    "authorise_by_proposal": lambda model, key, lane: model.authorise(SELLERS[lane], key, FIRST, DAYS, proposal=1),
    "write_as_partner": lambda model, key, lane: model.write_as_partner(PARTNERS[lane], key, FIRST),
    "write_as_seller": lambda model, key, lane: model.write_as_seller(SELLERS[lane], key, FIRST),
    "propose": lambda model, key, lane: model.propose(PARTNERS[lane], key, FIRST, 0, 3 + lane, model.now + VALID),
    "propose_again": lambda model, key, lane: model.propose(PARTNERS[lane], key, FIRST, 1, 6 + lane, model.now + VALID),
    "take_back": lambda model, key, lane: model.take_back(PARTNERS[lane], key, FIRST, 1),
    "renew": lambda model, key, lane: model.renew(SELLERS[lane], key, FIRST, DAYS),
    "revoke": lambda model, key, lane: model.revoke(SELLERS[lane], key, FIRST),
    "share_timer": lambda model, key, lane: model.advance_share(key, FIRST),
    "close_share": lambda model, key, lane: model.close_share(SELLERS[lane], key, FIRST),
    "close_as_staff": lambda model, key, lane: model.close_as_staff(STAFF, key, FIRST),
    "end": lambda model, key, lane: model.end(PARTNERS[lane], key, FIRST),
    "suspend": lambda model, key, lane: suspend(model, key),
    "availability": lambda model, key, lane: model.set_availability(PARTNERS[lane], FIRST, CAPACITY, None),
}
VERBS = tuple(ACTS)
TIMERS = {"try_again", "request_timer", "share_timer", "erase", "confirm"}
# No moves of their own: raced less, but for the pairs that contend for one thing.
BESIDE = {
    "submit", "submit_another", "open_contact", "authorise_alone", "authorise_by_proposal", "erase", "availability",
    "write_as_partner", "write_as_seller", "propose", "propose_again", "take_back",
}  # fmt: skip
CONTENDING = {  # {pair: the states it is raced from}
    frozenset(pair): states
    for pair, states in (
        (("write_as_partner", "write_as_partner"), ("reviewing", "accepted", "connected")),
        (("write_as_seller", "share_timer"), ("asked",)),
        (("propose", "propose"), ("accepted",)),
        (("propose", "propose_again"), ("accepted", "proposed")),
        (("propose", "authorise"), ("accepted", "accepted by one of two")),
        (("propose_again", "authorise_by_proposal"), ("proposed",)),
        (("take_back", "authorise"), ("proposed",)),
        (("take_back", "authorise_by_proposal"), ("proposed",)),
    )
}


def is_beside(pair):
    return bool(BESIDE & set(pair)) and frozenset(pair) not in CONTENDING


def submit_another(model, key, lane):
    """A further request of the same shop to the same partner, of which it may have two."""
    model.submit(SELLERS[lane], f"{key}, another of lane {lane}", SHOP, [FIRST], BUDGET, False)


def suspend(model, key):
    """With the share of this request, which a task closes."""
    model.suspend(STAFF, FIRST)
    if key in model.requests and model.requests[key].shares[FIRST].is_live:
        model.close_of_suspended(key, FIRST)


def people():
    return reference.World(
        {
            FIRST: reference.Partner(CAPACITY, TOO_MUCH, {**dict.fromkeys(PARTNERS, "owner"), REVIEWER: "reviewer"}),
            SECOND: reference.Partner(CAPACITY, TOO_MUCH, {SECOND_OWNER: "owner"}),
        },
        {SHOP: {**dict.fromkeys(SELLERS, "owner"), EDITOR: "editor"}},
        {STAFF},
        NOW,
    )


@cache
def request_in(state):
    """A request in one of STATES; not to be changed."""
    days, by_two, acts = STATES[state]
    model = people()
    model.now = NOW - timedelta(days=days)
    model.submit(SELLERS[0], state, SHOP, [FIRST, SECOND] if by_two else [FIRST], BUDGET, False, state in UNCONFIRMED)
    for ago, verb in acts:
        model.now = NOW - timedelta(days=ago)
        assert result_of(model, verb, state, 0) == DONE, f"{verb} on the way to {state}"
    return model.requests[state]


def result_of(model, verb, key, lane):
    try:
        ACTS[verb](model, key, lane)
    except reference.Refused:
        return NOTHING if verb in TIMERS else REFUSED
    return DONE


@dataclass(frozen=True)
class Thing:
    """What is compared of a request: codes, and how often (event, "") and (event, name of who was notified) came."""

    codes: tuple
    told: tuple


@cache
def outcomes(state, verbs, apart):
    """What two verbs may come to, in lanes of their own on one request in this state or, apart, on two of them: for
    each order in which they may be done, the results and what stands then, by lane."""
    found = []
    for order in ((0, 1), (1, 0)):
        model, keys = people(), ("one", "two" if apart else "one")
        model.requests = {key: deepcopy(request_in(state)) for key in set(keys) if STATES[state]}
        results = [None, None]
        for lane in order:
            results[lane] = result_of(model, verbs[lane], keys[lane], lane)
        found.append((tuple(results), tuple(shown(model, key) for key in keys)))
    return found


def shown(model, key):
    if key not in model.requests:
        return None
    request, told = model.requests[key], Counter()
    for happened in model.history:
        if happened.request == key:
            told.update([(happened.kind, ""), *((happened.kind, person) for person in happened.told)])
    held = [request.shares[partner].status if partner in request.shares else None for partner in (FIRST, SECOND)]
    kind = "refer" if request.refers else "choose"
    codes = (request.status, *held, request.version, kind, request.headline, request.erased, request.hold)
    return Thing(codes, tuple(told.items()))


def is_possible(verb, state):
    model = people()
    if STATES[state]:
        model.requests[state] = deepcopy(request_in(state))
    return result_of(model, verb, state, 0) == DONE


@cache
def states_for(pair):
    """The names of the states from which both verbs are possible; where there is none, those where one is.

    Of CONTENDING pairs those that are named there.
    """
    if frozenset(pair) in CONTENDING:
        return CONTENDING[frozenset(pair)]
    known = [name for name in STATES if name != "new"]
    if pair[0] == "submit" and pair[1] in ("submit", "suspend", "availability"):
        known = list(STATES)
    if not set(pair) <= OF_REQUEST:
        known = [name for name in known if name not in UNCONFIRMED]
    if "second_rejects_as_spam" in pair:
        known = [name for name in known if STATES[name] and STATES[name][1]]
    possible = {name: sum(is_possible(verb, name) for verb in pair) for name in known}
    return [name for name in possible if possible[name] == max(possible.values())]
