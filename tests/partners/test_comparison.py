"""Partners side by side: what the URL holds, what the table shows, and how the directory keeps the choice."""

from decimal import Decimal

import pytest
from django.urls import reverse

from partners.models import ExchangeRate
from partners.services import free_slug
from tests.cast import login
from tests.factories import PartnerFactory
from tests.partners.directory import names, page_text
from tests.standing import standing

pytestmark = [pytest.mark.django_db, pytest.mark.once]
URL = "/partners/compare/"


def compare(client, *partners, **params):
    return client.get(URL, {"partner": [getattr(each, "slug", each) for each in partners], **params})


def columns(response):
    return [column.name for column in response.context["table"].columns]


def row(response, label):
    return next(row for row in response.context["table"].rows if row.label == label)


def lines(response, label):
    return [cell.lines for cell in row(response, label).cells]


@standing
def harbour(db):
    return PartnerFactory(
        name="Harbour & Pine",
        city="Bristol",
        types=["tsp", "mcn"],
        services=["logistics"],
        categories=["Shoes"],
        markets=["IE"],
        languages=["en", "de"],
        company_sizes=["1-10"],
        currency="EUR",
        smallest_budget=Decimal(1000),
        smallest_gmv=Decimal(20_000),
        shares_answered=9,
        shares_unanswered=1,
        answer_minutes=[60, 60, 61, 900, 900],
    )


@pytest.fixture
def euro(db):
    ExchangeRate.objects.create(currency="GBP", per_euro=Decimal("0.85"), date="2026-11-01", source="test")


# What is compared


def test_partners_stand_in_the_order_of_the_address(client, partner, harbour):
    assert columns(compare(client, harbour, partner)) == ["Harbour & Pine", "Northlight Commerce"]
    assert columns(compare(client, partner, harbour, partner)) == ["Northlight Commerce", "Harbour & Pine"]


def test_table_shows_what_decides(client, partner, harbour, euro):
    response = compare(client, harbour, partner, currency="GBP")

    assert {each.label: (each.cells[0].lines, each.cells[0].help) for each in response.context["table"].rows} == {
        "Types": (["TikTok Shop Partner (TSP)", "Multi-Channel Network (MCN)"], ""),
        "Services": (["Logistics"], ""),
        "Product categories": (["Shoes"], ""),
        "Markets": (["Ireland"], ""),
        "Languages": (["English", "German"], ""),
        "City": (["Bristol"], ""),
        "Company sizes": (["1-10 people"], ""),
        "Minimum monthly budget": (["€1,000"], "about £850"),
        "Minimum monthly GMV": (["€20,000"], "about £17,000"),
        "Response rate": (["90%"], ""),
        "Median time to answer": (["2 hours"], ""),
    }
    assert "Available" in page_text(response)


def test_rows_that_differ_are_marked(client, partner, harbour):
    twin = PartnerFactory(name="Twin", city=partner.city)

    assert all(each.differs for each in compare(client, partner, harbour).context["table"].rows)
    assert not any(each.differs for each in compare(client, partner, twin).context["table"].rows)
    assert not any(each.differs for each in compare(client, partner).context["table"].rows)
    assert "Differs" not in page_text(compare(client, partner, twin))


def test_availability_that_differs_is_marked(client, partner):
    busy = PartnerFactory(name="Busy", load=5)

    assert compare(client, partner, busy).context["table"].availability_differs
    assert "Fully booked" in page_text(compare(client, partner, busy))


def test_no_minimum_is_the_same_in_every_currency(client):
    pounds, euros = (PartnerFactory(currency=code, smallest_budget=0) for code in ("GBP", "EUR"))

    assert not row(compare(client, pounds, euros), "Minimum monthly budget").differs


def test_amount_without_a_rate_says_so(client, harbour):
    cell = row(compare(client, harbour, currency="IDR"), "Minimum monthly budget").cells[0]

    assert (cell.lines, cell.help) == (["€1,000"], "no exchange rate to IDR")


def test_amounts_are_shown_in_the_currency_of_the_readers_shop(client, seller, shop, harbour, euro):
    cell = row(compare(login(client, seller), harbour), "Minimum monthly budget").cells[0]

    assert cell.help == "about £850"
    assert row(compare(client, harbour, currency="EUR"), "Minimum monthly budget").cells[0].help == ""


@pytest.mark.parametrize("currency", ["XXX", "gbp"])
def test_currency_that_there_is_not_is_none(client, harbour, currency):
    assert row(compare(client, harbour, currency=currency), "Minimum monthly budget").cells[0].help == ""


# What the address may hold


@pytest.mark.parametrize("status", ["applied", "suspended"])
def test_partner_that_is_not_approved_is_left_out_with_a_note(client, partner, status):
    response = compare(client, partner, PartnerFactory(name="Secret", status=status))

    assert columns(response) == ["Northlight Commerce"]
    assert "One of the partners is not in the directory (any more) and was left out." in page_text(response)
    assert "Secret" not in response.content.decode()


@pytest.mark.parametrize("slug", ["nobody", "x" * 300, "ü", "' OR 1=1", "../admin"])
def test_slug_that_nobody_has_is_left_out_with_a_note(client, partner, slug):
    response = compare(client, slug, partner, "nobody-else")

    assert columns(response) == ["Northlight Commerce"]
    assert "2 of the partners are not in the directory (any more) and were left out." in page_text(response)


def test_at_most_four_are_compared(client):
    partners = [PartnerFactory(name=f"Partner {number}") for number in range(6)]

    response = compare(client, *partners)

    assert columns(response) == ["Partner 0", "Partner 1", "Partner 2", "Partner 3"]
    assert "At most 4 partners are compared at a time." in page_text(response)
    assert "Add another partner" not in page_text(response)


@pytest.mark.parametrize("params", [{}, {"partner": ""}, {"partner": "nobody"}])
def test_nobody_to_compare_leads_to_the_directory(client, params):
    assert "Nobody to compare yet" in page_text(client.get(URL, params))


def test_address_is_cleared_of_what_the_directory_was_asked_for(client, partner):
    response = compare(client, partner, partner, "nobody", q="x", market="GB", sort="name", currency="GBP")

    assert response.url == f"/partners/compare/?partner={partner.slug}&partner=nobody&currency=GBP"


# What follows


def request_link(slugs):
    return f'href="/requests/new/?{"&amp;".join(f"partner={slug}" for slug in slugs)}">Request '


def test_those_with_room_are_requested_together(client, seller, shop, partner):
    busy = PartnerFactory(name="Busy", load=5)
    other = PartnerFactory(name="Other")

    response = compare(login(client, seller), partner, busy, other)

    assert request_link([partner.slug, other.slug]) + "these partners" in response.content.decode()
    assert "Busy: Fully booked." in page_text(response)


def test_nobody_with_room_is_not_requested(client):
    html = compare(client, PartnerFactory(name="Busy", load=5)).content.decode()

    assert 'href="/requests/new/' not in html


def test_partner_account_reads_that_only_sellers_request(client, partner, other_partner, other_agency):
    response = compare(login(client, other_partner), partner)

    assert "Only sellers request partners." in page_text(response)
    assert "/requests/new/" not in response.content.decode()


def test_form_begins_with_those_that_were_compared(client, seller, shop, partner):
    other, third = PartnerFactory(name="Other"), PartnerFactory(name="Third")
    hidden = PartnerFactory(status="suspended")
    slugs = [partner.slug, other.slug, hidden.slug, "nobody"]

    response = login(client, seller).get(reverse("seller:request_new"), {"partner": slugs})

    picked = {option.id for option in response.context["form"].picker.options if option.picked}
    assert picked == {partner.pk, other.pk}
    assert third.pk not in picked


def test_each_partner_is_taken_off_by_its_link(client, partner, harbour):
    html = compare(client, partner, harbour, currency="GBP").content.decode()

    assert f'href="/partners/compare/?partner={harbour.slug}&amp;currency=GBP"' in html
    assert f'href="/partners/compare/?partner={partner.slug}&amp;currency=GBP"' in html


# The directory


def test_directory_keeps_the_choice_in_its_links(client, partner, harbour):
    response = client.get("/partners/", {"q": "north", "partner": [harbour.slug, partner.slug]})

    html = " ".join(response.content.decode().split())
    both = f"partner={harbour.slug}&amp;partner={partner.slug}"
    assert names(response) == ["Northlight Commerce"]
    assert f'href="/partners/?{both}"' in html  # without the search
    assert f'href="{partner.get_absolute_url()}?{both}"' in html
    assert f'name="partner" value="{partner.slug}" checked' in html
    assert f'<input type="hidden" name="partner" value="{harbour.slug}">' in html
    assert "2 of 4 chosen to compare" in page_text(response)
    assert "Compare 2 partners" in page_text(response)


def test_directory_pages_keep_the_whole_choice(client):
    partners = [PartnerFactory(name=f"Partner-{number:02}") for number in range(21)]

    page = client.get("/partners/", {"partner": [partners[3].slug, partners[5].slug]}).context["page"]

    assert page.older_url.startswith(f"?partner={partners[3].slug}&partner={partners[5].slug}&before=")


def test_directory_offers_no_fifth(client):
    partners = [PartnerFactory(name=f"Partner {number}") for number in range(5)]

    response = client.get("/partners/", {"partner": [each.slug for each in partners[:4]]})

    html = " ".join(response.content.decode().split())
    assert html.count('" checked>') == 4
    assert html.count('" disabled>') == 1


def test_tick_changes_the_address_without_a_step_back(client, partner):
    ticked = {"HX-Request": "true", "HX-Trigger": "results"}

    response = client.get("/partners/", {"q": "north", "partner": partner.slug}, headers=ticked)

    assert response.headers["HX-Replace-Url"] == f"/partners/?q=north&partner={partner.slug}"
    assert "HX-Push-Url" not in response.headers


# A slug of its own


def test_partner_never_stands_where_the_comparison_does():
    assert free_slug("Compare") == "compare-2"
    PartnerFactory(name="Compare!")
    assert free_slug("compare") == "compare-3"


# What it costs


@pytest.mark.parametrize("rows", [1, 4, 30])
def test_comparison_asks_the_same_queries_for_one_and_for_four(client, rows, django_assert_num_queries):
    partners = [PartnerFactory(markets=["GB", "IE"], categories=["Shoes", "Furniture"]) for _each in range(rows)]

    with django_assert_num_queries(4):  # the partners, their traits, markets and categories
        compare(client, *partners)
    with django_assert_num_queries(5):  # the rates
        compare(client, *partners, currency="EUR")


def test_directory_asks_one_query_more_for_the_choice(client, partner, django_assert_num_queries):
    with django_assert_num_queries(8):
        client.get("/partners/", {"partner": [partner.slug, "nobody"]})


def test_comparison_marks_the_services_that_the_reader_looks_for(client):
    PartnerFactory(name="Wide", slug="wide", services=["full_service", "logistics"])
    PartnerFactory(name="Apt", slug="apt", services=["ads", "training"])

    response = client.get("/partners/compare/", {"partner": ["wide", "apt"], "service": ["ads", "compliance"]})

    row = next(row for row in response.context["table"].rows if row.label == "Services")
    wide, apt = row.cells
    assert (wide.wanted, wide.lines, wide.help) == (["Full service"], ["Logistics"], "")
    assert (apt.wanted, apt.lines, apt.help) == (["Advertising"], ["Training and mentoring"], "Not offered: Compliance")
    assert "(you look for this)" in response.content.decode()
    plain = client.get("/partners/compare/", {"partner": ["wide", "apt"]})
    assert "(you look for this)" not in plain.content.decode()
