"""The directory: who is listed and how, in which order, page by page, and what it costs."""

from datetime import timedelta
from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.http import QueryDict
from django.urls import reverse
from factory import Sequence

from accounts import clock
from partners.directory import ORDERS
from partners.filters import DirectoryFilter
from partners.models import Partner
from tests.cast import login
from tests.factories import BEAUTY, PartnerFactory, category
from tests.partners.directory import URL, ask, names, page_text
from tests.queries import FRAME
from tests.standing import standing

pytestmark = pytest.mark.django_db
# Who is listed, and how


def test_approved_partners_alone_are_listed(client, partner):
    PartnerFactory(status="applied")
    PartnerFactory(status="suspended")

    assert names(ask(client)) == ["Northlight Commerce"]


@pytest.mark.once
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
        "NC", "Northlight Commerce", "Leeds", "Livestreams that sell", "Livestream selling", "Advertising", BEAUTY,
        "France, Germany, Ireland + 2", "English, German", "From £500 a month", "Answers 92% of requests",
    ):  # fmt: skip
        assert shown in text


@pytest.mark.once
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


@pytest.mark.once
def test_time_to_answer_of_answers_from_before_it_was_kept_is_blank(client):
    PartnerFactory(shares_answered=9, answer_minutes=[5])

    assert "Answers within" not in page_text(ask(client))


@pytest.mark.once
def test_response_rate_is_not_shown_under_five_answers(client):
    PartnerFactory(shares_answered=4, answer_minutes=[5, 5, 5, 5])

    assert "Answers" not in page_text(ask(client))


@pytest.mark.once
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


@pytest.mark.once
def test_partner_with_room_bears_no_status(client, partner):
    text = page_text(ask(client))

    assert "Available" not in text
    assert "Paused" not in text
    assert "Fully booked" not in text


@pytest.mark.once
def test_markup_in_a_profile_is_shown_as_text(client):
    PartnerFactory(name="<b>Bold</b> & Co", tagline="<script>alert(1)</script>")

    html = ask(client).content.decode()

    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Co" in html
    assert "<script>alert" not in html


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


@standing
def threes(db):
    """Forty-five partners, three of each name, moment and rate: the id decides among them."""
    at = clock.now()
    for third in range(15):
        PartnerFactory.create_batch(
            3,
            name=f"Partner {third:02}",
            approved_at=at - timedelta(hours=third),
            shares_answered=5 + third,
            shares_unanswered=1,
        )


def test_pages_show_each_partner_once_on_the_way_there_and_back(client, threes):
    for sort in ORDERS:
        assert_pages_show_each_once(client, sort)


def assert_pages_show_each_once(client, sort):
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


@pytest.mark.once
def test_paging_keeps_the_filters_and_their_names(client):
    PartnerFactory.reset_sequence(0)
    PartnerFactory.create_batch(21, name=Sequence(lambda number: f"Partner-{number:02}"), services=["ads"])

    url = ask(client, service="ads", market="GB", sort="name").context["page"].older_url

    assert parse_qs(urlsplit(url).query) == {
        "service": ["ads"], "market": ["GB"], "sort": ["name"],
        "before": [f"partner 17-{Partner.objects.get(name='Partner-17').pk}"],
    }  # fmt: skip
    assert "Next" in page_text(ask(client))


ODD_KEYS = (
    "", "-", "x", "x-y", "1-", "-1", "9" * 30, f"{'9' * 17}-1", f"1-{'9' * 17}", "A" * 300 + "-1", "%-1", "1-x",
)  # fmt: skip


@pytest.mark.parametrize("sort", ORDERS)
def test_page_that_nobody_linked_to_is_no_error(client, partner, sort):
    for way, key in product(("before", "after"), ODD_KEYS):
        assert names(ask(client, sort=sort, **{way: key})) in (["Northlight Commerce"], []), (way, key)


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


@pytest.mark.once
def test_empty_directory_says_so(client):
    assert "No partners yet" in page_text(ask(client))


@pytest.mark.once
def test_search_without_result_leads_on(client, partner):
    response = ask(client, q="nobody", market="GB")

    text = page_text(response)
    assert "No partner fits all of this" in text
    assert "Show all partners" in text
    assert "0 partners" in text


# What it costs

ANONYMOUS = 7  # filters: markets, categories; one page with its traits, markets and categories; the count
SIGNED_IN = FRAME + ANONYMOUS + 1  # who is out of reach


@pytest.mark.parametrize("rows", [1, 30])
def test_directory_asks_the_same_queries_for_one_and_for_thirty(client, rows, django_assert_num_queries):
    PartnerFactory.create_batch(rows)
    beauty = category().pk

    with django_assert_num_queries(ANONYMOUS):
        ask(client)
    with django_assert_num_queries(ANONYMOUS + 6):  # categories, markets; for each word who is called so, who says it
        ask(client, q="beauty care", type="tsp", service="ads", market="GB", category=beauty, sort="response")
    with django_assert_num_queries(ANONYMOUS + 1):  # the rates
        ask(client, budget="900", currency="GBP")


@pytest.mark.once
@pytest.mark.parametrize("rows", [1, 30])
def test_directory_of_a_signed_in_seller_asks_little_more(client, seller, shop, rows, django_assert_num_queries):
    PartnerFactory.create_batch(rows)
    login(client, seller)

    with django_assert_num_queries(SIGNED_IN):
        ask(client)


SERVED_BY = {"name": "partner_by_name", "newest": "partner_newest", "response": "partner_response"}


@pytest.mark.postgresql
def test_each_sort_reads_its_index_and_sorts_nothing():
    PartnerFactory.create_batch(30, shares_answered=9)
    assert settings.ON_POSTGRESQL
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")  # so few rows it would rather sort

    for (sort, index), later in product(SERVED_BY.items(), (False, True)):
        plan = plan_of_page(sort, later=later)
        assert index in plan
        assert "Sort" not in plan


def plan_of_page(sort, *, later):
    rows, order = DirectoryFilter(QueryDict(f"sort={sort}")).qs, ORDERS[sort]
    if later:
        at, way = order["at"], "gte" if order.get("ascending") else "lte"
        rows = rows.filter(**{f"{at}__{way}": getattr(rows.order_by("pk")[15], at)})
    sign = "" if order.get("ascending") else "-"
    return rows.order_by(f"{sign}{order['at']}", f"{sign}id")[:21].explain()
