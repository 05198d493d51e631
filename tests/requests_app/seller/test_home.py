from datetime import timedelta

import pytest
import time_machine

from accounts import clock
from partners.models import Partner
from requests_app import services
from requests_app.models import PartnerRequest
from requests_app.workflow import Headline
from tests.cast import login
from tests.factories import PartnerFactory, ShopFactory, make_request, owner_of
from tests.queries import FRAME, counted
from tests.requests_app.seller.talks import say

pytestmark = pytest.mark.once

HOME, HUB = "/seller/", "/seller/apps-and-services/partner/"


def test_home_of_a_new_seller_says_how_it_works_and_what_to_do(seller_client):
    html = seller_client.get(HOME).content.decode()

    assert "Fill in one form" in html
    assert 'href="/requests/new/"' in html
    assert "Recent requests" not in html


def test_home_shows_what_waits_for_the_seller(seller_client, shop, partner, other_agency, accepted_share):
    other = make_request(shop, [other_agency])
    services.reject_share(share_id=other.shares.get().pk, by=other_agency.members.get().user, reason="budget")
    quiet = make_request(shop, [PartnerFactory()])

    response = seller_client.get(HOME)

    assert [row.reference for row in response.context["waiting"]] == [
        other.reference, accepted_share.request.reference,
    ]  # fmt: skip
    assert [row.reference for row in response.context["recent"]] == [quiet.reference]
    stats = response.context["stats"]
    assert (stats["waiting"], stats["with_partners"], stats["connected"]) == ("2", "1", "0")
    assert "Authorise Northlight Commerce to begin, or close" in response.content.decode()


@pytest.mark.parametrize(
    ("figure", "headlines"),
    [
        ("waiting", {"accepted", "decision", "rejected"}),
        ("with_partners", {"reviewing", "finding"}),
        ("connected", {"connected"}),
    ],
)
def test_each_figure_of_the_home_leads_to_just_those_that_it_counts(figure, headlines, seller_client, shop):
    of_each = {each: make_request(shop, [PartnerFactory()]).pk for each in Headline}
    for each, pk in of_each.items():
        closed = {"status": "closed", "closed_at": clock.now(), "closed_by": "seller", "seeking": False}
        PartnerRequest.objects.filter(pk=pk).update(headline=each, **(closed if each == "closed" else {}))

    stats = seller_client.get(HOME).context["stats"]
    led_to = seller_client.get(stats[f"{figure}_url"])

    assert {row.headline for row in led_to.context["rows"]} == headlines
    assert stats[figure] == str(len(headlines))
    assert [tab["count"] for tab in led_to.context["tabs"] if tab["active"]] == [stats[figure]]


def test_home_leads_to_all_that_wait_where_it_shows_some(seller_client, shop):
    for _number in range(6):
        make_request(shop, [PartnerFactory()])
    PartnerRequest.objects.update(headline="decision")

    assert seller_client.get(HOME).context["more_url"] == "/requests/?status=waiting"


def test_home_says_that_nothing_waits(seller_client, open_request):
    assert "Nothing waits for you" in seller_client.get(HOME).content.decode()


@pytest.mark.parametrize(("days_on", "shown"), [(0, True), (59, True)])
def test_home_shows_authorisations_of_thirty_days_and_less(days_on, shown, seller_client, connected_share):
    assert ("Authorisations that end soon" in seller_client.get(HOME).content.decode()) is shown


def test_home_does_not_show_authorisations_that_end_late(seller_client, accepted_share, seller):
    services.authorise_share(share_id=accepted_share.pk, by=seller, areas={"ads": "view"}, days=90)

    early = seller_client.get(HOME).content.decode()
    with time_machine.travel(clock.now() + timedelta(days=61)):
        login(seller_client, seller)
        late = seller_client.get(HOME).content.decode()

    assert "Authorisations that end soon" not in early
    assert "Authorisations that end soon" in late


def test_home_shows_nothing_of_another_shop(client, other_seller, other_shop, open_request, connected_share):
    html = login(client, other_seller).get(HOME).content.decode()

    assert open_request.reference not in html
    assert "Northlight" not in html


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.usefixtures("many_with_one_partner")
def test_home_takes_the_same_queries_for_any_number_of_requests(rows, seller_client, shop, partner, partner_owner):
    Partner.objects.filter(pk=partner.pk).update(capacity=100)
    for number in range(2 * rows):
        request = make_request(shop, [partner])
        if number % 2:
            services.accept_share(share_id=request.shares.get().pk, by=partner_owner, version=1)

    with counted() as queries:
        seller_client.get(HOME)

    # counts; what waits (its keys first) and recent requests, each with shares; authorisations
    assert len(queries) == FRAME + 7


def test_hub_has_the_button_the_statuses_and_their_descriptions(seller_client, partner):
    html = seller_client.get(HUB).content.decode()

    assert "TikTok Shop Partner</h1>" in html
    assert "Request a Partner" in html
    for text in (
        "Partner reviewing", "The partner is reviewing your request",
        "Partner accepted", "The partner has accepted your request",
        "Connected", "You&#x27;ve granted authorisation and are connected with the partner",
        "Closed", "The request has been closed",
        "Rejected", "The partner has rejected your request",
    ):  # fmt: skip
        assert text.replace("&#x27;", "'") in html.replace("&#x27;", "'")


def test_hub_shows_free_partners_of_the_shops_market(seller_client, partner):
    PartnerFactory(name="Spree", markets=["DE"])
    PartnerFactory(name="Full House", capacity=0)
    PartnerFactory(name="On Holiday", paused_until=clock.now() + timedelta(days=2))
    PartnerFactory(name="Applicant", status="applied")

    response = seller_client.get(HUB)

    assert [shown["name"] for shown in response.context["partners"]] == ["Northlight Commerce"]
    assert 'href="/partners/northlight-commerce/"' in response.content.decode()


@pytest.mark.parametrize("partners", [1, 6])
def test_hub_takes_the_same_queries_for_any_number_of_partners(partners, seller_client):
    PartnerFactory.create_batch(partners)

    with counted() as queries:
        seller_client.get(HUB)

    assert len(queries) == FRAME + 4  # who is out of reach, partners, traits, markets


def test_viewer_sees_the_hub_without_the_button(client, viewer, partner):
    html = login(client, viewer).get(HUB).content.decode()

    assert 'href="/requests/new/"' not in html
    assert "Only an owner or editor of the shop can do this. Ask one of them." in html


@pytest.mark.parametrize("path", [HOME, HUB, "/requests/", "/requests/new/"])
def test_seller_page_leads_who_has_no_shop_to_add_one(path, client, partner_owner, partner):
    assert login(client, partner_owner).get(path)["Location"] == "/accounts/signup/seller/"


def test_home_is_that_of_the_active_shop(client, seller, shop):
    ShopFactory(name="Aardvark", owner=seller)

    assert "Aardvark" in login(client, seller).get(HOME).content.decode()


def test_question_waits_for_the_seller_whatever_else_the_request_has(
    seller_client, shop, partner, other_agency, seller
):
    asked, beside = (make_request(shop, picks) for picks in ([partner], [partner, other_agency]))
    quiet = make_request(shop, [PartnerFactory()])
    say(asked.shares.get())
    services.accept_share(share_id=beside.shares.get(partner=partner).pk, by=owner_of(partner), version=1)
    services.authorise_share(share_id=beside.shares.get(partner=partner).pk, by=seller, areas={"ads": "view"}, days=90)
    say(beside.shares.get(partner=other_agency))

    response = seller_client.get(HOME)
    stats = response.context["stats"]
    led_to = {
        name: [row.reference for row in seller_client.get(stats[f"{name}_url"]).context["rows"]]
        for name in ("waiting", "with_partners")
    }

    assert [row.reference for row in response.context["waiting"]] == [beside.reference, asked.reference]
    assert led_to == {"waiting": [beside.reference, asked.reference], "with_partners": [quiet.reference]}
    assert (stats["waiting"], stats["with_partners"]) == ("2", "1")
    assert "Northlight Commerce asks you something" in response.content.decode()
