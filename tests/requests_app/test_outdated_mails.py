"""A mail that waits, for its reader's morning or for the mail server, is not sent once what it tells of is over."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail

from accounts import mail_preferences, outbox
from accounts.models import Notification, Topic
from accounts.signals import mail_due
from partners import services as partner_services
from requests_app import services
from requests_app.conversation.services import note_read
from requests_app.proposals.services import withdraw_proposal
from requests_app.timers import run_timers
from tests.factories import (
    PartnerFactory,
    ShopFactory,
    details_of,
    make_request,
    owner_of,
    propose,
    write_as_partner,
    write_as_seller,
)

pytestmark = pytest.mark.once

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def travel():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def agency(db):
    return PartnerFactory()


@pytest.fixture
def shop(db):
    return ShopFactory()


def daily(*people):
    for person in people:
        mail_preferences.save_mail_preferences(by=person, modes=dict.fromkeys(Topic.values, "daily"))


def mailed_next_morning(travel, person):
    mail.outbox.clear()
    travel.shift(DAY)
    outbox.deliver.call()
    return [sent.subject for sent in mail.outbox if sent.to == [person.email]]


def accept(share):
    services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)


def authorise(share):
    services.authorise_share(share_id=share.pk, by=owner_of(share.request.shop), areas={"ads": "view"}, days=30)


def edit(request, **changes):
    services.edit_request(
        request_id=request.pk, by=owner_of(request.shop), version=1, details=details_of(**changes),
        request_type="choose", hide_contact=False,
    )  # fmt: skip


def test_partner_that_has_answered_is_not_said_until_when_it_can(travel, shop, agency):
    daily(owner_of(agency))
    request = make_request(shop, [agency])
    edit(request, budget=9000)
    services.accept_share(share_id=request.shares.get().pk, by=owner_of(agency), version=2)

    assert mailed_next_morning(travel, owner_of(agency)) == []


def test_partner_is_not_invited_to_a_request_that_is_closed(travel, shop, agency):
    daily(owner_of(agency))
    request = make_request(shop, [agency])
    edit(request, budget=9000)
    services.close_request(request_id=request.pk, by=owner_of(shop))

    subjects = mailed_next_morning(travel, owner_of(agency))

    told = Notification.objects.filter(user=owner_of(agency))
    assert set(told.values_list("template", flat=True)) == {
        "shared_for_partner", "edited_for_partner", "share_closed_for_partner",
    }  # fmt: skip
    assert len(subjects) == 1
    assert "is closed for you" in subjects[0]
    assert " more" not in subjects[0]
    assert not told.filter(next_mail_at__isnull=False).exists()
    assert not Notification.objects.mail_failed().exists()


def test_reminder_of_a_partner_that_answered_is_not_sent_when_the_mail_server_is_back(
    travel, shop, agency, monkeypatch
):
    request = make_request(shop, [agency])
    travel.shift(DAY)
    with monkeypatch.context() as down:
        down.setattr(outbox, "mail_of", lambda rows: 1 / 0)
        run_timers()
    accept(request.shares.get())
    mail.outbox.clear()

    travel.shift(timedelta(hours=1))
    run_timers()

    assert [sent.to for sent in mail.outbox if sent.to == [owner_of(agency).email]] == []


@pytest.fixture
def share(shop, agency):
    return make_request(shop, [agency]).shares.get()


def told_next_morning(travel, shop, act, *words):
    """How many mails whose subject holds one of these words the seller gets the morning after the act."""
    daily(owner_of(shop))
    act()
    subjects = mailed_next_morning(travel, owner_of(shop))
    return sum(any(word in subject for word in words) for subject in subjects)


@pytest.mark.parametrize("replied", [False, True])
def test_question_is_told_while_it_waits_for_a_reply(replied, travel, shop, share):
    outbox.deliver.call()

    def act():
        write_as_partner(share)
        if replied:
            write_as_seller(share)

    assert told_next_morning(travel, shop, act, "asks you something") == (0 if replied else 1)


@pytest.mark.parametrize(("read", "again", "told"), [(False, False, 1), (True, False, 0), (True, True, 1)])
def test_message_is_told_to_who_has_not_read_it(read, again, told, travel, shop, share):
    accept(share)
    outbox.deliver.call()

    def act():
        message = write_as_partner(share)
        if read:
            note_read(share_id=share.pk, by=owner_of(shop), upto=message.pk)
            travel.shift(MINUTE)
        if again:
            write_as_partner(share, "And when do you start?")

    assert told_next_morning(travel, shop, act, "wrote to you") == told


@pytest.mark.parametrize(("change", "told"), [(None, 1), ("until", 0), ("withdrawn", 0)])
def test_reminder_of_a_proposal_is_sent_while_it_ends_then(change, told, travel, shop, agency, share):
    accept(share)
    propose(share, valid_until=START + 3 * DAY)
    outbox.deliver.call()
    travel.shift(DAY)

    def act():
        run_timers()
        if change == "until":
            propose(share, seen=1, valid_until=START + 20 * DAY)
        elif change == "withdrawn":
            withdraw_proposal(share_id=share.pk, by=owner_of(agency), seen=1)

    assert told_next_morning(travel, shop, act, "ends on") == told


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("side", ["seller", "partner"])
def test_end_of_a_proposal_is_told_while_no_other_was_sent(side, again, travel, shop, agency, share):
    accept(share)
    propose(share, valid_until=START + 3 * DAY)
    outbox.deliver.call()
    person = owner_of(shop if side == "seller" else agency)
    daily(person)
    travel.shift(3 * DAY)
    run_timers()
    if again:
        propose(share, seen=1, valid_until=START + 20 * DAY)

    assert any("expired" in subject for subject in mailed_next_morning(travel, person)) is not again


@pytest.mark.parametrize(("again", "told"), [(None, 1), ("sent", 0), ("withdrawn", 1)])
def test_withdrawal_of_a_proposal_is_told_while_no_other_was_sent(again, told, travel, shop, agency, share):
    accept(share)
    propose(share, valid_until=START + 20 * DAY)
    outbox.deliver.call()

    def act():
        withdraw_proposal(share_id=share.pk, by=owner_of(agency), seen=1)
        if again:
            propose(share, seen=1, valid_until=START + 21 * DAY)
        if again == "withdrawn":
            withdraw_proposal(share_id=share.pk, by=owner_of(agency), seen=2)

    assert told_next_morning(travel, shop, act, "withdrew") == told


def test_reminder_is_sent_while_it_is_of_use(travel, shop, agency):
    daily(owner_of(agency))
    make_request(shop, [agency])
    travel.shift(DAY)
    run_timers()

    assert len(mailed_next_morning(travel, owner_of(agency))) == 1


def test_seller_is_not_reminded_of_a_partner_that_he_authorised(travel, shop, agency):
    request = make_request(shop, [agency])
    accept(request.shares.get())
    outbox.deliver.call()
    daily(owner_of(shop))
    travel.shift(14 * DAY)
    run_timers()
    authorise(request.shares.get())

    assert mailed_next_morning(travel, owner_of(shop)) == []


def test_seller_is_not_warned_of_the_end_of_an_authorisation_that_he_renewed(travel, shop, agency):
    request = make_request(shop, [agency])
    accept(request.shares.get())
    authorise(request.shares.get())
    outbox.deliver.call()
    daily(owner_of(shop))
    travel.shift(23 * DAY)
    run_timers()
    share = request.shares.get()
    services.renew_share(share_id=share.pk, by=owner_of(shop), areas={"ads": "view"}, days=30)

    assert Notification.objects.filter(template="expiry_warned_for_seller").exists()
    assert mailed_next_morning(travel, owner_of(shop)) == []


@pytest.mark.parametrize("accepts", [True, False])
def test_seller_is_not_warned_of_closing_what_he_edited_since(travel, shop, agency, accepts):
    request = make_request(shop, [agency])
    if accepts:
        accept(request.shares.get())
    else:
        services.reject_share(share_id=request.shares.get().pk, by=owner_of(agency), reason="budget")
    daily(owner_of(shop))
    travel.shift(30 * DAY)
    run_timers()
    Notification.objects.exclude(template="stale_warned_for_seller").update(next_mail_at=None)
    edit(request, budget=9000)

    assert Notification.objects.filter(template="stale_warned_for_seller").exists()
    assert mailed_next_morning(travel, owner_of(shop)) == []


def test_seller_is_not_told_that_nobody_is_left_once_somebody_is(travel, shop):
    daily(owner_of(shop))
    request = make_request(shop)
    agency = PartnerFactory()
    services.ask_for_referral(request_id=request.pk, by=owner_of(shop))

    (subject,) = mailed_next_morning(travel, owner_of(shop))

    assert request.shares.get().partner == agency
    assert Notification.objects.filter(template="unmatched_for_seller").exists()
    assert "No suitable partner" not in subject


def test_what_no_request_is_about_is_always_sent(travel, agency, staff):
    daily(owner_of(agency))
    partner_services.suspend_partner(partner_id=agency.pk, by=staff)

    assert len(mailed_next_morning(travel, owner_of(agency))) == 1


def test_mails_go_out_though_nobody_can_say_whether_they_are_over(shop, agency, caplog):
    def breaks(sender, notifications, **kwargs):
        raise ValueError("a bug")

    mail_due.connect(breaks)
    make_request(shop, [agency])

    outbox.deliver.call()
    mail_due.disconnect(breaks)

    assert {sent.to[0] for sent in mail.outbox} == {owner_of(shop).email, owner_of(agency).email}
    assert not Notification.objects.filter(mailed_at=None).exists()
    assert "breaks" in caplog.text
