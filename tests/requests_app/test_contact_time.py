"""When a contact email that is not confirmed is reminded of, and when its request is closed for it."""

from datetime import timedelta

import pytest
import time_machine

from accounts import clock
from accounts.models import Notification
from requests_app import automatic, holds, services
from requests_app.integrity.invariants import offenders
from requests_app.outdated_mails import outdated_among
from requests_app.timers import run_timers
from tests.requests_app.confirming import FOREIGN, OTHER, fresh, heading, link_of_last_mail
from tests.requests_app.test_holds import edited, kinds_of

pytestmark = pytest.mark.once_on_postgresql


def test_seller_is_reminded_after_a_day_and_the_request_is_closed_after_seven(waiting, seller):
    since = waiting.held_since
    steps = []
    for later in (timedelta(hours=23), timedelta(hours=24), timedelta(days=2), timedelta(days=7)):
        with clock.at(since + later):
            steps.append(automatic.advance_request(request_id=waiting.pk))

    closed = fresh(waiting)
    assert steps == [False, True, False, True]
    assert kinds_of(waiting)[3:] == ["contact_reminded", "request_closed"]
    assert (closed.status, closed.closed_by, closed.hold) == ("closed", "contact", "")
    reminder = Notification.objects.get(user=seller, template="contact_reminded_for_seller").context
    assert (reminder["days"], reminder["until"]) == (6, (since + timedelta(days=7)).isoformat())
    last = Notification.objects.get(user=seller, template="request_closed_for_seller").context
    assert last["closed_by"] == "contact"
    assert list(offenders()) == []


def test_time_begins_anew_with_each_link(client, waiting, seller):
    later = waiting.held_since + timedelta(days=6)
    with time_machine.travel(later, tick=False):
        holds.ask_again(request_id=waiting.pk, by=seller)
        link = link_of_last_mail()
    with time_machine.travel(later + timedelta(days=6, hours=23), tick=False):
        run_timers()
        still = fresh(waiting).status, heading(client, link)

    assert still == ("open", "May partners write to you?")
    assert list(offenders()) == []


def test_reminder_that_came_late_leaves_three_days(waiting, seller):
    """After a time without a worker: it names the day on which the request is closed then."""
    late = waiting.held_since + timedelta(days=9)
    with clock.at(late):
        run_timers()
        run_timers()
        after = fresh(waiting).status
    with clock.at(late + timedelta(days=3)):
        run_timers()

    until = Notification.objects.get(user=seller, template="contact_reminded_for_seller").context["until"]
    assert (after, until) == ("open", (late + timedelta(days=3)).isoformat())
    assert fresh(waiting).closed_by == "contact"
    assert list(offenders()) == []


def test_reminder_of_another_day_than_it_is_now_is_not_mailed(waiting, shared, seller):
    with clock.at(waiting.held_since + timedelta(days=1)):
        automatic.advance_request(request_id=waiting.pk)
    row = Notification.objects.get(user=seller, template="contact_reminded_for_seller")
    before = outdated_among(None, [row])

    with clock.at(waiting.held_since + timedelta(days=1, hours=1)):
        edited(fresh(waiting), seller, contact_email=OTHER)

    assert (before, outdated_among(None, [row])) == ([], [row])


def test_reminder_without_a_day_is_mailed_while_it_is_held(shared, seller):
    held = edited(fresh(shared), seller, contact_email=FOREIGN)
    with clock.at(held.held_since + timedelta(days=1)):
        automatic.advance_request(request_id=shared.pk)
    row = Notification.objects.get(user=seller, template="contact_reminded_for_seller")

    assert outdated_among(None, [row]) == []


def test_request_that_a_partner_has_is_not_closed_for_its_address(shared, seller):
    held = edited(fresh(shared), seller, contact_email=FOREIGN)
    with clock.at(held.held_since + timedelta(days=1)):
        reminded = automatic.advance_request(request_id=shared.pk)
    with clock.at(held.held_since + timedelta(days=30)):
        closed = automatic.advance_request(request_id=shared.pk)

    assert (reminded, closed, fresh(shared).status) == (True, False, "open")
    assert "days" not in shared.events.get(kind="contact_reminded").data


def test_request_is_closed_a_week_after_its_last_partner_left(shared, seller):
    held = edited(fresh(shared), seller, contact_email=FOREIGN)
    later = held.held_since + timedelta(days=20)
    with clock.at(later):
        services.close_share(share_id=shared.shares.get().pk, by=seller)
        assert automatic.advance_request(request_id=shared.pk)  # reminds
    with clock.at(later + timedelta(days=7)):
        assert automatic.advance_request(request_id=shared.pk)

    assert fresh(shared).closed_by == "contact"
    assert list(offenders()) == []
