"""The public directory: who is listed, found, filtered and sorted, at what cost."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest
from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.urls import reverse

from accounts import clock
from partners.amounts import MAX_DIGITS, parse_amount
from partners.directory import ORDERS
from partners.filters import DirectoryFilter
from partners.models import ExchangeRate, Partner
from tests.cast import login
from tests.client import elements_of, text_of
from tests.factories import BEAUTY, PartnerFactory, category, fill_vocabularies

pytestmark = pytest.mark.django_db
URL = "/partners/"
LONGEST = MAX_DIGITS - 2


def ask(client, **params):
    return client.get(URL, params)


def names(response):
    return [card.name for card in response.context["cards"]]


def page_text(response):
    tree = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    return text_of(next(element for element in elements_of(tree) if element.tag == "main"))


def rate(currency, per_euro):
    ExchangeRate.objects.create(currency=currency, per_euro=Decimal(per_euro), date="2026-11-01", source="test")


# Who is listed, and how


def test_approved_partners_alone_are_listed(client, partner):
    PartnerFactory(status="applied")
    PartnerFactory(status="suspended")

    assert names(ask(client)) == ["Northlight Commerce"]


def test_card_shows_what_sells_a_partner(client):
    PartnerFactory(
        name="Northlight Commerce",
        tagline="Livestreams that sell",
        city="Leeds",
        markets=["GB", "IE", "DE", "FR", "ES"],
        languages=["en", "de"],
        services=["livestream", "ads"],
        shares_answered=11,
        shares_unanswered=1,
    )

    text = page_text(ask(client))

    for shown in (
        "NC", "Northlight Commerce", "Leeds", "Livestreams that sell", "Livestream selling Advertising", BEAUTY,
        "France, Germany, Ireland + 2", "English, German", "From £500 a month", "Answers 92% of requests",
    ):  # fmt: skip
        assert shown in text


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        ([1] * 5, "Answers within an hour"),
        ([60, 60, 61, 900, 900], "Answers within 2 hours"),
        ([48 * 60] * 6, "Answers within 48 hours"),
        ([1, 1, 2881, 9000, 9000], "Answers within 3 days"),
    ],
)
def test_time_to_answer_is_the_median_rounded_up(minutes, shown, client):
    partner = PartnerFactory(shares_answered=len(minutes), answer_minutes=minutes)

    for url in (reverse("partners:directory"), partner.get_absolute_url()):
        assert shown in page_text(client.get(url))


def test_time_to_answer_of_answers_from_before_it_was_kept_is_blank(client):
    PartnerFactory(shares_answered=9, answer_minutes=[5])

    assert "Answers within" not in page_text(ask(client))


def test_response_rate_is_not_shown_under_five_answers(client):
    PartnerFactory(shares_answered=4, answer_minutes=[5, 5, 5, 5])

    assert "Answers" not in page_text(ask(client))


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ({"load": 5, "capacity": 5}, "Fully booked"),
        ({"paused_until": timedelta(days=400)}, "Paused"),
        ({"paused_until": timedelta(days=400), "load": 5}, "Paused"),
    ],
)
def test_partner_without_room_is_listed_as_such(client, state, shown):
    state = {name: clock.now() + value if name == "paused_until" else value for name, value in state.items()}
    PartnerFactory(name="Busy", **state)

    response = ask(client)

    assert names(response) == ["Busy"]
    assert shown in page_text(response)


def test_partner_with_room_bears_no_status(client, partner):
    text = page_text(ask(client))

    assert "Available" not in text
    assert "Paused" not in text
    assert "Fully booked" not in text


def test_markup_in_a_profile_is_shown_as_text(client):
    PartnerFactory(name="<b>Bold</b> & Co", tagline="<script>alert(1)</script>")

    html = ask(client).content.decode()

    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Co" in html
    assert "<script>alert" not in html


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


def test_search_finds_in_names_and_categories_alone(client, partner_owner):
    """Never in what is shown on the profile only, nor in what is nobody's business."""
    PartnerFactory(
        name="Northlight",
        owner=partner_owner,
        tagline="zebra",
        about="giraffe",
        city="Lisbon",
        website="https://koala.example",
    )

    for word in ("zebra", "giraffe", "lisbon", "koala", "petra", "partner@example.com", "example"):
        assert names(ask(client, q=word)) == [], word


@pytest.mark.parametrize("bad", ["x" * 101, "x" * 100_000, "nul\x00"])
def test_search_that_cannot_be_read_is_left_out_with_an_error(client, partner, bad):
    response = ask(client, q=bad)

    assert names(response) == ["Northlight Commerce"]
    assert "Search:" in page_text(response)


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


def test_category_that_is_offered_no_longer_is_no_filter(client, partner):
    shoes = category("Shoes")
    shoes.active = False
    shoes.save()

    assert "Shoes" not in page_text(ask(client))


def test_what_was_asked_for_is_named_first_on_the_cards(client):
    fill_vocabularies()
    services = ["ads", "training", "logistics", "compliance", "store_operations", "content_production"]
    PartnerFactory(markets=["BR", "FR", "DE", "ID", "GB"], services=services)

    (card,) = ask(client, market="GB", service="logistics").context["cards"]

    assert card.markets == "United Kingdom, Brazil, France + 2"
    assert card.services[0] == "Logistics"
    assert (len(card.services), card.more_services) == (4, 2)


def test_filters_stay_in_the_address_and_come_off_one_by_one(client, partner):
    response = ask(
        client, q="north", market="GB", budget="1,000.00", currency="GBP", sort="newest", type="", service="nonsense"
    )

    assert {chip.label: chip.url for chip in response.context["chips"]} == {
        "“north”": "/partners/?market=GB&budget=1000&currency=GBP&sort=newest",
        "United Kingdom": "/partners/?q=north&budget=1000&currency=GBP&sort=newest",
        "Up to £1,000 a month": "/partners/?q=north&market=GB&sort=newest",
    }


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


def test_partner_without_a_rate_is_listed_as_not_comparable(client, partner):
    PartnerFactory(name="Batik", currency="IDR", smallest_budget=Decimal(17_000_000))
    PartnerFactory(name="Any", currency="IDR", smallest_budget=0)

    response = ask(client, budget="900", currency="GBP")

    assert {card.name: card.comparable for card in response.context["cards"]} == {
        "Any": True, "Batik": False, "Northlight Commerce": True,
    }  # fmt: skip
    assert page_text(response).count("Budget not comparable") == 1


def test_budget_is_read_in_the_currency_of_the_market(client, partner):
    response = ask(client, budget="500", market="GB")

    assert "Up to £500 a month" in page_text(response)


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({"budget": "500"}, "Currency: Choose the currency of your budget."),
        ({"budget": "9.999", "currency": "GBP"}, "This could be 9999 or 9.999."),
        ({"budget": "-5", "currency": "GBP"}, "Enter an amount of 0 or more."),
        ({"budget": "9" * 30, "currency": "GBP"}, "digits."),
        ({"budget": "5\x00", "currency": "GBP"}, "Null characters are not allowed."),
        ({"budget": "5", "currency": "XXX"}, "Currency: Select a valid choice."),
    ],
)
def test_budget_that_cannot_be_read_is_left_out_with_an_error(client, partner, params, shown):
    response = ask(client, **params)

    assert shown in page_text(response)
    assert names(response) == ["Northlight Commerce"]
    assert response.context["filter"].form["budget"].value() == params["budget"].rstrip("\x00")


def test_budget_beyond_what_another_currency_can_say_is_no_error(client, partner):
    rate("GBP", "0.000001")
    rate("IDR", "17000")
    PartnerFactory(name="Batik", currency="IDR", smallest_budget=parse_amount("9" * LONGEST, "IDR"))

    assert names(ask(client, budget="9" * LONGEST, currency="GBP")) == ["Batik", "Northlight Commerce"]


# Sorting and paging


def test_sorts_are_those_that_are_offered(client):
    at = clock.now()
    for name, days, answered, unanswered in [("B", 1, 5, 5), ("A", 3, 10, 0), ("C", 2, 4, 0), ("D", 2, 10, 0)]:
        PartnerFactory(
            name=name, approved_at=at - timedelta(days=days), shares_answered=answered, shares_unanswered=unanswered
        )

    assert "".join(names(ask(client))) == "ABCD"
    assert "".join(names(ask(client, sort="name"))) == "ABCD"
    assert "".join(names(ask(client, sort="newest"))) == "BDCA"
    assert "".join(names(ask(client, sort="response"))) == "DABC"
    assert "".join(names(ask(client, sort="budget"))) == "ABCD"


@pytest.mark.parametrize("sort", ORDERS)
def test_pages_show_each_partner_once_on_the_way_there_and_back(client, sort):
    at = clock.now()
    for number in range(45):  # three of each name, moment and rate: the id decides among them
        PartnerFactory(
            name=f"Partner {number // 3:02}",
            approved_at=at - timedelta(hours=number // 3),
            shares_answered=5 + number // 3,
            shares_unanswered=1,
        )
    there = [ask(client, sort=sort)]
    while url := there[-1].context["page"].older_url:
        there.append(client.get(URL + url))
    back = [there[-1]]
    while url := back[-1].context["page"].newer_url:
        back.append(client.get(URL + url))

    def shown(pages):
        return [[card.url for card in page.context["cards"]] for page in pages]

    assert [len(page) for page in shown(there)] == [18, 18, 9]
    assert len({url for page in shown(there) for url in page}) == 45
    assert shown(there) == shown(reversed(back))


def test_paging_keeps_the_filters_and_their_names(client):
    for number in range(21):
        PartnerFactory(name=f"Partner-{number:02}", services=["ads"])

    url = ask(client, service="ads", market="GB", sort="name").context["page"].older_url

    assert parse_qs(urlsplit(url).query) == {
        "service": ["ads"], "market": ["GB"], "sort": ["name"],
        "before": [f"Partner-17-{Partner.objects.get(name='Partner-17').pk}"],
    }  # fmt: skip
    assert "Next" in page_text(ask(client))


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize(
    "key",
    [
        "",
        "-",
        "x",
        "x-y",
        "1-",
        "-1",
        "9" * 30,
        f"{'9' * 17}-1",
        f"1-{'9' * 17}",
        "A\x00-1",
        "A" * 300 + "-1",
        "%-1",
        "1-x",
    ],
)
@pytest.mark.parametrize("way", ["before", "after"])
def test_page_that_nobody_linked_to_is_no_error(client, partner, sort, key, way):
    assert names(ask(client, sort=sort, **{way: key})) in (["Northlight Commerce"], [])


def test_count_stops_at_ninety_nine(client, django_assert_num_queries):
    Partner.objects.bulk_create(
        Partner(
            name=f"P{n}",
            slug=f"p-{n}",
            status="approved",
            currency="GBP",
            applied_at=clock.now(),
            approved_at=clock.now(),
        )
        for n in range(101)
    )

    assert ask(client).context["count"] == "99+ partners"
    assert ask(client, q="p1").context["count"] == "12 partners"
    assert ask(client, q="p10").context["count"] == "2 partners"
    assert ask(client, q="p100").context["count"] == "1 partner"


# Nothing there


def test_empty_directory_says_so(client):
    assert "No partners yet" in page_text(ask(client))


def test_search_without_result_leads_on(client, partner):
    response = ask(client, q="nobody", market="GB")

    text = page_text(response)
    assert "No partner fits all of this" in text
    assert "Show all partners" in text
    assert "0 partners" in text


# What it costs

ANONYMOUS = 7  # filters: markets, categories; one page with its traits, markets and categories; the count
SIGNED_IN = ANONYMOUS + 5  # session, user, the frame's shops, partners and unread


@pytest.mark.parametrize("rows", [1, 30])
def test_directory_asks_the_same_queries_for_one_and_for_thirty(client, rows, django_assert_num_queries):
    for _each in range(rows):
        PartnerFactory()
    beauty = category().pk

    with django_assert_num_queries(ANONYMOUS):
        ask(client)
    with django_assert_num_queries(ANONYMOUS):
        ask(client, q="beauty care", type="tsp", service="ads", market="GB", category=beauty, sort="response")
    with django_assert_num_queries(ANONYMOUS + 1):  # the rates
        ask(client, budget="900", currency="GBP")


@pytest.mark.parametrize("rows", [1, 30])
def test_directory_of_a_signed_in_seller_asks_little_more(client, seller, shop, rows, django_assert_num_queries):
    for _each in range(rows):
        PartnerFactory()
    login(client, seller)

    with django_assert_num_queries(SIGNED_IN):
        ask(client)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("sort", "index"), [("name", "partner_directory"), ("newest", "partner_newest"), ("response", "partner_response")]
)
@pytest.mark.parametrize("key", ["", "before"])
def test_each_sort_reads_its_index_and_sorts_nothing(sort, index, key):
    for _each in range(30):
        PartnerFactory(shares_answered=9)
    found = DirectoryFilter(QueryDict(f"sort={sort}"))
    rows = found.qs
    order = ORDERS[sort]
    if key:
        at, way = order["at"], "gte" if order.get("ascending") else "lte"
        rows = rows.filter(**{f"{at}__{way}": getattr(rows.order_by("pk")[15], at)})
    sign = "" if order.get("ascending") else "-"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")  # so few rows it would rather sort
    plan = rows.order_by(f"{sign}{order['at']}", f"{sign}id")[:21].explain()

    assert settings.ON_POSTGRESQL
    assert index in plan
    assert "Sort" not in plan
