"""View Details where no partner has the request: what was tried, and the ways on."""

import pytest

from requests_app import services
from tests.cast import login
from tests.factories import PartnerFactory, category, lapse, make_request, owner_of
from tests.requests_app.seller.details import read, url, words

pytestmark = pytest.mark.once


def test_rejected_request_says_what_was_tried_and_offers_ways_on(seller_client, share, open_request, partner_owner):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="category")

    response = seller_client.get(url(open_request))

    page = words(response.content.decode())
    assert "What would you like to do?" in page
    assert "1 partner was asked. 1 rejected." in page
    assert "Choose other partners" in page
    assert "Let TikTok Shop refer others" in page
    assert f'action="/requests/{open_request.reference}/refer/"' in response.content.decode()


def test_viewer_is_not_asked_to_decide(client, viewer, share, open_request, partner_owner):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="category")

    page = read(login(client, viewer), open_request)

    assert "What would you like to do?" not in page
    assert "for an owner or editor of your shop to decide how to go on" in page


def test_unmatched_request_is_told_so_honestly(seller_client, shop):
    page = read(seller_client, make_request(shop, category=category("Toys & Hobbies")))

    assert "Nobody has your request yet" in page
    assert "No partner fits your request at the moment, so nobody was asked." in page
    assert "We try again every day" in page
    assert "may bring more partners in" in page
    assert "Let TikTok Shop refer" not in page.replace("Select partners Let TikTok Shop refer partners", "").replace(
        "Let TikTok Shop refer partners", "", 1
    )


def test_exhausted_referral_says_how_each_partner_ended(seller_client, shop):
    agencies = [PartnerFactory(name=f"Agency {number}") for number in range(7)]
    request = make_request(shop)
    for number in range(5):
        share = request.shares.filter(status="reviewing").order_by("id").first()
        if number == 0:
            lapse(share)
        else:
            services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="budget")

    page = read(seller_client, request)

    assert len(agencies) > request.shares.count() == 5
    assert "5 partners were asked. 4 rejected. 1 did not answer in time." in page
    assert "We refer nobody else for the request as it is." in page
    assert "Choose partners, change what they are matched on, or close" in page
    assert "let TikTok Shop refer, or close" not in page


OTHERS = "Let TikTok Shop refer others"


def reject(share):
    services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="budget")


@pytest.mark.parametrize("end", [reject, lapse])
def test_pick_that_falls_out_beside_others_offers_that_the_platform_refers(end, seller_client, shop):
    fell_out, live = PartnerFactory.create_batch(2)
    request = make_request(shop, [fell_out, live])
    other = PartnerFactory()
    before = seller_client.get(f"/requests/{request.reference}/").text
    end(request.shares.get(partner=fell_out))

    page = seller_client.get(f"/requests/{request.reference}/")
    cards = {card.name: card for card in page.context["cards"]}
    response = seller_client.post(cards[fell_out.name].refer_url, follow=True)

    assert OTHERS not in before
    assert page.text.count(OTHERS) == 1
    assert cards[live.name].refer_url == ""
    assert request.shares.get(partner=other).source == "referred"
    assert OTHERS not in response.text  # it goes on by itself now


def test_platform_is_not_offered_while_a_partner_has_accepted(seller_client, shop):
    fell_out, accepts = PartnerFactory.create_batch(2)
    request = make_request(shop, [fell_out, accepts])
    services.accept_share(share_id=request.shares.get(partner=accepts).pk, by=owner_of(accepts), version=1)
    reject(request.shares.get(partner=fell_out))

    assert OTHERS not in seller_client.get(f"/requests/{request.reference}/").text


def test_platform_is_not_offered_to_a_viewer(client, viewer, shop):
    request = make_request(shop, PartnerFactory.create_batch(2))
    reject(request.shares.first())

    assert OTHERS not in login(client, viewer).get(f"/requests/{request.reference}/").text


def test_letting_the_platform_refer_asks_partners_that_were_not_asked(
    seller_client, share, open_request, partner_owner, other_agency
):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="category")

    response = seller_client.post(url(open_request) + "refer/", follow=True)

    assert response.redirect_chain == [(url(open_request), 302)]
    assert [str(message) for message in response.context["messages"]] == ["1 partner was referred to you."]
    assert [card.name for card in response.context["cards"]] == ["Harbour & Pine", "Northlight Commerce"]


def test_letting_the_platform_refer_says_so_when_nobody_fits(seller_client, share, open_request, partner_owner):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="category")

    response = seller_client.post(url(open_request) + "refer/", follow=True)

    assert "No partner fits your request at the moment." in words(response.content.decode())


def test_letting_the_platform_refer_for_a_closed_request_is_a_plain_message(seller_client, open_request, seller):
    services.close_request(request_id=open_request.pk, by=seller)

    response = seller_client.post(url(open_request) + "refer/", follow=True)

    assert "This request is closed." in words(response.content.decode())
