"""Edits within a few minutes make one mail, with the whole difference."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts import clock, mail_preferences, outbox
from accounts.models import Notification
from requests_app import services
from requests_app.edit_notices import WAIT
from requests_app.models import PartnerRequest
from tests.factories import category, details_of
from tests.mailboxes import mails_sent
from tests.queries import counted

pytestmark = pytest.mark.once_on_postgresql


@pytest.fixture(autouse=True)
def at_noon(share):
    """One share of the request, its mails sent; the clock stands until it is moved."""
    outbox.deliver.call()
    with time_machine.travel(clock.now(), tick=False) as travelled:
        yield travelled


def edit(request, by, **changes):
    services.edit_request(
        request_id=request.pk,
        by=by,
        version=PartnerRequest.objects.get(pk=request.pk).version,
        details=details_of(**changes),
        request_type="choose",
        hide_contact=False,
        picks=[],
    )


def edited(person):
    return person.notifications.filter(template="edited_for_partner").order_by("pk")


def mailed(person):
    return [sent for sent in mails_sent() if sent.to == [person.email] and "changed its request" in sent.subject]


def test_forty_edits_in_twelve_seconds_are_one_mail(open_request, seller, partner_owner, at_noon):
    for number in range(40):
        edit(open_request, seller, budget=Decimal(3000 + number))
        outbox.deliver.call()
        at_noon.shift(timedelta(seconds=0.3))
    early = len(mailed(partner_owner))
    at_noon.shift(WAIT)

    assert early == 0
    assert len(mailed(partner_owner)) == 1
    assert edited(partner_owner).count() == 1


def test_mail_says_all_that_changed_since_it_was_last_notified(open_request, seller, partner_owner, at_noon):
    edit(open_request, seller, budget=Decimal(3000))
    at_noon.shift(timedelta(minutes=3))
    edit(open_request, seller, budget=Decimal(3000), category=category("Shoes"))
    at_noon.shift(timedelta(minutes=1, seconds=59))
    early = len(mailed(partner_owner))
    at_noon.shift(timedelta(seconds=2))  # five minutes after the first: no edit puts it off

    [sent] = mailed(partner_owner)

    assert early == 0
    assert "What changed: Budget and Product category." in sent.body
    assert edited(partner_owner).get().context["version"] == 3


def test_edit_after_the_mail_is_notified_anew_with_what_is_new(open_request, seller, partner_owner, at_noon):
    edit(open_request, seller, budget=Decimal(3000))
    at_noon.shift(WAIT + timedelta(seconds=1))
    first = len(mailed(partner_owner))
    edit(open_request, seller, budget=Decimal(3000), category=category("Shoes"))
    at_noon.shift(WAIT + timedelta(seconds=1))

    assert (first, len(mailed(partner_owner))) == (1, 2)
    assert [row.context["changed"] for row in edited(partner_owner)] == [["budget"], ["category"]]


def test_edit_that_is_taken_back_is_notified_to_nobody(open_request, seller, partner_owner, at_noon):
    edit(open_request, seller, budget=Decimal(3000))
    edit(open_request, seller)
    at_noon.shift(WAIT + timedelta(seconds=1))

    assert mailed(partner_owner) == []
    assert not edited(partner_owner).exists()
    assert open_request.events.filter(kind="edited").count() == 2


def test_mail_that_is_being_sent_is_left_as_it_is(open_request, seller, partner_owner):
    edit(open_request, seller, budget=Decimal(3000))
    Notification.objects.filter(template="edited_for_partner").update(sending_until=clock.now() + timedelta(minutes=9))

    edit(open_request, seller, budget=Decimal(4000))

    assert edited(partner_owner).count() == 2


def test_who_wants_no_mails_reads_one_line(open_request, seller, partner_owner, at_noon):
    mail_preferences.save_mail_preferences(by=partner_owner, modes={"requests": "off"})
    for number in range(3):
        edit(open_request, seller, budget=Decimal(3000 + number))
    at_noon.shift(WAIT + timedelta(seconds=1))

    assert mailed(partner_owner) == []
    assert edited(partner_owner).get().next_mail_at is None


def test_joining_costs_the_same_however_many_edits_wait(open_request, seller):
    costs = []
    for number in range(4):
        with counted() as queries:
            edit(open_request, seller, budget=Decimal(3000 + number))
        costs.append(len(queries))

    assert len(set(costs[1:])) == 1
