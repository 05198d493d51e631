"""View Details: what was asked, each partner with its status, and what may be done."""

import re

import pytest
import time_machine

from partners.models import Partner
from requests_app import services
from requests_app.models import PartnerRequest
from tests.cast import login
from tests.factories import PartnerFactory, make_request
from tests.queries import FRAME, counted
from tests.requests_app.seller.details import acts, read, url, words

pytestmark = pytest.mark.once


@pytest.mark.parametrize("partners", [1, 10])
def test_details_take_the_same_queries_for_any_number_of_partners(partners, seller_client, shop):
    request = make_request(shop, PartnerFactory.create_batch(partners))

    with counted() as queries:
        seller_client.get(url(request))

    # request, shares, authorisations, openings, readings, own details, events; whose the conversation is, messages
    assert len(queries) == FRAME + 9


def test_details_show_everything_that_was_filled_in(seller_client, open_request):
    page = read(seller_client, open_request)

    for text in (
        "Subject Ann Whitfield", "Contact email ann.whitfield@lumen.example", "Location Unit 4, Kirkstall Forge, Leeds",
        "Company size 11-50", "Product category Beauty &amp; Personal Care", "TikTok Shop sales GMV £48,000 a month",
        "Sales GMV from other channels £12,500.50 a month", "Budget £2,000 a month",
        "Hot sale product Vitamin C serum, 30 ml", "Other details We launch a new line in spring",
        "Select partners Choose partners myself",
    ):  # fmt: skip
        assert text in page


def test_amount_that_was_not_given_is_no_zero(seller_client, shop, partner):
    request = make_request(shop, [partner], other_gmv=None)

    assert "Sales GMV from other channels –" in read(seller_client, request)


def test_partner_has_until_date_and_time_to_answer_in_the_readers_zone(seller_client, seller, shop, partner):
    seller.time_zone = "Asia/Tokyo"
    seller.save()
    with time_machine.travel("2026-11-26T20:00Z", tick=False):
        page = read(seller_client, make_request(shop, [partner]))

    assert "Northlight Commerce has until Fri 4 Dec, 05:00 to answer" in page


@pytest.mark.parametrize(
    ("status", "described"),
    [
        ("share", "Partner reviewing The partner is reviewing your request"),
        ("accepted_share", "Partner accepted The partner has accepted your request"),
        ("connected_share", "Connected You&#x27;ve granted authorisation and are connected with the partner"),
    ],
)
def test_status_stands_beside_its_description(status, described, request, seller_client, open_request):
    request.getfixturevalue(status)

    assert described in read(seller_client, open_request)


def test_ended_statuses_stand_beside_their_descriptions_and_reasons(
    seller_client, shop, partner, other_agency, partner_owner, seller
):
    request = make_request(shop, [partner, other_agency])
    services.reject_share(
        share_id=request.shares.get(partner=partner).pk, by=partner_owner, reason="budget", note="From £4,000.\nOK?"
    )
    services.close_share(share_id=request.shares.get(partner=other_agency).pk, by=seller)

    page = read(seller_client, request)

    assert "Rejected The partner has rejected your request" in page
    assert "The partner’s reason: Budget too low" in page
    assert "From £4,000. OK?" in page
    assert "Closed Closed for this partner" in page
    assert "The request has been closed" not in page
    assert "Closed by your shop" in page


def test_referral_says_why(seller_client, shop, partner):
    request = make_request(shop)

    page = read(seller_client, request)

    assert "Referred by TikTok Shop" in page
    assert "Why it was referred" in page
    assert "Specialises in Beauty &amp; Personal Care" in page
    assert f"{request.shares.get().score} of 100" in page


def test_authorisation_is_summed_up_with_its_end(seller_client, accepted_share, seller, open_request):
    with time_machine.travel("2026-11-26T12:00Z", tick=False):
        services.authorise_share(
            share_id=accepted_share.pk,
            by=seller,
            areas={"ads": "view", "products": "manage", "orders": "view"},
            days=30,
        )
        page = read(seller_client, open_request)

    assert "View Orders, Advertising Manage Products Granted Thu 26 Nov Ends Sat 26 Dec, 12:00" in page
    assert "Authorised until Sat 26 Dec" in page


# What may be done


@pytest.mark.parametrize(
    ("state", "reader", "expected"),
    [
        ("share", "seller", (["Edit Request", "Close request"], ["Close for this partner"])),
        ("share", "editor", (["Edit Request", "Close request"], ["Close for this partner"])),
        ("share", "viewer", ([], [])),
        ("accepted_share", "seller", (["Edit Request", "Close request"], ["Authorise", "Close for this partner"])),
        ("accepted_share", "editor", (["Edit Request", "Close request"], ["Close for this partner"])),
        (
            "connected_share",
            "seller",
            (
                ["Edit Request", "Close request"],
                ["Renew or change areas", "Revoke authorisation", "Close for this partner"],
            ),
        ),
        ("connected_share", "editor", (["Edit Request"], [])),
        ("connected_share", "viewer", ([], [])),
    ],
)
def test_acts_are_those_open_to_the_role(state, reader, expected, request, client, open_request):
    request.getfixturevalue(state)
    response = login(client, request.getfixturevalue(reader)).get(url(open_request))

    of_request, of_partners = acts(response)

    assert (of_request, of_partners["Northlight Commerce"]) == expected


def test_closed_request_offers_to_request_again(seller_client, open_request, seller):
    services.close_request(request_id=open_request.pk, by=seller)

    response = seller_client.get(url(open_request))

    assert acts(response) == (["Request again"], {"Northlight Commerce": []})
    assert f'href="/requests/new/?again={open_request.reference}"' in response.content.decode()
    assert "Closed: no partner can view it any more." in words(response.content.decode())


def test_request_of_another_shop_is_not_found(client, other_seller, other_shop, open_request):
    login(client, other_seller)

    for path in ("", "edit/", "close/"):
        assert client.get(url(open_request) + path).status_code == 404
    assert client.post(url(open_request) + "refer/").status_code == 404


@pytest.mark.parametrize("reference", ["SPR-2222222222", "SPS-2222222222", "x"])
def test_made_up_reference_is_not_found(reference, seller_client):
    assert seller_client.get(f"/requests/{reference}/").status_code == 404


def test_nobody_opened_the_contact_details_yet(seller_client, open_request):
    assert "Nobody so far. Whoever opens your contact details, or reads Hot" in read(seller_client, open_request)


def test_partner_that_is_not_public_any_more_is_named_without_a_link(seller_client, open_request, partner):
    Partner.objects.filter(pk=partner.pk).update(status="suspended")

    html = seller_client.get(url(open_request)).content.decode()

    assert "Northlight Commerce" in html
    assert f'href="/partners/{partner.slug}/"' not in html


def test_title_carries_what_the_request_is_called_and_no_contact(seller_client, open_request):
    html = seller_client.get(url(open_request)).content.decode()

    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL).group(1)
    assert title.strip().startswith(f"Beauty &amp; Personal Care, {open_request.reference}")
    assert "Ann" not in title


def test_request_stays_visible_to_whoever_replaces_its_author(client, editor, open_request):
    PartnerRequest.objects.filter(pk=open_request.pk).update(created_by=None)

    assert login(client, editor).get(url(open_request)).status_code == 200
