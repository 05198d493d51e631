"""Random lives of a small world beside the reference model: each act is tried by anyone at any time.

After each, the product must have allowed what the model allows, and both must agree on every status, headline, count
and door, and on who sees which rows.
"""

import uuid
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from accounts import clock
from accounts.exceptions import ActionRefused
from accounts.models import Notification
from partners import services as partner_services
from requests_app import automatic, contacts, holds, services
from requests_app.conversation import services as conversation
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from requests_app.proposals import services as proposals
from requests_app.proposals.models import Proposal
from requests_app.timers import run_timers
from tests import beside, locks, reference
from tests.factories import PartnerFactory, ShopFactory, UserFactory, add_to_partner, add_to_shop, details_of, terms_of
from tests.faults.agreement import Agreement, agree

START = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)  # clocks go back on the 25th
STEPS = 30
AREAS = {"ads": "view"}
FOREIGN = "desk@elsewhere.example"  # a contact email that is nobody's of the shop
numbers = st.sampled_from(range(50))  # not st.integers, which prefers 0
whoever = st.sampled_from(range(-30, 12))  # mostly somebody whose part it is
budgets = st.sampled_from([400, 900, 3000])
durations = st.sampled_from([30, 90])
few = st.sets(st.integers(0, 3), max_size=3)


ACTS = []  # (name, what is drawn for it), each as many times as it is to come beside the others


def may(times=1, **drawn):
    """An act of the machine. All are one rule to hypothesis, which would else leave some out of each life."""

    def known(method):
        ACTS.extend([(method.__name__, drawn)] * times)
        return method

    return known


def drawn_act(number):
    name, drawn = ACTS[number]
    return st.tuples(st.just(name), st.fixed_dictionaries(drawn))


class Lives(Agreement, RuleBasedStateMachine):
    """Four partners with little room, two shops, two of staff of whom one may nothing."""

    counted = 0

    def __init__(self):
        super().__init__()
        self.now, self.steps = START, 0
        self.around = locks.world_of_tests()
        self.around.__enter__()

    def teardown(self):
        try:
            with clock.at(self.now):
                agree("broken invariants", list(offenders()), [])
        finally:
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

    @initialize()
    def people(self):
        with clock.at(self.now):
            self.partners = [PartnerFactory(capacity=2, smallest_budget=500 * number) for number in range(4)]
            self.shops = [ShopFactory(), ShopFactory(days=0)]
            add_to_partner(self.partners[0], UserFactory(), "reviewer")
            add_to_partner(self.partners[0], UserFactory(), "viewer")
            add_to_shop(self.shops[0], UserFactory(), "editor")
            add_to_shop(self.shops[0], UserFactory(), "viewer")
            self.staff, clerk = UserFactory(is_staff=True, is_superuser=True), UserFactory(is_staff=True)
        self.of = {of: beside.roles_in(of) for of in (*self.partners, *self.shops)}
        self.everybody = [*dict.fromkeys(person for roles in self.of.values() for person in roles), self.staff, clerk]
        self.model = reference.World(
            {each.pk: reference.Partner(2, 500 * number, self.of[each]) for number, each in enumerate(self.partners)},
            {shop.pk: self.of[shop] for shop in self.shops},
            {self.staff},
            self.now,
            self.referred,
            {self.shops[1].pk: self.now},
        )
        for shop, picks in ((0, {0, 1}), (0, {}), (1, {2})):
            self.submit(shop, -30, picks, 3000, False)
        for number in range(2):
            self.accept(number, -30, 0)
        self.authorise(0, -30, 30, False)

    def referred(self, request):
        """The partners that the product referred for it, of which the model does not know yet."""
        key = next(key for key, known in self.model.requests.items() if known is request)
        referred = Share.objects.filter(request=key, source="referred").values_list("partner", flat=True)
        return set(referred) - request.shares.keys()

    def attempt(self, act, expected):
        """Do it in the product and in the model; gives what the product gave, or None where both refused."""
        self.counted_one()
        with clock.at(self.now):
            try:
                given, refused = act(), None
            except ActionRefused as raised:
                given, refused = None, raised
        if given is False:  # a timer that found nothing due
            refused = given
        try:
            expected(given) if expected.func.__name__ == "submit" else expected()
        except reference.Refused:
            assert refused is not None, f"{expected} should be refused"
            assert refused is False or refused.message
            return None
        assert refused is None, f"{expected} was refused: {refused!r}"
        return given

    @classmethod
    def counted_one(cls):
        Lives.counted += 1

    def someone(self, who, of, roles=("owner",)):
        """A person of a shop or partner in one of the roles; or in any; or anybody at all."""
        fit = [person for person, role in self.of[of].items() if role in roles or who > -10]
        return fit[who % len(fit)] if who < 0 else self.everybody[who % len(self.everybody)]

    def official(self, who):
        return self.staff if who < 0 else self.everybody[who % len(self.everybody)]

    def request(self, number):
        keys = list(self.model.requests)
        return keys[number % len(keys)] if keys else None

    def shares(self):
        """{(request, partner): share}, as the model has them."""
        return {
            (key, partner): share
            for key, request in self.model.requests.items()
            for partner, share in request.shares.items()
        }

    def share(self, number, statuses=(), mostly=()):
        """(request, partner) of a share; mostly one of these keys, or in such a status."""
        known = self.shares()
        fit = [key for key, share in known.items() if share.status in statuses] if number < 40 else []
        keys = (list(mostly) if number < 25 else []) or fit or list(known)
        return keys[number % len(keys)] if keys else None

    def shop_of(self, key):
        return next(shop for shop in self.shops if shop.pk == self.model.requests[key].shop)

    def partner_of(self, key):
        return next(partner for partner in self.partners if partner.pk == key)

    def seller_act(self, name, service, number, who, roles=("owner", "editor")):
        if key := self.request(number):
            by = self.someone(who, self.shop_of(key), roles)
            self.attempt(partial(service, request_id=key, by=by), partial(getattr(self.model, name), by, key))

    def share_act(self, name, service, number, choose, *statuses, expected=(), mostly=(), **given):
        """`choose(request, partner)` says who does it, mostly in `statuses`; the model takes `expected` besides."""
        if found := self.share(number, statuses, mostly):
            by = choose(*found)
            share_id = Share.objects.values_list("pk", flat=True).get(request=found[0], partner=found[1])
            act = partial(service, share_id=share_id, by=by, **given)
            self.attempt(act, partial(getattr(self.model, name), by, *found, *expected))

    def by_seller(self, who, roles=("owner",)):
        return lambda key, partner: self.someone(who, self.shop_of(key), roles)

    def by_partner(self, who, roles=("owner", "reviewer")):
        return lambda key, partner: self.someone(who, self.partner_of(partner), roles)

    @rule(act=st.deferred(lambda: st.sampled_from(range(len(ACTS))).flatmap(drawn_act)))
    def act(self, act):
        name, given = act
        getattr(self, name)(**given)

    # The seller

    @may(2, shop=st.integers(0, 1), who=whoever, picks=few, budget=budgets, hides=st.booleans(),
         foreign=st.booleans())  # fmt: skip
    def submit(self, shop, who, picks, budget, hides, foreign=False):
        shop, picks = self.shops[shop], [self.partners[number].pk for number in sorted(picks)]
        by = self.someone(who, shop, ("owner", "editor"))
        details = details_of(budget=budget, **({"contact_email": FOREIGN} if foreign else {}))
        act = partial(
            services.submit_request, shop=shop, by=by, form_token=uuid.uuid4(), details=details,
            request_type="choose" if picks else "refer", hide_contact=hides, picks=picks,
        )  # fmt: skip

        def submit(made):
            self.model.submit(by, made and made.pk, shop.pk, picks, budget, hides, foreign)

        self.attempt(act, partial(submit))

    @may(2, number=numbers, who=whoever, old=st.sampled_from([0, 0, 0, 1]), budget=budgets, refers=st.booleans(),
          hides=st.booleans(), picks=few)  # fmt: skip
    def edit(self, number, who, old, budget, refers, hides, picks):
        if key := self.request(number):
            by = self.someone(who, self.shop_of(key), ("owner", "editor"))
            version = self.model.requests[key].version - old
            picks = [self.partners[number].pk for number in sorted(picks)]
            address = {"contact_email": FOREIGN} if self.model.requests[key].foreign else {}
            act = partial(
                services.edit_request, request_id=key, by=by, version=version,
                details=details_of(budget=budget, **address),
                request_type="refer" if refers else "choose", hide_contact=hides, picks=picks,
            )  # fmt: skip
            self.attempt(act, partial(self.model.edit, by, key, version, budget, refers, hides, picks))

    @may(number=numbers, who=whoever)
    def ask_for_referral(self, number, who):
        self.seller_act("ask_for_referral", services.ask_for_referral, number, who)

    @may(number=numbers, who=whoever)
    def close_request(self, number, who):
        self.seller_act("close_request", services.close_request, number, who)

    @may(3, number=numbers, who=whoever, days=durations, alone=st.booleans(), proposal=st.sampled_from([0, 0, 1, 2]))
    def authorise(self, number, who, days, alone, proposal=0):
        given = {"areas": AREAS, "days": days, "close_others": alone, "proposal": proposal or None}
        choose, expected = self.by_seller(who), (days, alone, proposal)
        self.share_act("authorise", services.authorise_share, number, choose, "accepted", expected=expected, **given)

    @may(4, number=numbers, who=whoever)
    def write_as_seller(self, number, who):
        asked = [key for key, share in self.shares().items() if share.is_asked]
        given = {"text": "Yes.", "token": uuid.uuid4()}
        choose = self.by_seller(who, ("owner", "editor"))
        self.share_act(
            "write_as_seller", conversation.send_as_seller, number, choose, *reference.LIVE, mostly=asked, **given
        )

    @may(number=numbers, who=whoever, days=durations)
    def renew(self, number, who, days):
        choose = self.by_seller(who)
        self.share_act(
            "renew", services.renew_share, number, choose, "connected", expected=(days,), areas=AREAS, days=days
        )

    @may(number=numbers, who=whoever)
    def revoke(self, number, who):
        self.share_act("revoke", services.revoke_share, number, self.by_seller(who), "connected")

    @may(number=numbers, who=whoever)
    def close_share(self, number, who):
        self.share_act("close_share", services.close_share, number, self.by_seller(who, ("owner", "editor")))

    # The partner

    @may(4, number=numbers, who=whoever, old=st.sampled_from([0, 0, 0, 1]), message=st.booleans())
    def accept(self, number, who, old, message=False):
        if found := self.share(number, ["reviewing"]):
            version = self.model.requests[found[0]].version - old
            given = {"version": version, "message": "We look forward to it." if message else ""}
            choose, expected = self.by_partner(who), (version, message)
            self.share_act("accept", services.accept_share, number, choose, "reviewing", expected=expected, **given)

    @may(5, number=numbers, who=whoever)
    def write_as_partner(self, number, who):
        given = {"text": "Do your hosts speak English?", "token": uuid.uuid4()}
        choose = self.by_partner(who)
        self.share_act("write_as_partner", conversation.send_as_partner, number, choose, *reference.LIVE, **given)

    @may(4, number=numbers, who=whoever, months=st.sampled_from([3, 6]), days=st.sampled_from([1, 14, 14, -1]),
         old=st.sampled_from([0, 0, 0, 1]))  # fmt: skip
    def propose(self, number, who, months, days, old):
        if found := self.share(number, ["accepted"]):
            known = self.model.requests[found[0]].shares[found[1]].proposal
            seen, until = (known.number if known else 0) - old, self.now + timedelta(days=days)
            terms = terms_of(months=months, valid_until=until, starts_on=START.date())
            choose, expected = self.by_partner(who), (seen, months, until)
            act = proposals.send_proposal
            self.share_act("propose", act, number, choose, "accepted", expected=expected, seen=seen, terms=terms)

    @may(number=numbers, who=whoever, old=st.sampled_from([0, 0, 1]))
    def take_back(self, number, who, old):
        proposed = [key for key, share in self.shares().items() if share.proposal]
        if found := self.share(number, ["accepted"], mostly=proposed):
            known = self.model.requests[found[0]].shares[found[1]].proposal
            seen, act, choose = (known.number if known else 1) - old, proposals.withdraw_proposal, self.by_partner(who)
            given = {"expected": (seen,), "seen": seen, "mostly": proposed}
            self.share_act("take_back", act, number, choose, "accepted", **given)

    @may(3, number=numbers, who=whoever, spam=st.booleans())
    def reject(self, number, who, spam):
        choose, reason = self.by_partner(who), "spam" if spam else "budget"
        self.share_act("reject", services.reject_share, number, choose, "reviewing", expected=(spam,), reason=reason)

    @may(number=numbers, who=whoever, spam=st.booleans())
    def withdraw(self, number, who, spam):
        choose, reason = self.by_partner(who), "spam" if spam else "other"
        self.share_act("withdraw", services.withdraw_share, number, choose, "accepted", expected=(spam,), reason=reason)

    @may(2, number=numbers)
    def confirm(self, number):
        held = [key for key, known in self.model.requests.items() if known.hold == "contact"]
        if key := held[number % len(held)] if held else self.request(number):
            row = PartnerRequest.objects.get(pk=key)
            act = lambda: holds.confirm_contact(token=contacts.token_for(row)) == contacts.State.OPEN  # noqa: E731
            self.attempt(act, partial(self.model.confirm, key))

    @may(number=numbers, who=whoever)
    def end(self, number, who):
        choose = self.by_partner(who, ("owner",))
        self.share_act("end", services.end_connection, number, choose, "connected", reason="done")

    @may(number=numbers, who=whoever)
    def open_contact(self, number, who):
        choose = self.by_partner(who, ("owner", "reviewer", "viewer"))
        self.share_act("open_contact", services.open_contact, number, choose, *reference.LIVE)

    @may(number=st.integers(0, 3), who=whoever, capacity=st.integers(0, 3), days=st.sampled_from([None, 1, 9]))
    def set_availability(self, number, who, capacity, days):
        partner = self.partners[number]
        by, until = self.someone(who, partner), days and self.now + timedelta(days=days)
        given = {"capacity": capacity, "paused_until": until}
        act = partial(partner_services.set_availability, partner_id=partner.pk, by=by, **given)
        self.attempt(act, partial(self.model.set_availability, by, partner.pk, capacity, until))

    # Staff

    @may(number=numbers, who=whoever)
    def close_request_as_staff(self, number, who):
        if key := self.request(number):
            by = self.official(who)
            act = partial(services.close_request, request_id=key, by=by, staff_reason="other", staff_note="Spam")
            self.attempt(act, partial(self.model.close_request_as_staff, by, key))

    @may(2, number=numbers, who=whoever)
    def release(self, number, who):
        held = [key for key, known in self.model.requests.items() if known.hold == "screening"]
        if key := held[number % len(held)] if held else self.request(number):
            by = self.official(who)
            act = partial(holds.release_request, request_id=key, by=by, reason="genuine")
            self.attempt(act, partial(self.model.release, by, key))

    @may(number=numbers, who=whoever, partner=st.integers(0, 3))
    def refer(self, number, who, partner):
        if key := self.request(number):
            by, partner = self.official(who), self.partners[partner].pk
            act = partial(services.refer_partner, request_id=key, partner_id=partner, by=by)
            self.attempt(act, partial(self.model.refer, by, key, partner))

    @may(number=numbers, who=whoever)
    def close_share_as_staff(self, number, who):
        choose = lambda key, partner: self.official(who)  # noqa: E731
        self.share_act("close_as_staff", services.close_share_as_staff, number, choose, reason="other")

    @may(number=st.integers(0, 3), who=whoever)
    def suspend(self, number, who):
        by, partner = self.official(who), self.partners[number].pk
        act = partial(partner_services.suspend_partner, partner_id=partner, by=by)
        self.attempt(act, partial(self.model.suspend, by, partner))

    @may(number=st.integers(0, 3), who=whoever)
    def reinstate(self, number, who):
        by, partner = self.official(who), self.partners[number].pk
        act = partial(partner_services.reinstate_partner, partner_id=partner, by=by)
        self.attempt(act, partial(self.model.reinstate, by, partner))

    # Time

    @may(4, hours=st.sampled_from([25, 73, 24 * 7, 24 * 15, 24 * 31, 24 * 61, 1]))
    def time_passes(self, hours):
        """The worker may be down meanwhile; but for ended pauses, after which a partner is offered again."""
        self.now = self.model.now = self.now + timedelta(hours=hours)
        with clock.at(self.now):
            for partner in self.partners:
                ended = partner_services.end_pause(partner_id=partner.pk)
                known = self.model.partners[partner.pk]
                assert ended == (known.paused_until is not None and known.paused_until <= self.now)
                known.paused_until = None if ended else known.paused_until

    def timers(self):
        """Each timer of each thing: the product's, and the model's."""
        for key, request in list(self.model.requests.items()):
            of_request = {"request_id": key}
            shares = dict(Share.objects.filter(request=key).values_list("partner", "pk"))
            for partner, share_id in shares.items():
                closing = partial(automatic.close_share_of_suspended_partner, share_id=share_id)
                yield closing, partial(self.model.close_of_suspended, key, partner)
                yield (
                    partial(automatic.advance_share, share_id=share_id),
                    partial(self.model.advance_share, key, partner),
                )
                if proposal := Proposal.objects.filter(share=share_id).first():
                    yield (
                        partial(automatic.advance_proposal, proposal_id=proposal.pk),
                        partial(self.model.advance_proposal, key, partner),
                    )
            if request.open:
                yield partial(automatic.advance_request, **of_request), partial(self.model.advance_request, key)
                yield (
                    partial(automatic.release_confirmed, **of_request),
                    partial(self.model.release_confirmed, key),
                )
                yield partial(automatic.try_again, **of_request), partial(self.model.try_again, key)

    @may(2, number=numbers)
    def a_timer_comes_early_or_late(self, number):
        timers = list(self.timers())
        if timers:
            self.attempt(*timers[number % len(timers)])

    @may(3)
    def all_timers_come_round(self):
        """Until the model knows of nothing that is due; then the product knows of nothing either."""
        while [each for each in self.timers() if self.attempt(*each)]:
            pass
        with clock.at(self.now):
            run_timers()  # erases what was closed long ago, which changes no status
            before = Event.objects.count(), Notification.objects.count()
            assert set(run_timers().values()) == {0}
            assert (Event.objects.count(), Notification.objects.count()) == before


def run(rounds, *, derandomize=False):
    """Live this many lives; gives rows of (what, number, number wanted). Raises AssertionError with the shortest life
    in which product and model part."""
    bounds = settings(
        max_examples=rounds,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=derandomize,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    Lives.counted = 0
    run_state_machine_as_test(Lives, settings=bounds)
    return [
        ("random lives", rounds, None),
        ("acts tried in them", Lives.counted, None),
        ("acts on which product and reference model differ", 0, 0),
    ]
