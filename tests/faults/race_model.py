"""What must come of an act in a race: a state, and what follows from each verb in it."""

from dataclasses import dataclass, replace

from tests import reference

LIVE = ("reviewing", "accepted", "connected")


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


def after(state, verb):
    """(result, state after it, events) of one verb in a state."""
    try:
        return verb(state)
    except No as no:
        return str(no), state, []
