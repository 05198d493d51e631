"""View Details: what the seller reads of one request, and what he may do from there."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from partners.models import Partner
from requests_app import services
from requests_app.models import PartnerRequest
from requests_app.timers import run_timers
from tests.cast import login
from tests.factories import PartnerFactory, category, details_of, lapse, make_request, owner_of
from tests.queries import counted

FRAME = 5  # session, user, shops, partners, unread notifications


def url(request):
    return f"/requests/{request.reference}/"


def words(html):
    """What stands on the page, without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def read(client, request):
    return words(client.get(url(request)).content.decode())


def acts(response):
    """The labels of what may be done, with the request and with each partner."""
    return (
        [str(action.label) for action in response.context["actions"]],
        {card.name: [str(action.label) for action in card.actions] for card in response.context["cards"]},
    )


@pytest.mark.parametrize("partners", [1, 10])
def test_details_take_the_same_queries_for_any_number_of_partners(partners, seller_client, shop):
    request = make_request(shop, [PartnerFactory() for _number in range(partners)])

    with counted() as queries:
        seller_client.get(url(request))

    # request, shares, authorisations, openings, own details, events
    assert len(queries) == FRAME + 6


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

    assert described.replace("&#x27;", "'") in read(seller_client, open_request)


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
    assert "Closed The request has been closed" in page
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


@pytest.mark.parametrize("reference", ["SPR-2222222222", "SPS-2222222222", "x", "%00"])
def test_made_up_reference_is_not_found(reference, seller_client):
    assert seller_client.get(f"/requests/{reference}/").status_code == 404


# When nobody has it


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
    assert "We have referred as many as we can for the request as it is." in page
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


# History


def test_timeline_names_who_and_when_newest_first(seller_client, seller, shop, partner, other_agency, partner_owner):
    with time_machine.travel("2026-11-26T12:00Z", tick=False):
        request = make_request(shop, [partner, other_agency])
    with time_machine.travel("2026-11-27T09:30Z", tick=False):
        services.accept_share(share_id=request.shares.get(partner=partner).pk, by=partner_owner, version=1)
        services.authorise_share(
            share_id=request.shares.get(partner=partner).pk,
            by=seller,
            areas={"ads": "view"},
            days=90,
            close_others=True,
        )
        lines = seller_client.get(url(request)).context["timeline"]

    assert [(line["title"], line["by"], line["detail"]) for line in lines] == [
        ("Closed for Harbour & Pine", "Sarah Seller", "Closed by your shop"),
        ("Northlight Commerce authorised", "Sarah Seller", "Advertising (view)\nFor 90 days"),
        ("Northlight Commerce accepted", "Petra Partner, Northlight Commerce", ""),
        ("Shared with Northlight Commerce and Harbour & Pine", "Sarah Seller", ""),
        ("Request submitted", "Sarah Seller", "Choose partners myself"),
    ]


def test_timeline_names_platform_and_staff(seller_client, shop, partner, staff, other_agency):
    request = make_request(shop)
    services.close_request(request_id=request.pk, by=staff, staff_note="Asked by phone.")

    lines = seller_client.get(url(request)).context["timeline"]

    assert {line["by"] for line in lines} == {"TikTok Shop staff", "TikTok Shop", "Sarah Seller"}
    assert "Asked by phone." not in read(seller_client, request)


def test_every_kind_of_event_has_its_line(seller_client, connected_share, seller, open_request, partner_owner):
    services.renew_share(share_id=connected_share.pk, by=seller, areas={"ads": "manage"}, days=365)
    services.revoke_share(share_id=connected_share.pk, by=seller)
    services.withdraw_share(share_id=connected_share.pk, by=partner_owner, reason="other")
    services.ask_for_referral(request_id=open_request.pk, by=seller)

    titles = [line["title"] for line in seller_client.get(url(open_request)).context["timeline"]]

    assert titles == [
        "No suitable partner left to refer",
        "Request edited",
        "Northlight Commerce withdrew its acceptance",
        "Authorisation of Northlight Commerce revoked",
        "Authorisation of Northlight Commerce changed",
        "Northlight Commerce authorised",
        "Northlight Commerce accepted",
        "Shared with Northlight Commerce",
        "Request submitted",
    ]


def at_days(client, request, days):
    """The page as it is so many days after the submission, with the timers run on each."""
    with time_machine.travel(request.created_at, tick=False) as travelled:
        for _day in range(days):
            travelled.shift(timedelta(days=1))
            run_timers()
        return read(login(client, owner_of(request.shop)), request)  # anew: sessions end


@pytest.mark.parametrize(("days", "closes"), [(29, False), (31, True)])
def test_request_that_grows_stale_says_when_it_closes(days, closes, seller_client, shop):
    with time_machine.travel("2026-02-20T12:00Z", tick=False):
        request = make_request(shop)

    page = at_days(seller_client, request, days)

    assert ("It closes on Tue 21 Apr if nothing happens." in page) is closes
    assert ("You were warned that it closes if nothing happens" in page) is closes
    assert ("30 days are left" in page) is closes


def test_accepted_share_that_grows_stale_says_when_it_closes(seller_client, shop, partner, partner_owner):
    with time_machine.travel("2026-02-20T12:00Z", tick=False):
        request = make_request(shop, [partner])
        services.accept_share(share_id=request.shares.get().pk, by=partner_owner, version=1)

    page = at_days(seller_client, request, 31)

    assert "Authorise Northlight Commerce to begin, or close. It closes on Tue 21 Apr if nothing happens." in page
    assert "You were warned that it closes for Northlight Commerce if nothing happens" in page
    assert "You were reminded that Northlight Commerce waits for you to authorise it" in page


def test_timeline_tells_of_reminders(seller_client, shop, partner):
    request = make_request(shop, [partner])

    assert at_days(seller_client, request, 4).count("Northlight Commerce reminded to answer") == 2


def test_timeline_tells_what_each_edit_changed_in_its_own_currency(seller_client, open_request, seller):
    first = {"budget": Decimal(3000), "location": ""}
    second = {"budget": Decimal(3500), "location": "", "currency": "EUR", "other_details": "x" * 2000}
    for version, changes in enumerate((first, second), start=1):
        services.edit_request(
            request_id=open_request.pk, by=seller, version=version, details=details_of(**changes),
            request_type="choose", hide_contact=version == 2,
        )  # fmt: skip

    edits = [line["detail"] for line in seller_client.get(url(open_request)).context["timeline"][:2]]

    assert "Budget: £3,000 → €3,500" in edits[0]
    assert "Currency: GBP → EUR" in edits[0]
    assert "When partners see the contact details was changed" in edits[0]
    assert max(map(len, edits[0].splitlines())) < 700
    assert edits[1] == "Location: Unit 4, Kirkstall Forge, Leeds → nothing\nBudget: £2,000 → £3,000"


def test_who_opened_the_contact_details_and_when_stands_on_the_page(
    seller_client, share, reviewer, partner_owner, staff, open_request
):
    with time_machine.travel("2026-11-26T12:00Z", tick=False):
        services.open_contact(share_id=share.pk, by=reviewer)
        services.open_contact_as_staff(request_id=open_request.pk, by=staff)
        response = seller_client.get(url(open_request))

    page = words(response.content.decode())
    assert "TikTok Shop staff opened your contact details Thu 26 Nov, 12:00" in page
    assert "Rita Reviewer, a reviewer at Northlight Commerce, opened your contact details Thu 26 Nov, 12:00" in page
    assert [line["title"] for line in response.context["timeline"]] == [
        "Shared with Northlight Commerce", "Request submitted",
    ]  # fmt: skip


def test_opening_by_one_who_has_left_is_told_as_such(seller_client, share, reviewer, open_request):
    services.open_contact(share_id=share.pk, by=reviewer)
    reviewer.partner_members.all().delete()

    page = read(seller_client, open_request)

    assert "Rita Reviewer, formerly at Northlight Commerce, opened your contact details" in page


@pytest.mark.parametrize(
    ("days", "left", "warned"), [(1, "29 days left", 0), (16, "14 days left", 1), (29.5, "Less than a day left", 1)]
)
def test_end_of_an_authorisation_is_counted_down_and_warned_of_when_near(
    days, left, warned, client, seller, reviewer, connected_share
):
    with time_machine.travel(connected_share.connected_at + timedelta(days=days, hours=1), tick=False):
        for_seller = words(login(client, seller).get(url(connected_share.request)).content.decode())
        for_partner = words(login(client, reviewer).get(connected_share.get_absolute_url()).content.decode())

    assert left in for_seller
    assert left in for_partner
    assert for_seller.count("Unless it is renewed, Northlight Commerce loses its access on") == warned
    assert for_partner.count("Unless Lumen Skincare renews it, your access ends on") == warned


def test_nobody_opened_the_contact_details_yet(seller_client, open_request):
    assert "Nobody so far. Each opening is listed here with name and time." in read(seller_client, open_request)


def test_partner_that_is_not_public_any_more_is_named_without_a_link(seller_client, open_request, partner):
    Partner.objects.filter(pk=partner.pk).update(status="suspended")

    html = seller_client.get(url(open_request)).content.decode()

    assert "Northlight Commerce" in html
    assert f'href="/partners/{partner.slug}/"' not in html


def test_title_carries_the_reference_alone(seller_client, open_request):
    html = seller_client.get(url(open_request)).content.decode()

    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL).group(1)
    assert title.startswith(f"Request {open_request.reference}")
    assert "Ann" not in title


def test_request_stays_visible_to_whoever_replaces_its_author(client, editor, open_request):
    PartnerRequest.objects.filter(pk=open_request.pk).update(created_by=None)

    assert login(client, editor).get(url(open_request)).status_code == 200
