"""The doors of conversations and proposals: who may read what, and nobody anything after its end."""

import pytest

from accounts import clock
from partners import services as partner_services
from requests_app import services
from requests_app.conversation import reading
from requests_app.conversation.models import MessageReading
from requests_app.models import Share
from requests_app.proposals import reading as proposals
from tests.factories import UserFactory, add_to_shop, lapse, make_request, propose, write_as_partner, write_as_seller
from tests.queries import counted
from tests.standing import standing

pytestmark = pytest.mark.once

CALL = "Call me: +44 7700 900456 or petra@northlight.example"
ENDS = ("closed", "withdrawn", "ended", "request closed", "closed by staff", "suspended")


def anew(share):
    return Share.objects.select_related("request", "partner").get(pk=share.pk)


def said(conversation):
    return [message.text for message in conversation.messages]


@standing
def talked(accepted_share):
    """An accepted share with a message of each side and a proposal."""
    write_as_partner(accepted_share, CALL)
    write_as_seller(accepted_share, "Thursday then.")
    propose(accepted_share, included=CALL)
    return anew(accepted_share)


def end(share, how, *, seller, partner_owner, staff):
    if how == "ended":
        services.authorise_share(share_id=share.pk, by=seller, areas={"ads": "view"}, days=30, proposal=1)
    match how:
        case "closed":
            services.close_share(share_id=share.pk, by=seller)
        case "withdrawn":
            services.withdraw_share(share_id=share.pk, by=partner_owner, reason="other")
        case "ended":
            services.end_connection(share_id=share.pk, by=partner_owner, reason="done")
        case "request closed":
            services.close_request(request_id=share.request_id, by=seller)
        case "closed by staff":
            services.close_share_as_staff(share_id=share.pk, by=staff, reason="other")
        case "suspended":
            partner_services.suspend_partner(partner_id=share.partner_id, by=staff)  # its shares follow by task


@pytest.mark.parametrize("role", ["partner_owner", "reviewer", "partner_viewer"])
def test_members_of_the_partner_read_it_while_it_has_the_request(role, talked, request):
    person = request.getfixturevalue(role)

    conversation, proposal = reading.for_partner(person, talked), proposals.for_partner(person, talked)

    assert said(conversation) == [CALL, "Thursday then."]
    assert [message.is_own for message in conversation.messages] == [True, False]
    assert [message.name for message in conversation.messages] == ["Petra Partner", "Sarah Seller"]
    assert (proposal.terms.included, proposal.status, proposal.terms.by) == (CALL, "sent", "Petra Partner")


@pytest.mark.parametrize("role", ["partner_owner", "reviewer", "partner_viewer"])
@pytest.mark.parametrize("how", ENDS)
def test_partner_reads_nothing_after_the_end(how, role, talked, request, seller, partner_owner, staff):
    person = request.getfixturevalue(role)
    end(talked, how, seller=seller, partner_owner=partner_owner, staff=staff)

    share = anew(talked)
    assert reading.for_partner(person, share) is None
    assert proposals.for_partner(person, share) is None


@pytest.mark.parametrize("how", ["rejected", "lapsed"])
def test_partner_reads_no_question_after_the_end_of_its_review(how, share, partner_owner):
    write_as_partner(share, CALL)
    if how == "rejected":
        services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    else:
        lapse(share)

    assert reading.for_partner(partner_owner, anew(share)) is None


@pytest.mark.parametrize("how", ENDS)
def test_shop_reads_on_after_the_end(how, talked, seller, viewer, partner_owner, staff):
    end(talked, how, seller=seller, partner_owner=partner_owner, staff=staff)

    share = anew(talked)
    for person in (seller, viewer):
        assert said(reading.for_seller(person, share)) == [CALL, "Thursday then."]
        assert proposals.for_seller(person, share.request, [share])[share.pk].terms.included == CALL


@pytest.mark.parametrize("role", ["reviewer", "viewer"])
def test_membership_that_ended_ends_the_reading(role, talked, request):
    person = request.getfixturevalue(role)
    person.partner_members.all().delete()
    person.shop_members.all().delete()

    assert reading.for_partner(person, talked) is None
    assert reading.for_seller(person, talked) is None
    assert proposals.for_partner(person, talked) is None
    assert proposals.for_seller(person, talked.request, [talked]) == {}


@pytest.mark.parametrize("role", ["other_partner", "other_seller", "seller", "staff"])
def test_nobody_else_reads_as_the_partner(role, talked, request, other_agency, other_shop):
    person = request.getfixturevalue(role)

    assert reading.for_partner(person, talked) is None
    assert proposals.for_partner(person, talked) is None


@pytest.mark.parametrize("role", ["partner_owner", "other_partner", "other_seller", "staff"])
def test_nobody_else_reads_as_the_shop(role, talked, request, other_agency, other_shop):
    person = request.getfixturevalue(role)

    assert reading.for_seller(person, talked) is None
    assert proposals.for_seller(person, talked.request, [talked]) == {}


def test_partner_of_the_same_request_reads_its_own_alone(shop, partner, other_agency, partner_owner, other_partner):
    first, second = make_request(shop, [partner, other_agency]).shares.order_by("pk")
    for share, by, text in ((first, partner_owner, "First"), (second, other_partner, "Second")):
        services.accept_share(share_id=share.pk, by=by, version=1, message=text)
        propose(share, included=text)

    for share, by, text in ((first, partner_owner, "First"), (second, other_partner, "Second")):
        assert said(reading.for_partner(by, anew(share))) == [text]
        assert proposals.for_partner(by, anew(share)).terms.included == text
    assert reading.for_partner(partner_owner, anew(second)) is None
    assert proposals.for_partner(partner_owner, anew(second)) is None


def test_proposals_of_another_request_are_not_given_with_ones_own(talked, other_shop, other_seller, partner):
    own = make_request(other_shop, [partner])

    assert proposals.for_seller(other_seller, own, [talked]) == {}


# Masked while contact details are hidden


@standing
def hidden(shop, partner):
    """A share that is being reviewed, of a request whose contact details are hidden, with a question and a reply."""
    share = make_request(shop, [partner], hide_contact=True).shares.get()
    write_as_partner(share, CALL)
    write_as_seller(share, "Ring 0113 496 0000, or write to ann@lumen.example")
    return anew(share)


CONTACTS = ("7700", "northlight.example", "0113 496", "lumen.example")


def test_contacts_are_masked_for_the_partner_on_both_sides_and_for_the_seller_on_the_partners(
    hidden, seller, partner_owner
):
    of_partner, of_seller = reading.for_partner(partner_owner, hidden), reading.for_seller(seller, hidden)

    assert of_partner.is_masked
    assert of_seller.is_masked
    assert [contact for contact in CONTACTS if contact in " ".join(said(of_partner))] == []
    assert [contact for contact in CONTACTS if contact in said(of_seller)[0]] == []
    assert said(of_seller)[1] == "Ring 0113 496 0000, or write to ann@lumen.example"  # their own
    assert [message.name for message in of_partner.messages] == ["Petra Partner", ""]
    assert [message.name for message in of_seller.messages] == ["Petra Partner", "Sarah Seller"]


def test_original_is_read_from_acceptance_on(hidden, seller, partner_owner):
    services.accept_share(share_id=hidden.pk, by=partner_owner, version=1)

    for conversation in (reading.for_partner(partner_owner, anew(hidden)), reading.for_seller(seller, anew(hidden))):
        assert not conversation.is_masked
        assert said(conversation) == [CALL, "Ring 0113 496 0000, or write to ann@lumen.example"]


@pytest.mark.parametrize("how", ENDS)
def test_end_of_what_was_accepted_hides_nothing_from_the_seller(how, hidden, seller, partner_owner, staff):
    services.accept_share(share_id=hidden.pk, by=partner_owner, version=1)
    propose(hidden)
    end(hidden, how, seller=seller, partner_owner=partner_owner, staff=staff)

    conversation = reading.for_seller(seller, anew(hidden))

    assert not conversation.is_masked
    assert said(conversation)[0] == CALL


def test_end_without_acceptance_leaves_it_hidden_from_the_seller(hidden, seller):
    services.close_share(share_id=hidden.pk, by=seller)

    conversation = reading.for_seller(seller, anew(hidden))

    assert conversation.is_masked
    assert "7700" not in said(conversation)[0]


def test_original_stays_in_the_database(hidden):
    assert hidden.messages.order_by("pk").first().text == CALL


# Unread


def unread(viewer, share, side):
    """Whether the lists of that side say that it holds something new."""
    (found,) = reading.with_readings(viewer, Share.objects.filter(pk=share.pk))
    return reading.is_unread(found, side)


def test_what_is_unread_is_of_each_person(
    talked, seller, editor, partner_owner, reviewer, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = reading.for_seller(seller, talked)
    again, other = reading.for_seller(seller, talked), reading.for_seller(editor, talked)

    assert (first.unread, again.unread, other.unread) == (1, 0, 1)
    assert not unread(seller, talked, "seller")
    assert unread(editor, talked, "seller")
    assert unread(partner_owner, talked, "partner")
    assert list(MessageReading.objects.values_list("by", flat=True)) == [seller.pk]


def test_what_ended_is_not_unread_to_who_joins_later(talked, seller, shop):
    services.close_share(share_id=talked.pk, by=seller)
    joined = UserFactory()
    add_to_shop(shop, joined, "viewer")

    assert not unread(joined, talked, "seller")
    assert reading.for_seller(joined, anew(talked)).messages


def test_ones_own_side_is_never_unread(accepted_share, partner_owner, reviewer):
    write_as_partner(accepted_share)

    share = anew(accepted_share)
    assert reading.for_partner(reviewer, share).unread == 0
    assert not unread(reviewer, share, "partner")


def test_earlier_messages_come_by_pages(accepted_share, seller):
    for number in range(13):
        write_as_partner(accepted_share, f"Partner {number}")
        write_as_seller(accepted_share, f"Seller {number}")
    share = anew(accepted_share)

    newest = reading.for_seller(seller, share)
    earlier = reading.for_seller(seller, share, before=newest.earlier)

    assert (len(newest.messages), newest.messages[-1].text) == (20, "Seller 12")
    assert (len(earlier.messages), earlier.earlier, earlier.messages[0].text) == (6, None, "Partner 0")


def test_conversation_of_two_hundred_messages_asks_as_often_as_one_of_two(talked, seller):
    def asked():
        with counted() as statements:
            reading.for_seller(seller, anew(talked))
        return len(statements)

    before = asked()
    rows = talked.messages.order_by("pk")
    row = rows.last()
    for number in range(198):
        row.pk, row.token, row._state.adding = None, f"{number:032x}", True
        row.save()

    assert before == asked() == 4


def test_proposal_that_is_over_says_so_before_the_timer_does(talked, partner_owner):
    with clock.at(talked.proposal.valid_until):
        assert proposals.for_partner(partner_owner, anew(talked)).status == "expired"
    assert talked.proposal.status == "sent"
