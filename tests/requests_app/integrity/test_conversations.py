"""What is planted past the services in conversations and proposals is found by check_invariants, and named."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection

from accounts import clock
from requests_app import services
from requests_app.authorisations import Authorisation
from requests_app.automatic import advance_proposal
from requests_app.conversation.models import Message, MessageReading
from requests_app.integrity import append_only
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest, Share
from requests_app.proposals.models import Proposal, ProposalVersion
from requests_app.proposals.services import withdraw_proposal
from tests.factories import make_request, propose, write_as_partner, write_as_seller
from tests.requests_app.integrity.test_invariants import plant_event
from tests.standing import standing

MINUTE = timedelta(minutes=1)


@standing
def asked(shop, other_agency):
    """A share that is being reviewed, and whose partner asked, was replied to, and asked again."""
    share = make_request(shop, [other_agency]).shares.get()
    write_as_partner(share, "How many streams a week?")
    write_as_seller(share, "Three.")
    write_as_partner(share, "In English?")
    return Share.objects.get(pk=share.pk)


@standing
def proposed(accepted_share):
    """An accepted share whose partner changed its proposal once."""
    propose(accepted_share)
    propose(accepted_share, seen=1, months=6)
    return accepted_share


@pytest.fixture(autouse=True)
def _holds_before(request, db):
    for name in {"asked", "proposed", "accepted_share"} & set(request.fixturenames):
        request.getfixturevalue(name)
    assert list(offenders()) == []


def found():
    return [line.partition(": ")[2] for line in offenders()]


def say(share, **values):
    by = share.partner.members.first().user
    return Message.objects.create(share=share, side="partner", by=by, text="Hello", token=uuid.uuid4(), **values)


def test_question_that_the_share_does_not_know_is_found(asked):
    Share.objects.filter(pk=asked.pk).update(asked_at=None)
    PartnerRequest.objects.update(asked_since=None)

    (line, *_schedule) = offenders()

    assert line.startswith(f"{asked.reference}: asked, replied and extended [None, ")


def test_reply_that_no_event_tells_of_is_found(asked):
    Share.objects.filter(pk=asked.pk).update(replied_at=asked.replied_at - MINUTE)

    assert [line[:27] for line in found()] == ["asked, replied and extended"]


@pytest.mark.parametrize("extended", [True, False])
def test_time_that_was_not_given_and_event_of_it_are_found(extended, asked):
    share = asked
    if extended:
        Share.objects.filter(pk=share.pk).update(is_extended=False)
    else:
        plant_event(share.request, share=share, kind="extended", actor="platform")

    assert [line[:27] for line in found()] == ["asked, replied and extended"]


@pytest.mark.parametrize("since", [None, MINUTE])
def test_request_that_does_not_know_of_a_question_is_found(since, asked):
    at = since and asked.asked_at - since
    PartnerRequest.objects.filter(pk=asked.request_id).update(asked_since=at)

    assert found() == [f"asked since {at}, should be {asked.asked_at}"]


def test_request_asked_though_its_partner_has_accepted_is_found(accepted_share):
    now = clock.now()
    PartnerRequest.objects.filter(pk=accepted_share.request_id).update(asked_since=now)

    assert found() == [f"asked since {now}, should be None"]


@pytest.mark.parametrize("side", ["seller", "partner"])
def test_newest_message_that_is_another_is_found(side, asked):
    first = asked.messages.filter(side=side).first().pk
    Share.objects.filter(pk=asked.pk).update(**{f"{side}_message": first + 1000})

    assert [line[:16] for line in found()] == ["newest messages "]


def test_message_without_an_event_is_found(asked):
    message = say(asked)
    Share.objects.filter(pk=asked.pk).update(partner_message=message.pk)

    assert found() == ["4 messages, its events tell of 3 or of others"]


def test_message_that_is_gone_is_found(asked):
    asked.messages.filter(side="seller").delete()
    Share.objects.filter(pk=asked.pk).update(seller_message=None)

    assert found() == ["2 messages, its events tell of 3 or of others"]


def test_all_messages_that_are_gone_are_found(asked):
    asked.messages.all().delete()
    Share.objects.filter(pk=asked.pk).update(seller_message=None, partner_message=None)

    assert found() == ["0 messages, its events tell of 3 or of others"]


@pytest.mark.parametrize("change", [{"is_question": False}, {"side": "seller"}])
def test_message_of_another_kind_than_its_event_is_found(change, asked):
    asked.messages.filter(side="partner").update(**change)

    assert "3 messages, its events tell of 3 or of others" in found()


def test_missing_version_of_a_proposal_is_found(proposed):
    ProposalVersion.objects.filter(number=1).delete()

    assert found() == ["its proposal is at version 2, has [2]"]


def test_proposal_of_another_end_than_its_version_is_found(proposed):
    proposal = proposed.proposal
    until = proposal.valid_until + timedelta(days=1)
    Proposal.objects.update(valid_until=until, next_step_at=proposal.next_step_at + timedelta(days=1))

    (line,) = found()
    assert line.startswith(f"its proposal holds until {until}, version 2 until ")


@pytest.mark.parametrize("at", [None, 0])
def test_proposal_without_its_step_to_come_and_one_with_another_are_found(at, proposed):
    planted = None if at is None else clock.now()
    right = Proposal.objects.get().next_step_at
    Proposal.objects.update(next_step_at=planted)

    assert found() == [f"next step at {planted}, should be {right}"]


def test_withdrawn_proposal_with_a_step_to_come_is_found(proposed, partner_owner):
    withdraw_proposal(share_id=proposed.pk, by=partner_owner, seen=2)
    Proposal.objects.update(next_step_at=clock.now())

    (line,) = found()
    assert line.endswith("should be None")


@pytest.mark.parametrize("status", ["withdrawn", "expired"])
def test_proposal_whose_state_no_event_led_to_is_found(status, proposed):
    Proposal.objects.update(status=status, next_step_at=None)

    assert found() == [f"its proposal is ['{status}', 2, None], its events lead to ['sent', 2, None]"]


def test_proposal_chosen_without_an_authorisation_is_found(proposed):
    Proposal.objects.update(status="chosen", chosen_number=2, next_step_at=None)

    assert found() == ["its proposal is ['chosen', 2, 2], its events lead to ['sent', 2, None]"]


def test_authorisation_by_a_proposal_that_nobody_chose_is_found(proposed, seller):
    services.authorise_share(share_id=proposed.pk, by=seller, areas={"ads": "view"}, days=30)
    Authorisation.objects.update(proposal_number=2)

    assert found() == ["authorised by proposals [2], its events say []"]


def test_renewed_authorisation_stays_by_the_proposal_that_was_chosen(proposed, seller):
    granted = {"share_id": proposed.pk, "by": seller, "areas": {"ads": "view"}, "days": 30}
    services.authorise_share(**granted, proposal=2)
    for _time in range(2):
        services.renew_share(**granted)

    assert found() == []
    Authorisation.objects.filter(ended_at=None).update(proposal_number=None)
    assert found() == ["authorised by proposals [2, 2], its events say [2, 2, 2]"]

    Authorisation.objects.filter(ended_at=None).update(proposal_number=2)
    services.revoke_share(share_id=proposed.pk, by=seller)
    services.authorise_share(**granted)
    services.renew_share(**granted)
    assert found() == []


def test_proposal_without_acceptance_is_found(asked):
    proposal = Proposal.objects.create(share=asked, number=1, valid_until=clock.now(), next_step_at=None)
    owner = asked.partner.members.first().user
    terms = {"price": "monthly", "currency": "GBP", "amount": 5, "starts_on": clock.now().date(), "months": 1}
    ProposalVersion.objects.create(
        proposal=proposal, number=1, created_by=owner, valid_until=proposal.valid_until, **terms
    )
    Proposal.objects.update(next_step_at=proposal.valid_until - timedelta(days=2))

    assert found() == ["its proposal is ['sent', 1, None], its events lead to [None, None, None]"]


def test_event_of_a_proposal_that_is_not_there_is_found(proposed):
    ProposalVersion.objects.all().delete()
    Proposal.objects.all().delete()

    assert found() == ["its proposal is [None, None, None], its events lead to ['sent', 2, None]"]


def test_proposal_that_ran_out_beside_a_connection_without_a_word_is_right(proposed, seller):
    services.authorise_share(share_id=proposed.pk, by=seller, areas={"ads": "view"}, days=30)
    with clock.at(clock.now() + timedelta(days=14, minutes=1)):
        assert advance_proposal(proposal_id=proposed.proposal.pk)

        assert Proposal.objects.get().status == "expired"
        assert found() == []


def test_words_left_of_an_erased_request_are_found(asked, proposed, seller):
    for share in (asked, proposed):
        services.close_request(request_id=share.request_id, by=seller)
    PartnerRequest.objects.update(erased_at=clock.now(), **dict.fromkeys(PartnerRequest.PRIVATE_FIELDS, ""))
    for request in PartnerRequest.objects.all():
        request.versions.update(**dict.fromkeys(PartnerRequest.PRIVATE_FIELDS, ""))

    assert found() == ["erased, but text is left"] * 2

    Message.objects.update(text="")
    ProposalVersion.objects.update(included="")
    assert found() == []


def test_words_left_of_an_erased_person_are_found(asked, proposed, partner_owner, other_partner):
    MessageReading.objects.create(share=asked, by=other_partner, upto=1)
    for person in (partner_owner, other_partner):
        type(person).objects.filter(pk=person.pk).update(email=f"erased-{person.pk}@erased.invalid")

    left = [line for line in found() if line.startswith("erased, but words")]

    tables = ("Message", "ProposalVersion", "MessageReading")
    assert left == [f"erased, but words are left in requests_app.{table}" for table in tables]


@pytest.mark.usefixtures("asked")
def test_events_of_messages_that_are_gone_are_found(asked):
    append_only.lift()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM requests_app_event WHERE share_id = %s AND kind <> 'shared'", [asked.pk])
    append_only.install()

    assert "3 messages, its events tell of 0 or of others" in found()
