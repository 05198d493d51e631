"""What the product should do, said once more and simply: the rules of the design over plain objects.

Written from the design, not from the code: docs/design.md, Statuses; docs/design.md, Permissions; docs/design.md,
Referral; docs/design.md, Time. Each method is an act of a person or a timer; it raises Refused where it may or can not
be done. Which of several fitting partners is referred is left to the product: `referred(request)` gives it.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

DAY = timedelta(days=1)
LIVE, LOAD = ("reviewing", "accepted", "connected"), ("reviewing", "accepted")
SUCCEEDED = ("rejected", "no_response", "partner_suspended")  # ends after which the next partner is tried
EDITORS, REVIEWERS = ("owner", "editor"), ("owner", "reviewer")


class Refused(Exception):
    pass


def unless(allowed):
    if not allowed:
        raise Refused


@dataclass
class Partner:
    capacity: int
    smallest: int
    roles: dict
    approved: bool = True
    paused_until: datetime | None = None


@dataclass
class Share:
    partner: int
    source: str
    shared_at: datetime
    status: str = "reviewing"
    ended: str = ""  # why
    ended_at: datetime | None = None
    waiting_since: datetime | None = None
    revoked: bool = False
    days: int = 0
    until: datetime | None = None
    warned_at: datetime | None = None
    done: int = 0  # steps of its time that were taken

    @property
    def is_live(self):
        return self.status in LIVE

    def move(self, status, at, ended=""):
        self.status, self.done = status, 0
        if not self.is_live:
            self.ended, self.ended_at = ended or status, at

    def steps(self):
        """What falls due when, in its present status."""
        if self.status == "reviewing":
            return [(self.shared_at + days * DAY, step) for days, step in ((1, "remind"), (3, "remind"), (7, "lapse"))]
        if self.status == "accepted":
            remind = [] if self.revoked else [(self.waiting_since + 14 * DAY, "remind")]
            return remind + growing_stale(self.waiting_since, self.warned_at)
        if self.status == "connected":
            warned = [days for days in (30, 7, 1) if days < self.days]
            return [*((self.until - days * DAY, "remind") for days in warned), (self.until, "expire")]
        return []


@dataclass
class Request:
    shop: int
    refers: bool
    budget: int
    hides: bool
    at: datetime  # since when tries count
    shares: dict = field(default_factory=dict)  # by partner
    open: bool = True
    version: int = 1
    tries: int = 0
    seeking: bool = False
    unmatched: bool = False
    next_try: datetime | None = None
    idle_since: datetime | None = None
    warned_at: datetime | None = None
    done: int = 0

    @property
    def any_live(self):
        return any(share.is_live for share in self.shares.values())

    @property
    def emptied(self):
        """Places that stay empty: closed without a successor since the tries were counted anew."""
        ended = [share for share in self.shares.values() if share.source == "referred" and not share.is_live]
        return sum(share.ended not in SUCCEEDED and share.ended != "request_closed" and share.ended_at >= self.at
                   for share in ended)  # fmt: skip

    @property
    def wanted(self):
        taken = any(share.status in ("accepted", "connected") for share in self.shares.values())
        if not self.open or not self.refers or taken:
            return 0
        live = sum(share.is_live and share.source == "referred" for share in self.shares.values())
        return max(0, min(3 - live - self.emptied, 5 - self.tries))

    @property
    def headline(self):
        return headline({share.status for share in self.shares.values()}, is_open=self.open, seeking=self.seeking)


def headline(held, *, is_open, seeking):
    """What My Requests shows for a request whose shares have these statuses."""
    for status in ("connected", "accepted", "reviewing"):
        if status in held:
            return status
    if not is_open:
        return "closed"
    return "rejected" if held == {"rejected"} else "finding" if seeking else "decision"


def growing_stale(since, warned_at):
    end = since + 60 * DAY
    late = max(end, warned_at + 7 * DAY) if warned_at else end
    return [(since + 30 * DAY, "warn"), (since + 50 * DAY, "warn"), (late, "stale")]


def due(steps, done, at):
    """The number and name of the step to take: the last that is due, but nothing grows stale unwarned."""
    numbers = [number for number, (when, _step) in enumerate(steps) if number >= done and when <= at]
    if not numbers:
        return None
    if [steps[number][1] for number in numbers[-2:]] == ["warn", "stale"]:
        numbers.pop()
    return numbers[-1], steps[numbers[-1]][1]


class World:
    def __init__(self, partners, shops, staff, now, referred):
        self.partners, self.shops, self.staff = partners, shops, staff  # shops: {id: {person: role}}
        self.now, self.referred = now, referred
        self.requests = {}

    # Who is what

    def shop_role(self, person, request):
        return self.shops[request.shop].get(person, "")

    def partner_role(self, person, partner):
        return self.partners[partner].roles.get(person, "")

    def load(self, partner):
        held = (request.shares.get(partner) for request in self.requests.values())
        return sum(share is not None and share.status in LOAD for share in held)

    def is_free(self, partner):
        it = self.partners[partner]
        paused = it.paused_until is not None and it.paused_until > self.now
        return it.approved and not paused and self.load(partner) < it.capacity

    def fitting(self, request):
        return {
            partner
            for partner, it in self.partners.items()
            if self.is_free(partner) and it.smallest <= request.budget and partner not in request.shares
        }

    def door_is_open(self, request, share):
        shown = share.is_live and request.open and self.partners[share.partner].approved
        return shown and not (request.hides and share.status == "reviewing")

    # What every act has in common

    def _share(self, request, partner, source):
        request.shares[partner] = Share(partner, source, self.now)

    def _refer(self, request):
        """Share with as many fitting partners as there are places; gives whether anything happened."""
        fitting = self.fitting(request)
        number = min(request.wanted, len(fitting))
        chosen = self.referred(request)
        assert len(chosen) == number, f"{len(chosen)} referred instead of {number}"
        assert chosen <= fitting
        for partner in chosen:
            self._share(request, partner, "referred")
        request.tries += number
        request.seeking = request.wanted > 0
        left_alone = request.open and request.refers and request.emptied < 3 and not request.any_live
        tells = left_alone and not request.unmatched
        request.unmatched = request.unmatched or left_alone
        self._keep(request)
        return bool(number) or tells

    def _keep(self, request):
        request.seeking = request.seeking and request.wanted > 0
        if not request.open or not request.refers or request.any_live:
            request.unmatched = False
        waits = request.seeking and not request.any_live
        request.next_try = (self.now + DAY if request.unmatched else self.now) if waits else None

    def _settle(self, request, *, seller=False):
        """After every act: times that begin anew."""
        for share in request.shares.values():
            if seller and share.status == "accepted":
                share.waiting_since, share.done = self.now, 0
        if request.any_live or not request.open:
            request.idle_since, request.done = None, 0
        elif request.idle_since is None or seller:
            request.idle_since, request.done = self.now, 0

    def _end(self, request, share, *, successor, seller=False):
        if not (successor and share.source == "referred"):
            self._keep(request)
        else:
            self._refer(request)
        self._settle(request, seller=seller)

    def _ask(self, request, picks):
        unless(all(self.is_free(partner) and partner not in request.shares for partner in picks))
        for partner in picks:
            self._share(request, partner, "picked")
        if request.refers:
            return self._refer(request) or bool(picks)
        self._keep(request)
        return bool(picks)

    # The seller

    def submit(self, person, key, shop, picks, budget, hides):
        request = Request(shop, not picks, budget, hides, self.now)
        unless(self.shop_role(person, request) in EDITORS)
        unless(all(self.is_free(partner) for partner in picks))
        self.requests[key] = request
        self._ask(request, picks)
        self._settle(request, seller=True)

    def edit(self, person, key, version, budget, refers, hides, picks):
        request = self.requests[key]
        unless(self.shop_role(person, request) in EDITORS and request.open and request.version == version)
        unless(all(self.is_free(partner) and partner not in request.shares for partner in picks))
        before = deepcopy(request)
        if request.budget != budget:
            request.budget, request.tries, request.at, request.version = budget, 0, self.now, version + 1
        request.refers, request.hides = refers, hides
        changed = (budget, refers, hides) != (before.budget, before.refers, before.hides)
        if self._ask(request, picks) or changed:
            self._settle(request, seller=True)
        else:
            self.requests[key] = before

    def ask_for_referral(self, person, key):
        request = self.requests[key]
        unless(self.shop_role(person, request) in EDITORS and request.open)
        before = deepcopy(request)
        changed, request.refers = not request.refers, True
        if self._ask(request, ()) or changed:
            self._settle(request, seller=True)
        else:
            self.requests[key] = before
            raise Refused

    def close_request(self, person, key):
        request = self.requests[key]
        connected = any(share.status == "connected" for share in request.shares.values())
        unless(self.shop_role(person, request) in (("owner",) if connected else EDITORS) and request.open)
        self._close(request)

    def close_request_as_staff(self, person, key):
        unless(person in self.staff and self.requests[key].open)
        self._close(self.requests[key])

    def _close(self, request):
        for share in request.shares.values():
            if share.is_live:
                share.move("closed", self.now, "request_closed")
        request.open = False
        self._keep(request)
        self._settle(request)

    def authorise(self, person, key, partner, days, alone=False):
        request, share = self.requests[key], self.requests[key].shares[partner]
        unless(self.shop_role(person, request) == "owner" and share.status == "accepted")
        share.move("connected", self.now)
        share.days, share.until = days, self.now + days * DAY
        for other in request.shares.values():
            if alone and other.is_live and other is not share:
                other.move("closed", self.now, "seller")
        self._end(request, share, successor=False, seller=True)

    def renew(self, person, key, partner, days):
        request, share = self.requests[key], self.requests[key].shares[partner]
        unless(self.shop_role(person, request) == "owner" and share.status == "connected")
        if share.until != self.now + days * DAY:
            share.done = 0
        share.days, share.until = days, self.now + days * DAY
        self._end(request, share, successor=False, seller=True)

    def revoke(self, person, key, partner):
        request, share = self.requests[key], self.requests[key].shares[partner]
        unless(self.shop_role(person, request) == "owner" and share.status == "connected")
        share.move("accepted", self.now)
        share.revoked, share.waiting_since = True, self.now
        self._end(request, share, successor=False, seller=True)

    def close_share(self, person, key, partner):
        request, share = self.requests[key], self.requests[key].shares[partner]
        unless(share.is_live)
        unless(self.shop_role(person, request) in (("owner",) if share.status == "connected" else EDITORS))
        share.move("closed", self.now, "seller")
        self._end(request, share, successor=False, seller=True)

    # The partner

    def accept(self, person, key, partner, version):
        request, share = self.requests[key], self.requests[key].shares[partner]
        unless(self.partner_role(person, partner) in REVIEWERS and self.partners[partner].approved)
        unless(share.status == "reviewing" and version == request.version)
        share.move("accepted", self.now)
        share.waiting_since = self.now
        self._end(request, share, successor=False)

    def say_no(self, person, key, partner, source):
        """Reject what is reviewed, withdraw from what was accepted."""
        request, share = self.requests[key], self.requests[key].shares[partner]
        unless(self.partner_role(person, partner) in REVIEWERS and self.partners[partner].approved)
        unless(share.status == source)
        share.move("rejected", self.now)
        self._end(request, share, successor=True)

    def end(self, person, key, partner):
        request, share = self.requests[key], self.requests[key].shares[partner]
        unless(self.partner_role(person, partner) == "owner" and share.status == "connected")
        share.move("closed", self.now, "partner_ended")
        self._end(request, share, successor=False)

    def open_contact(self, person, key, partner):
        request = self.requests[key]
        unless(self.partner_role(person, partner) and self.door_is_open(request, request.shares[partner]))

    def set_availability(self, person, partner, capacity, paused_until):
        unless(self.partner_role(person, partner) == "owner")
        self.partners[partner].capacity, self.partners[partner].paused_until = capacity, paused_until

    # Staff

    def refer(self, person, key, partner):
        request = self.requests[key]
        unless(person in self.staff and request.open and self.is_free(partner) and partner not in request.shares)
        self._share(request, partner, "staff")
        self._keep(request)
        self._settle(request)

    def close_share_as_staff(self, person, key, partner):
        request, share = self.requests[key], self.requests[key].shares[partner]
        unless(person in self.staff and share.is_live)
        share.move("closed", self.now, "staff")
        self._end(request, share, successor=False)

    def suspend(self, person, partner):
        unless(person in self.staff and self.partners[partner].approved)
        self.partners[partner].approved = False

    def reinstate(self, person, partner):
        unless(person in self.staff and not self.partners[partner].approved)
        self.partners[partner].approved = True

    # Timers: each raises Refused when nothing is due

    def close_of_suspended(self, key, partner):
        request, share = self.requests[key], self.requests[key].shares[partner]
        unless(share.is_live and not self.partners[partner].approved)
        share.move("closed", self.now, "partner_suspended")
        self._end(request, share, successor=True)

    def advance_share(self, key, partner):
        request, share = self.requests[key], self.requests[key].shares[partner]
        found = due(share.steps(), share.done, self.now)
        unless(found)
        number, step = found
        if step == "lapse":
            share.move("closed", self.now, "no_response")
        elif step == "stale":
            share.move("closed", self.now, "stale")
        elif step == "expire":
            share.move("accepted", self.now)
            share.revoked, share.waiting_since = False, self.now
        else:
            share.done = number + 1
            share.warned_at = self.now if step == "warn" else share.warned_at
        self._end(request, share, successor=step == "lapse")

    def advance_request(self, key):
        request = self.requests[key]
        unless(request.open and request.idle_since)
        found = due(growing_stale(request.idle_since, request.warned_at), request.done, self.now)
        unless(found)
        if found[1] == "stale":
            self._close(request)
        else:
            request.done, request.warned_at = found[0] + 1, self.now

    def try_again(self, key):
        request = self.requests[key]
        unless(request.next_try is not None and request.next_try <= self.now)
        self._ask(request, ())
        self._settle(request)
