"""Sending a message from the seller's pages: where it lands, what is refused, and what is warned of while contact
details are hidden.
"""

from uuid import uuid4

import pytest

from requests_app import services
from requests_app.conversation.models import Message
from requests_app.models import Share
from tests.cast import login
from tests.requests_app.seller.details import url, words
from tests.requests_app.seller.talks import reply, say, share_url, shown, typed

pytestmark = pytest.mark.once


@pytest.fixture
def sent(seller_client, share):
    """`sent(text)`: the answer to a message that the seller sends from the page of the share."""
    return lambda text, follow=True, **more: seller_client.post(
        share_url(share, "message/"), typed(text, **more), follow=follow
    )


def test_reply_lands_at_the_conversation_and_gives_more_time(sent, seller_client, share):
    say(share, "Do you ship to Ireland?")
    assert "<button" in seller_client.get(share_url(share)).text
    due = share.respond_by

    response = sent("We do.")

    own = Message.objects.get(side="seller")
    assert response.redirect_chain == [(f"{share_url(share)}#message-{own.pk}", 302)]
    assert "Your message is sent." in response.text  # a draft ends by that
    assert [message.text for message in shown(response)] == ["Do you ship to Ireland?", "We do."]
    assert (Share.objects.get().respond_by - due).days == 2


def test_message_sent_on_view_details_lands_there(seller_client, share, open_request):
    say(share)

    response = seller_client.post(share_url(share, "message/?on=request"), typed("We do."), follow=True)

    own = Message.objects.get(side="seller")
    assert response.redirect_chain == [(f"{url(open_request)}?with={share.reference}#message-{own.pk}", 302)]
    assert [message.text for message in shown(response)][-1] == "We do."


def test_message_refused_on_view_details_is_sent_from_there_again(seller_client, share):
    refused = seller_client.post(share_url(share, "message/?on=request"), typed(" "))

    assert f'action="{share_url(share, "message/?on=request")}"' in refused.text


def test_double_click_is_one_message(seller_client, share):
    data = typed("Once.")
    for _click in range(2):
        seller_client.post(share_url(share, "message/"), data)

    assert Message.objects.count() == 1


def test_message_by_the_same_form_with_another_text_is_another(sent):
    token = str(uuid4())
    sent("One.", token=token)
    sent("Two.", token=token)

    assert sorted(Message.objects.values_list("text", flat=True)) == ["One.", "Two."]


@pytest.mark.parametrize("on", ["", "?on=request"])
def test_coming_back_from_signing_in_leads_to_the_conversation(on, seller_client, share):
    response = seller_client.get(share_url(share, f"message/{on}"))

    assert response.status_code == 302
    assert response.url.endswith("#conversation")
    assert ("?with=" in response.url) is bool(on)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write something first."),
        ("  \n ", "Write something first."),
        ("x" * 100_000, "A message has at most 2000 characters; this one has 100000."),
        ("x\0y", "Null characters are not allowed."),
    ],
)
def test_bad_text_comes_back_with_what_is_wrong(text, said, sent):
    response = sent(text)

    assert response.status_code == 200
    assert said in words(response.text)
    assert text.replace("\0", "").strip() in response.text
    assert not Message.objects.exists()


def test_twenty_first_message_of_a_day_comes_back(sent, seller, share):
    for number in range(20):
        reply(share, seller, f"Number {number}")

    response = sent("One more.")

    assert "20 messages within a day are the most in one conversation." in words(response.text)
    assert response.context["conversation"]["form"]["text"].value() == "One more."


def test_text_typed_while_it_ended_is_not_lost(sent, seller, share):
    services.close_share(share_id=share.pk, by=seller)

    response = sent("Typed meanwhile: <b>")

    assert "Your message was not sent It has ended for this partner" in words(response.text)
    assert "Typed meanwhile: &lt;b&gt;</textarea>" in response.text
    assert "<form" not in response.text.partition('id="conversation"')[2].partition("</section>")[0]


def test_viewer_reads_and_is_told_why_they_cannot_write(client, viewer, share):
    say(share, "Do you ship to Ireland?")
    login(client, viewer)

    page = client.get(share_url(share))
    refused = client.post(share_url(share, "message/"), typed("Mine"))

    assert "Do you ship to Ireland?" in page.text
    assert page.context["conversation"]["form"] is None
    assert page.context["conversation"]["cannot"] in words(refused.text)
    assert "Mine</textarea>" in refused.text
    assert Message.objects.count() == 1


def test_share_of_another_shop_and_of_a_former_member_is_not_found(client, other_seller, other_shop, viewer, share):
    viewer.shop_members.all().delete()

    for person in (other_seller, viewer):
        login(client, person)
        assert client.get(share_url(share)).status_code == 404
        assert client.post(share_url(share, "message/"), typed("Mine")).status_code == 404
    assert not Message.objects.exists()


# While contact details are hidden


@pytest.mark.usefixtures("hidden", "finds")
def test_contact_data_is_warned_of_once_and_sent_anyway(sent, share):
    warned = sent("Write to ann@lumen.example")

    assert "will be hidden from Northlight Commerce until it accepts" in words(warned.text)
    assert "Write to ann@lumen.example</textarea>" in warned.text
    assert '<button class="btn btn-primary" type="submit" name="anyway" value="on">' in warned.text
    assert not Message.objects.exists()

    sent("Write to ann@lumen.example", anyway="on")
    assert Message.objects.get().text == "Write to ann@lumen.example"


@pytest.mark.usefixtures("hidden", "finds")
def test_nothing_is_warned_of_where_nothing_would_be_hidden(sent, share, partner_owner):
    sent("No address in here.")
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    sent("Write to ann@lumen.example")

    assert Message.objects.count() == 2


@pytest.mark.usefixtures("finds")
def test_nothing_is_warned_of_where_contact_details_are_open(sent):
    sent("Write to ann@lumen.example")

    assert Message.objects.count() == 1
