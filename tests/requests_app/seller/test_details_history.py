"""View Details: who did what and when, what ends soon, and who opened the contact details."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts.models import User
from requests_app import services
from requests_app.timers import run_timers
from tests.cast import login
from tests.factories import details_of, make_request, owner_of
from tests.requests_app.seller.details import read, url, words

pytestmark = pytest.mark.once


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
    services.close_request(request_id=request.pk, by=staff, staff_reason="other", staff_note="Asked by phone.")

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


def test_member_who_is_staff_is_shown_as_staff(seller_client, share, reviewer, open_request):
    User.objects.filter(pk=reviewer.pk).update(is_staff=True)
    services.open_contact(share_id=share.pk, by=reviewer)
    services.accept_share(share_id=share.pk, by=reviewer, version=1)

    page = read(seller_client, open_request)

    assert "Rita Reviewer (TikTok Shop staff), a reviewer at Northlight Commerce, opened your contact details" in page
    assert "Rita Reviewer (TikTok Shop staff), Northlight Commerce" in page


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


@pytest.mark.parametrize("whole", [True, False])
def test_close_of_a_connected_share_says_that_the_authorisation_ended(whole, client, seller, reviewer, connected_share):
    close_request_or_share(connected_share, seller, whole=whole)

    assert words_on_the_authorisation(client, connected_share, seller, reviewer) == [1, 1]


def test_close_after_an_authorisation_was_revoked_does_not_say_that_it_ended(client, seller, reviewer, connected_share):
    services.revoke_share(share_id=connected_share.pk, by=seller)
    close_request_or_share(connected_share, seller, whole=False)

    assert words_on_the_authorisation(client, connected_share, seller, reviewer) == [0, 0]


def close_request_or_share(share, seller, *, whole):
    if whole:
        services.close_request(request_id=share.request_id, by=seller)
    else:
        services.close_share(share_id=share.pk, by=seller)


def words_on_the_authorisation(client, share, *readers):
    """Return how often each reader's page, the seller's and the partner's, says that it ended with the close."""
    pages = [url(share.request), share.get_absolute_url()]
    read = [login(client, reader).get(page).content.decode() for reader, page in zip(readers, pages, strict=True)]
    return [html.count("The authorisation ended with it.") for html in read]
