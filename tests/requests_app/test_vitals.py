"""What an operator watches is what stands in the database, and is read along indexes, to a limit, in few statements."""

import re
from datetime import timedelta

import pytest
from django.db import connection

from accounts import clock
from accounts.models import AccountMail, FailedTask, Notification
from requests_app import services, timers, vitals
from requests_app.models import PartnerRequest, Share
from requests_app.safeguards import Safeguard
from requests_app.slots import ShareSlot, slot_of
from tests.factories import PartnerFactory, age_shares, make_request
from tests.queries import counted

pytestmark = pytest.mark.django_db
AGO = timedelta(minutes=10)
GROWS = re.compile(
    r"Seq Scan on ((?:requests_app_(?:partnerrequest|share|proposal|event)|accounts_(?:notification|accountmail)"
    r"|procrastinate_\w+|partners_partner)\b)"
)


def test_numbers_are_those_of_the_rows(shop, partner, partner_owner, many_with_one_partner):
    accepted, _waiting = [make_request(shop, [partner]) for _number in range(2)]
    services.accept_share(share_id=accepted.shares.get().pk, by=partner_owner, version=1)
    held = make_request(shop, [partner])
    PartnerRequest.objects.filter(pk=held.pk).update(headline="held", hold="screening", held_since=clock.now())
    FailedTask.objects.create(path="accounts.outbox.deliver", arguments={}, error="OSError", at=clock.now())

    found = vitals.read()

    assert found.requests["accepted"] == found.requests["reviewing"] == found.requests["held"] == 1
    assert "closed" not in found.requests
    assert found.shares == {"accepted": 1, "connected": 0, "reviewing": 2}
    assert found.held == {"contact": 0, "screening": 1}
    assert (found.failed_tasks, found.unmatched, found.unanswering) == (1, 0, 0)


def test_request_that_nobody_takes_is_unmatched_and_a_partner_without_people_is_unanswering(shop, partner):
    request = make_request(shop, [partner])
    PartnerRequest.objects.filter(pk=request.pk).update(unmatched_since=clock.now())
    type(partner).objects.filter(pk=partner.pk).update(nobody_since=clock.now())

    assert (vitals.read().unmatched, vitals.read().unanswering) == (1, 1)


def test_mails_are_late_from_when_they_were_due_and_old_from_when_they_were_made(seller):
    rows = {"user": seller, "template": "shared_for_partner", "path": "/"}
    at = clock.now()
    Notification.objects.bulk_create(
        [
            Notification(**rows, source="due", next_mail_at=at - AGO, created_at=at - 6 * AGO),
            Notification(**rows, source="later", next_mail_at=at + AGO),
            Notification(**rows, source="again", next_mail_at=at + AGO, created_at=at - 3 * AGO, mail_attempts=2),
            Notification(**rows, source="sent", next_mail_at=None, mailed_at=at, mail_attempts=1),
            Notification(**rows, source="failed", next_mail_at=None, mail_attempts=8),
        ]
    )
    AccountMail.objects.create(to="a@example.com", template="x", language="en", next_mail_at=at - AGO)

    found = vitals.read()

    assert found.mails_failed == {"notification": 1, "account": 0}
    assert rounded(found.mails_waiting) == {"notification": (1, 600), "account": (1, 600)}
    assert rounded(found.mails_retrying) == {"notification": (1, 1800), "account": (0, 0)}


def rounded(numbers):
    return {kind: (count, round(seconds, -1)) for kind, (count, seconds) in numbers.items()}


def test_what_the_timers_left_is_late_until_they_do_it(share):
    timers.run_timers()
    before = vitals.read()
    age_shares(days=1, minutes=10)

    late = vitals.read()
    timers.run_timers()
    after = vitals.read()

    assert set(late.timers) == {"pauses", "shares", "proposals", "requests", "tries"}
    assert (before.timers["shares"], rounded(late.timers)["shares"]) == ((0, 0), (1, 600))
    assert after.timers["shares"] == (0, 0)
    assert after.timers_ended > before.timers_ended


def test_answers_are_those_of_shares_whose_time_to_answer_is_over():
    for days, received in ((5, 1), (10, 10), (14, 30), (20, 100)):
        at = slot_of(clock.now() - timedelta(days=days))
        ShareSlot.objects.create(at=at, received=received, unanswered=received // 2)

    assert vitals.read().answers == {"received": 40, "unanswered": 20}


def test_safeguards_say_when_they_were_done_last():
    assert vitals.read().safeguards == {}

    Safeguard.note("backup")
    Safeguard.note("backup")

    assert list(vitals.read().safeguards) == ["backup"]
    assert clock.now() - vitals.read().safeguards["backup"] < AGO


@pytest.mark.postgresql
def test_queue_tells_what_waits_and_since_when():
    from procrastinate.contrib.django import app

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    task = app.configure_task("shoppartners.run_in_turn", queue="mails", lock="mails")
    for schedule_at in (None, clock.now() - AGO, clock.now() + AGO):
        configured = app.configure_task("shoppartners.run_task", queue="default", schedule_at=schedule_at)
        configured.defer(path="x", args=[], kwargs={})
    task.defer(path="x", args=[], kwargs={})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '1 hour' WHERE type = 'deferred'")
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 day')")

    found = vitals.read()

    assert found.workers == 1
    assert {name: (queue.waiting, queue.later, round(queue.oldest, -1)) for name, queue in found.queues.items()} == {
        "default": (2, 1, 3600),
        "mails": (1, 0, 3600),
    }


def test_it_takes_as_many_statements_for_thirty_requests_as_for_one(shop, many_with_one_partner):
    partner = PartnerFactory(capacity=100)
    numbers = []
    for more in (1, 29):
        for _number in range(more):
            make_request(shop, [partner])
        with counted() as statements:
            vitals.read()
        numbers.append(len(statements))

    assert numbers == [7 if connection.vendor == "postgresql" else 5] * 2


def test_counting_ends_at_the_limit(shop, monkeypatch, many_with_one_partner):
    for _number in range(4):
        make_request(shop, [PartnerFactory()])
    monkeypatch.setattr(vitals, "MOST", 3)

    assert vitals.read().shares["reviewing"] == 3 < Share.objects.count()


@pytest.mark.postgresql
def test_no_statement_looks_through_a_table_that_grows(share):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with counted() as statements:
        vitals.read()

    plans = {sql: plan_of(sql) for sql in statements}
    assert len(plans) == 7
    assert {sql: GROWS.findall(plan) for sql, plan in plans.items() if GROWS.search(plan)} == {}
    for model in (PartnerRequest, Share, Notification, AccountMail):
        assert all(f"{model._meta.db_table}_pkey" not in plan for plan in plans.values())


def plan_of(sql):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())
