"""Accepting with a first message, and the contact that the seller then reads."""

from uuid import uuid4

import pytest

from partners.contact import PartnerContact
from partners.models import Partner
from requests_app import services, visibility
from requests_app.conversation.models import Message
from requests_app.models import Share
from tests.cast import login, signed_in
from tests.factories import write_as_partner
from tests.requests_app.portal.shares import edit, url_of

pytestmark = pytest.mark.once

TYPED = "We would begin with two streams a week."


@pytest.fixture
def reader(client, reviewer):
    return login(client, reviewer)


@pytest.fixture
def sent(reader, share):
    def send(**changes):
        data = {"version": "1", "message": TYPED, "token": str(uuid4())} | changes
        return reader.post(url_of(share, "accept"), data, follow=True)

    return send


def status(share):
    return Share.objects.get(pk=share.pk).status


def test_message_goes_with_the_acceptance(sent, share, reviewer):
    shown = sent().text

    message = Message.objects.get()
    assert status(share) == "accepted"
    assert (message.text, message.by, message.is_question) == (TYPED, reviewer, False)
    assert "You accepted the request." in shown
    assert TYPED in shown


def test_message_is_optional(sent, share):
    sent(message="", token="")

    assert status(share) == "accepted"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * 2001, "A message has at most 2000 characters; this one has 2001."),
        ("a\0b", "Null characters are not allowed."),
    ],
)
def test_message_that_cannot_be_sent_comes_back_and_nothing_is_accepted(text, said, sent, share):
    answer = sent(message=text)

    assert said in answer.text
    assert answer.context["form"]["message"].value() == text.replace("\0", "")
    assert status(share) == "reviewing"


def test_message_stays_where_the_request_was_edited_meanwhile(sent, share):
    edit(share, budget=2600)

    answer = sent()

    assert "The seller changed this request since you opened it." in answer.text
    assert answer.context["form"]["message"].value() == TYPED
    assert 'name="version" value="2"' in answer.text
    assert status(share) == "reviewing"


def test_double_click_accepts_once_and_sends_once(sent, share):
    token = str(uuid4())

    for _click in range(2):
        shown = sent(token=token).text

    assert "You did not accept" not in shown
    assert Message.objects.count() == 1


def test_message_with_the_words_of_an_earlier_question_comes_back(sent, share, reviewer, partner_owner):
    write_as_partner(share, TYPED, by=reviewer)
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)

    assert sent().context["unsent"]["text"] == TYPED


@pytest.mark.parametrize("how", ["closed", "taken", "suspended"])
def test_message_that_crosses_another_act_comes_back(how, sent, share, seller, partner, partner_owner):
    if how == "closed":
        services.close_share(share_id=share.pk, by=seller)
    elif how == "taken":
        services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    else:
        Partner.objects.filter(pk=partner.pk).update(status="suspended")

    answer = sent()

    assert "You did not accept, and your message was not sent" in answer.text
    assert answer.context["unsent"]["text"] == TYPED
    assert not Message.objects.exists()


# The partner's contact


def test_accepting_without_a_contact_offers_an_owner_to_give_one(share, partner_owner, reviewer):
    owner, other = (signed_in(who).get(url_of(share, "accept")).text for who in (partner_owner, reviewer))

    assert "The seller will not see whom to write to" in owner
    assert f'href="/portal/profile/contact/?acting_for=partner%3A{share.partner_id}"' in owner
    assert "Give a contact" not in other
    assert "Only an owner can change this." in other


def test_accepting_with_a_contact_says_what_the_seller_will_see(reader, share, partner):
    PartnerContact.objects.create(partner=partner, name="Petra Lind", email="petra@northlight.example", phone="")

    asked = reader.get(url_of(share, "accept")).text
    reader.post(url_of(share, "accept"), {"version": "1"})
    shown = reader.get(url_of(share)).text

    assert "The seller sees your contact from then on: Petra Lind, petra@northlight.example." in asked
    assert "The seller sees it until the request ends for you." in shown
    assert "petra@northlight.example" in shown


def test_contact_is_read_by_shops_that_it_accepted_until_the_end(share, partner, reviewer, seller):
    PartnerContact.objects.create(partner=partner, name="Petra Lind", email="petra@northlight.example", phone="")

    def read():
        return visibility.partner_contacts(seller, share.request, [Share.objects.get(pk=share.pk)])

    before = read()
    services.accept_share(share_id=share.pk, by=reviewer, version=1)
    accepted = read()
    services.withdraw_share(share_id=share.pk, by=reviewer, reason="budget")

    assert before == read() == {}
    assert accepted[partner.pk].name == "Petra Lind"


@pytest.mark.usefixtures("partner")
def test_profile_offers_the_contact_plainly(client, partner_owner):
    shown = login(client, partner_owner).get("/portal/profile/").text

    assert "Contact for shops" in shown
    assert "Give a contact" in shown
