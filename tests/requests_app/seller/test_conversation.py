"""The conversation on the seller's pages: reading, what is hidden for now, what came since."""

import re

import pytest
import time_machine

from partners.contact import PartnerContact
from requests_app import services
from requests_app.conversation.models import Message, MessageReading
from tests.cast import login
from tests.factories import PartnerFactory, make_request, owner_of
from tests.queries import FRAME, counted
from tests.requests_app.seller.details import url, words
from tests.requests_app.seller.talks import many, reply, say, share_url, shown
from tests.standing import standing

pytestmark = pytest.mark.once

LIVE = {"HX-Request": "true"}


def state(response):
    return response.context["conversation"]["state"]


def test_messages_stand_by_day_newest_last_with_who_and_when_in_the_readers_zone(
    client, seller, shop, partner, partner_owner
):
    seller.time_zone = "Asia/Tokyo"
    seller.save()
    with time_machine.travel("2026-11-26T13:00Z", tick=False) as moment:
        share = make_request(shop, [partner]).shares.get()
        say(share, "Do you ship to Ireland?")
        moment.move_to("2026-11-26T16:05Z")
        reply(share, seller, "We do.")
        response = login(client, seller).get(share_url(share))

    page = words(response.content.decode())
    assert "Thu 26 Nov Petra Partner Northlight Commerce 22:00 Question New Do you ship to Ireland?" in page
    assert "Fri 27 Nov Sarah Seller your side 01:05 We do." in page
    assert '<time datetime="2026-11-26T16:05:00+00:00"' in response.content.decode()


def test_own_messages_stand_on_their_side_and_texts_have_their_own_direction(seller_client, seller, share):
    say(share, "هل تشحنون إلى دبي؟")
    reply(share, seller)

    html = seller_client.get(share_url(share)).content.decode()

    assert re.findall(r'<li class="(message[^"]*)"', html) == ["message", "message message-own"]
    assert '<p class="message-text" dir="auto">هل تشحنون إلى دبي؟</p>' in html


def test_markup_emoji_and_line_breaks_are_text(seller_client, accepted_share):
    say(accepted_share, "<b>bold</b>\n" + "🎉" * 1900)

    html = seller_client.get(share_url(accepted_share)).content.decode()

    assert "&lt;b&gt;bold&lt;/b&gt;\n🎉" in html


def test_erased_message_says_so(seller_client, accepted_share):
    say(accepted_share)
    Message.objects.update(text="")

    assert "This message was erased." in seller_client.get(share_url(accepted_share)).text


def test_new_is_said_once_and_to_each_person(client, seller, editor, share, django_capture_on_commit_callbacks):
    say(share)

    def is_new(person):
        with django_capture_on_commit_callbacks(execute=True):
            return [message.is_new for message in shown(login(client, person).get(share_url(share)))]

    assert [is_new(person) for person in (seller, seller, editor)] == [[True], [False], [True]]
    assert MessageReading.objects.count() == 2


def test_earlier_messages_are_twenty_at_a_time(seller_client, accepted_share):
    rows = many(accepted_share, 45)
    keys, address = [], share_url(accepted_share)
    while address:
        response = seller_client.get(address)
        keys.append([message.key for message in shown(response)])
        address = response.context["conversation"]["earlier_url"]

    assert keys == [[row.pk for row in rows[start:end]] for start, end in ((25, 45), (5, 25), (0, 5))]
    assert "data-live" not in response.text  # it would be taken away by the newest
    assert f'href="{share_url(accepted_share)}#conversation"' in response.text


@pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "１"])
def test_key_that_is_none_gives_the_newest(key, seller_client, accepted_share):
    many(accepted_share, 3)

    assert len(shown(seller_client.get(share_url(accepted_share), {"before": key}))) == 3


@pytest.mark.parametrize("count", [2, 200])
def test_page_of_a_share_takes_the_same_queries_for_any_number_of_messages(count, seller_client, accepted_share):
    many(accepted_share, count)

    with counted() as queries:
        response = seller_client.get(share_url(accepted_share))

    # request, shares, authorisations, contact of the partner, whose the proposal is, proposal, whose the conversation
    # is, messages, reading
    assert len(queries) == FRAME + 9
    assert len(shown(response)) == min(count, 20)


def test_ended_conversation_is_still_read(seller_client, seller, share):
    say(share, "Do you ship to Ireland?")
    services.close_request(request_id=share.request_id, by=seller)

    page = words(seller_client.get(share_url(share)).text)

    assert "Do you ship to Ireland?" in page
    assert "It has ended for this partner, so nothing more can be written." in page


# Hidden for now


@pytest.mark.usefixtures("hidden", "finds")
def test_masked_conversation_says_so_and_promises_nothing(seller_client, seller, share, partner_owner):
    say(share, "I am petra@northlight.example")
    reply(share, seller, "And I am ann@lumen.example")

    masked = seller_client.get(share_url(share))
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    whole = seller_client.get(share_url(share))

    said = "Until Northlight Commerce accepts, email addresses, phone numbers and links are hidden from both sides."
    assert f"{said} We may not find every one of them." in words(masked.text)
    assert "petra[hidden]northlight.example" in masked.text
    assert "ann@lumen.example" in masked.text  # one's own words
    assert said not in words(whole.text)
    assert "petra@northlight.example" in whole.text


@pytest.mark.usefixtures("hidden", "finds")
def test_mask_over_what_ended_unaccepted_does_not_speak_of_accepting(seller_client, seller, share):
    say(share, "I am petra@northlight.example")
    services.close_share(share_id=share.pk, by=seller)

    page = words(seller_client.get(share_url(share)).text)

    assert "Until Northlight Commerce accepts" not in page
    assert (
        "Northlight Commerce did not accept: email addresses, phone numbers and links in its messages stay hidden."
    ) in page
    assert "petra@northlight.example" not in page


# What came since


def test_page_that_has_all_messages_is_given_nothing(seller_client, accepted_share):
    say(accepted_share)
    seen = state(seller_client.get(share_url(accepted_share)))

    assert seller_client.get(share_url(accepted_share), {"seen": seen}, headers=LIVE).status_code == 204


def test_page_is_given_the_messages_alone_and_how_many_came(seller_client, seller, accepted_share):
    say(accepted_share, "First")
    seen = state(seller_client.get(share_url(accepted_share)))
    say(accepted_share, "Second")
    reply(accepted_share, seller, "Third")

    response = seller_client.get(share_url(accepted_share), {"seen": seen}, headers=LIVE)

    assert words(response.text).endswith("2 new messages")
    assert '<p class="visually-hidden" id="conversation-news" role="status" data-hx-swap-oob="innerHTML">' in (
        response.text
    )
    assert "<form" not in response.text
    assert "<html" not in response.text


@pytest.mark.parametrize("seen", ["", "x", "x-y", "0-" + "9" * 40])
def test_state_that_nobody_wrote_gives_the_messages(seen, seller_client, accepted_share):
    say(accepted_share)

    response = seller_client.get(share_url(accepted_share), {"seen": seen}, headers=LIVE)

    assert response.status_code == 200
    assert "new message" not in response.text


def test_mask_that_falls_is_a_change(seller_client, share, partner_owner, hidden, finds):
    say(share, "I am petra@northlight.example")
    seen = state(seller_client.get(share_url(share)))
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)

    response = seller_client.get(share_url(share), {"seen": seen}, headers=LIVE)

    assert "petra@northlight.example" in response.text


@pytest.mark.parametrize("on", ["", "?on=request"])
def test_what_is_next_comes_with_the_question_the_acceptance_and_the_rejection(
    on, seller_client, seller, share, partner_owner, open_request, hidden
):
    page = url(open_request) if on else share_url(share)

    def came(seen):
        answer = seller_client.get(
            share_url(share) + on, {"seen": seen} | ({"on": "request"} if on else {}), headers=LIVE
        )
        assert "<html" not in answer.text
        return answer

    def part(answer, key):
        return words(answer.text.partition(f'id="{key}"')[2].partition("</section>")[0].partition("<p class")[0])

    seen = state(seller_client.get(page))
    say(share)
    asked = came(seen)
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    accepted = came(state(asked))
    services.withdraw_share(share_id=share.pk, by=partner_owner, reason="other")
    ended = came(state(accepted))

    assert 'id="conversation-verb" data-hx-swap-oob="true">Reply</span>' in asked.text
    assert "Reply" in part(asked, "next-act")
    assert 'id="conversation-mask" data-hx-swap-oob="true" hidden' not in asked.text
    assert 'id="conversation-verb" data-hx-swap-oob="true">Send message</span>' in accepted.text
    assert 'id="conversation-mask" data-hx-swap-oob="true" hidden' in accepted.text
    assert "Authorise" in part(accepted, "next-act")
    assert "Partner accepted" in words(accepted.text)
    assert "Rejected" in words(ended.text)
    assert [answer.headers.get("HX-Retarget") for answer in (asked, accepted, ended)] == [
        None
    ] * 3  # what is typed stays
    assert came(state(ended)).status_code == 204


# The page of a share


def test_page_of_a_share_says_whose_turn_it_is_and_the_next_act(client, seller, viewer, share, partner_owner):
    def act(person):
        found = login(client, person).get(share_url(share)).context["act"]
        return found and (str(found["label"]), found["url"])

    waiting = act(seller)
    say(share)
    asked = act(seller), act(viewer)
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    accepted = act(seller), act(viewer)

    assert waiting is None
    assert asked == (("Reply", "#id_text"), None)
    assert accepted == (("Authorise", share_url(share, "authorise/")), None)


def test_contact_of_the_partner_is_written_to_and_called(seller_client, partner, accepted_share):
    PartnerContact.objects.create(partner=partner, name="Nora", email="nora@northlight.example", phone="+44 113 496")

    html = seller_client.get(share_url(accepted_share)).text

    assert 'href="mailto:nora@northlight.example"' in html
    assert 'href="tel:+44113496"' in html


# On View Details


@standing
def three(shop):
    """A request that three partners have."""
    return make_request(shop, PartnerFactory.create_batch(3))


def chosen(client, request, **params):
    return client.get(url(request), params).context["conversation"]["heading"].removeprefix("Conversation with ")


def test_conversation_shown_is_that_of_the_partner_that_asks_else_of_the_newest_message(seller_client, seller, three):
    shares = list(three.shares.select_related("partner").order_by("pk"))
    names = [share.partner.name for share in shares]
    found = [chosen(seller_client, three)]
    reply(shares[1], seller)
    found.append(chosen(seller_client, three))
    say(shares[2])
    reply(shares[0], seller)
    found.append(chosen(seller_client, three))
    found += [chosen(seller_client, three, **{"with": reference}) for reference in (shares[0].reference, "SPS-x")]

    assert found == [names[0], names[1], names[2], names[0], names[2]]


def test_links_choose_a_conversation_and_say_what_waits_there(seller_client, seller, three):
    shares = list(three.shares.select_related("partner").order_by("pk"))
    say(shares[2])
    services.accept_share(share_id=shares[1].pk, by=owner_of(shares[1].partner), version=1)
    say(shares[1])

    choices = seller_client.get(url(three)).context["conversation"]["choices"]

    assert {choice["label"]: (choice["note"], choice["active"]) for choice in choices} == {
        shares[0].partner.name: ("", False),
        shares[1].partner.name: ("new", False),
        shares[2].partner.name: ("asks you something", True),
    }
    assert f"{url(three)}?with={shares[1].reference}#conversation" in [choice["url"] for choice in choices]


def test_earlier_ones_on_view_details_stay_there(seller_client, accepted_share, open_request):
    rows = many(accepted_share, 25)

    earlier = seller_client.get(url(open_request)).context["conversation"]["earlier_url"]

    assert earlier == f"{url(open_request)}?with={accepted_share.reference}&before={rows[5].pk}#conversation"
    assert [message.key for message in shown(seller_client.get(earlier))] == [row.pk for row in rows[:5]]


@pytest.mark.parametrize("count", [2, 200])
def test_details_take_the_same_queries_and_little_room_for_any_number_of_messages(
    count, seller_client, accepted_share, open_request
):
    many(accepted_share, count, text="x" * 400 + "{number}")

    with counted() as queries:
        response = seller_client.get(url(open_request))

    # as without messages, and the reading, the partner's contact, whose the proposals are, the proposals
    assert len(queries) == FRAME + 13
    assert len(shown(response)) == min(count, 20)
    assert len(response.content) < 60_000


def test_page_of_a_share_with_200_messages_is_light(seller_client, accepted_share):
    many(accepted_share, 200, text="x" * 400 + "{number}")

    assert len(seller_client.get(share_url(accepted_share)).content) < 60_000


def test_many_questions_and_replies_are_one_line_of_the_timeline(seller_client, seller, share, open_request):
    def titles():
        return [line["title"] for line in seller_client.get(url(open_request)).context["timeline"]]

    for number in range(3):
        say(share, f"Question {number}")
        reply(share, seller)
    few = titles()
    for number in range(2):
        say(share, f"Question {number}")
        reply(share, seller)

    assert few.count("Northlight Commerce asked you something") == 3
    assert "Northlight Commerce has 48 hours more to answer" in few
    assert titles()[:2] == ["Replied to Northlight Commerce", "Northlight Commerce has 48 hours more to answer"]
    assert "And 7 questions and replies before" in seller_client.get(url(open_request)).text
