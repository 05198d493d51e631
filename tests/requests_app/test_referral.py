"""The platform refers: who is asked, in which order, what edits and staff change (docs/design.md, Referral)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts import clock
from accounts.exceptions import NotPossible
from accounts.models import Notification
from partners.models import Partner
from partners.services import save_rates
from requests_app import referral, services
from requests_app.integrity.invariants import offenders
from requests_app.models import Event
from tests import locks
from tests.factories import PartnerFactory, details_of, make_request
from tests.queries import counted
from tests.requests_app.referrals import asked, fresh, live, reject, share_of

pytestmark = pytest.mark.once_on_postgresql


def test_best_three_are_referred_with_score_and_reasons(referred):
    shares = referred.shares.order_by("id")

    assert asked(referred) == ["Agency 0", "Agency 1", "Agency 2"]
    assert {share.source for share in shares} == {"referred"}
    assert shares[0].score >= shares[1].score >= shares[2].score
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


def test_partner_is_never_asked_twice(shop, seller, partner, other_agency):
    request = make_request(shop, [partner])
    reject(share_of(request, partner.name))

    services.ask_for_referral(request_id=request.pk, by=seller)
    reject(share_of(request, other_agency.name))

    assert asked(request) == [partner.name, other_agency.name]
    with pytest.raises(NotPossible):
        services.ask_for_referral(request_id=request.pk, by=seller)
    assert asked(request) == [partner.name, other_agency.name]


def test_pick_and_staffs_referral_do_not_count_as_tries(shop, seller, partner, other_agency, staff):
    request = make_request(shop, [partner])
    services.refer_partner(request_id=request.pk, partner_id=other_agency.pk, by=staff)
    fitting = PartnerFactory.create_batch(3)

    services.ask_for_referral(request_id=request.pk, by=seller)

    assert fresh(request).automatic_referrals == 3
    assert set(request.shares.filter(source="referred").values_list("partner", flat=True)) == {p.pk for p in fitting}


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
    # as for picks; who is out of reach, rates, the index, a glance, the best with their traits and categories;
    # the offers of those referred in both tables; who was considered; three of make_request itself
    assert counts == [27, 27]


def test_partner_is_not_told_the_reasons_of_its_referral(shop):
    PartnerFactory(city="Leeds")

    make_request(shop, location="Leeds")

    contexts = {row.template: row.context for row in Notification.objects.all()}
    assert "reasons" not in contexts["shared_for_partner"]
    assert "Leeds" not in str(contexts["shared_for_partner"])
