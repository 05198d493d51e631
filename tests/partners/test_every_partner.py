"""What the index finds is what trying every partner finds: random worlds, each with random questions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
import time_machine

from accounts import clock
from partners import matching, offers
from partners.choices import CompanySize, Service
from partners.matching import Criteria, find_partners
from partners.models import Category, ExchangeRate, Partner, PartnerTrait
from partners.rates import latest_rates
from tests.factories import market
from tests.matching_rules import passes, tenths

pytestmark = pytest.mark.django_db
WORLDS = 1000
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
SIZES, SERVICES = CompanySize.values[:2], Service.values
MARKETS, CURRENCIES = ("GB", "DE"), ("GBP", "EUR", "IDR", "VND")  # the last two have no rate


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel("2026-11-20 09:00", tick=False):
        for code, per_euro in (("GBP", "0.85"), ("USD", "1.1")):
            ExchangeRate.objects.create(currency=code, per_euro=Decimal(per_euro), date="2026-11-01", source="test")
        for code in MARKETS:
            market(code)
        yield


def some(random, values, most):
    return random.sample(values, random.randint(1, min(most, len(values))))


def number_of(random, usual, *, rare):
    return random.choice(usual) if random.random() < 0.99 else rare


def partner_of(random, own, others, at):
    """One partner that works in the category `own`, with so few different values that many partners are alike."""
    answered = random.choice([0, 0, 4, 5, 9, 40])
    referred = random.choice([None, None, 0, 1, 5, 13, 29, 31, 90])
    return {
        "status": random.choice(["approved"] * 12 + ["suspended"]),
        "paused_until": random.choice([None] * 12 + [at + timedelta(days=1), at - timedelta(days=1)]),
        "load": random.choice([0, 0, 0, 0, 1, 2]),
        "capacity": 2,
        "markets": random.choice([["GB"], ["GB"], ["GB"], ["DE"], ["GB", "DE"]]),
        "categories": [
            own,
            *random.sample(others, number_of(random, [0, 0, 0, 0, 1, 1, 2], rare=7)),
        ],
        "sizes": some(random, SIZES, 3),
        "services": some(random, SERVICES, number_of(random, [1, 2, 3, 4], rare=9)),
        "languages": some(random, ["en", "de", "id"], 2),
        "currency": random.choice(["GBP", "GBP", *CURRENCIES]),
        "smallest_budget": Decimal(random.choice(["0", "999.99", "1000", "1000", "1176.47", "1176.48", "4000"])),
        "smallest_gmv": Decimal(random.choice(["0", "0", "20000", "33333.33"])),
        "city": random.choice(["", "Leeds", "York"]),
        "answered": answered,
        "unanswered": random.choice([0, 1, 10]) if answered else 0,
        "referred_at": None if referred is None else at - timedelta(days=referred, minutes=random.choice([0, 7])),
    }


def settle(worlds):
    """Store all partners of all worlds, each in the category of its world, and give each its id."""
    everybody = [partner for world in worlds for partner in world]
    stored = [
        Partner(
            name=f"agency {number}",
            slug=f"agency-{number}",
            applied_at=clock.now(),
            approved_at=clock.now(),
            suspended_at=clock.now() if partner["status"] == "suspended" else None,
            shares_answered=partner["answered"],
            shares_unanswered=partner["unanswered"],
            last_referred_at=partner["referred_at"],
            **{
                name: partner[name]
                for name in (
                    "status",
                    "paused_until",
                    "load",
                    "capacity",
                    "currency",
                    "smallest_budget",
                    "smallest_gmv",
                    "city",
                )
            },
        )
        for number, partner in enumerate(everybody)
    ]
    for partner, row in zip(everybody, Partner.objects.bulk_create(stored), strict=True):
        partner["id"] = row.pk
    for through, key, name in (
        (Partner.markets.through, "market_id", "markets"),
        (Partner.categories.through, "category_id", "categories"),
    ):
        through.objects.bulk_create(
            through(partner_id=partner["id"], **{key: held}) for partner in everybody for held in partner[name]
        )
    kinds = {"service": "services", "language": "languages", "company_size": "sizes"}
    PartnerTrait.objects.bulk_create(
        PartnerTrait(partner_id=partner["id"], kind=kind, code=code)
        for partner in everybody
        for kind, name in kinds.items()
        for code in partner[name]
    )
    for start in range(0, len(stored), offers.BATCH):
        offers.refresh(stored[start : start + offers.BATCH])


def question_of(random, world, category_id):
    asked = [partner["id"] for partner in world if random.random() < 0.02]
    return Criteria(
        market=random.choice(["GB", "GB", "GB", "DE"]),
        category_id=category_id,
        category_name="",
        company_size=random.choice(SIZES),
        currency=random.choice(["GBP", "GBP", *CURRENCIES]),
        budget=Decimal(random.choice(["500", "1000", "1200", "1500", "1500", "9000"])),
        gmv=Decimal(random.choice(["0", "15000", "50000"])),
        language=random.choice(["", "en", "de", "fr"]),
        place=random.choice(["", "Kirkstall, LEEDS", "Berlin"]),
        services=frozenset(random.sample(SERVICES, random.choice([0, 0, 1, 2, 3]))),
        exclude=frozenset(asked),
    )


def by_trying_every_partner(world, wanted, rates, at, limit):
    ranked = sorted(
        (-tenths(partner, wanted, rates, at), partner["referred_at"] or NEVER, partner["id"])
        for partner in world
        if passes(partner, wanted, rates, at)
    )
    return [(pk, -points) for points, _referred_at, pk in ranked[:limit]]


def compare(random, sizes, *, questions, limit):
    """Fill a world for each size, ask each so many questions; return how many answers were not empty."""
    at = clock.now()
    made = Category.objects.bulk_create(Category(name=f"world {number}") for number in range(len(sizes)))
    others = [each.pk for each in Category.objects.bulk_create(Category(name=f"other {n}") for n in range(8))]
    worlds = [
        [partner_of(random, own.pk, others, at) for _each in range(size)] for own, size in zip(made, sizes, strict=True)
    ]
    settle(worlds)
    rates, answered = latest_rates(), 0
    for own, world in zip(made, worlds, strict=True):
        for _question in range(questions):
            wanted = question_of(random, world, own.pk)
            expected = by_trying_every_partner(world, wanted, rates, at, limit)
            found = [(match.partner_id, match.tenths) for match in find_partners(wanted, limit=limit)]
            assert found == expected, wanted
            answered += bool(expected)
    return answered


def test_thousand_random_worlds_are_answered_as_by_trying_every_partner(monkeypatch):
    """The few that are taken are fewer than usual, so that small worlds need several rounds."""
    monkeypatch.setattr(matching, "FEW", 1)
    monkeypatch.setattr(matching, "MORE", 2)
    random = Random(20_261_120)

    answered = compare(random, [random.choice([1, 2, 3, 8]) for _world in range(WORLDS)], questions=1, limit=1)

    assert answered > WORLDS / 4


def test_crowded_worlds_are_answered_as_by_trying_every_partner():
    assert compare(Random(7), [300], questions=60, limit=8) > 40


def test_worlds_that_take_many_rounds_are_answered_as_by_trying_every_partner(monkeypatch):
    monkeypatch.setattr(matching, "FEW", 1)
    monkeypatch.setattr(matching, "MORE", 2)

    assert compare(Random(11), [60] * 8, questions=6, limit=3) > 30


def test_first_few_alone_would_be_wrong(monkeypatch):
    """Or the worlds were too easy to say anything."""
    monkeypatch.setattr(matching, "FEW", 1)
    monkeypatch.setattr(matching.Judge, "may_hold_better", lambda self, scan, last: False)

    with pytest.raises(AssertionError):
        compare(Random(3), [12] * 50, questions=3, limit=1)


def alike(own):
    """Two partners of these differ in nothing but their ids."""
    return {
        "status": "approved", "paused_until": None, "load": 0, "capacity": 2, "markets": ["GB"], "categories": [own.pk],
        "sizes": SIZES, "services": ["livestream"], "languages": ["en"], "currency": "GBP", "city": "York",
        "smallest_budget": Decimal(0), "smallest_gmv": Decimal(0), "answered": 0, "unanswered": 0, "referred_at": None,
    }  # fmt: skip


def asked_of(own, **changes):
    return Criteria(
        market="GB", category_id=own.pk, category_name="", company_size=SIZES[0], currency="GBP", gmv=Decimal(0),
        **{"budget": Decimal(900)} | changes,
    )  # fmt: skip


def test_many_that_are_alike_are_answered_in_few_queries(django_assert_num_queries):
    """Nobody is in the city or speaks the language, so that each could have been the one who is and does."""
    own = Category.objects.create(name="crowd")
    world = [alike(own) for _each in range(300)]
    settle([world])
    wanted = asked_of(own, language="de", place="Leeds")

    with django_assert_num_queries(10):  # rates, three rounds of the index and a glance, the best, traits, categories
        found = [(match.partner_id, match.tenths) for match in find_partners(wanted, limit=8)]

    assert found == by_trying_every_partner(world, wanted, latest_rates(), clock.now(), 8)


def test_partner_as_good_as_the_best_but_before_it_is_found_behind_another(monkeypatch):
    """The first of its budget band does not speak the language; the best so far, of another band, has a higher id."""
    monkeypatch.setattr(matching, "FEW", 1)
    own = Category.objects.create(name="ties")
    world = [alike(own) | {"languages": ["de"]}, alike(own), alike(own) | {"smallest_budget": Decimal(1000)}]
    settle([world])

    (found,) = find_partners(asked_of(own, language="en", budget=Decimal(9000)), limit=1)

    assert found.partner_id == world[1]["id"]
