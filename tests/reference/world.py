"""The acts of people and timers on all requests at once."""

from copy import deepcopy
from dataclasses import replace

from tests.reference.common import REVIEWERS, Common, NotNow, NotTheirs, unless
from tests.reference.tables import PARTNER_VERBS, REQUEST_VERBS, SHARE_VERBS
from tests.reference.things import DAY, MINUTES, EditTold, Proposal, Request, due


class World(Common):
    # The seller

    def submit(self, person, key, shop, picks, budget, hides, foreign=False):
        request = Request(shop, not picks, budget, hides, self.now, foreign=foreign)
        verb = REQUEST_VERBS["submit"]
        self._permit(verb, person, request)
        if key in self.requests:  # the same form once more: as the request stands now, or refused
            known = self.requests[key]
            chosen = {partner for partner, share in known.shares.items() if share.source == "picked"} | known.held_picks
            same = (known.refers, known.budget, known.hides) == (request.refers, budget, hides)
            same = same and not known.erased  # which leaves nothing of what was typed
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
