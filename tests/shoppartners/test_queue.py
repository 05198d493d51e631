"""The queue on a real PostgreSQL, with procrastinate's own worker, in this process or in one that is killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection, transaction
from django.tasks import task

from accounts import clock

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
    """The flush after a transactional test leaves the queue's tables alone, so other tests' jobs may wait there."""
    done.clear()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


def jobs():
    """Give what stands in the queue, but for what comes round: (task's path, status, attempts)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args->>'path', status::text, attempts FROM procrastinate_jobs WHERE args ? 'path' ORDER BY id"
        )
        return [(path.rpartition(".")[2], status, attempts) for path, status, attempts in cursor.fetchall()]


def work():
    """Let a worker do what is due, and end."""
    from procrastinate.contrib.django import app

    async def run():
        async with worker_app.open_async():
            await worker_app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:
        asyncio.run(run())


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

    periodic = {key[0]: entry.cron for key, entry in app.periodic_registry.periodic_tasks.items()}

    assert periodic == {
        "shoppartners.run_timers": "* * * * *",
        "shoppartners.deliver": "* * * * *",
        "shoppartners.requeue_stalled": "* * * * *",
        "shoppartners.forget_finished": "17 3 * * *",
    }
    for name in periodic:
        app.tasks[name].defer(timestamp=int(clock.now().timestamp()))
    work()
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, min(status::text) FROM procrastinate_jobs GROUP BY 1 ORDER BY 1")
        assert cursor.fetchall() == [(name, "succeeded") for name in sorted(periodic)]


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


def url_of_test_database():
    return os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
