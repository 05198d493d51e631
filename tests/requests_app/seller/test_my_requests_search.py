"""Search and filter of My Requests: what is found, and in which tab it stands."""

import pytest

from accounts import clock
from requests_app import services
from requests_app.models import PartnerRequest
from requests_app.seller.my_requests import TABS
from requests_app.workflow import Headline
from tests.factories import PartnerFactory, category, make_request, more_like
from tests.requests_app.seller.my_requests import ask, references
from tests.standing import standing


@standing
def world(shop, partner):
    """A request for toys to Toy Story, then one for beauty to Northlight Commerce."""
    said = {"city": "Manchester", "tagline": "Skin care sells live", "about": "Giraffes welcome."}
    toys = PartnerFactory(name="Toy Story Agency", categories=["Toys & Hobbies"], **said)
    PartnerFactory(name="Asked by nobody", tagline="Zebras")
    return {
        "toys": make_request(shop, [toys], category=category("Toys & Hobbies")).reference,
        "beauty": make_request(shop, [partner]).reference,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("north", ["beauty"]),
        ("NORTHLIGHT comm", ["beauty"]),
        ("light", []),
        ("toy", ["toys"]),
        ("hobb", ["toys"]),
        ("toy agen", ["toys"]),
        ("beauty north", ["beauty"]),
        ("beauty toy", []),
        ("SPR", ["beauty", "toys"]),
        ("lumen", ["beauty", "toys"]),
        ("leeds", ["beauty"]),
        ("manchester", ["toys"]),
        ("skin", ["beauty", "toys"]),  # the shop is Lumen Skincare
        ("giraff sells", ["toys"]),
        ("giraff beauty", []),
        ("zebras", []),
        ("%", []),
        ("_", []),
        ("'", []),
        ("&", []),
        ("toy:*", ["toys"]),
        ("!toy", ["toys"]),
        ("   ", ["beauty", "toys"]),
        # Contact details and free text are never searched.
        ("Ann", []),
        ("whitfield", []),
        ("kirkstall", []),
        ("vitamin", []),
        ("livestreams", []),
    ],
)
def test_search_finds_word_beginnings_of_names_categories_and_references(query, found, mine, world):
    names = {reference: name for name, reference in world.items()}

    assert [names[reference] for reference in references(mine(q=query))] == found


def test_search_finds_a_reference_however_it_is_typed(mine, world):
    reference = world["toys"]

    for typed in (reference, reference.lower(), reference.removeprefix("SPR-"), reference[:8], f" {reference} "):
        assert references(mine(q=typed)) == [reference]
    assert references(mine(q=reference[5:])) == []


@pytest.mark.once
@pytest.mark.parametrize("query", ["x" * 5000, "a " * 200, "x" * 121])
def test_search_that_is_too_long_finds_nothing_and_says_so(query, mine, world):
    response = mine(q=query)

    assert references(response) == []
    assert "The search text is too long. Shorten it to 120 characters." in response.content.decode()
    assert all(len(tab["url"]) < 300 for tab in response.context["tabs"])


@pytest.mark.once
def test_search_as_long_as_the_longest_name_is_searched_for(mine, world):
    response = mine(q=f"  {'x' * 120} ")

    assert "No request matches" in response.content.decode()


@pytest.mark.usefixtures("many_with_one_partner")
def test_search_stays_in_the_pages_and_tabs(mine, shop, partner):
    ask(shop, partner, 25)

    response = mine(q="north", status="reviewing")

    assert "q=north" in response.context["page"].older_url
    assert "status=reviewing" in response.context["page"].older_url
    assert all("q=north" in tab["url"] and tab["count"] == "" for tab in response.context["tabs"])


@pytest.mark.usefixtures("many_with_one_partner")
def test_status_tabs_count_and_filter(mine, shop, partner, partner_owner, seller):
    accepted, closed = ask(shop, partner, 2)
    ask(shop, partner, 3)
    services.accept_share(share_id=accepted.shares.get().pk, by=partner_owner, version=1)
    services.close_request(request_id=closed.pk, by=seller)

    response = mine(status="accepted")

    assert references(response) == [accepted.reference]
    assert {str(tab["label"]): tab["count"] for tab in response.context["tabs"]} == {
        "All": "5",
        "Waiting for you": "1",
        "With partners": "3",
        "On hold": "",
        "Connected": "",
        "Closed": "1",
    }
    assert '<option value="accepted" selected>' in response.content.decode()
    waiting = mine(status="waiting")
    assert references(waiting) == [accepted.reference]
    assert [str(tab["label"]) for tab in waiting.context["tabs"] if tab["active"]] == ["Waiting for you"]


@pytest.mark.once
@pytest.mark.parametrize("headline", Headline)
def test_every_headline_stands_in_one_tab(headline, mine, shop, partner):
    closed = {"status": "closed", "closed_at": clock.now(), "closed_by": "seller", "seeking": False}
    request = ask(shop, partner)[0]
    PartnerRequest.objects.update(headline=headline, **(closed if headline == Headline.CLOSED else {}))

    tabs = {code: references(mine(status=code)) for code in TABS}
    counted = {tab["url"].partition("status=")[2]: tab["count"] for tab in mine().context["tabs"]}

    assert [shown for shown in tabs.values() if shown] == [[request.reference]]
    assert [code for code in TABS if counted[code] == "1"] == [code for code in TABS if tabs[code]]


@pytest.mark.once_on_postgresql
def test_counts_stop_at_ninety_nine(mine, shop, partner):
    more_like(make_request(shop, [partner]), 99)

    counts = {str(tab["label"]): tab["count"] for tab in mine().context["tabs"]}

    assert (counts["All"], counts["With partners"]) == ("99+", "99+")


@pytest.mark.once
@pytest.mark.parametrize("status", ["nothing", "reviewing' or 1=1"])
def test_unknown_status_filters_nothing(status, mine, world):
    assert len(references(mine(status=status))) == 2


@pytest.mark.once
def test_nothing_found_leads_back_to_all(mine, world):
    html = mine(q="nothing like it").content.decode()

    assert "No request matches" in html
    assert "Show all requests" in html
