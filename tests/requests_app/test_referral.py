"""Referral by the platform: the first three, the next in a free place, and when it stops (docs/design.md, Referral)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection

from accounts import clock
from accounts.exceptions import NotPossible
from accounts.models import Notification
from partners import services as partner_services
from partners.models import Partner
from partners.services import save_rates
from requests_app import automatic, referral, services, tasks
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest
from requests_app.timers import run_timers
from tests import locks
from tests.factories import PartnerFactory, details_of, lapse, make_request, owner_of
from tests.queries import counted


@pytest.fixture
def agencies(db):
    """Eight partners that fit, the best first: each smallest budget is nearer to the request's 2,000 than the last."""
    return [PartnerFactory(name=f"Agency {n}", smallest_budget=1400 + 40 * n) for n in range(8)]


@pytest.fixture
def referred(agencies, shop):
    return make_request(shop)


def asked(request):
    """The names of all partners ever asked, in order."""
    return list(request.shares.order_by("id").values_list("partner__name", flat=True))


def live(request):
    return list(request.shares.live().order_by("id").values_list("partner__name", flat=True))


def share_of(request, name):
    return request.shares.select_related("partner").get(partner__name=name)


def reject(share):
    services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="no_capacity")


def withdraw(share):
    services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)
    services.withdraw_share(share_id=share.pk, by=owner_of(share.partner), reason="no_capacity")


def suspend(share):
    staff = type(owner_of(share.partner)).objects.create_superuser("desk@example.com")
    partner_services.suspend_partner(partner_id=share.partner_id, by=staff)
    tasks.close_shares_of_suspended_partner.call(share.partner_id)


def fresh(request):
    return PartnerRequest.objects.get(pk=request.pk)


def test_best_three_are_referred_with_score_and_reasons(referred):
    shares = referred.shares.order_by("id")

    assert asked(referred) == ["Agency 0", "Agency 1", "Agency 2"]
    assert {share.source for share in shares} == {"referred"}
    assert shares[0].score > shares[1].score > shares[2].score
    assert shares[0].reasons[0] == {"code": "specialises", "category": "Beauty & Personal Care"}
    assert all(1 <= len(share.reasons) <= 3 for share in shares)
    assert (fresh(referred).headline, fresh(referred).automatic_referrals) == ("reviewing", 3)
    assert list(offenders()) == []


def test_referral_is_the_platforms_act_with_its_score(referred, seller):
    share = share_of(referred, "Agency 0")

    event = Event.objects.get(share=share)
    assert (event.kind, event.actor, event.by, event.data) == ("shared", "platform", None, {"score": share.score})
    told = list(seller.notifications.order_by("id").values_list("template", flat=True))
    assert told == ["submitted_for_seller"]  # which names the partners
    assert seller.notifications.get().context["partners"] == ["Agency 0", "Agency 1", "Agency 2"]


def test_referral_is_remembered_by_the_partner(referred, agencies):
    times = [Partner.objects.get(pk=agency.pk).last_referred_at for agency in agencies[:4]]

    assert times[:3] == [share_of(referred, f"Agency {n}").shared_at for n in range(3)]
    assert times[3] is None


@pytest.mark.parametrize("end", [reject, withdraw, lapse, suspend])
def test_next_is_referred_when_a_referral_ends_without_acceptance(end, referred):
    end(share_of(referred, "Agency 1"))

    assert live(referred) == ["Agency 0", "Agency 2", "Agency 3"]
    assert fresh(referred).automatic_referrals == 4
    assert list(offenders()) == []


def test_seller_is_told_of_the_next(referred, seller, editor):
    reject(share_of(referred, "Agency 0"))

    for person in (seller, editor):
        told = person.notifications.order_by("-id").first()
        assert (told.template, told.context["partner"]) == ("shared_for_seller", "Agency 3")
        assert told.context["reasons"] == share_of(referred, "Agency 3").reasons


def test_platform_stops_after_five_tries(referred):
    for name in ("Agency 0", "Agency 1", "Agency 2", "Agency 3", "Agency 4"):
        reject(share_of(referred, name))

    request = fresh(referred)
    assert asked(referred) == [f"Agency {n}" for n in range(5)]
    assert (request.automatic_referrals, request.seeking, request.headline) == (5, False, "rejected")
    assert request.unmatched_since is not None
    assert list(referral.unmatched()) == [request]
    assert list(offenders()) == []


def test_nobody_left_is_told_once_and_honestly(agencies, shop, seller):
    request = make_request(shop, budget=Decimal("1410.00"))  # only the first is content with it

    reject(share_of(request, "Agency 0"))

    request = fresh(request)
    assert asked(request) == ["Agency 0"]
    assert (request.seeking, list(referral.unmatched())) == (True, [request])
    told = seller.notifications.order_by("-id").values_list("template", flat=True)[:2]
    assert list(told) == ["unmatched_for_seller", "rejected_for_seller"]
    assert Event.objects.filter(kind="unmatched").count() == 1


def test_request_that_nobody_fits_is_looked_for_and_unmatched(agencies, shop, seller):
    request = fresh(make_request(shop, budget=Decimal("1.00")))

    assert (request.headline, request.seeking, asked(request)) == ("finding", True, [])
    assert list(referral.unmatched()) == [request]
    assert list(seller.notifications.order_by("id").values_list("template", flat=True)) == [
        "submitted_for_seller",
        "unmatched_for_seller",
    ]
    assert list(offenders()) == []


@pytest.mark.parametrize("connect", [False, True])
def test_nobody_is_referred_while_one_is_accepted_or_connected(connect, referred, seller):
    chosen = share_of(referred, "Agency 0")
    services.accept_share(share_id=chosen.pk, by=owner_of(chosen.partner), version=1)
    if connect:
        services.authorise_share(share_id=chosen.pk, by=seller, areas={"ads": "view"}, days=30)

    reject(share_of(referred, "Agency 1"))
    lapse(share_of(referred, "Agency 2"))

    assert asked(referred) == ["Agency 0", "Agency 1", "Agency 2"]
    assert fresh(referred).seeking is False
    assert list(offenders()) == []


def test_nobody_is_referred_in_a_place_the_seller_closed(referred, seller):
    services.close_share(share_id=share_of(referred, "Agency 0").pk, by=seller)

    assert live(referred) == ["Agency 1", "Agency 2"]
    reject(share_of(referred, "Agency 1"))
    assert live(referred) == ["Agency 2", "Agency 3"]  # the other two places are filled, the closed one is not


def test_seller_who_closed_every_place_decides_himself(referred, seller):
    for name in ("Agency 0", "Agency 1", "Agency 2"):
        services.close_share(share_id=share_of(referred, name).pk, by=seller)

    request = fresh(referred)
    assert (request.headline, request.seeking, live(referred)) == ("decision", False, [])
    assert request.unmatched_since is None  # he decided it: nobody searches, and the staff desk has nothing to do
    assert not seller.notifications.filter(template="unmatched_for_seller").exists()


def test_edit_of_what_is_matched_on_begins_anew_also_in_places_the_seller_closed(referred, seller):
    for name in ("Agency 0", "Agency 1", "Agency 2"):
        services.close_share(share_id=share_of(referred, name).pk, by=seller)

    services.edit_request(
        request_id=referred.pk,
        by=seller,
        version=1,
        details=details_of(budget=Decimal(2500)),
        request_type="refer",
        hide_contact=False,
    )
    services.close_share(share_id=share_of(referred, "Agency 3").pk, by=seller)
    reject(share_of(referred, "Agency 4"))

    assert live(referred) == ["Agency 5", "Agency 6"]
    assert list(offenders()) == []


def test_nobody_is_referred_in_a_place_that_staff_closed(referred, staff):
    services.close_share_as_staff(share_id=share_of(referred, "Agency 0").pk, by=staff)

    assert live(referred) == ["Agency 1", "Agency 2"]


def test_partner_is_never_asked_twice(shop, seller, partner, other_agency):
    request = make_request(shop, [partner])
    reject(share_of(request, partner.name))

    services.ask_for_referral(request_id=request.pk, by=seller)
    reject(share_of(request, other_agency.name))

    assert asked(request) == [partner.name, other_agency.name]
    with pytest.raises(NotPossible):
        services.ask_for_referral(request_id=request.pk, by=seller)
    assert asked(request) == [partner.name, other_agency.name]


def test_end_of_a_picked_share_refers_nobody(shop, partner, agencies):
    request = make_request(shop, [partner])

    reject(share_of(request, partner.name))

    assert asked(request) == [partner.name]
    assert fresh(request).headline == "rejected"


def test_pick_and_staffs_referral_do_not_count_as_tries(shop, seller, partner, other_agency, staff):
    request = make_request(shop, [partner])
    services.refer_partner(request_id=request.pk, partner_id=other_agency.pk, by=staff)
    fitting = PartnerFactory.create_batch(3)

    services.ask_for_referral(request_id=request.pk, by=seller)

    assert fresh(request).automatic_referrals == 3
    assert set(request.shares.filter(source="referred").values_list("partner", flat=True)) == {p.pk for p in fitting}


def test_end_of_staffs_referral_refers_nobody_in_its_place(referred, staff):
    by_hand = PartnerFactory(name="By Hand", categories=["Shoes"])
    services.refer_partner(request_id=referred.pk, partner_id=by_hand.pk, by=staff)

    reject(share_of(referred, "By Hand"))

    assert live(referred) == ["Agency 0", "Agency 1", "Agency 2"]


@pytest.mark.parametrize(
    "unavailable",
    [
        {"status": "applied"},
        {"status": "suspended"},
        {"paused_until": clock.now() + timedelta(days=9)},
        {"capacity": 0},
        {"markets": ["JP"]},
    ],
)
def test_staff_cannot_refer_a_partner_that_cannot_take_it(unavailable, referred, staff):
    other = PartnerFactory(**unavailable)

    with pytest.raises(NotPossible):
        services.refer_partner(request_id=referred.pk, partner_id=other.pk, by=staff)

    assert not referred.shares.filter(partner=other).exists()


def test_staff_cannot_refer_a_partner_twice_or_one_that_is_not_there(referred, agencies, staff):
    for partner_id in (agencies[0].pk, 4711):
        with pytest.raises(NotPossible):
            services.refer_partner(request_id=referred.pk, partner_id=partner_id, by=staff)

    assert referred.shares.count() == 3


def test_edit_of_what_is_matched_on_gives_five_new_tries(referred, seller):
    for n in range(5):
        reject(share_of(referred, f"Agency {n}"))

    services.edit_request(
        request_id=referred.pk,
        by=seller,
        version=1,
        details=details_of(budget=Decimal(2500)),
        request_type="refer",
        hide_contact=False,
    )

    request = fresh(referred)
    assert live(referred) == ["Agency 5", "Agency 6", "Agency 7"]
    assert (request.automatic_referrals, request.unmatched_since, request.headline) == (3, None, "reviewing")
    assert list(offenders()) == []


def test_edit_of_what_is_not_matched_on_gives_no_new_tries(referred, seller):
    for n in range(5):
        reject(share_of(referred, f"Agency {n}"))

    services.edit_request(
        request_id=referred.pk,
        by=seller,
        version=1,
        details=details_of(subject="Bea Marsh"),
        request_type="refer",
        hide_contact=False,
    )

    assert live(referred) == []
    assert fresh(referred).automatic_referrals == 5


def test_edit_to_own_choice_stops_the_platform(referred, seller):
    services.edit_request(
        request_id=referred.pk,
        by=seller,
        version=1,
        details=details_of(),
        request_type="choose",
        hide_contact=False,
    )
    reject(share_of(referred, "Agency 0"))

    assert asked(referred) == ["Agency 0", "Agency 1", "Agency 2"]
    assert (fresh(referred).seeking, fresh(referred).unmatched_since) == (False, None)


def test_unfit_partners_are_not_referred(shop):
    fits = PartnerFactory(name="Fits")
    PartnerFactory(status="applied")
    PartnerFactory(status="suspended")
    PartnerFactory(paused_until=clock.now() + timedelta(hours=1))
    PartnerFactory(capacity=0)
    PartnerFactory(markets=["IE", "FR"])
    PartnerFactory(categories=["Shoes", "Health"])
    PartnerFactory(company_sizes=["1-10", "51-200"])
    PartnerFactory(smallest_budget=Decimal("2000.01"))
    PartnerFactory(currency="EUR", smallest_budget=1)  # no rate is stored

    assert asked(make_request(shop)) == [fits.name]


@pytest.mark.parametrize(("smallest", "fits"), [(2300, True), (2400, False)])
def test_smallest_budget_in_another_currency_is_converted_at_the_newest_rate(smallest, fits, shop):
    for day, per_euro in ((date(2026, 1, 1), "0.5"), (date(2026, 11, 1), "0.85")):
        save_rates({"GBP": Decimal(per_euro)}, date=day, source="test")
    PartnerFactory(currency="EUR", smallest_budget=smallest)  # 2,000 GBP are about 2,353 EUR

    assert make_request(shop).shares.exists() is fits


def test_tie_goes_to_whom_was_never_referred_then_least_recently_then_lower_id(shop):
    now = clock.now()
    recent, before, never, never_too = (
        PartnerFactory(last_referred_at=at) for at in (now - timedelta(days=40), now - timedelta(days=60), None, None)
    )

    request = make_request(shop)

    assert list(request.shares.order_by("id").values_list("partner", flat=True)) == [never.pk, never_too.pk, before.pk]
    assert recent.pk not in request.shares.values_list("partner", flat=True)


def test_referral_passes_over_a_partner_that_is_full_by_the_time_it_is_locked(agencies, shop, monkeypatch):
    find = referral.find_partners

    def find_and_then_fill(criteria, limit):
        found = find(criteria, limit=limit)
        Partner.objects.filter(pk=found[0].partner_id).update(capacity=0)
        return found

    monkeypatch.setattr(referral, "find_partners", find_and_then_fill)

    assert asked(make_request(shop)) == ["Agency 1", "Agency 2", "Agency 3"]
    locks.broken.clear()  # what stands for another transaction was done in this one


def test_referral_costs_the_same_for_one_candidate_and_for_eight(shop, agencies):
    counts = []

    for budget in (1410, 2000):
        with counted() as queries:
            request = make_request(shop, budget=Decimal(budget))
        counts.append(len(queries))

    assert request.shares.count() == 3
    # as for picks but their markets; rates, the index, candidates, their traits and categories; the offers of those
    # referred; three of make_request itself
    expected = 24 + (connection.vendor == "postgresql")
    assert counts == [expected, expected]


def test_time_to_answer_counts_from_the_referral_of_the_next(referred):
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        reject(share_of(referred, "Agency 0"))
        now = clock.now()

    assert share_of(referred, "Agency 3").respond_by == now + timedelta(days=7)


def test_nobody_is_referred_in_that_place_later_either(shop, staff):
    for _number in range(5):
        PartnerFactory()
    request = make_request(shop)
    first, second, _third = request.shares.order_by("pk")

    services.close_share_as_staff(share_id=first.pk, by=staff)
    services.reject_share(share_id=second.pk, by=owner_of(second.partner), reason="budget")

    assert request.shares.count() == 4  # one for the rejection, none for what staff closed
    assert list(offenders()) == []


def test_partner_is_not_told_the_reasons_of_its_referral(shop):
    PartnerFactory(city="Leeds")

    make_request(shop, location="Leeds")

    contexts = {row.template: row.context for row in Notification.objects.all()}
    assert "reasons" not in contexts["shared_for_partner"]
    assert "Leeds" not in str(contexts["shared_for_partner"])


# What has no successor: nobody is looked for, so nobody is said to be missing


def accept(share):
    services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=share.request.version)


def go_stale(share):
    accept(share)
    with clock.at(clock.now() + timedelta(days=31)):
        run_timers()
    with clock.at(clock.now() + timedelta(days=61)):
        run_timers()


def end_connection(share):
    accept(share)
    seller = owner_of(share.request.shop)
    services.authorise_share(share_id=share.pk, by=seller, areas={"ads": "view"}, days=30)
    services.close_share(share_id=share.pk, by=owner_of(share.partner), as_partner=True)


def close_as_seller(share):
    services.close_share(share_id=share.pk, by=owner_of(share.request.shop))


@pytest.mark.parametrize("end", [go_stale, end_connection, close_as_seller])
def test_end_without_a_successor_leaves_the_decision_to_the_seller(end, shop, db):
    PartnerFactory(name="Only", smallest_budget=2000)
    request = make_request(shop)
    only = request.shares.select_related("request__shop", "partner").get()
    PartnerFactory(name="Newcomer")
    PartnerRequest.objects.filter(pk=request.pk).update(seeking=False)  # it found all it looked for

    end(only)
    with clock.at(clock.now() + timedelta(days=63)):
        run_timers()

    request = PartnerRequest.objects.get(pk=request.pk)
    assert (asked(request), request.seeking, request.next_try_at) == (["Only"], False, None)
    assert not request.events.filter(kind="unmatched").exists()
    assert not Notification.objects.filter(template="unmatched_for_seller").exists()


def test_withdrawal_of_a_picked_partner_is_the_sellers_to_decide(shop, seller):
    picked = PartnerFactory(name="Picked")
    request = make_request(shop, [picked])
    PartnerRequest.objects.filter(pk=request.pk).update(request_type="refer")
    PartnerFactory(name="Newcomer")

    withdraw(request.shares.get())

    request = PartnerRequest.objects.get(pk=request.pk)
    assert (request.headline, request.unmatched_since) == ("rejected", None)
    assert list(offenders()) == []


def test_seeking_that_goes_on_looks_again_before_it_says_that_nobody_is_left(shop, seller):
    PartnerFactory(name="Only")
    request = make_request(shop)  # wants three, finds one
    newcomer = PartnerFactory(name="Newcomer")

    close_as_seller(request.shares.get())
    between = PartnerRequest.objects.get(pk=request.pk)
    run_timers()

    assert (between.headline, between.unmatched_since) == ("finding", None)
    assert live(request) == [newcomer.name]
    assert not request.events.filter(kind="unmatched").exists()
    assert list(offenders()) == []


def test_place_that_the_seller_closes_after_an_edit_stays_empty(referred, seller):
    edit(referred, seller, budget=Decimal(2500))

    services.close_share(share_id=share_of(referred, "Agency 0").pk, by=seller)
    reject(share_of(referred, "Agency 1"))

    assert live(referred) == ["Agency 2", "Agency 3"]


def test_closing_all_after_an_edit_asks_nobody_else(referred, seller):
    edit(referred, seller, budget=Decimal(2500))

    for name in ("Agency 0", "Agency 1", "Agency 2"):
        services.close_share(share_id=share_of(referred, name).pk, by=seller)
    with clock.at(clock.now() + timedelta(days=2)):
        run_timers()

    request = PartnerRequest.objects.get(pk=referred.pk)
    assert (live(request), request.headline) == ([], "decision")
    assert not request.events.filter(kind="unmatched").exists()


def test_late_task_refers_nobody_in_a_place_that_ended_otherwise(shop, seller, partner, partner_owner):
    request = make_request(shop)
    share = request.shares.get(partner=partner)
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    services.authorise_share(share_id=share.pk, by=seller, areas={"ads": "view"}, days=30)
    services.close_share(share_id=share.pk, by=partner_owner, as_partner=True)
    PartnerFactory()
    before = list(request.events.all())

    done = automatic.close_share_of_suspended_partner(share_id=share.pk)

    assert not done
    assert list(request.events.all()) == before
    assert PartnerRequest.objects.get(pk=request.pk).headline == "decision"


def edit(request, seller, **details):
    services.edit_request(
        request_id=request.pk,
        by=seller,
        version=1,
        details=details_of(**details),
        request_type="refer",
        hide_contact=False,
    )
