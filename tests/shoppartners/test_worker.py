"""The queue on a real PostgreSQL, with procrastinate's own worker."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.tasks import task

from accounts import clock, failed_tasks, outbox
from accounts.models import FailedTask, Notification
from requests_app import timers
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest
from tests.factories import PartnerFactory, ShopFactory, age_shares, make_request, owner_of
from tests.worker import empty_queue, jobs, round_of, url_of_test_database, work

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
done = []


@task
def remember(word):
    done.append(word)


@task
def stumble():
    raise ValueError("stumbled")


@task
def hang_in_the_first_worker():
    if "FIRST_WORKER" in os.environ:
        time.sleep(60)
    done.append("hung")


@pytest.fixture(autouse=True)
def _empty_queue(db):
    done.clear()
    empty_queue()


def test_job_of_a_committed_change_is_run_by_the_worker():
    with transaction.atomic():
        remember.enqueue("a")
        assert done == []

    work()

    assert done == ["a"]
    assert jobs() == [("remember", "succeeded", 1)]


def test_job_of_a_change_that_was_rolled_back_does_not_exist():
    with transaction.atomic():
        remember.enqueue("a")
        queued = jobs()
        transaction.set_rollback(True)

    assert queued == [("remember", "todo", 0)]
    assert jobs() == []


def test_mails_take_turns_and_other_jobs_do_not():
    outbox.deliver.enqueue()
    remember.enqueue("a")

    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'path', lock FROM procrastinate_jobs ORDER BY id")
        locks = dict(cursor.fetchall())

    assert locks == {"accounts.outbox.deliver": "mails", remember.module_path: None}


def test_one_job_that_waits_sends_the_mails_of_many_acts(many_with_one_partner):
    shop, partners = ShopFactory(), PartnerFactory.create_batch(3, capacity=100)
    for _number in range(20):
        make_request(shop, partners)

    waiting = jobs()
    work()

    assert waiting == [("deliver", "todo", 0)]
    assert jobs() == [("deliver", "succeeded", 1)]
    assert not Notification.objects.exclude(next_mail_at=None).exists()


def test_mails_of_an_act_during_a_round_have_a_job_of_their_own():
    outbox.deliver.enqueue()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")

    make_request(ShopFactory(), [PartnerFactory()])

    assert jobs() == [("deliver", "doing", 0), ("deliver", "todo", 0)]


def test_mails_that_could_not_be_begun_hold_up_no_later_ones(monkeypatch):
    make_request(ShopFactory(), [PartnerFactory()])
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "deliver_batch", lambda: 1 / 0)
        work()

    round_of("deliver")

    assert jobs() == [("deliver", "failed", 1)]
    assert not Notification.objects.exclude(next_mail_at=None).exists()
    assert not FailedTask.objects.exists()  # what staff saw as failed is done


def test_timers_round_leaves_the_mails_to_a_job_of_their_own():
    make_request(ShopFactory(), [PartnerFactory()])
    empty_queue()
    age_shares(days=1)

    round_of("run_timers")

    assert jobs() == [("deliver", "succeeded", 1)]
    assert not Notification.objects.exclude(next_mail_at=None).exists()


def test_job_that_fails_is_tried_again_later_and_later():
    stumble.enqueue()

    work()

    assert jobs() == [("stumble", "todo", 1)]
    assert 1 < seconds_until_due() <= 3
    make_due()
    work()
    assert jobs() == [("stumble", "todo", 2)]
    assert 7 < seconds_until_due() <= 9


def test_job_that_keeps_failing_is_given_up():
    stumble.enqueue()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = 8")

    work()

    assert jobs() == [("stumble", "failed", 9)]


def test_rounds_are_registered_and_run():
    from procrastinate.contrib.django import app

    periodic = {(*key, entry.cron) for key, entry in app.periodic_registry.periodic_tasks.items()}

    assert periodic == {
        ("shoppartners.run_timers", "even", "*/2 * * * *"),
        ("shoppartners.run_timers", "odd", "1-59/2 * * * *"),
        ("shoppartners.deliver", "", "* * * * *"),
        ("shoppartners.requeue_stalled", "", "* * * * *"),
        ("shoppartners.delete_expired_sessions", "", "47 3 * * *"),
        ("shoppartners.forget_finished", "", "17 3 * * *"),
    }
    names = {name for name, _id, _cron in periodic}
    for name in names:
        app.tasks[name].defer(timestamp=int(clock.now().timestamp()))
    work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, min(status::text) FROM procrastinate_jobs GROUP BY 1 ORDER BY 1")
        assert cursor.fetchall() == [(name, "succeeded") for name in sorted(names)]


def test_job_of_a_killed_worker_is_run_again():
    from procrastinate.contrib.django import app

    name = "hang_in_the_first_worker"
    hang_in_the_first_worker.enqueue()
    environment = {"DJANGO_SETTINGS_MODULE": "shoppartners.settings", "DATABASE_URL": url_of_test_database()}
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker"], env=os.environ | environment | {"FIRST_WORKER": "1"}
    )
    try:
        wait_for([(name, "doing", 0)])
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    app.tasks["shoppartners.requeue_stalled"].defer(timestamp=0)
    work()
    assert jobs() == [(name, "doing", 0)]  # it may still live: its last sign is not 30 seconds old

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    app.tasks["shoppartners.requeue_stalled"].defer(timestamp=0)
    work()
    assert jobs() == [(name, "succeeded", 2)]
    assert done == ["hung"]


# Our own tasks


def test_referral_that_five_partners_ignore_from_the_first_day_to_the_last():
    start = clock.now()
    shop, partners = ShopFactory(), PartnerFactory.create_batch(7)
    with clock.at(start):
        request = make_request(shop)
    for hours in range(6, 17 * 24, 18):
        with clock.at(start + timedelta(hours=hours)):
            round_of("run_timers", "deliver")

    request = PartnerRequest.objects.get(pk=request.pk)
    asked = [share.partner for share in request.shares.select_related("partner")]
    assert len(asked) == len(set(asked)) == 5 < len(partners)
    assert set(request.shares.values_list("status", "closed_reason")) == {("closed", "no_response")}
    assert (request.headline, request.seeking) == ("decision", False)
    assert not Notification.objects.filter(mailed_at=None).exists()
    subjects = Counter((sent.to[0], sent.subject) for sent in mail.outbox)
    for partner in asked:
        received = {kind: count for (to, kind), count in subjects.items() if to == owner_of(partner).email}
        assert sum(received.values()) == 4  # received, two reminders, closed
    received = [sent.subject for sent in mail.outbox if sent.to == [owner_of(shop).email]]
    assert len(received) == len(Notification.objects.filter(user=owner_of(shop)).values("created_at").distinct())
    assert list(offenders()) == []


# Tasks that fail for good


def test_task_that_fails_for_good_is_kept_for_staff_and_run_again(monkeypatch):
    stumble.enqueue()
    work()
    early = FailedTask.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET attempts = 8, scheduled_at = now() WHERE args ? 'path'")
    work()
    failed = FailedTask.objects.get()

    failed_tasks.run_again(failed_id=failed.pk)

    assert (early, failed.path) == (0, "tests.shoppartners.test_worker.stumble")
    assert failed.error.startswith("ValueError in stumble, tests/shoppartners/test_worker.py line ")
    assert not FailedTask.objects.exists()
    assert jobs() == [("stumble", "failed", 9), ("stumble", "todo", 0)]


def test_round_that_fails_is_kept_until_it_works_again(monkeypatch):
    def stumble(*args):
        raise ValueError

    with monkeypatch.context() as broken:
        broken.setattr(timers, "run_timers", stumble)
        round_of("run_timers")
        round_of("run_timers")
    kept = list(FailedTask.objects.values_list("path", flat=True))
    round_of("run_timers")

    assert kept == ["requests_app.tasks.run_due"]
    assert not FailedTask.objects.exists()


def seconds_until_due():
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM scheduled_at - now()) FROM procrastinate_jobs WHERE args ? 'path'")
        return cursor.fetchone()[0]


def make_due():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE args ? 'path'")


def wait_for(expected, seconds=20):
    until = time.monotonic() + seconds
    while jobs() != expected and time.monotonic() < until:
        time.sleep(0.1)
    assert jobs() == expected
