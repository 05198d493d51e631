"""The conversation on the partner's page of a request: asking, waiting, what is refused, what the inbox says."""

from datetime import timedelta
from uuid import uuid4

import pytest

from partners.models import Partner
from requests_app import services
from requests_app.conversation.models import Message
from requests_app.models import Share
from tests.cast import login
from tests.factories import write_as_partner, write_as_seller
from tests.queries import FRAME
from tests.requests_app.portal.shares import url_of
from tests.requests_app.portal.talks import LIVE, send
from tests.requests_app.portal.test_inbox import ask_often

pytestmark = pytest.mark.once

TYPED = "Which hosts do you have in mind?"


@pytest.fixture
def reader(client, reviewer):
    return login(client, reviewer)


def test_page_offers_to_ask_and_says_what_a_question_is(page, share):
    shown = page(share)

    assert "Ask the seller" in shown
    assert "A question is no answer: your time to answer runs on." in shown
    assert "The seller’s first reply gives you 48 hours more." in shown


def test_question_waits_with_until_when_it_still_has_to_answer(reader, share):
    shown = send(reader, share, TYPED).text

    assert "Your message is sent." in shown
    assert TYPED in shown
    assert "Waiting for the seller’s reply" in shown
    assert "You still have to answer by" in shown
    assert "It is your turn: accept or reject" not in shown
    assert "Your question waits for the seller’s reply." in shown
    assert f'href="{url_of(share, "accept")}"' in shown
    assert 'name="text"' not in shown


def test_reply_is_the_partners_turn_with_the_new_end(reader, share):
    write_as_partner(share)
    before = Share.objects.get(pk=share.pk).respond_by
    write_as_seller(share, "Yes, two of them.")

    shown = reader.get(url_of(share)).text

    assert "Your turn" in shown
    assert "The seller replied, answer by" in shown
    assert "Yes, two of them." in shown
    assert Share.objects.get(pk=share.pk).respond_by - before == timedelta(hours=48)
    assert "The seller’s first reply gives you" not in shown


def test_double_click_is_one_question(reader, share):
    token = str(uuid4())

    for _click in range(2):
        answer = send(reader, share, TYPED, token=token)

    assert "Your message is sent." in answer.text
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write something first."),
        (" \n ", "Write something first."),
        ("x" * 2001, "A message has at most 2000 characters; this one has 2001."),
        ("x" * 100_000, "A message has at most 2000 characters; this one has 100000."),
        ("one\0two", "Null characters are not allowed."),
    ],
)
def test_text_that_cannot_be_sent_comes_back_with_why(text, said, reader, share):
    answer = send(reader, share, text)

    assert said in answer.text
    assert answer.context["conversation"]["form"]["text"].value() == text.replace("\0", "")
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("😀" * 2000, "😀" * 2000),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("be\u202efore", "before"),
    ],
)
def test_odd_text_is_sent_and_drawn_as_text(text, drawn, reader, share):
    shown = send(reader, share, text).text

    assert drawn in shown
    assert "<script>alert" not in shown
    assert "\u202e" not in shown


def test_second_question_comes_back_beside_why(reader, share, partner_owner):
    write_as_partner(share, by=partner_owner)

    shown = send(reader, share, TYPED).text

    assert "Your message was not sent" in shown
    assert "Your question waits for the seller’s reply." in shown
    assert TYPED in shown
    assert Message.objects.count() == 1


def test_message_past_the_limit_of_a_day_comes_back(reader, accepted_share):
    for number in range(20):
        write_as_partner(accepted_share, f"Message {number}")

    shown = send(reader, accepted_share, TYPED).text

    assert "20 messages within a day are the most in one conversation." in shown
    assert TYPED in shown


def test_message_that_crosses_a_close_comes_back_and_nothing_else_of_the_conversation(reader, seller, accepted_share):
    write_as_seller(accepted_share, "Our margin is 41 per cent.")
    services.close_share(share_id=accepted_share.pk, by=seller)

    answer = send(reader, accepted_share, TYPED)

    assert "Your message was not sent" in answer.text
    assert "It is “Closed” now" in answer.text
    assert TYPED in answer.text
    assert "41 per cent" not in answer.text
    assert answer.context["conversation"] is None


def test_message_that_crosses_the_close_of_the_request_comes_back(reader, seller, share):
    services.close_request(request_id=share.request_id, by=seller)

    shown = send(reader, share, TYPED).text

    assert "Your message was not sent" in shown
    assert TYPED in shown


def test_message_of_a_partner_suspended_meanwhile_comes_back(reader, share, partner):
    write_as_partner(share, "Said before.")
    Partner.objects.filter(pk=partner.pk).update(status="suspended")

    shown = send(reader, share, TYPED).text

    assert "Your message was not sent" in shown
    assert "Your partner account is not approved at the moment" in shown
    assert TYPED in shown
    assert "Said before." not in shown


def test_viewer_reads_and_is_told_why_not_to_write(client, partner_viewer, share):
    write_as_partner(share, "Said before.")
    login(client, partner_viewer)

    shown = client.get(url_of(share)).text
    refused = send(client, share, TYPED).text

    assert "Said before." in shown
    assert "Only an owner or reviewer of the partner can do this." in shown
    assert TYPED in refused
    assert Message.objects.count() == 1


def test_get_leads_to_the_conversation(reader, share):
    assert reader.get(url_of(share, "message")).headers["Location"] == f"{url_of(share)}#conversation"


# While contact details are hidden


def test_page_says_what_is_hidden_and_promises_no_more(page, hidden_share):
    shown = page(hidden_share)

    assert "Until you accept, email addresses, phone numbers and links are hidden from both sides." in shown
    assert "We may not find every one of them." in shown


def test_text_that_will_be_hidden_is_told_of_once_and_sent_anyway(reader, hidden_share, seller):
    text = "Write to mia@northlight.example please"

    asked = send(reader, hidden_share, text)
    assert not Message.objects.exists()
    sent = send(reader, hidden_share, text, anyway="on")

    assert "Your message is not sent yet" in asked.text
    assert "It will be hidden from the seller, too, until you accept." in asked.text
    assert text in asked.text
    assert "mia@northlight.example" not in sent.text
    assert Message.objects.get().text == text


def test_nothing_is_told_where_nothing_is_hidden(reader, share):
    shown = send(reader, share, "Write to mia@northlight.example please").text

    assert "Your message is sent." in shown
    assert "mia@northlight.example" in shown


# Refreshing by itself


def state_of(response):
    return response.context["conversation"]["state"]


def test_refreshing_answers_nothing_where_nothing_changed(reader, share):
    write_as_partner(share)
    state = state_of(reader.get(url_of(share)))

    assert reader.get(url_of(share), {"seen": state}, headers=LIVE).status_code == 204


def test_refreshing_brings_the_messages_and_the_panel(reader, accepted_share):
    state = state_of(reader.get(url_of(accepted_share)))
    write_as_seller(accepted_share, "Tuesday suits us.")

    answer = reader.get(url_of(accepted_share), {"seen": state}, headers=LIVE).text

    assert "Tuesday suits us." in answer
    assert "1 new message" in answer
    assert 'id="next"' in answer
    assert "<html" not in answer


def test_refreshing_gives_the_form_back_when_the_reply_comes(reader, share):
    write_as_partner(share)
    state = state_of(reader.get(url_of(share)))
    write_as_seller(share)

    answer = reader.get(url_of(share), {"seen": state}, headers=LIVE)

    assert answer.headers["HX-Retarget"] == "#conversation"
    assert 'name="text"' in answer.text
    assert "The seller replied, answer by" in answer.text


def test_refreshing_when_a_colleague_accepts_brings_what_stands_around_the_messages(
    reader, hidden_share, partner_owner
):
    state = state_of(reader.get(url_of(hidden_share)))
    services.accept_share(share_id=hidden_share.pk, by=partner_owner, version=1)

    answer = reader.get(url_of(hidden_share), {"seen": state}, headers=LIVE)

    assert "Partner accepted" in answer.text
    assert 'id="conversation-verb" data-hx-swap-oob="true">Send message</span>' in answer.text
    assert 'id="conversation-lead" data-hx-swap-oob="true" hidden' in answer.text
    assert 'id="conversation-mask" data-hx-swap-oob="true" hidden' in answer.text
    assert "<textarea" not in answer.text  # what is typed stays


def test_form_that_a_colleagues_question_closed_keeps_what_is_typed_until_the_reply(reader, share):
    state = state_of(reader.get(url_of(share)))
    write_as_partner(share)  # another one of the team
    asked = reader.get(url_of(share), {"seen": state}, headers=LIVE)
    write_as_seller(share)
    replied = reader.get(url_of(share), {"seen": state_of(asked)}, headers=LIVE)

    assert [answer.headers.get("HX-Retarget") for answer in (asked, replied)] == [None, None]
    assert "<textarea" not in asked.text + replied.text


def test_refreshing_after_the_end_takes_the_messages_away(reader, seller, accepted_share):
    write_as_seller(accepted_share, "Tuesday suits us.")
    state = state_of(reader.get(url_of(accepted_share)))
    services.close_share(share_id=accepted_share.pk, by=seller)

    answer = reader.get(url_of(accepted_share), {"seen": state}, headers=LIVE)

    assert "The conversation is closed to you now" in answer.text
    assert "Tuesday suits us." not in answer.text


# The inbox


def test_inbox_says_who_is_waited_for_and_what_is_new(reader, share, reviewer):
    write_as_partner(share)
    asked = reader.get("/portal/").text
    write_as_seller(share)
    replied = reader.get("/portal/").text

    assert "Waiting for the seller’s reply" in asked
    assert "You still have to answer by" in asked
    assert "The seller replied, answer by" in replied
    assert "New message" in replied
    assert "New message" not in asked


@pytest.mark.parametrize("count", [1, 20])
def test_inbox_takes_no_query_more_for_any_number_of_messages(
    count, reader, shop, partner, share, django_assert_num_queries
):
    for each in ask_often(shop, partner, count):
        write_as_seller(each)

    with django_assert_num_queries(FRAME + 3):  # counts, keys, rows
        rows = reader.get("/portal/").context["rows"]

    assert sum(row.has_new for row in rows) >= min(count, 20) - 1


def test_inbox_that_refreshes_says_a_new_message(reader, share):
    first = reader.get("/portal/")
    write_as_seller(share, "One thing more.")

    answer = reader.get("/portal/", {"seen": first.context["state"]}, headers=LIVE)
    again = reader.get("/portal/", {"seen": answer.context["state"]}, headers=LIVE)

    assert "new message." in answer.context["news"]
    assert again.status_code == 204
