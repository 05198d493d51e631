"""What the database says to /metrics (requests_app.vitals), read at most once in REMEMBERED seconds by each process."""

import platform
import threading
import time

import django
from django.conf import settings
from django.db import Error
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from requests_app import vitals
from shoppartners.postgresql.limits import statements_end_after
from shoppartners.release import VERSION

REMEMBERED = 15  # seconds
PREFIX = "shoppartners_"
TEXTS = {
    "requests": "Open requests, by headline; counted to 10,000 each",
    "shares": "Live shares, by status; counted to 10,000 each",
    "requests_held": "Requests on hold, by hold",
    "requests_unmatched": "Requests for which nobody is left to ask",
    "partners_unanswering": "Listed partners that nobody can answer for",
    "shares_of_week": "Shares made 15 to 8 days ago, of which each had its time to answer: received, unanswered",
    "failed_tasks": "Tasks that failed for good and wait for staff",
    "mails_failed": "Mails that failed for good",
    "mails_waiting": "Mails that are due and not sent",
    "mails_waiting_seconds": "By how much the first of the mails that are due is late",
    "mails_retrying": "Mails that were tried in vain and will be tried again",
    "mails_retrying_seconds": "Age of the oldest of the mails that were tried in vain",
    "timers_due": "Things that fell due and are not done",
    "timers_due_seconds": "By how much the first of the things that fell due is late",
    "timers_ended_timestamp_seconds": "When a round of the timers last came to its end, in seconds since 1970",
    "queue_jobs": "Jobs of the queue: waiting, or for later; counted to 1,000",
    "queue_oldest_seconds": "For how long the oldest job that waits has been due",
    "workers": f"Workers that gave a sign of life within {vitals.ALIVE_SECONDS} seconds",
    "safeguard_timestamp_seconds": "When a backup or a drill last succeeded, in seconds since 1970",
}


class Figures:
    """The newest Vitals of this process."""

    def __init__(self):
        self._turn = threading.Lock()
        self._found = None
        self._until = 0.0

    def latest(self):
        """Return the Vitals, at most REMEMBERED seconds old; raise django.db.Error where they cannot be read."""
        with self._turn:
            if time.monotonic() >= self._until:
                with statements_end_after(settings.PAGE_STATEMENT_SECONDS):
                    self._found = vitals.read()
                self._until = time.monotonic() + REMEMBERED
            return self._found

    def forget(self):
        self._until = 0.0


figures = Figures()


class FiguresCollector(Collector):
    def collect(self):
        """Yield what the database says; only that it did not answer where it does not."""
        began = time.perf_counter()
        try:
            found = figures.latest()
        except Error:
            found = None
        yield _gauge("database_up", "Whether the database answered to this scrape", {(): int(found is not None)})
        took = {(): time.perf_counter() - began}
        yield _gauge("database_read_seconds", "Seconds that this scrape took in the database", took)
        yield _build()
        if found:
            yield from _families(found)


def text():
    """Return the figures as Prometheus reads them."""
    every = CollectorRegistry()
    every.register(FiguresCollector())
    return generate_latest(every)


def _families(found):
    yield _by("requests", ["headline"], found.requests)
    yield _by("shares", ["status"], found.shares)
    yield _by("requests_held", ["hold"], found.held)
    yield _by("requests_unmatched", [], {(): found.unmatched})
    yield _by("partners_unanswering", [], {(): found.unanswering})
    yield _by("shares_of_week", ["outcome"], found.answers)
    yield _by("failed_tasks", [], {(): found.failed_tasks})
    yield _by("mails_failed", ["kind"], found.mails_failed)
    for name in ("mails_waiting", "mails_retrying"):
        yield from _counts_and_seconds(name, "kind", getattr(found, name))
    yield from _counts_and_seconds("timers_due", "kind", found.timers)
    if found.timers_ended:
        yield _by("timers_ended_timestamp_seconds", [], {(): found.timers_ended.timestamp()})
    yield _by("safeguard_timestamp_seconds", ["kind"], {key: at.timestamp() for key, at in found.safeguards.items()})
    if found.workers is not None:
        yield _by("workers", [], {(): found.workers})
        yield from _of_queues(found.queues)


def _counts_and_seconds(name, label, numbers):
    yield _by(name, [label], {kind: count for kind, (count, _seconds) in numbers.items()})
    yield _by(f"{name}_seconds", [label], {kind: seconds for kind, (_count, seconds) in numbers.items()})


def _of_queues(queues):
    """Yield the numbers of each queue; the two that the product has say 0 where nothing waits."""
    empty = vitals.Queue(0, 0, 0.0)
    queues = {"default": empty, "mails": empty} | queues
    jobs = {(name, state): getattr(queue, state) for name, queue in queues.items() for state in ("waiting", "later")}
    yield _by("queue_jobs", ["queue", "state"], jobs)
    yield _by("queue_oldest_seconds", ["queue"], {name: queue.oldest for name, queue in queues.items()})


def _build():
    labels = (VERSION, platform.python_version(), django.get_version())
    said = "The release that runs, and on what"
    return _gauge("build_info", said, {labels: 1}, ["version", "python", "django"])


def _by(name, labels, numbers):
    return _gauge(name, TEXTS[name], numbers, labels)


def _gauge(name, said, numbers, labels=()):
    family = GaugeMetricFamily(PREFIX + name, said, labels=labels)
    for values, number in numbers.items():
        family.add_metric([values] if isinstance(values, str) else values, number)
    return family
