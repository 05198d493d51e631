"""The end of a share: when the next partner is tried in its place, and when nobody is (docs/design.md, Referral)."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts import clock
from accounts.models import Notification
from requests_app import automatic, referral, services
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest
from requests_app.timers import run_timers
from tests.factories import PartnerFactory, lapse, make_request, owner_of
from tests.requests_app.referrals import asked, edit, fresh, live, reject, share_of, suspend, withdraw

pytestmark = pytest.mark.once_on_postgresql


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


def test_nobody_is_referred_in_a_place_that_staff_closed(referred, staff):
    services.close_share_as_staff(share_id=share_of(referred, "Agency 0").pk, by=staff, reason="other")

    assert live(referred) == ["Agency 1", "Agency 2"]


def test_end_of_a_picked_share_refers_nobody(shop, partner, agencies):
    request = make_request(shop, [partner])

    reject(share_of(request, partner.name))

    assert asked(request) == [partner.name]
    assert fresh(request).headline == "rejected"


def test_end_of_staffs_referral_refers_nobody_in_its_place(referred, staff):
    by_hand = PartnerFactory(name="By Hand", categories=["Shoes"])
    services.refer_partner(request_id=referred.pk, partner_id=by_hand.pk, by=staff)

    reject(share_of(referred, "By Hand"))

    assert live(referred) == ["Agency 0", "Agency 1", "Agency 2"]


def test_time_to_answer_counts_from_the_referral_of_the_next(referred):
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        reject(share_of(referred, "Agency 0"))
        now = clock.now()

    assert share_of(referred, "Agency 3").respond_by == now + timedelta(days=7)


def test_nobody_is_referred_in_that_place_later_either(shop, staff):
    PartnerFactory.create_batch(5)
    request = make_request(shop)
    first, second, _third = request.shares.order_by("pk")

    services.close_share_as_staff(share_id=first.pk, by=staff, reason="other")
    services.reject_share(share_id=second.pk, by=owner_of(second.partner), reason="budget")

    assert request.shares.count() == 4  # one for the rejection, none for what staff closed
    assert list(offenders()) == []


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
    services.end_connection(share_id=share.pk, by=owner_of(share.partner), reason="done")


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
    services.end_connection(share_id=share.pk, by=partner_owner, reason="done")
    PartnerFactory()
    before = list(request.events.all())

    done = automatic.close_share_of_suspended_partner(share_id=share.pk)

    assert not done
    assert list(request.events.all()) == before
    assert PartnerRequest.objects.get(pk=request.pk).headline == "decision"
