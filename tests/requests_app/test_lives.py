"""Random lives of a small world: whatever people, timers and clocks do in whatever order, the invariants hold."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Max
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts import clock
from accounts.exceptions import ActionRefused
from accounts.models import Notification
from partners import services as partner_services
from partners.models import Partner
from requests_app import referral, services
from requests_app.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from requests_app.timers import run_timers
from requests_app.visibility import contact_details
from tests import locks
from tests.factories import PartnerFactory, ShopFactory, UserFactory, details_of, owner_of

START = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)  # clocks go back on the 25th
numbers = st.integers(min_value=0, max_value=50)
reasons = st.sampled_from(["budget", "no_capacity", "other"])


class Lives(RuleBasedStateMachine):
    """Four partners with little room, two shops, one of staff; each act is tried, whether it is allowed or not."""

    def __init__(self):
        super().__init__()
        self.now = START
        self.final = {}  # share id: how it ended
        self.heard = 0  # the last event that was looked at
        self.world = locks.world_of_tests()
        self.world.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    @initialize()
    def people(self):
        with clock.at(self.now):
            self.partners = [PartnerFactory(capacity=2, smallest_budget=500 * number) for number in range(4)]
            self.shops = [ShopFactory(), ShopFactory()]
            self.staff = UserFactory(is_staff=True, is_superuser=True)

    def attempt(self, act, *args, **kwargs):
        with clock.at(self.now):
            try:
                return act(*args, **kwargs)
            except ActionRefused:
                return None

    def request(self, number):
        requests = PartnerRequest.objects.select_related("shop").order_by("pk")
        return requests[number % len(requests)] if requests else None

    def share(self, number):
        shares = Share.objects.select_related("partner", "request__shop").order_by("pk")
        return shares[number % len(shares)] if shares else None

    @rule(shop=numbers, picks=st.sets(st.integers(0, 3)), budget=st.sampled_from([400, 900, 3000]))
    def submit(self, shop, picks, budget):
        shop = self.shops[shop % 2]
        self.attempt(
            services.submit_request,
            shop=shop,
            by=owner_of(shop),
            form_token=uuid.uuid4(),
            details=details_of(budget=budget),
            request_type="choose" if picks else "refer",
            picks=[self.partners[number].pk for number in picks],
        )

    @rule(number=numbers, budget=st.sampled_from([400, 900, 3000]), kind=st.sampled_from(["choose", "refer"]))
    def edit(self, number, budget, kind):
        if request := self.request(number):
            self.attempt(
                services.edit_request,
                request_id=request.pk,
                by=owner_of(request.shop),
                version=request.version,
                details=request.details() | {"budget": budget},
                request_type=kind,
                hide_contact=False,
            )

    @rule(number=numbers)
    def ask_for_referral(self, number):
        if request := self.request(number):
            self.attempt(services.ask_for_referral, request_id=request.pk, by=owner_of(request.shop))

    @rule(number=numbers)
    def close_request(self, number):
        if request := self.request(number):
            self.attempt(services.close_request, request_id=request.pk, by=owner_of(request.shop))

    @rule(number=numbers, partner=st.integers(0, 3))
    def refer_by_hand(self, number, partner):
        if request := self.request(number):
            partner_id = self.partners[partner].pk
            self.attempt(services.refer_partner, request_id=request.pk, partner_id=partner_id, by=self.staff)

    @rule(number=numbers)
    def accept(self, number):
        if share := self.share(number):
            by, version = owner_of(share.partner), share.request.version
            self.attempt(services.accept_share, share_id=share.pk, by=by, version=version)

    @rule(number=numbers, reason=reasons, verb=st.sampled_from([services.reject_share, services.withdraw_share]))
    def say_no(self, number, reason, verb):
        if share := self.share(number):
            self.attempt(verb, share_id=share.pk, by=owner_of(share.partner), reason=reason)

    @rule(
        number=numbers,
        verb=st.sampled_from([services.authorise_share, services.renew_share]),
        days=st.sampled_from([30, 90]),
    )
    def authorise(self, number, verb, days):
        if share := self.share(number):
            by = owner_of(share.request.shop)
            self.attempt(verb, share_id=share.pk, by=by, areas={"ads": "view"}, days=days)

    @rule(number=numbers, verb=st.sampled_from([services.revoke_share, services.close_share]))
    def end(self, number, verb):
        if share := self.share(number):
            self.attempt(verb, share_id=share.pk, by=owner_of(share.request.shop))

    @rule(number=numbers)
    def authorise_and_close_the_others(self, number):
        if share := self.share(number):
            given = {"areas": {"ads": "manage"}, "days": 30, "close_others": True}
            self.attempt(services.authorise_share, share_id=share.pk, by=owner_of(share.request.shop), **given)

    @rule(number=numbers, who=st.sampled_from(["partner", "staff"]))
    def end_by_others(self, number, who):
        if share := self.share(number):
            if who == "staff":
                self.attempt(services.close_share_as_staff, share_id=share.pk, by=self.staff)
            else:
                self.attempt(services.close_share, share_id=share.pk, by=owner_of(share.partner), as_partner=True)

    @rule(number=numbers)
    def open_contact(self, number):
        if share := self.share(number):
            self.attempt(services.open_contact, share_id=share.pk, by=owner_of(share.partner))

    @rule(
        partner=st.integers(0, 3),
        verb=st.sampled_from([partner_services.suspend_partner, partner_services.reinstate_partner]),
    )
    def suspend_or_reinstate(self, partner, verb):
        self.attempt(verb, partner_id=self.partners[partner].pk, by=self.staff)

    @rule(partner=st.integers(0, 3), capacity=st.integers(0, 3), days=st.sampled_from([None, 1, 9]))
    def change_availability(self, partner, capacity, days):
        partner = self.partners[partner]
        until = days and self.now + timedelta(days=days)
        self.attempt(
            partner_services.set_availability,
            partner_id=partner.pk,
            by=owner_of(partner),
            capacity=capacity,
            paused_until=until,
        )

    @rule(hours=st.sampled_from([1, 25, 73, 24 * 7, 24 * 31, 24 * 61]))
    def time_passes(self, hours):
        """The timers come round, and once more for nothing."""
        self.now += timedelta(hours=hours)
        with clock.at(self.now):
            run_timers()
            before = Event.objects.count(), Notification.objects.count()
            assert set(run_timers().values()) == {0}
            assert (Event.objects.count(), Notification.objects.count()) == before
        self.heard = self.last_event()  # what one act of the timers frees may come too late for another

    @rule(hours=st.sampled_from([1, 24 * 3, 24 * 8]))
    def the_worker_is_down(self, hours):
        self.now += timedelta(hours=hours)

    @invariant()
    def all_holds(self):
        with clock.at(self.now):
            assert list(offenders()) == []
        assert not Partner.objects.exclude(status="approved").filter(offers__isnull=False).exists()

    @invariant()
    def nobody_is_said_to_be_missing_while_somebody_fits(self):
        for event in Event.objects.filter(pk__gt=self.heard, kind="unmatched").select_related("request__shop"):
            request = event.request
            if request.automatic_referrals < referral.TRIES and not request.shares.live().exists():
                with clock.at(self.now):
                    asked = request.shares.values_list("partner", flat=True)
                    assert not request.is_open or referral.candidates(request, asked) == []
        self.heard = self.last_event()

    def last_event(self):
        return Event.objects.aggregate(last=Max("pk"))["last"] or 0

    @invariant()
    def what_has_ended_stays_so_and_shows_nothing(self):
        for share in Share.objects.select_related("request", "partner"):
            assert self.final.get(share.pk, share.status) == share.status
            if not share.is_live:
                self.final[share.pk] = share.status
                assert contact_details(owner_of(share.partner), share) is None
                assert not share.authorisations.filter(ended_at=None).exists()


@pytest.mark.django_db
def test_random_lives_break_no_invariant():
    bounds = settings(
        max_examples=12,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Lives, settings=bounds)
