"""`make faults`: breaks what can break, many times over, and prints what came of it. ROUNDS says how often (200)."""

import logging
import os
import sys
import time
import traceback

from tests import postgres

# An act that was acknowledged has to outlast the server that is killed; nothing here outlasts a power cut.
os.environ["DATABASE_URL"] = postgres.start(synchronous_commit="on")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["LOG_LEVEL"] = "CRITICAL"

import django

django.setup()

from importlib import import_module  # noqa: E402
from unittest import mock  # noqa: E402

from django.test.utils import setup_databases, setup_test_environment  # noqa: E402

from requests_app import availability  # noqa: E402
from tests import migrated  # noqa: E402
from tests.faults import acts  # noqa: E402

PARTS = {
    "races": "every pair of verbs at once",
    "teams": "members of one shop or partner act on each other at once",
    "leaving": "people erase their accounts and are made inactive while others act",
    "lives": "random lives of every role against a reference model",
    "moments": "every page while somebody else does every verb in between",
    "malformed": "requests that no browser sends",
    "leaks": "planted secrets, looked for on every page and in every mail",
    "kills": "kill -9 of the web process and the worker, at every step",
    "database": "the database restarts, loses connections at COMMIT, has no space",
    "outage": "the database is gone for a while, or its pool is full: everybody is answered at once",
    "ha": "two web servers, two workers and two databases: one of each pair ends",
    "mail": "the mail server says nothing, or is down for an hour",
    "slow": "slow clients",
    "watch": "a real Prometheus watches while a process and the worker are killed",
    "upgrade": "the release before this one serves while the database is migrated, and is replaced while people act",
    "recovery": "a base and the archived log bring back what was dropped",
}

LONG = {"leaving": 20, "lives": 4, "leaks": 4}  # a round of these is worth as many

WITH_FAIR_USE = (
    "races",
    "teams",
    "leaving",
    "lives",
    "leaks",
)  # in the others one shop asks one partner time and again


def main(names):
    logging.disable()  # the connections of this process complain while the database is away
    setup_test_environment()
    with migrated.reused():
        setup_databases(verbosity=0, interactive=False)
    rounds = int(os.environ.get("ROUNDS", "200"))
    failed = [name for name in names or PARTS if not told(name, rounds)]
    write("")
    write(f"Failed: {', '.join(failed)}" if failed else "Every number is as wanted.")
    return bool(failed)


def told(name, rounds):
    """Run one part and print its rows; gives whether every number is as wanted."""
    write(f"\n{PARTS[name]}\n{'-' * len(PARTS[name])}")
    acts.clear()
    begun = time.monotonic()
    try:
        most = availability.MOST_WITH_ONE_PARTNER if name in WITH_FAIR_USE else 1_000_000
        with mock.patch.object(availability, "MOST_WITH_ONE_PARTNER", most):
            rows = import_module(f"tests.faults.{name}").run(max(1, rounds // LONG.get(name, 1)))
    except Exception:
        write(traceback.format_exc())
        return False
    for label, number, wanted in [*rows, ("seconds", round(time.monotonic() - begun), None)]:
        verdict = "" if wanted is None else "as wanted" if number == wanted else f"WANTED {wanted}"
        write(f"  {label:<52}{number:>9,}  {verdict}".rstrip())
    return all(wanted in (None, number) for _label, number, wanted in rows)


def write(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
