"""The worker's command: it asks the server itself, and outlives it."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest
from django.core.management.base import CommandError
from django.db import connection

from accounts import rounds
from partners import services
from tests.faults.proxy import Proxy
from tests.worker import empty_queue, jobs

pytestmark = pytest.mark.postgresql


@pytest.fixture
def command(monkeypatch):
    """The module, without its signals."""
    from requests_app.management.commands import procrastinate

    monkeypatch.setattr(rounds, "SIGNALS", ())
    return procrastinate


@pytest.mark.parametrize(("seconds_each", "pauses"), [(4, [1, 2, 3, 5, 5]), (100, [1, 1, 1, 1, 1])])
def test_pauses_grow_until_a_worker_has_worked_for_a_while(command, monkeypatch, seconds_each, pauses):
    slept, now = [], 0

    async def end_soon(given):
        nonlocal now
        now += seconds_each
        return "AdminShutdown" if len(slept) < len(pauses) else ""

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(command, "_work", end_soon)
    monkeypatch.setattr(command.asyncio, "sleep", sleep)
    monkeypatch.setattr(command.time, "monotonic", lambda: now)

    asyncio.run(command.work_on({}))

    assert slept == pauses


def test_worker_gives_up_where_the_database_stays_away(command, monkeypatch):
    async def never(*_args):
        return "OperationalError"

    monkeypatch.setattr(command, "_work", never)
    monkeypatch.setattr(command.asyncio, "sleep", never)

    with pytest.raises(CommandError, match="300 tries: OperationalError"):
        asyncio.run(command.work_on({}))


@pytest.mark.django_db(transaction=True)
def test_worker_asks_past_the_pooler_outlives_the_server_and_ends_when_asked():
    empty_queue()
    services.redo_bands.enqueue(["GBP"])
    with Proxy(connection.settings_dict) as proxy:
        ways = {"DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing", "QUEUE_DATABASE_URL": proxy.url}
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "procrastinate", "worker"],
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "shoppartners.settings"} | ways,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(lambda: [status for _path, status, _attempts in jobs()] == ["succeeded"])
            proxy.go()
            told = next(line for line in worker.stderr if "worker_lost_the_database" in line)
            worker.send_signal(signal.SIGTERM)
            code = worker.wait(30)
        finally:
            worker.kill()

    assert '"seconds": 1' in told
    assert code == 0


def wait_until(reached):
    until = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.05)
