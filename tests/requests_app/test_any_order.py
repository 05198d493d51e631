"""Whatever people and timers do in whatever order: each step is done or refused, and every invariant holds after it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts import clock
from accounts.exceptions import ActionRefused
from partners import services as partner_services
from partners.models import Partner
from requests_app import services, tasks
from requests_app.invariants import offenders
from requests_app.models import Authorisation, PartnerRequest, Share
from requests_app.timers import run_timers
from requests_app.visibility import contact_details
from requests_app.workflow import FINAL, ShareStatus
from tests.factories import PartnerFactory, details_of, make_request, owner_of

FIRST, SECOND = st.integers(0, 4), st.integers(0, 4)
SETTINGS = settings(
    max_examples=10,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
VERBS = st.sampled_from(["authorise", "authorise", "renew", "revoke", "close", "close_request"])
BUDGETS = st.sampled_from([Decimal(400), Decimal(2000), Decimal(2500)])


@pytest.mark.django_db
def test_any_order_of_acts_leaves_what_is_allowed(shop, seller, editor, staff):
    partners = [PartnerFactory(name=f"Agency {n}", capacity=2) for n in range(5)]
    people = {partner.pk: owner_of(partner) for partner in partners}

    class Acts(RuleBasedStateMachine):
        """One example: its requests are rolled back at its end."""

        def __init__(self):
            super().__init__()
            self.atomic = transaction.atomic()
            self.atomic.__enter__()
            self.at = clock.at(clock.now())
            self.at.__enter__()
            self.ended = {}

        def teardown(self):
            self.at.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

        def attempt(self, act, **arguments):
            try:
                with transaction.atomic():
                    act(**arguments)
            except ActionRefused:
                pass  # what it says, and that it changed nothing, is test_services' to prove

        def share(self, number):
            shares = list(Share.objects.order_by("-id")[: number + 1])
            return shares[-1] if shares else None

        def request(self, number):
            return PartnerRequest.objects.order_by("-id")[: number + 1][::-1][0]

        @rule(picks=st.sets(FIRST, max_size=3), hide=st.booleans(), budget=BUDGETS)
        def submit(self, picks, hide, budget):
            chosen = [partners[number] for number in picks]
            self.attempt(make_request, shop=shop, picks=chosen, by=editor, hide_contact=hide, budget=budget)

        @precondition(lambda self: PartnerRequest.objects.exists())
        @rule(which=FIRST, budget=BUDGETS, refer=st.booleans(), pick=SECOND, version=st.integers(1, 2))
        def edit(self, which, budget, refer, pick, version):
            self.attempt(
                services.edit_request,
                request_id=self.request(which).pk,
                by=seller,
                version=version,
                details=details_of(budget=budget),
                request_type="refer" if refer else "choose",
                hide_contact=False,
                picks=[partners[pick].pk] * (pick % 2),
            )

        @precondition(lambda self: Share.objects.exists())
        @rule(which=SECOND, answer=st.sampled_from(["accept", "accept", "reject", "withdraw", "open", "end"]))
        def partner_acts(self, which, answer):
            share = self.share(which)
            given = {"share_id": share.pk, "by": people[share.partner_id]}
            match answer:
                case "accept":
                    version = PartnerRequest.objects.get(pk=share.request_id).version
                    self.attempt(services.accept_share, version=version, **given)
                case "reject":
                    self.attempt(services.reject_share, reason="budget", **given)
                case "withdraw":
                    self.attempt(services.withdraw_share, reason="other", **given)
                case "open":
                    self.attempt(services.open_contact, **given)
                case "end":
                    self.attempt(services.close_share, as_partner=True, **given)

        @precondition(lambda self: Share.objects.exists())
        @rule(which=SECOND, verb=VERBS)
        def seller_acts(self, which, verb):
            share = self.share(which)
            given = {"share_id": share.pk, "by": seller}
            match verb:
                case "authorise":
                    self.attempt(
                        services.authorise_share, areas={"ads": "view"}, days=30, close_others=which % 2, **given
                    )
                case "renew":
                    self.attempt(services.renew_share, areas={"ads": "manage"}, days=90, **given)
                case "revoke":
                    self.attempt(services.revoke_share, **given)
                case "close":
                    self.attempt(services.close_share, **given)
                case "close_request":
                    self.attempt(services.close_request, request_id=share.request_id, by=seller)

        @rule(which=FIRST, verb=st.sampled_from(["suspend", "reinstate", "refer", "close"]))
        def staff_act(self, which, verb):
            partner = partners[which]
            match verb:
                case "suspend":
                    self.attempt(partner_services.suspend_partner, partner_id=partner.pk, by=staff)
                    tasks.close_shares_of_suspended_partner.call(partner.pk)
                case "reinstate":
                    self.attempt(partner_services.reinstate_partner, partner_id=partner.pk, by=staff)
                case "refer" if PartnerRequest.objects.exists():
                    self.attempt(services.refer_partner, request_id=self.request(0).pk, partner_id=partner.pk, by=staff)
                case "close" if Share.objects.exists():
                    self.attempt(services.close_share_as_staff, share_id=self.share(which).pk, by=staff)

        @rule(days=st.integers(1, 8))
        def time_passes(self, days):
            self.at.__exit__(None, None, None)
            self.at = clock.at(clock.now() + timedelta(days=days))
            self.at.__enter__()
            run_timers()

        @invariant()
        def all_holds(self):
            assert list(offenders()) == []

        @invariant()
        def nobody_has_more_than_he_takes(self):
            assert [partner for partner in Partner.objects.all() if partner.load > partner.capacity] == []

        @invariant()
        def what_has_ended_stays_so_and_shows_nothing(self):
            for share in Share.objects.select_related("request", "partner"):
                assert (
                    self.ended.setdefault(share.pk, share.status) == share.status or self.ended[share.pk] not in FINAL
                )
                self.ended[share.pk] = share.status
                if share.status in FINAL:
                    assert contact_details(people[share.partner_id], share) is None
                if share.status != ShareStatus.CONNECTED:
                    assert not Authorisation.objects.filter(share=share, ended_at=None).exists()

    run_state_machine_as_test(
        Acts,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
