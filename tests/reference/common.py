"""Who is what in the world of the reference model, and what every act in it has in common."""

from copy import deepcopy
from dataclasses import dataclass, replace

from tests.reference.tables import LOAD, REQUEST_VERBS, SHARE_VERBS
from tests.reference.things import DAY, Share

EDITORS, REVIEWERS = ("owner", "editor"), ("owner", "reviewer")  # who is notified of what the other side does


class Refused(Exception):
    pass


class NotTheirs(Refused):
    """Not an act of this person."""


class NotNow(Refused):
    """Not possible in the present state."""


def unless(allowed, refusal=NotNow):
    if not allowed:
        raise refusal


ACTORS = {"shop": "seller", "timer": "platform"}  # what an event calls the side that acted, where it differs


@dataclass(frozen=True)
class Happened:
    """One event: whose act it was, by whom (None: the platform's), and who was notified of it."""

    request: object
    kind: str
    actor: str
    by: object
    told: frozenset


def nobody(request):
    """Whom the platform refers, where a test does not say."""
    return set()


class Common:
    """All requests at one moment; `World` has the acts."""

    def __init__(self, partners, shops, staff, now, referred=nobody, born=None):
        self.partners, self.shops, self.staff = partners, shops, staff  # shops: {id: {person: role}}
        self.born = born or {}  # {shop: since when it is here}, of those that are not old
        self.now, self.referred = now, referred
        self.requests = {}
        self.history = []  # of Happened
        self.confirmed = set()  # the shops that have confirmed the foreign address

    def copy(self):
        """Another world that is as this one is now, of the same people."""
        partners = {key: replace(partner) for key, partner in self.partners.items()}
        other = type(self)(partners, self.shops, self.staff, self.now, self.referred, self.born)
        other.requests, other.history = deepcopy(self.requests), list(self.history)
        other.confirmed = set(self.confirmed)
        return other

    # Who is what

    def roles_of(self, person, request=None, partner=None):
        """{side: role} of a person beside a request and a partner."""
        of_shop = self.shops[request.shop].get(person) if request else None
        of_partner = self.partners[partner].roles.get(person) if partner is not None else None
        roles = {"shop": of_shop, "partner": of_partner, "staff": "staff" if person in self.staff else None}
        return {side: role for side, role in roles.items() if role}

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

    def can_ask(self, request, partner):
        return self.is_free(partner) and partner not in request.shares and self.live_with(request.shop, partner) < 2

    def live_with(self, shop, partner):
        """How many live shares a shop has with a partner."""
        held = (request.shares.get(partner) for request in self.requests.values() if request.shop == shop)
        return sum(share is not None and share.is_live for share in held)

    def has_room_as_young(self, shop):
        """Whether a shop of less than seven days has fewer than three open requests; an older one always has."""
        held = sum(request.open and request.shop == shop for request in self.requests.values())
        return shop not in self.born or self.now - self.born[shop] >= 7 * DAY or held < 3

    def fitting(self, request):
        return {
            partner
            for partner, it in self.partners.items()
            if self.can_ask(request, partner) and it.smallest <= request.budget
        }

    def door_is_open(self, request, share):
        shown = share.is_live and request.open and self.partners[share.partner].approved
        return shown and not (request.hides and share.status == "reviewing")

    # What every act has in common

    def _permit(self, verb, person, request=None, partner=None, *, connected=False):
        roles = self.roles_of(person, request, partner)
        unless(any(verb.is_of(side, role, connected=connected) for side, role in roles.items()), NotTheirs)

    def _happened(self, request, kind, side, by, tells, partners=()):
        """An event, of which the sides in `tells` are notified: the shop, and these partners."""
        people = {person for person, role in self.shops[request.shop].items() if "shop" in tells and role in EDITORS}
        for partner in partners if "partner" in tells else ():
            people |= {person for person, role in self.partners[partner].roles.items() if role in REVIEWERS}
        key = next((key for key, known in self.requests.items() if known is request), None)
        own = {by} if kind != "submitted" else set()  # its receipt
        self.history.append(Happened(key, kind, ACTORS.get(side, side), by, frozenset(people - own)))

    def _move(self, name, request, share, by=None, side=None, event=""):
        """What a verb does to a share; whether that person may is asked before."""
        verb = SHARE_VERBS[name]
        unless(share.status in verb.moves)
        target = verb.moves[share.status]
        if target != share.status:
            share.move(target, self.now, verb.reason)
        self._happened(request, event or verb.event, side or verb.by, by, verb.tells, [share.partner])

    def _act(self, name, person, key, partner, *, possible=True, event=""):
        """A person's verb on a share: gives the request and the share, which has moved."""
        request, share = self.requests[key], self.requests[key].shares[partner]
        verb = SHARE_VERBS[name]
        self._permit(verb, person, request, partner, connected=share.status == "connected")
        if verb.by == "partner" and name != "end":
            unless(self.partners[partner].approved, NotTheirs)
        unless(possible)
        self._move(name, request, share, person, event=event)
        return request, share

    def _share(self, request, partner, source, by=None, side=None):
        known, tells = {
            "picked": ("shop", ("partner",)),
            "referred": ("platform", ("partner",) if request.is_new else ("shop", "partner")),
            "staff": ("staff", REQUEST_VERBS["refer"].tells),
        }[source]
        request.shares[partner] = Share(partner, source, self.now)
        self._happened(request, "shared", side or known, by, tells, [partner])

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
        left_alone = request.refers_now and request.places > 0 and not request.any_live
        tells = left_alone and not request.unmatched
        request.unmatched = request.unmatched or left_alone
        if tells:
            self._happened(request, "unmatched", "platform", None, ("shop",))
        self._keep(request)
        return bool(number) or tells

    def _keep(self, request):
        request.seeking = request.seeking and request.wanted > 0
        if not request.refers_now or request.any_live:
            request.unmatched = False
        waits = request.seeking and not request.any_live
        request.next_try = (self.now + DAY if request.unmatched else self.now) if waits else None

    def _settle(self, request, *, seller=False):
        """After every act: times that begin anew."""
        for share in request.shares.values():
            if seller and share.status == "accepted":
                share.waiting_since, share.done = self.now, 0
        released = request.timed and request.timed[-1] and not request.hold
        if request.any_live or not request.open:
            request.idle_since = None
        elif request.idle_since is None or (seller and not request.hold) or released:
            request.idle_since = self.now
        timed = (request.open, request.idle_since, request.held_since, request.hold)
        if timed != request.timed:
            request.timed, request.done = timed, 0

    def _end(self, request, share, *, successor=False, seller=False):
        if not (successor and share.source == "referred"):
            self._keep(request)
        else:
            self._refer(request)
        self._settle(request, seller=seller)

    def _hold(self, request, hold):
        request.hold, request.held_since = hold, self.now
        self._happened(request, "held", "platform", None, () if request.is_new else ("shop",))

    def _release(self, request, side, by=None):
        """The hold ends: who was chosen meanwhile and is still free is asked, then who is referred; nobody is told of
        each, since the release says so."""
        self._happened(request, "released", side, by, ("shop",))
        kept, request.held_picks = request.held_picks, set()
        request.hold, request.held_since = "", None
        for partner in sorted(kept):
            if self.can_ask(request, partner):
                self._share(request, partner, "picked", by, side)
        if request.refers:
            request.is_new = True
            self._refer(request)
            request.is_new = False
        self._keep(request)
        self._settle(request)

    def _spam(self, request, share):
        """A verdict: two hold the request."""
        share.ended = "spam"
        if request.verdicts >= 2 and request.hold != "screening":
            self._hold(request, "screening")

    def _ask(self, request, picks, by=None):
        if request.hold:
            new = set(picks) - request.held_picks
            unless(all(self.can_ask(request, partner) for partner in new))
            changed, request.held_picks = set(picks) != request.held_picks, set(picks)
            self._keep(request)
            return changed
        unless(all(self.can_ask(request, partner) for partner in picks))
        for partner in picks:
            self._share(request, partner, "picked", by)
        if request.refers:
            return self._refer(request) or bool(picks)
        self._keep(request)
        return bool(picks)

    def _undo(self, key, request, history):
        self.requests[key] = request
        del self.history[history:]
