"""What is said in a conversation, the clock that a question stops and starts, and who hears of it.

Which role may say something in which status stands in the table of tests/requests_app/test_services.py.
"""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts import outbox
from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import Notification
from partners import services as partner_services
from requests_app import services
from requests_app.conversation.models import Message, MessageReading
from requests_app.conversation.services import note_read
from requests_app.exceptions import MovedOn, QuestionWaits, TooManyMessages
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest, Share
from requests_app.timers import run_timers
from requests_app.workflow import Turn
from tests.factories import make_request, write_as_partner, write_as_seller
from tests.queries import counted
from tests.world import world

pytestmark = pytest.mark.once_on_postgresql

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def travel():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def asked(travel, share):
    """A share that is reviewed since START, whose partner asked an hour later."""
    travel.shift(HOUR)
    write_as_partner(share)
    return anew(share)


def anew(share):
    return Share.objects.select_related("request", "partner").get(pk=share.pk)


def kinds(share, *, but=("submitted", "shared")):
    return [event.kind for event in share.events.order_by("pk") if event.kind not in but]


def told(share, *, since=0):
    """(template, name of who was notified) of the share's events but its beginning."""
    rows = Notification.objects.filter(pk__gt=since).exclude(template__startswith="s").order_by("pk")
    return sorted(rows.values_list("template", "user__name"))


# The clock


def test_question_stops_nothing_and_is_the_sellers_turn(asked):
    assert (asked.asked_at, asked.replied_at, asked.is_extended) == (START + HOUR, None, False)
    assert asked.respond_by == START + 7 * DAY
    assert (asked.status, asked.whose_turn) == ("reviewing", Turn.SELLER)
    assert asked.request.asked_since == START + HOUR
    assert kinds(asked) == ["asked"]
    assert asked.messages.get().is_question
    assert list(offenders()) == []


def test_reply_gives_the_partner_two_days_more_and_the_turn(travel, asked):
    travel.shift(HOUR)

    write_as_seller(asked)

    share = anew(asked)
    assert (share.asked_at, share.replied_at, share.is_extended) == (None, START + 2 * HOUR, True)
    assert share.respond_by == START + 9 * DAY
    assert share.whose_turn == Turn.PARTNER
    assert share.request.asked_since is None
    assert kinds(share) == ["asked", "replied", "extended"]
    assert [event.actor for event in share.events.order_by("pk")][-2:] == ["seller", "platform"]
    assert list(offenders()) == []


def test_second_question_gives_no_more_time(travel, asked):
    write_as_seller(asked)
    write_as_partner(asked, "And in May?")
    write_as_seller(asked, "In May too.")

    share = anew(asked)
    assert share.respond_by == START + 9 * DAY
    assert kinds(share) == ["asked", "replied", "extended", "asked", "replied"]
    assert [event.data for event in share.events.filter(kind="replied").order_by("pk")] == [{"hours": 48}, {}]
    assert list(offenders()) == []


def test_second_question_waits_for_the_reply_to_the_first(asked):
    with pytest.raises(QuestionWaits):
        write_as_partner(asked, "Are you there?")

    assert kinds(asked) == ["asked"]


def test_seller_who_writes_without_being_asked_gives_no_time(share):
    before = share.respond_by

    write_as_seller(share, "Please say if you need anything.")

    share = anew(share)
    assert (share.respond_by, share.replied_at, share.is_extended) == (before, None, False)
    assert kinds(share) == ["message"]


def test_request_knows_since_when_the_first_of_several_questions_waits(travel, shop, partner, other_agency):
    first, second = make_request(shop, [partner, other_agency]).shares.order_by("pk")
    write_as_partner(second)
    travel.shift(HOUR)
    write_as_partner(first)
    since = [PartnerRequest.objects.get().asked_since]

    write_as_seller(second)
    since.append(PartnerRequest.objects.get().asked_since)
    write_as_seller(first)

    assert since == [START, START + HOUR]
    assert PartnerRequest.objects.get().asked_since is None


@pytest.mark.parametrize("end", ["accept", "reject", "close"])
def test_question_waits_no_more_once_it_is_answered_or_over(end, asked, partner_owner, seller):
    if end == "accept":
        services.accept_share(share_id=asked.pk, by=partner_owner, version=1)
    elif end == "reject":
        services.reject_share(share_id=asked.pk, by=partner_owner, reason="budget")
    else:
        services.close_share(share_id=asked.pk, by=seller)

    share = anew(asked)
    assert not share.is_asked
    assert share.request.asked_since is None
    assert list(offenders()) == []


def test_reply_after_acceptance_is_a_message_and_gives_no_time(asked, partner_owner):
    services.accept_share(share_id=asked.pk, by=partner_owner, version=1)

    write_as_seller(asked)

    assert kinds(asked) == ["asked", "accepted", "message"]
    assert anew(asked).respond_by == START + 7 * DAY
    assert list(offenders()) == []


def test_share_lapses_while_its_question_waits(travel, asked):
    travel.move_to(START + 7 * DAY)
    run_timers()

    share = anew(asked)
    assert (share.status, share.closed_reason) == ("closed", "no_response")
    assert share.request.asked_since is None
    assert list(offenders()) == []


def test_seller_is_reminded_of_a_question_then_the_partner_of_its_answer(travel, asked):
    at, reminded = START + HOUR, []
    for hours in (23, 25, 71, 73):
        travel.move_to(at + hours * HOUR)
        run_timers()
        reminded.append(kinds(asked)[1:])
    write_as_seller(asked)
    replied = START + HOUR + 73 * HOUR
    for hours in (23, 25, 71, 73):
        travel.move_to(replied + hours * HOUR)
        run_timers()

    assert [len(each) for each in reminded] == [0, 1, 1, 2]
    assert set(reminded[-1]) == {"question_reminded"}
    assert kinds(asked)[3:] == ["replied", "extended", "partner_reminded", "partner_reminded"]
    templates = Notification.objects.values_list("template", flat=True)
    assert list(templates).count("question_reminded_for_seller") == 2
    assert list(templates).count("partner_reminded_for_partner") == 2
    assert anew(asked).respond_by == START + 9 * DAY
    assert list(offenders()) == []


def test_nobody_is_reminded_after_the_time_to_answer(travel, share):
    travel.move_to(START + 6 * DAY + 12 * HOUR)
    run_timers()
    write_as_partner(share)
    before = kinds(share)
    travel.move_to(START + 7 * DAY)
    run_timers()

    assert before[-1] == "asked"
    assert kinds(share)[len(before) :] == ["share_closed"]


# Who hears of it


def test_question_and_reply_are_told_to_the_other_side_and_nobody_of_their_own(
    share, seller, editor, viewer, partner_owner, reviewer, partner_viewer, other_partner, other_agency
):
    newest = Notification.objects.latest("pk").pk
    write_as_partner(share, by=reviewer)
    asked = told(share, since=newest)
    newest = Notification.objects.latest("pk").pk
    write_as_seller(share, by=editor)

    assert asked == [("asked_for_seller", "Edith Editor"), ("asked_for_seller", "Sarah Seller")]
    assert told(share, since=newest) == [
        ("extended_for_seller", "Edith Editor"),
        ("extended_for_seller", "Sarah Seller"),
        ("replied_for_partner", "Petra Partner"),
        ("replied_for_partner", "Rita Reviewer"),
    ]


def test_message_is_told_to_the_other_side_alone(accepted_share, seller, editor, partner_owner, reviewer):
    newest = Notification.objects.latest("pk").pk
    write_as_partner(accepted_share)
    write_as_seller(accepted_share)

    assert told(accepted_share, since=newest) == [
        ("message_for_partner", "Petra Partner"),
        ("message_for_partner", "Rita Reviewer"),
        ("message_for_seller", "Edith Editor"),
        ("message_for_seller", "Sarah Seller"),
    ]


def test_acceptance_with_a_message_is_told_once(share, partner_owner, seller):
    newest = Notification.objects.latest("pk").pk

    services.accept_share(share_id=share.pk, by=partner_owner, version=1, message="We look forward to it.")

    assert told(share, since=newest) == [("accepted_for_seller", "Sarah Seller")]
    assert kinds(share) == ["accepted", "message"]
    assert share.events.get(kind="accepted").data == {"version": 1, "message": True}
    message = Message.objects.get()
    assert (message.side, message.is_question, anew(share).partner_message) == ("partner", False, message.pk)
    assert list(offenders()) == []


@pytest.mark.parametrize("text", ["", "We look forward to it."])
def test_mail_of_an_acceptance_says_whether_a_message_came_with_it_and_leads_to_it(text, share, partner_owner, seller):
    services.accept_share(share_id=share.pk, by=partner_owner, version=1, message=text)

    row = Notification.objects.get(user=seller, template="accepted_for_seller")
    said = outbox.mail_of([row])
    page = f"/requests/{share.request.reference}/"
    assert row.path == (f"{page}partners/{share.reference}/" if text else page)
    assert said.subject.startswith(f"{share.partner} accepted your request{' and wrote to you' if text else ''} (")
    assert ("It sent you a message with that." in said.body) is bool(text)
    assert "you can write to each other in the conversation" in said.body


@pytest.mark.parametrize("text", ["  ", "x" * 2001])
def test_acceptance_with_a_message_that_is_refused_is_none(text, share, partner_owner):
    before = world()

    with pytest.raises(NotPossible):
        services.accept_share(share_id=share.pk, by=partner_owner, version=1, message=text)

    assert world() == before


def test_notifications_hold_none_of_it(share, partner_owner):
    write_as_partner(share, "Our codeword is xylophone")
    write_as_seller(share, "The xylophone is here")
    services.accept_share(share_id=share.pk, by=partner_owner, version=1, message="Bring the xylophone")

    assert "xylophone" not in str(list(Notification.objects.values()))
    assert "xylophone" not in str(list(share.request.events.values("kind", "data")))


# Refusals


@pytest.mark.parametrize("write", [write_as_seller, write_as_partner])
@pytest.mark.parametrize("text", ["", " \n ", "x" * 2001, "x" * 100_000])
def test_empty_and_overlong_message_is_refused(write, text, accepted_share):
    before = world()

    with pytest.raises(NotPossible) as refused:
        write(accepted_share, text)

    assert refused.value.message
    assert world() == before


@pytest.mark.parametrize("text", ["x" * 2000, "🧴" * 2000, "\u202etfel ot thgir", "<script>alert(1)</script> & so on"])
def test_any_text_of_the_length_is_kept_as_it_is(text, accepted_share):
    write_as_partner(accepted_share, text)

    assert Message.objects.get().text == text


@pytest.mark.parametrize("write", [write_as_seller, write_as_partner])
def test_twenty_first_message_of_a_side_within_a_day_is_refused(write, travel, accepted_share):
    other = write_as_partner if write is write_as_seller else write_as_seller
    for number in range(20):
        write(accepted_share, f"Message {number}")
    before = world()

    with pytest.raises(TooManyMessages):
        write(accepted_share, "One more")

    assert world() == before
    other(accepted_share, "The other side may")
    travel.shift(DAY)
    write(accepted_share, "A day later")
    assert Message.objects.count() == 22
    assert list(offenders()) == []


@pytest.mark.parametrize("write", [write_as_seller, write_as_partner])
@pytest.mark.parametrize("end", ["reject", "close", "close_request"])
def test_message_to_a_share_that_has_ended_is_refused(end, write, share, partner_owner, seller):
    if end == "reject":
        services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    elif end == "close":
        services.close_share(share_id=share.pk, by=seller)
    else:
        services.close_request(request_id=share.request_id, by=seller)
    before = world()

    with pytest.raises(MovedOn):
        write(share)

    assert world() == before


def test_partner_that_was_suspended_writes_nothing(share, partner, staff):
    partner_services.suspend_partner(partner_id=partner.pk, by=staff)
    before = world()

    with pytest.raises(NotAllowed):
        write_as_partner(share)

    assert world() == before


@pytest.mark.parametrize("role", ["viewer", "other_seller", "partner_owner", "staff"])
def test_who_may_not_write_as_the_shop_is_refused(role, share, request):
    with pytest.raises(NotAllowed):
        write_as_seller(share, by=request.getfixturevalue(role))


@pytest.mark.parametrize("role", ["partner_viewer", "other_partner", "seller", "staff"])
def test_who_may_not_write_as_the_partner_is_refused(role, share, request):
    with pytest.raises(NotAllowed):
        write_as_partner(share, by=request.getfixturevalue(role))


# The same form again


@pytest.mark.parametrize("write", [write_as_seller, write_as_partner])
def test_double_click_is_one_message(write, share):
    token = uuid.uuid4()

    first, again = write(share, token=token), write(share, token=token)

    assert first == again == Message.objects.get()
    assert len(kinds(share)) == 1
    assert list(offenders()) == []


def test_another_text_of_the_same_form_is_a_message_of_its_own_also_when_it_comes_twice(accepted_share):
    token = uuid.uuid4()
    made = [write_as_seller(accepted_share, text, token=token) for text in ("One", "Two", "One", "Two")]

    assert [row.text for row in Message.objects.order_by("pk")] == ["One", "Two"]
    assert made[:2] == made[2:]


def test_form_that_is_sent_again_after_the_share_ended_is_the_message_that_it_made(share, seller):
    token = uuid.uuid4()
    sent = write_as_seller(share, token=token)
    services.close_share(share_id=share.pk, by=seller)

    assert write_as_seller(share, token=token) == sent


def test_same_form_sent_by_both_sides_is_two_messages(accepted_share):
    token = uuid.uuid4()
    write_as_seller(accepted_share, "Hello", token=token)
    write_as_partner(accepted_share, "Hello", token=token)

    assert Message.objects.count() == 2


# Reading


def test_what_was_read_is_kept_once_a_person_and_never_goes_back(accepted_share, seller, editor):
    for person, upto in ((seller, 7), (editor, 5), (seller, 9), (seller, 8)):
        note_read(share_id=accepted_share.pk, by=person, upto=upto)

    assert sorted(MessageReading.objects.values_list("by__name", "upto")) == [("Edith Editor", 5), ("Sarah Seller", 9)]


# Costs


def test_message_takes_as_many_statements_after_many_as_after_one(accepted_share, partner_owner):
    numbers = []
    write_as_seller(accepted_share, "First")
    for _each in range(2):
        with counted() as statements:
            write_as_partner(accepted_share, by=partner_owner)
        numbers.append(len(statements))
        for number in range(9):
            write_as_partner(accepted_share, f"Message {number}")

    assert numbers == [15, 15]


def test_question_and_reply_take_few_statements(share, partner_owner, seller):
    with counted() as of_question:
        write_as_partner(share, by=partner_owner)
    with counted() as of_reply:
        write_as_seller(share, by=seller)

    assert (len(of_question), len(of_reply)) == (15, 15)
