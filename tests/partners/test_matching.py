"""Who fits, how well and why (docs/design.md, Referral): every hard filter, every part of the score, ties, reasons."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import clock
from partners.matching import Criteria, find_partners, partners_without_rate
from partners.models import ExchangeRate, Partner
from partners.scoring import PARTS, reason_text
from tests.factories import BEAUTY, PartnerFactory, category

pytestmark = pytest.mark.django_db
ALL_SIZES = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001+")


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
        }
        | changes
    )


def rate(currency, per_euro):
    return ExchangeRate.objects.create(currency=currency, per_euro=Decimal(per_euro), date="2026-11-01", source="test")


def found(limit=10, **changes):
    return [match.partner_id for match in find_partners(criteria(**changes), limit=limit)]


def points(partner, **changes):
    (match,) = find_partners(criteria(**changes), limit=1)
    assert match.partner_id == partner.pk
    return match.points


# What a partner scores that has nothing but one category: 20, a budget of twice its smallest: 15, size: 10, neutral
# response: 5 and rating: 2.5, nobody referred it yet: 5; and 25, since no service is named.
PLAIN = 82.5


def rounded(points):
    return int(points + 0.5)


def test_partner_that_passes_every_filter_is_found():
    partner = PartnerFactory()

    assert found() == [partner.pk]


@pytest.mark.parametrize(
    "unfit",
    [
        {"status": "applied"},
        {"status": "suspended"},
        {"load": 5, "capacity": 5},
        {"load": 6, "capacity": 5},
        {"capacity": 0},
        {"markets": ["IE", "DE"]},
        {"categories": ["Shoes"]},
        {"company_sizes": ["1-10", "51-200"]},
        {"smallest_budget": Decimal("1000.01")},
    ],
)
def test_partner_that_fails_one_filter_is_not_found(unfit):
    PartnerFactory(**unfit)

    assert found() == []


@pytest.mark.parametrize(
    ("pause", "is_found"), [(timedelta(hours=1), False), (timedelta(0), True), (-timedelta(days=1), True)]
)
def test_partner_is_found_once_its_pause_is_over(pause, is_found):
    PartnerFactory(paused_until=clock.now() + pause)

    assert bool(found()) == is_found


def test_partner_that_was_asked_before_is_not_found():
    partner, other = PartnerFactory(), PartnerFactory()

    assert found(exclude=frozenset({partner.pk})) == [other.pk]


def test_code_of_another_vocabulary_is_no_company_size():
    PartnerFactory(company_sizes=["1-10"], services=["11-50"])

    assert found() == []


def test_smallest_budget_equal_to_the_budget_fits():
    partner = PartnerFactory(smallest_budget=Decimal(1000))

    assert found() == [partner.pk]


@pytest.mark.parametrize(("smallest", "is_found"), [("1250.00", True), ("1250.01", False)])
def test_smallest_budget_is_converted_at_the_stored_rate(smallest, is_found):
    rate("GBP", "0.8")
    PartnerFactory(currency="EUR", smallest_budget=Decimal(smallest))

    assert bool(found()) == is_found


@pytest.mark.parametrize("known", [[], ["GBP"], ["IDR"]])
def test_partner_without_a_rate_is_named_and_not_found(known):
    for currency in known:
        rate(currency, 1)
    partner = PartnerFactory(currency="IDR", smallest_budget=Decimal(1))
    PartnerFactory(currency="GBP")

    assert partner.pk not in found()
    assert partners_without_rate(criteria()) == [partner]


def test_partner_with_a_rate_is_not_named_as_without_one():
    rate("GBP", "0.8")
    rate("IDR", 17_000)
    PartnerFactory(currency="IDR", smallest_budget=Decimal(1))
    PartnerFactory(currency="EUR", smallest_budget=Decimal(1))

    assert partners_without_rate(criteria()) == []


def test_partner_that_takes_any_budget_needs_no_rate():
    partner = PartnerFactory(currency="IDR", smallest_budget=0)

    assert found() == [partner.pk]
    assert partners_without_rate(criteria()) == []


def test_partner_that_fails_another_filter_is_not_named_as_without_a_rate():
    PartnerFactory(currency="IDR", markets=["IE"])

    assert partners_without_rate(criteria()) == []


def test_plain_partner_scores_what_its_parts_add_up_to():
    assert points(PartnerFactory()) == rounded(PLAIN)


OTHERS = [
    "Shoes",
    "Furniture",
    "Pet Supplies",
    "Health",
    "Collectibles",
    "Toys & Hobbies",
    "Kitchenware",
    "Home Supplies",
]


@pytest.mark.parametrize(("others", "lost"), [(0, 0), (1, 2.7), (2, 5.4), (6, 16), (8, 16)])
def test_score_falls_with_each_further_category(others, lost):
    assert points(PartnerFactory(categories=[BEAUTY, *OTHERS[:others]])) == rounded(PLAIN - lost)


@pytest.mark.parametrize(("smallest", "gained"), [(0, 15), (500, 15), (666, 15), (800, 10.5), (1000, 6)])
def test_score_rises_with_what_the_budget_leaves(smallest, gained):
    assert points(PartnerFactory(smallest_budget=Decimal(smallest))) == rounded(PLAIN - 15 + gained)


@pytest.mark.parametrize(("smallest", "gained"), [(0, 10), (20_000, 10), (40_000, 5), (200_000, 1)])
def test_score_falls_below_the_smallest_gmv(smallest, gained):
    assert points(PartnerFactory(smallest_gmv=Decimal(smallest))) == rounded(PLAIN - 10 + gained)


def test_smallest_gmv_is_converted():
    rate("GBP", "0.5")
    partner = PartnerFactory(currency="EUR", smallest_budget=0, smallest_gmv=Decimal(80_000))

    assert points(partner) == rounded(PLAIN - 5)


@pytest.mark.parametrize(
    ("answered", "unanswered", "gained"),
    [(0, 0, 5), (4, 0, 5), (4, 40, 5), (5, 0, 10), (5, 5, 5), (9, 1, 9), (10, 40, 2)],
)
def test_score_follows_the_response_rate(answered, unanswered, gained):
    partner = PartnerFactory(shares_answered=answered, shares_unanswered=unanswered)

    assert points(partner) == rounded(PLAIN - 5 + gained)


@pytest.mark.parametrize(("language", "gained"), [("en", 5), ("id", 0), ("", 0)])
def test_score_rises_with_the_language(language, gained):
    assert points(PartnerFactory(languages=["en", "de"]), language=language) == rounded(PLAIN + gained)


@pytest.mark.parametrize(("place", "gained"), [("Unit 4, LEEDS", 5), ("Leeds", 5), ("York", 0), ("", 0)])
def test_score_rises_with_the_city(place, gained):
    assert points(PartnerFactory(city="Leeds"), place=place) == rounded(PLAIN + gained)


def test_partner_without_a_city_is_in_no_place():
    assert points(PartnerFactory(city=""), place="Leeds") == rounded(PLAIN)


@pytest.mark.parametrize(("days", "gained"), [(None, 5), (60, 5), (30, 5), (12, 2), (0, 0)])
def test_score_rises_with_the_wait_for_a_referral(days, gained):
    since = None if days is None else clock.now() - timedelta(days=days)

    assert points(PartnerFactory(last_referred_at=since)) == rounded(PLAIN - 5 + gained)


def test_best_score_is_a_hundred_but_for_half_of_the_rating():
    partner = PartnerFactory(city="Leeds", shares_answered=10)
    (match,) = find_partners(criteria(language="en", place="Leeds"), limit=1)

    assert match.partner_id == partner.pk
    assert match.tenths == 975
    assert sum(rule.most for rule in PARTS) == 100


NAMED = frozenset({"livestream", "ads", "training"})


@pytest.mark.parametrize(
    ("offered", "gained"),
    [
        (["livestream"], 8.3),
        (["ads", "training", "logistics"], 16.7),
        (["training", "ads", "livestream"], 25),
        (["full_service"], 25),
        (["full_service", "ads"], 25),
    ],
)
def test_score_rises_with_each_service_named_that_it_offers(offered, gained):
    assert points(PartnerFactory(services=offered), services=NAMED) == rounded(PLAIN - 25 + gained)


@pytest.mark.parametrize(("named", "is_found"), [({"logistics"}, False), ({"ads", "logistics"}, True), (set(), True)])
def test_partner_that_offers_none_of_the_services_is_not_found(named, is_found):
    PartnerFactory(services=["ads", "livestream"])

    assert bool(found(services=frozenset(named))) == is_found


def test_full_service_may_be_named_itself():
    PartnerFactory(services=["ads"])
    full = PartnerFactory(services=["full_service"])

    assert found(services=frozenset({"full_service"})) == [full.pk]


def test_service_that_the_list_has_no_more_asks_for_nothing():
    ads, other = PartnerFactory(services=["ads"]), PartnerFactory(services=["training"])

    assert found(services=frozenset({"fortune_telling"})) == [ads.pk, other.pk]
    assert found(services=frozenset({"fortune_telling", "ads"})) == [ads.pk]


def test_best_come_first_and_no_more_than_asked_for():
    second = PartnerFactory(categories=[BEAUTY, "Shoes"])
    third = PartnerFactory(categories=[BEAUTY, "Shoes", "Furniture"])
    first = PartnerFactory()

    assert found() == [first.pk, second.pk, third.pk]
    assert found(limit=2) == [first.pk, second.pk]


def test_tie_goes_to_the_one_never_referred_then_the_longest_waiting_then_the_lowest_id():
    at = clock.now() - timedelta(days=90)
    lately, early, never = (PartnerFactory(last_referred_at=when) for when in (at + timedelta(days=1), at, None))
    never_too = PartnerFactory()

    assert found() == [never.pk, never_too.pk, early.pk, lately.pk]


def test_same_input_gives_the_same_answer():
    PartnerFactory.create_batch(6, shares_answered=7, shares_unanswered=2)

    answers = [find_partners(criteria(language="en", place="Leeds"), limit=3) for _each in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert [match.reasons for match in answers[0]] == [match.reasons for match in answers[1]]


def test_best_come_first_where_the_index_is_not_right():
    second, first = PartnerFactory(categories=[BEAUTY, "Shoes"]), PartnerFactory()
    second.offers.update(rank=299)

    assert found() == [first.pk, second.pk]


def test_matching_asks_the_same_queries_for_one_and_for_thirty(django_assert_num_queries):
    wanted = criteria()
    PartnerFactory()
    with django_assert_num_queries(6):  # rates, the few of the index, a glance, the best, their traits and categories
        find_partners(wanted, limit=3)
    PartnerFactory.create_batch(29)
    with django_assert_num_queries(6):
        assert len(find_partners(wanted, limit=3)) == 3


def reasons_of(**changes):
    (match,) = find_partners(criteria(**changes), limit=1)
    return [reason_text(reason) for reason in match.reasons]


def test_reasons_are_at_most_three_the_weightiest_first():
    PartnerFactory(city="Leeds", shares_answered=9, shares_unanswered=1)

    assert reasons_of(place="Leeds", language="en") == [
        "Specialises in Beauty & Personal Care",
        "Your budget is well above its minimum",
        "Is in Leeds",
    ]


@pytest.mark.parametrize(
    ("offered", "reason"),
    [
        (["livestream"], "Offers livestream selling"),
        (["livestream", "training"], "Offers livestream selling and training and mentoring"),
        (
            ["full_service"],
            "Offers all you need: livestream selling, advertising, and training and mentoring",
        ),
    ],
)
def test_service_is_the_first_reason(offered, reason):
    PartnerFactory(services=offered, city="Leeds", shares_answered=10)

    assert reasons_of(place="Leeds", language="en", services=NAMED)[0] == reason


def test_reasons_say_only_what_is_so():
    PartnerFactory(
        categories=[BEAUTY, "Shoes", "Furniture", "Health"],
        smallest_budget=Decimal(1000),
        smallest_gmv=Decimal(30_000),
        languages=["de"],
        shares_answered=5,
        shares_unanswered=5,
    )

    assert reasons_of(language="en") == ["Works in Beauty & Personal Care", "Your budget is within its range"]


def test_every_reason_is_a_sentence():
    reasons = [
        {"code": "size", "size": "11-50"},
        {"code": "answers", "percent": 92},
        {"code": "language", "language": "de"},
        {"code": "from another time"},
    ]

    assert [reason_text(reason) for reason in reasons] == [
        "Works with companies of your size",
        "Answers 92% of requests",
        "Speaks German",
        "",
    ]


def test_matching_changes_nothing():
    partner = PartnerFactory()
    before = Partner.objects.values().get(pk=partner.pk)

    found()

    assert Partner.objects.values().get(pk=partner.pk) == before
