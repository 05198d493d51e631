"""The three forms of each hard filter agree: asked of the partner, of its row in the database, and of the index."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import clock
from partners import hard_filters
from partners.hard_filters import BINDING, HARD_FILTERS, OVERRULABLE, all_of, misses
from partners.matching import Criteria, best_offers
from partners.models import ExchangeRate, Partner
from partners.rates import latest_rates
from tests.factories import BEAUTY, PartnerFactory, category

pytestmark = pytest.mark.django_db
UNFIT = [  # how a partner misses each filter that concerns it, and the sentence
    (hard_filters.SERVES_MARKET, {"markets": ["IE"]}, "Does not serve your market"),
    (hard_filters.WORKS_IN_CATEGORY, {"categories": ["Shoes"]}, "Does not work in Beauty & Personal Care"),
    (
        hard_filters.OFFERS_SERVICES,
        {"services": ["ads"]},
        "Does not offer livestream selling or training and mentoring",
    ),
    (hard_filters.SERVES_COMPANY_SIZE, {"company_sizes": ["1-10"]}, "Does not serve companies of this size"),
    (
        hard_filters.WITHIN_BUDGET,
        {"smallest_budget": Decimal("1000.01")},
        "Its minimum budget is £1,000.01 a month",
    ),
    (
        hard_filters.WITHIN_BUDGET,
        {"smallest_budget": Decimal(1), "currency": "IDR"},
        "No exchange rate to compare its minimum budget with",
    ),
    (hard_filters.WITHIN_BUDGET, {"smallest_budget": 1251, "currency": "EUR"}, "Its minimum budget is €1,251 a month"),
    (hard_filters.IS_AVAILABLE, {"load": 5, "capacity": 5}, "Fully booked"),
    (hard_filters.IS_AVAILABLE, {"status": "suspended"}, ""),
]


@pytest.fixture(autouse=True)
def rate():
    ExchangeRate.objects.create(currency="GBP", per_euro=Decimal("0.8"), date="2026-11-01", source="test")


def criteria(**changes):
    return Criteria(
        **{
            "market": "GB",
            "category_id": category().pk,
            "category_name": BEAUTY,
            "company_size": "11-50",
            "currency": "GBP",
            "budget": Decimal(1000),
            "gmv": Decimal(20_000),
            "services": frozenset({"livestream", "training"}),
        }
        | changes
    )


def passed(each, partner, wanted):
    """Return whether the partner passes: as it is at hand, and as the database says."""
    row = Partner.objects.get(pk=partner.pk)
    rates = latest_rates()
    found = Partner.objects.filter(all_of([each], wanted, rates), pk=partner.pk)
    return each.passes(row, wanted, rates), found.exists()


@pytest.mark.parametrize("changes", [{}, {"smallest_budget": 1000}, {"smallest_budget": 1250, "currency": "EUR"}])
def test_fitting_partner_passes_each_filter_in_every_form(changes):
    partner = PartnerFactory(**changes)

    assert {each: passed(each, partner, criteria()) for each in HARD_FILTERS} == dict.fromkeys(
        HARD_FILTERS, (True, True)
    )
    assert misses(partner, criteria(), latest_rates()) == []
    assert best_offers(criteria(), latest_rates(), 5) == [partner.pk]
    assert best_offers(replace(criteria(), services=frozenset()), latest_rates(), 5) == [partner.pk]


@pytest.mark.parametrize(("missed", "changes", "sentence"), UNFIT)
def test_unfit_partner_misses_one_filter_in_every_form(missed, changes, sentence):
    partner = PartnerFactory(**changes)

    results = {each: passed(each, partner, criteria()) for each in HARD_FILTERS}
    in_index = best_offers(criteria(), latest_rates(), 5)

    assert results == dict.fromkeys(HARD_FILTERS, (True, True)) | {missed: (False, False)}
    assert misses(partner, criteria(), latest_rates()) == [sentence]
    assert in_index == [] or not missed.exact_in_index


@pytest.mark.once
def test_paused_partner_says_until_when():
    partner = PartnerFactory(paused_until=clock.now() + timedelta(days=2))

    assert passed(hard_filters.IS_AVAILABLE, partner, criteria()) == (False, False)
    assert misses(partner, criteria(), {})[0].startswith("Takes no new requests until ")


def test_partner_asked_before_misses_that_filter_alone():
    partner = PartnerFactory()
    wanted = criteria(exclude=frozenset({partner.pk}))

    results = {each: passed(each, partner, wanted) for each in HARD_FILTERS}

    assert [each for each, found in results.items() if found == (False, False)] == [hard_filters.NOT_ASKED_BEFORE]


@pytest.mark.once
def test_each_filter_is_tried():
    assert {missed for missed, _changes, _sentence in UNFIT} | {hard_filters.NOT_ASKED_BEFORE} == set(HARD_FILTERS)
    assert {*BINDING, *OVERRULABLE} == set(HARD_FILTERS)
