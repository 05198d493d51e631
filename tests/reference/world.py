"""The acts of people and timers on all requests at once."""

from copy import deepcopy
from dataclasses import dataclass, replace

from tests.reference.tables import LOAD, PARTNER_VERBS, REQUEST_VERBS, SHARE_VERBS
from tests.reference.things import DAY, MINUTES, EditTold, Proposal, Request, Share, due

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


class World:
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
        other = World(partners, self.shops, self.staff, self.now, self.referred, self.born)
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

    # The seller

    def submit(self, person, key, shop, picks, budget, hides, foreign=False):
        request = Request(shop, not picks, budget, hides, self.now, foreign=foreign)
        verb = REQUEST_VERBS["submit"]
        self._permit(verb, person, request)
        if key in self.requests:  # the same form once more: as the request stands now, or refused
            known = self.requests[key]
            chosen = {partner for partner, share in known.shares.items() if share.source == "picked"} | known.held_picks
            same = (known.refers, known.budget, known.hides) == (request.refers, budget, hides)
            unless(same and (known.refers or chosen == set(picks)))
            return
        unless(self.has_room_as_young(shop) and all(self.can_ask(request, partner) for partner in picks))
        self.requests[key] = request
        self._happened(request, verb.event, "shop", person, verb.tells)
        if foreign and shop not in self.confirmed:
            self._hold(request, "contact")
            self._happened(request, "contact_asked", "shop", person, ())
        self._ask(request, picks, person)
        request.is_new = False
        self._settle(request, seller=True)

    def edit(self, person, key, version, budget, refers, hides, picks):
        request, verb = self.requests[key], REQUEST_VERBS["edit"]
        self._permit(verb, person, request)
        unless(request.status in verb.moves and request.version == version)
        new = set(picks) - request.held_picks
        unless(all(self.can_ask(request, partner) for partner in new))
        before, history, old = deepcopy(request), len(self.history), request.budget
        changed = (budget, refers, hides) != (request.budget, request.refers, request.hides)
        live = [share.partner for share in request.shares.values() if share.is_live]
        tells = verb.tells if request.budget != budget else ()
        if request.budget != budget:
            request.budget, request.tries, request.at, request.version = budget, 0, self.now, version + 1
        request.refers, request.hides = refers, hides
        if changed:
            request.opened = {}
            self._happened(request, verb.event, "shop", person, tells, live)
            if tells:
                self._join_edits(request, person, live, old)
        if self._ask(request, picks, person) or changed:
            self._settle(request, seller=True)
        else:
            self._undo(key, before, history)

    def _join_edits(self, request, person, partners, budget):
        """Who was notified of edits of the last minutes is notified of this one instead, or of none that was taken
        back; `budget` is what it was before."""
        place, told = len(self.history) - 1, set()
        for partner in partners:
            for reader, role in self.partners[partner].roles.items():
                if role not in REVIEWERS or reader == person:
                    continue
                now = EditTold(place, self.now, budget)
                earlier = request.edits_told.pop((partner, reader), None)
                if earlier and self.now - earlier.at < MINUTES:
                    now = replace(earlier, place=place)
                    known = self.history[earlier.place]
                    self.history[earlier.place] = replace(known, told=known.told - {reader})
                if now.budget != request.budget:
                    request.edits_told[partner, reader] = now
                    told.add(reader)
        self.history[place] = replace(self.history[place], told=frozenset(told))

    def ask_for_referral(self, person, key):
        request, verb = self.requests[key], REQUEST_VERBS["ask_for_referral"]
        self._permit(verb, person, request)
        unless(request.status in verb.moves and not request.hold)
        before, history = deepcopy(request), len(self.history)
        changed, request.refers = not request.refers, True
        if changed:
            request.opened = {}
            self._happened(request, verb.event, "shop", person, verb.tells)
        if self._ask(request, ()) or changed:
            self._settle(request, seller=True)
        else:
            self._undo(key, before, history)
            raise NotNow

    def close_request(self, person, key):
        self._close("close_request", key, person)

    def close_request_as_staff(self, person, key):
        self._close("close_request_as_staff", key, person)

    def _close(self, name, key, person=None):
        request, verb = self.requests[key], REQUEST_VERBS[name]
        if verb.by != "timer":
            connected = any(share.status == "connected" for share in request.shares.values())
            self._permit(verb, person, request, connected=connected)
        unless(request.status in verb.moves)
        self._happened(request, verb.event, verb.by, person, verb.tells)
        for share in request.shares.values():
            if share.is_live:
                self._move("close_with_request", request, share, person, verb.by)
        request.open, request.hold, request.held_since = False, "", None
        self._keep(request)
        self._settle(request)

    def authorise(self, person, key, partner, days, alone=False, proposal=0):
        known = self.requests[key].shares[partner].proposal
        possible = not proposal or (known is not None and known.number == proposal and known.holds_at(self.now))
        request, share = self._act("authorise", person, key, partner, possible=possible)
        if proposal:
            known.status, known.chosen, known.done = "chosen", proposal, 0
        share.days, share.until = days, self.now + days * DAY
        for other in request.shares.values():
            if alone and other.is_live and other is not share:
                self._move("close_share", request, other, person)
        self._end(request, share, seller=True)

    def renew(self, person, key, partner, days):
        request, share = self._act("renew", person, key, partner)
        if share.until != self.now + days * DAY:
            share.done = 0
        share.days, share.until = days, self.now + days * DAY
        self._end(request, share, seller=True)

    def revoke(self, person, key, partner):
        request, share = self._act("revoke", person, key, partner)
        share.revoked, share.waiting_since = True, self.now
        self._end(request, share, seller=True)

    def close_share(self, person, key, partner):
        self._end(*self._act("close_share", person, key, partner), seller=True)

    def write_as_seller(self, person, key, partner):
        request, share = self.requests[key], self.requests[key].shares[partner]
        replies = share.is_asked
        gives_time = replies and not share.extended
        event = "replied" if replies else "message"
        self._act("write_as_seller", person, key, partner, possible=self._has_room(share, "seller"), event=event)
        share.messages.append(("seller", self.now))
        if replies:
            share.asked_at, share.replied_at, share.done = None, self.now, 0
        if gives_time:
            share.extended, share.respond_by = True, share.respond_by + 2 * DAY
            self._happened(request, "extended", "platform", None, ("shop",))
        self._end(request, share, seller=True)

    def _has_room(self, share, side):
        lately = [at for whose, at in share.messages if whose == side and at > self.now - DAY]
        return not share.is_live or len(lately) < 20

    # The partner

    def write_as_partner(self, person, key, partner):
        share = self.requests[key].shares[partner]
        asks, possible = share.status == "reviewing", not share.is_asked and self._has_room(share, "partner")
        event = "asked" if asks else "message"
        request, share = self._act("write_as_partner", person, key, partner, possible=possible, event=event)
        share.messages.append(("partner", self.now))
        if asks:
            share.asked_at, share.done = self.now, 0
        self._end(request, share)

    def propose(self, person, key, partner, seen, months, until):
        """The same terms as those that hold are nothing new."""
        share = self.requests[key].shares[partner]
        known, history = share.proposal, len(self.history)
        same = known is not None and known.holds_at(self.now) and (known.months, known.until) == (months, until)
        possible = same or (seen == (known.number if known else 0) and until > self.now)
        request, share = self._act("propose", person, key, partner, possible=possible)
        if same:
            del self.history[history:]
            return
        chosen = known.chosen if known else 0
        share.proposal = Proposal(until, months, seen + 1, chosen=chosen)
        self._end(request, share)

    def take_back(self, person, key, partner, seen):
        known = self.requests[key].shares[partner].proposal
        possible = known is not None and known.status == "sent" and known.number == seen
        request, share = self._act("take_back", person, key, partner, possible=possible)
        share.proposal.status = "withdrawn"
        self._end(request, share)

    def accept(self, person, key, partner, version, message=False):
        possible = self.requests[key].version == version
        request, share = self._act("accept", person, key, partner, possible=possible)
        share.waiting_since = self.now
        if message:
            share.messages.append(("partner", self.now))
            self._happened(request, "message", "partner", person, ())
        self._end(request, share)

    def reject(self, person, key, partner, spam=False):
        self._say_no("reject", person, key, partner, spam)

    def withdraw(self, person, key, partner, spam=False):
        self._say_no("withdraw", person, key, partner, spam)

    def _say_no(self, name, person, key, partner, spam):
        request, share = self._act(name, person, key, partner)
        if spam:
            self._spam(request, share)
        self._end(request, share, successor=not spam)

    def end(self, person, key, partner):
        self._end(*self._act("end", person, key, partner))

    def open_contact(self, person, key, partner):
        """An event; within some minutes and without an edit between it is the same opening once more."""
        request, history = self.requests[key], len(self.history)
        self._act("open_contact", person, key, partner, possible=self.door_is_open(request, request.shares[partner]))
        last = request.opened.get((partner, person))
        if last is not None and self.now - last < MINUTES:
            del self.history[history:]
        else:
            request.opened[partner, person] = self.now

    def set_availability(self, person, partner, capacity, paused_until):
        unless(self.partner_role(person, partner) == "owner", NotTheirs)
        self.partners[partner].capacity, self.partners[partner].paused_until = capacity, paused_until

    # Staff

    def refer(self, person, key, partner):
        request, verb = self.requests[key], REQUEST_VERBS["refer"]
        self._permit(verb, person, request)
        unless(request.status in verb.moves and not request.hold)
        unless(self.can_ask(request, partner))
        self._share(request, partner, "staff", person)
        self._keep(request)
        self._settle(request)

    def release(self, person, key):
        request, verb = self.requests[key], REQUEST_VERBS["release"]
        self._permit(verb, person, request)
        unless(request.hold == "screening")
        request.screened_at = request.at = self.now
        request.tries = 0
        self._release(request, "staff", person)

    def confirm(self, key):
        """Whoever reads the mails of the foreign address follows the link."""
        request = self.requests[key]
        unless(request.hold == "contact")
        self.confirmed.add(request.shop)
        self._happened(request, "contact_confirmed", "platform", None, ())
        self._release(request, "platform")

    def open_contact_as_staff(self, person, key):
        request, verb = self.requests[key], REQUEST_VERBS["open_contact_as_staff"]
        self._permit(verb, person, request)
        self._happened(request, verb.event, verb.by, person, verb.tells)

    def close_as_staff(self, person, key, partner):
        self._end(*self._act("close_as_staff", person, key, partner))

    def approve(self, person, partner):
        self._move_partner("approve", person, partner)

    def decline(self, person, partner):
        self._move_partner("decline", person, partner)

    def suspend(self, person, partner):
        self._move_partner("suspend", person, partner)

    def reinstate(self, person, partner):
        self._move_partner("reinstate", person, partner)

    def _move_partner(self, name, person, partner):
        verb, it = PARTNER_VERBS[name], self.partners[partner]
        self._permit(verb, person)
        unless(it.status in verb.moves)
        it.status = verb.moves[it.status]

    # Timers: each raises NotNow when nothing is due

    def close_of_suspended(self, key, partner):
        request, share = self.requests[key], self.requests[key].shares[partner]
        unless(not self.partners[partner].approved)
        self._move("close_of_suspended", request, share)
        self._end(request, share, successor=True)

    def advance_share(self, key, partner):
        request, share = self.requests[key], self.requests[key].shares[partner]
        found = due(share.steps(), share.done, self.now)
        unless(found)
        number, step = found
        if step in SHARE_VERBS:
            self._move(step, request, share)
            if share.is_live:
                share.revoked, share.waiting_since = False, self.now
        else:
            share.done = number + 1
            share.warned_at = self.now if step == "warn" else share.warned_at
        self._end(request, share, successor=step == "lapse")

    def advance_proposal(self, key, partner):
        request, share = self.requests[key], self.requests[key].shares[partner]
        found = due(share.proposal.steps(), share.proposal.done, self.now) if share.proposal else None
        unless(found)
        number, event = found
        share.proposal.done = number + 1
        if event == "proposal_expired":
            share.proposal.status = "expired"
        if share.status == "accepted":
            tells = ("shop", "partner") if event == "proposal_expired" else ("shop",)
            self._happened(request, event, "platform", None, tells, [share.partner])

    def advance_request(self, key):
        request = self.requests[key]
        found = due(request.steps(), request.done, self.now)
        unless(found)
        if found[1] in ("go_stale", "close_unconfirmed"):
            self._close("close_stale" if found[1] == "go_stale" else found[1], key)
        else:
            request.done = found[0] + 1
            request.warned_at = self.now if found[1] in ("warn", "remind_contact") else request.warned_at

    def release_confirmed(self, key):
        """Another request of the shop confirmed the address meanwhile."""
        request = self.requests[key]
        unless(request.hold == "contact" and request.shop in self.confirmed)
        self._release(request, "platform")

    def try_again(self, key):
        request = self.requests[key]
        unless(request.next_try is not None and request.next_try <= self.now)
        self._ask(request, ())
        self._settle(request)

    def erase(self, key):
        request, verb = self.requests[key], REQUEST_VERBS["erase"]
        unless(request.status in verb.moves and not request.erased)
        request.erased = True
        self._happened(request, verb.event, verb.by, None, verb.tells)
