"""The directory: its search, its filters and the budget."""

from decimal import Decimal

import pytest

from partners.amounts import MAX_DIGITS, parse_amount
from tests.cast import login
from tests.factories import PartnerFactory, category, fill_vocabularies
from tests.partners.directory import URL, ask, names, page_text, rate
from tests.queries import counted

pytestmark = pytest.mark.django_db
LONGEST = MAX_DIGITS - 2


# Search


@pytest.mark.parametrize(
    "words",
    ["northlight", "NORTH", "comm", "commerce north", "  north  ", "north, comm!", "beau", "pers", "north beau"],
)
def test_word_beginnings_of_name_and_category_find_a_partner(client, partner, words):
    PartnerFactory(name="Harbour & Pine", categories=["Shoes"])

    assert names(ask(client, q=words)) == ["Northlight Commerce"]


@pytest.mark.parametrize(
    "words", ["light", "northlight harbour", "eauty", "xyz", "!!!", "%", "_", "'", "north:*|harbour", "\\"]
)
def test_anything_else_does_not(client, partner, words):
    PartnerFactory(name="Harbour & Pine", categories=["Shoes"])

    assert names(ask(client, q=words)) == []


def test_search_finds_a_city_and_what_a_partner_says_of_itself_but_nothing_of_its_people(client, partner_owner):
    PartnerFactory(
        name="Northlight",
        owner=partner_owner,
        tagline="zebra",
        about="giraffe",
        city="Lisbon",
        website="https://koala.example",
    )

    for word in ("zebra", "giraffe", "lisbon", "Lis", "north zebra lisbon", "livestream giraffe"):
        assert names(ask(client, q=word)) == ["Northlight"], word
    for word in ("koala", "petra", "partner@example.com", "example", "raffe", "zebra xyz"):
        assert names(ask(client, q=word)) == [], word


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ({"city": "São Paulo"}, ["sao", "paulo", "SÃO PAULO"]),
        ({"tagline": "E-commerce for skin & hair"}, ["e-commerce", "ecommerce", "commerce", "skin", "skin hair"]),
        ({"about": "直播电商服务"}, ["直播", "电商"]),
        ({"about": "Long.\n\nThen more"}, ["long then", "then long"]),
    ],
)
def test_own_words_are_found_as_names_are(said, typed, client):
    PartnerFactory(name="Harbour", **said)
    PartnerFactory(name="Pine")

    for words in typed:
        assert names(ask(client, q=words)) == ["Harbour"], words


@pytest.mark.parametrize("most", [5_000, 2, 0])
def test_own_words_are_found_however_many_say_them(most, client, seller, shop, monkeypatch):
    monkeypatch.setattr("partners.own_words.MOST_KEYS", most)
    monkeypatch.setattr("partners.own_words.MOST_IN_MARKET", most // 2)
    PartnerFactory(name="Harbour", city="Lisbon", tagline="Coca-Cola")
    PartnerFactory(name="Lisbon Live")
    PartnerFactory(name="Pine", about="Our people sit in lisbon.", markets=["US"])
    PartnerFactory(name="Quay", about="Not in Lis bon, cola before coca.")

    for text, found in {
        "lisb": ["Harbour", "Lisbon Live", "Pine"],
        "lisbon livestream harb": ["Harbour"],
        "cocacola": ["Harbour"],
        "coca-cola": ["Harbour", "Quay"],
        "isbon": [],
    }.items():
        assert names(ask(client, q=text)) == found, text
    assert names(ask(client, q="lisb", market="US")) == ["Pine"]
    login(client, seller)
    assert names(ask(client, q="lisb")) == ["Harbour", "Lisbon Live"]


@pytest.mark.once
@pytest.mark.parametrize("bad", ["x" * 121, "x" * 100_000, "north " * 50])
def test_search_that_is_too_long_finds_nothing_and_says_so(client, partner, bad):
    response = ask(client, q=bad)

    assert names(response) == []
    assert "The search text is too long. Shorten it to 120 characters." in page_text(response)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("livestream", ["Northlight Commerce"]), ("live sell", ["Northlight Commerce"]), ("compl", ["Harbour"]),
        ("france", ["Harbour"]), ("compl fran", ["Harbour"]), ("compl north", []), ("training", []),
    ],
)  # fmt: skip
def test_services_and_markets_find_a_partner(client, words, found):
    PartnerFactory(name="Northlight Commerce", services=["livestream"], markets=["GB"])
    PartnerFactory(name="Harbour", services=["compliance"], markets=["FR"])

    assert names(ask(client, q=words)) == found


@pytest.mark.once
def test_search_that_cannot_be_read_finds_nothing_and_says_so(client, partner):
    response = ask(client, q="north\nlight")

    assert names(response) == []
    assert "Enter one line, without line breaks." in page_text(response)


# Filters


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"type": "mcn"}, ["Both", "Network"]),
        ({"service": "ads"}, ["Ads", "Both"]),
        ({"type": "mcn", "service": "ads"}, ["Both"]),
        ({"market": "IE"}, ["Ads"]),
        ({"market": "GB", "service": "ads"}, ["Both"]),
        ({"type": "livestream"}, ["Ads", "Both", "Network"]),  # no type: left out
        ({"service": "unknown", "market": "XX", "category": "999999"}, ["Ads", "Both", "Network"]),
        ({"type": ""}, ["Ads", "Both", "Network"]),
    ],
)
def test_filters_take_off_what_does_not_fit(client, params, found):
    PartnerFactory(name="Ads", services=["ads"], types=["tsp"], markets=["IE"])
    PartnerFactory(name="Network", services=["training"], types=["mcn"])
    PartnerFactory(name="Both", services=["training", "ads"], types=["tsp", "mcn"])

    assert names(ask(client, **params)) == found


def test_category_filter_takes_its_number(client, partner):
    PartnerFactory(name="Cobbler", categories=["Shoes"])

    assert names(ask(client, category=category("Shoes").pk)) == ["Cobbler"]


@pytest.mark.once
def test_category_that_is_offered_no_longer_is_no_filter(client, partner):
    shoes = category("Shoes")
    shoes.active = False
    shoes.save()

    assert "Shoes" not in page_text(ask(client))


@pytest.mark.parametrize(
    ("services", "found"),
    [
        (["ads"], ["All", "Both", "One"]),
        (["ads", "training"], ["All", "Both"]),
        (["logistics", "compliance", "ads", "training"], ["All"]),
        (["full_service"], ["All"]),
        (["full_service", "ads"], ["All"]),
        (["ads", "unknown"], ["All", "Both", "Neither", "One"]),  # cannot be read: left out
    ],
)
def test_services_find_who_offers_all_of_them_and_full_service_counts_as_each(client, services, found):
    for name, offered in {
        "One": ["ads"], "Both": ["training", "ads"], "All": ["full_service"], "Neither": ["logistics"],
    }.items():  # fmt: skip
        PartnerFactory(name=name, services=offered)

    assert names(ask(client, service=services)) == found


@pytest.mark.once
def test_services_cost_no_further_query(client):
    PartnerFactory(services=["full_service"])
    with counted() as one:
        ask(client, service=["ads"])
    with counted() as four:
        ask(client, service=["ads", "training", "logistics", "compliance"])

    assert len(one) == len(four)


@pytest.mark.once
def test_services_come_off_one_by_one_and_go_along_to_profile_form_and_comparison(client, seller, shop, partner):
    PartnerFactory(name="Wide", slug="wide", services=["ads", "training"])
    login(client, seller)
    response = ask(client, service=["ads", "training"], all=1)

    assert {chip.label: chip.url for chip in response.context["chips"]} == {
        "Advertising": "/partners/?service=training&all=1",
        "Training and mentoring": "/partners/?service=ads&all=1",
    }
    assert 'href="/partners/wide/?service=ads&amp;service=training"' in response.content.decode()
    profile = client.get("/partners/wide/", {"service": ["ads", "training", "nonsense"]})
    asks = "/requests/new/?partner=wide&amp;service=ads&amp;service=training"
    assert asks in profile.content.decode()
    assert client.get(asks.replace("&amp;", "&")).context["form"]["services"].value() == ["ads", "training"]


@pytest.mark.once
def test_what_was_asked_for_is_named_first_on_the_cards(client):
    fill_vocabularies()
    services = ["ads", "training", "logistics", "compliance", "store_operations", "content_production"]
    PartnerFactory(markets=["BR", "FR", "DE", "ID", "GB"], services=services)

    (card,) = ask(client, market="GB", service="logistics").context["cards"]

    assert card.markets == "United Kingdom, Brazil, France + 2"
    assert card.services[0] == "Logistics"
    assert (len(card.services), card.more_services) == (4, 2)


@pytest.mark.once
def test_filters_stay_in_the_address_and_come_off_one_by_one(client, partner):
    response = ask(
        client, q="north", market="GB", budget="1,000.00", currency="GBP", sort="newest", type="", service="nonsense"
    )

    assert {chip.label: chip.url for chip in response.context["chips"]} == {
        "“north”": "/partners/?market=GB&budget=1000&currency=GBP&sort=newest",
        "United Kingdom": "/partners/?q=north&budget=1000&currency=GBP&sort=newest",
        "Up to £1,000 a month": "/partners/?q=north&market=GB&sort=newest",
    }


@pytest.mark.once
def test_htmx_is_given_the_short_address(client, partner):
    response = client.get(
        URL, {"q": "north", "market": "", "sort": "name", "currency": "GBP"}, headers={"HX-Request": "true"}
    )

    assert response.headers["HX-Push-Url"] == "/partners/?q=north"
    assert "HX-Push-Url" not in ask(client, q="north").headers


# Budget


@pytest.mark.parametrize(("budget", "found"), [("500", ["Northlight Commerce"]), ("499.99", []), ("0", [])])
def test_budget_keeps_those_whose_smallest_it_reaches(client, partner, budget, found):
    assert names(ask(client, budget=budget, currency="GBP")) == found


@pytest.mark.parametrize(("budget", "found"), [("850", ["Batik"]), ("849.99", [])])
def test_budget_is_compared_at_the_stored_rates(client, budget, found):
    rate("GBP", "0.85")
    rate("IDR", "17000")
    PartnerFactory(name="Batik", currency="IDR", smallest_budget=Decimal(17_000_000))

    response = ask(client, budget=budget, currency="GBP")

    assert names(response) == found
    assert ("about £850" in page_text(response)) == bool(found)


@pytest.mark.once
def test_partner_without_a_rate_is_listed_as_not_comparable(client, partner):
    PartnerFactory(name="Batik", currency="IDR", smallest_budget=Decimal(17_000_000))
    PartnerFactory(name="Any", currency="IDR", smallest_budget=0)

    response = ask(client, budget="900", currency="GBP")

    assert {card.name: card.comparable for card in response.context["cards"]} == {
        "Any": True, "Batik": False, "Northlight Commerce": True,
    }  # fmt: skip
    assert page_text(response).count("Budget not comparable") == 1


@pytest.mark.once
def test_budget_is_read_in_the_currency_of_the_market(client, partner):
    response = ask(client, budget="500", market="GB")

    assert "Up to £500 a month" in page_text(response)


@pytest.mark.once
@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"budget": "500"}, "Currency: Choose the currency of your budget."),
        ({"budget": "9.999", "currency": "GBP"}, "This could be 9999 or 9.999."),
        ({"budget": "-5", "currency": "GBP"}, "Enter an amount of 0 or more."),
        ({"budget": "9" * 30, "currency": "GBP"}, "digits."),
        ({"budget": "5", "currency": "XXX"}, "Currency: Select a valid choice."),
    ],
)
def test_budget_that_cannot_be_read_is_told_and_left_out(client, partner, params, told):
    response = ask(client, **params)

    assert told in page_text(response)
    assert names(response) == ["Northlight Commerce"]
    assert response.context["filter"].form["budget"].value() == params["budget"]


def test_budget_beyond_what_another_currency_can_say_is_no_error(client, partner):
    rate("GBP", "0.000001")
    rate("IDR", "17000")
    PartnerFactory(name="Batik", currency="IDR", smallest_budget=parse_amount("9" * LONGEST, "IDR"))

    assert names(ask(client, budget="9" * LONGEST, currency="GBP")) == ["Batik", "Northlight Commerce"]
