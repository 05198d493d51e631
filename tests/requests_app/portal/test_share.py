from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from accounts import clock
from partners.models import Partner
from requests_app import services
from requests_app.models import Event, Share
from requests_app.portal import history
from requests_app.timers import run_timers
from tests.cast import login
from tests.factories import (
    PartnerFactory,
    add_to_partner,
    category,
    lapse,
    make_request,
    owner_of,
    write_as_partner,
    write_as_seller,
)
from tests.queries import FRAME
from tests.requests_app.portal.shares import CONTACT, FREE_TEXT, edit, url_of

pytestmark = pytest.mark.once


def test_share_shows_the_business_profile_and_free_text(page, share):
    shown = page(share)

    for text in (
        "Lumen Skincare",
        "Beauty &amp; Personal Care",
        "United Kingdom",
        "11-50",
        "£2,000",
        "£48,000",
        "£12,500.50",
    ):
        assert text in shown
    for text in FREE_TEXT:
        assert text in shown


def test_share_takes_the_same_queries_for_any_history(client, reviewer, share, django_assert_num_queries):
    for _time in range(5):
        services.open_contact(share_id=share.pk, by=reviewer)
    edit(share, budget=Decimal(2500))
    edit(share, budget=Decimal(2600))
    login(client, reviewer)

    client.get(url_of(share))

    # share, role, conversation twice, free text twice asked for, versions, events, edits; with the commit, its reading
    with django_assert_num_queries(FRAME + 9):
        client.get(url_of(share))


def test_share_never_shows_contact_details_nor_records_anything_on_get(client, page, share):
    before = Event.objects.count()

    shown = page(share)
    client.get(url_of(share, "contact"))

    assert [text for text in CONTACT if text in shown] == []
    assert Event.objects.count() == before


def test_share_page_is_not_stored(client, reviewer, share):
    assert "no-store" in login(client, reviewer).get(url_of(share))["Cache-Control"]


def test_share_never_shows_the_requests_reference_or_other_partners(page, shop, partner, reviewer):
    others = [PartnerFactory(name=f"Rival {number}") for number in range(3)]
    request = make_request(shop, picks=[partner, *others])
    services.accept_share(share_id=request.shares.get(partner=others[0]).pk, by=owner_of(others[0]), version=1)

    shown = page(request.shares.get(partner=partner))

    assert request.reference not in shown
    assert "Rival" not in shown
    for other in request.shares.exclude(partner=partner):
        assert other.reference not in shown


def test_share_says_until_when_to_answer(client, reviewer, share):
    reviewer.time_zone = "Asia/Tokyo"
    reviewer.save()
    Share.objects.filter(pk=share.pk).update(respond_by="2026-12-03T05:00Z")
    with time_machine.travel("2026-12-02T05:00Z"):
        shown = login(client, reviewer).get(url_of(share)).content.decode()

    assert "Answer by Thu 3 Dec, 14:00" in shown
    assert "Due within 24 hours" in shown


def test_share_says_how_it_came(page, share, partner, shop):
    referred = make_request(shop).shares.get(partner=partner)

    assert "Chosen by the seller" in page(share)
    assert "Referred by TikTok Shop" in page(referred)


@pytest.mark.parametrize("verb", ["share", "contact", "accept", "reject", "withdraw", "close"])
@pytest.mark.parametrize("who", ["other_partner", "seller", "staff"])
def test_share_of_another_partner_is_not_found(verb, who, share, client, request, other_agency):
    login(client, request.getfixturevalue(who))

    assert client.get(url_of(share, verb)).status_code == 404
    assert client.post(url_of(share, verb)).status_code == (405 if verb == "share" else 404)


@pytest.mark.parametrize("verb", ["", "contact/", "accept/", "reject/", "withdraw/", "close/"])
@pytest.mark.parametrize("reference", ["SPS-2222222222", "x", "SPS-%F0%9F%98%80"])
def test_share_that_does_not_exist_is_not_found(verb, reference, client, reviewer, share, open_request):
    login(client, reviewer)

    assert client.get(f"/portal/requests/{reference}/{verb}").status_code == 404
    assert client.get(f"/portal/requests/{open_request.reference}/{verb}").status_code == 404


def test_share_of_a_partner_that_is_not_active_says_for_whom(client, reviewer, share):
    elsewhere = PartnerFactory(name="Aardvark Agency")
    add_to_partner(elsewhere, reviewer, "reviewer")

    shown = login(client, reviewer).get(url_of(share)).content.decode()

    assert "This request is for Northlight Commerce. Your other pages show Aardvark Agency." in shown


# What changed


def test_share_shows_what_the_seller_changed(page, share):
    edit(share, budget=Decimal(2600), platform_gmv=Decimal(50000), other_details="Now for summer", subject="Bea Long")

    shown = page(share)

    assert "What the seller changed" in shown
    for before, after in (("£2,000", "£2,600"), ("£48,000", "£50,000"), (FREE_TEXT[1], "Now for summer")):
        assert f"{before}</del>" in shown or f"{before}." in shown
        assert f"{after}</ins>" in shown
    assert "TikTok Shop sales GMV" in shown
    assert "Changed. Show the contact details to read it." in shown
    assert "Bea Long" not in shown


def test_help_needed_is_seen_while_contact_details_are_hidden_and_its_change_is_quoted(page, hidden_share):
    edit(hidden_share, services=["livestream"], start="now")
    edit(hidden_share, services=["livestream", "ads"])

    shown = page(hidden_share)

    assert "As soon as possible" in shown
    assert "nothing</del>" in shown
    assert "Livestream selling and Advertising</ins>" in shown
    assert CONTACT[0] not in shown


def test_share_writes_each_amount_in_the_currency_it_had(page, share):
    edit(share, budget=Decimal(2600), currency="EUR")

    shown = page(share)

    assert "£2,000</del>" in shown
    assert "€2,600</ins>" in shown


def test_share_quotes_no_hidden_text_that_changed(page, hidden_share):
    edit(hidden_share, other_details="Now for summer")

    shown = page(hidden_share)

    assert "Changed. You can read it once you accept." in shown
    assert "Now for summer" not in shown
    assert FREE_TEXT[1] not in shown


def test_share_that_ended_keeps_the_profile_of_its_end(page, share, reviewer):
    edit(share, budget=Decimal(2600))
    services.reject_share(share_id=share.pk, by=reviewer, reason="budget")
    edit(share, budget=Decimal(9999), category=category("Pet Supplies"))

    shown = page(share)

    assert "£2,600" in shown
    assert "9,999" not in shown
    assert "Pet Supplies" not in shown
    assert shown.count("The request was edited") == 1


# What may be done


@pytest.mark.parametrize(
    ("who", "state", "offered"),
    [
        ("partner_owner", "share", ["accept", "reject"]),
        ("reviewer", "share", ["accept", "reject"]),
        ("partner_viewer", "share", []),
        ("reviewer", "accepted_share", ["withdraw"]),
        ("partner_viewer", "accepted_share", []),
        ("partner_owner", "connected_share", ["close"]),
        ("reviewer", "connected_share", []),
    ],
)
def test_share_offers_what_the_reader_may_do(who, state, offered, client, request):
    share = request.getfixturevalue(state)

    shown = login(client, request.getfixturevalue(who)).get(url_of(share)).content.decode()

    verbs = ("accept", "reject", "withdraw", "close")
    assert [verb for verb in verbs if f'href="{url_of(share, verb)}"' in shown] == offered


def test_history_tells_of_reminders_and_when_it_closes(page, client, shop, partner, reviewer, seller):
    with time_machine.travel("2026-02-20T12:00Z", tick=False) as travelled:
        share = make_request(shop, [partner]).shares.get()
        travelled.shift(timedelta(days=1))
        run_timers()
        services.accept_share(share_id=share.pk, by=reviewer, version=1)
        for _week in range(5):
            travelled.shift(timedelta(days=7))
            run_timers()
        login(client, reviewer)  # anew: sessions end
        accepted, inbox = page(share), client.get(reverse("portal:inbox"), {"status": "in-progress"}).text
        services.authorise_share(share_id=share.pk, by=seller, areas={"ads": "view"}, days=30)
        travelled.shift(timedelta(days=25))
        run_timers()
        login(client, reviewer)
        connected = page(share)

    for told in (
        "You were reminded to answer",
        "The seller was reminded that you wait",
        "The seller was warned that it closes if nothing happens",
    ):
        assert accepted.count(told) == 1
    assert "to authorise you. It closes on Wed 22 Apr if nothing happens." in inbox
    assert connected.count("You were reminded that the authorisation ends soon") == 1


def test_share_tells_a_viewer_why_he_cannot_answer(client, partner_viewer, share):
    shown = login(client, partner_viewer).get(url_of(share)).content.decode()

    assert "You cannot answer this request" in shown
    assert "Only an owner or reviewer of the partner can do this. Ask one of them." in shown


def test_share_tells_a_suspended_partner_why_it_cannot_answer(client, reviewer, share, partner):
    Partner.objects.filter(pk=partner.pk).update(status="suspended")  # as before the task has closed its shares

    shown = login(client, reviewer).get(url_of(share)).content.decode()

    assert shown.count("Your partner account is not approved at the moment") == 2  # the answer, the contact details
    assert FREE_TEXT[0] not in shown
    assert url_of(share, "accept") not in shown


def test_share_shows_what_was_authorised_while_it_holds(client, reviewer, seller, accepted_share):
    areas = {"products": "manage", "ads": "view"}
    services.authorise_share(share_id=accepted_share.pk, by=seller, areas=areas, days=90)
    until = clock.now() + timedelta(days=90)
    login(client, reviewer)

    shown = client.get(url_of(accepted_share)).context["authorisation"]
    services.revoke_share(share_id=accepted_share.pk, by=seller)
    after = client.get(url_of(accepted_share)).context["authorisation"]

    assert [(str(row["label"]), str(row["value"])) for row in shown["areas"]] == [
        ("Products", "Manage"),
        ("Advertising", "View"),
    ]
    assert abs(shown["ends_at"] - until) < timedelta(minutes=1)
    assert after is None


def test_history_names_colleagues_and_never_the_sellers_people(
    client, partner_owner, reviewer, seller, connected_share
):
    services.open_contact(share_id=connected_share.pk, by=reviewer)
    edit(connected_share, budget=Decimal(2600))
    services.revoke_share(share_id=connected_share.pk, by=seller)

    lines = login(client, reviewer).get(url_of(connected_share)).context["history"]

    assert [(str(line["title"]), line["by"]) for line in lines] == [
        ("Authorisation revoked", "Lumen Skincare"),
        ("The request was edited", "Lumen Skincare"),
        ("Contact details opened", "You"),
        ("Authorisation granted for 30 days", "Lumen Skincare"),
        ("Accepted", "Petra Partner"),
        ("Request received", "Lumen Skincare"),
    ]


def test_history_after_a_rejection_tells_the_reason_and_not_the_note(page, share, reviewer):
    services.reject_share(share_id=share.pk, by=reviewer, reason="budget", note="call 0113 496 0000")

    shown = page(share)

    assert "Rejected: Budget too low" in shown
    assert "0113" not in shown


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("seller", "The seller closed it for you"),
        ("request_closed", "The request was closed"),
        ("no_response", "It was not answered in time"),
        ("staff", "TikTok Shop closed it"),
    ],
)
def test_share_says_why_it_ended(reason, said, page, share, seller, staff):
    if reason == "seller":
        services.close_share(share_id=share.pk, by=seller)
    elif reason == "request_closed":
        services.close_request(request_id=share.request_id, by=seller)
    elif reason == "staff":
        services.close_share_as_staff(share_id=share.pk, by=staff, reason="other")
    else:
        lapse(share)

    shown = page(share)

    assert shown.count(said) == 2  # the header, the history
    assert ("The request has been closed" in shown) == (reason == "request_closed")
    assert ("Closed for this partner" in shown) == (reason != "request_closed")


def history_of(client, reviewer, share):
    lines = login(client, reviewer).get(url_of(share)).context["history"]
    return [(str(line["title"]), str(line.get("detail", ""))) for line in lines]


def test_messages_do_not_crowd_out_the_history(client, reviewer, accepted_share, monkeypatch):
    monkeypatch.setattr(history, "EVENTS_SHOWN", 3)
    for _time in range(3):
        write_as_partner(accepted_share)
        write_as_seller(accepted_share)

    assert history_of(client, reviewer, accepted_share) == [("Accepted", ""), ("Request received", "")]


def test_many_questions_and_replies_are_one_line_of_the_history(client, reviewer, share):
    for _time in range(5):
        write_as_partner(share)
        write_as_seller(share)

    newest, *others = history_of(client, reviewer, share)

    assert newest == ("The seller replied", "And 7 questions and replies before")
    assert len(others) == 4  # more time, the first question and reply, received


def test_replies_of_the_seller_leave_the_history_with_the_end(client, reviewer, share):
    write_as_partner(share)
    write_as_seller(share)
    before = [title for title, _detail in history_of(client, reviewer, share)]
    services.reject_share(share_id=share.pk, by=reviewer, reason="budget")
    after = [title for title, _detail in history_of(client, reviewer, share)]

    assert "The seller replied" in before
    assert [title for title in before if title not in after] == ["The seller replied"]
