"""Procrastinate's own command, but for `worker`, which outlives the database."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import psycopg
import psycopg_pool
import structlog
from django.conf import settings
from django.core.management.base import CommandError
from django.utils.module_loading import import_string
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.management.commands import procrastinate
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException

from accounts import rounds

logger = structlog.get_logger(__name__)
LOST = (ConnectorException, psycopg.OperationalError)
PAUSES = (1, 2, 3, 5)  # seconds before it begins again, the last one from then on
TRIES = 300  # in a row that end within a minute, over half an hour or so; then the process ends for its supervisor
A_WHILE = 60  # seconds
PATIENCE = 3  # seconds that a pool tries to connect; then a new one does, which begins to try often again


class Pool(psycopg_pool.AsyncConnectionPool):
    """Says soon that the database is not there: procrastinate opens it with the default time, half a minute."""

    async def open(self, wait=False, timeout=PATIENCE):
        await super().open(wait, timeout)


POOL: dict[str, Any] = {"pool_factory": Pool, "min_size": 1, "timeout": PATIENCE, "reconnect_timeout": PATIENCE}


class Command(procrastinate.Command):
    requires_system_checks: list[str] = []  # they would ask the database, which may be away

    def handle(self, *args, **options):
        """Run the worker again whenever it ended for want of the database.

        The new one has a number of its own, so the jobs that the last one had begun are taken up as a killed one's.
        """
        if options["command"] != "worker":
            return super().handle(*args, **options)
        given = {name: value for name, value in options.items() if name not in self._django_options}
        for name in ("command", "func", "app"):
            given.pop(name, None)
        import_string(settings.ON_WORKER_BEGUN)()
        with suppress(asyncio.CancelledError):
            asyncio.run(work_on(given))
        return None


async def work_on(given):
    """Work until asked to end, which cancels this; without `wait`, until nothing is left.

    Raise CommandError when the database stays away.
    """
    this = asyncio.current_task()
    for number in rounds.SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, _end, this)
    tries, since = 0, time.monotonic()
    while lost := await _work(given):
        now = time.monotonic()
        tries, since = (1 if now - since > A_WHILE else tries + 1), now
        if tries > TRIES:
            raise CommandError(f"The database stayed away for {TRIES} tries: {lost}.")
        pause = PAUSES[min(tries, len(PAUSES)) - 1]
        logger.warning("worker_lost_the_database", error=lost, tries=tries, seconds=pause)
        await asyncio.sleep(pause)


async def _work(given):
    """Work. Return why the worker ended for want of the database, "" if it has done what was to do."""
    with app.replace_connector(PsycopgConnector(kwargs=connector_params(), **POOL)) as worker_app:
        try:
            async with worker_app.open_async():
                await worker_app.run_worker_async(install_signal_handlers=False, **given)
        except LOST as error:
            return type(error.__cause__ or error).__name__
    return "NoListener" if given.get("wait", True) else ""  # with `wait` it ends when its listener lost the connection


def _end(working):
    """Take no further job, and have the rounds end."""
    rounds.end()
    working.cancel()
