"""Procrastinate's own command, but for `worker`, which outlives the database."""

import asyncio
import time
from typing import Any

import psycopg
import psycopg_pool
import structlog
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.management.commands import procrastinate
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException

from accounts import rounds

logger = structlog.get_logger(__name__)
LOST = (ConnectorException, psycopg.OperationalError)
PAUSE = 1  # seconds
PATIENCE = 3  # seconds that a pool tries to connect; then a new one does, which begins to try often again


class Pool(psycopg_pool.AsyncConnectionPool):
    """Says soon that the database is not there: procrastinate opens it with the default time, half a minute."""

    async def open(self, wait=False, timeout=PATIENCE):
        await super().open(wait, timeout)


POOL: dict[str, Any] = {"pool_factory": Pool, "min_size": 1, "timeout": PATIENCE, "reconnect_timeout": PATIENCE}


class Command(procrastinate.Command):
    def handle(self, *args, **options):
        """Run the worker again whenever it ended for want of the database.

        The new one has a number of its own, so the jobs that the last one had begun are taken up as a killed one's.
        """
        if options["command"] != "worker":
            return super().handle(*args, **options)
        given = {name: value for name, value in options.items() if name not in self._django_options}
        for name in ("command", "func", "app"):
            given.pop(name, None)
        while not asyncio.run(self._work(given)):
            logger.warning("worker_lost_the_database")
            time.sleep(PAUSE)
        return None

    async def _work(self, given):
        """Work until asked to end; return False if the worker ended by itself, True otherwise."""
        with app.replace_connector(PsycopgConnector(kwargs=connector_params(), **POOL)) as worker_app:
            try:
                async with worker_app.open_async():
                    worker = asyncio.create_task(worker_app.run_worker_async(install_signal_handlers=False, **given))
                    for number in rounds.SIGNALS:
                        asyncio.get_running_loop().add_signal_handler(number, _end, worker)
                    await worker
            except asyncio.CancelledError:
                return True
            except LOST:
                return False
        return not given.get("wait", True)  # with `wait` it ends when its listener lost the connection


def _end(worker):
    """Take no further job, and have the rounds end."""
    rounds.end()
    worker.cancel()
