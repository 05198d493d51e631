"""The queue's worker on PostgreSQL for tests: in this process, or in one that is killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time

from django.db import connection


def empty_queue():
    """The flush after a transactional test leaves the queue's tables alone, so other tests' jobs may wait there."""
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


def round_of(*names):
    """Have the worker do what comes round."""
    from procrastinate.contrib.django import app

    for name in names:
        app.tasks[f"shoppartners.{name}"].defer(timestamp=0)
    work()


def killed_when(reached, **environment):
    """Start a worker, and kill it with -9 as soon as `reached()`."""
    environment |= {"DJANGO_SETTINGS_MODULE": "shoppartners.settings", "DATABASE_URL": url_of_test_database()}
    worker = subprocess.Popen([sys.executable, "manage.py", "procrastinate", "worker"], env=os.environ | environment)
    try:
        until = time.monotonic() + 30
        while not reached() and time.monotonic() < until:
            time.sleep(0.05)
        assert reached()
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()


def requeue_and_work():
    """Half a minute later another worker comes."""
    requeue()
    work()
    work()  # what the first round queued again


def requeue():
    """Queue what the killed worker had begun, as the round that comes half a minute later does."""
    from procrastinate.contrib.django import app

    until = time.monotonic() + 10
    while sessions_of_the_killed() and time.monotonic() < until:
        time.sleep(0.05)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    app.tasks["shoppartners.requeue_stalled"].defer(timestamp=0)


def sessions_of_the_killed():
    """Whether the server has yet to notice that a client of this database is gone, and to undo what it was at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state <> 'idle'"
        )
        return cursor.fetchone()[0]


def url_of_test_database():
    return os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
