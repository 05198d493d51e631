"""What an operator watches, as numbers: how much waits, since when, and what state things are in (docs/monitoring.md).

Every part of a statement is read along an index and ends at MOST rows, so that asking costs no more however many rows
there are. A number that is MOST may stand for more. Nothing is personal: keys are words of the code.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, F, QuerySet, Sum, When

from accounts import clock, sending
from accounts.models import AccountMail, FailedTask, Notification
from accounts.paging import united
from partners.models import Partner
from partners.workflow import PartnerStatus
from requests_app import timers
from requests_app.models import PartnerRequest, Share
from requests_app.referral import unmatched
from requests_app.safeguards import Safeguard
from requests_app.schedule import DAY, RESPONSE_TIME
from requests_app.slots import CountedSlots, ShareSlot
from requests_app.workflow import LIVE, Headline, Hold

MOST = 10_000
MOST_JOBS = 1_000  # that wait in the queue, all kinds together: of each its event is looked up
WEEK = timedelta(days=7)
ALIVE_SECONDS = 30  # within which a worker that lives says so: it sends a heartbeat every 10 s
MAILS = {"notification": Notification, "account": AccountMail}
QUEUE = """
    SELECT queue_name, count(*) FILTER (WHERE due_at <= now()), count(*) FILTER (WHERE due_at > now()),
        coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now())), 0)::float
    FROM (
        SELECT queue_name, coalesce(scheduled_at, (
            SELECT min(at) FROM procrastinate_events WHERE job_id = job.id AND type = 'deferred'
        ), now()) AS due_at
        FROM procrastinate_jobs AS job WHERE status = 'todo' ORDER BY priority DESC, id LIMIT %s
    ) AS waiting GROUP BY queue_name
"""
WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s)"


class Queue(NamedTuple):
    waiting: int
    later: int  # of these the next try, or the time they are for, is yet to come
    oldest: float  # seconds


class Vitals(NamedTuple):
    """Numbers by what they are of; times are seconds."""

    requests: dict[str, int]  # open ones, by headline
    shares: dict[str, int]  # live ones, by status
    held: dict[str, int]
    unmatched: int
    unanswering: int  # listed partners that nobody can answer for
    failed_tasks: int
    mails_failed: dict[str, int]
    mails_waiting: dict[str, tuple[int, float]]  # due, and by how much the first is late
    mails_retrying: dict[str, tuple[int, float]]  # tried in vain and to be tried again, and the age of the oldest
    timers: dict[str, tuple[int, float]]  # due, and by how much the first is late
    timers_ended: datetime | None  # the last round of the timers that did all
    answers: dict[str, int]  # of the shares whose time to answer ended within a week: received, unanswered
    safeguards: dict[str, datetime]
    queues: dict[str, Queue]  # none on SQLite, which has no queue
    workers: int | None


def read():
    """Return the Vitals of this moment: five statements, on PostgreSQL seven."""
    at = clock.now()
    numbers, times = _numbers(), _times(at)
    return Vitals(
        **numbers,
        **times,
        timers_ended=CountedSlots.as_of(),
        answers=_answers(at),
        safeguards=dict(Safeguard.objects.values_list("kind", "done_at")),
        queues=queues(),
        workers=workers(),
    )


def _numbers():
    """Return how many rows there are of each kind, in one statement."""
    counted: dict[str, dict[str, QuerySet]] = {
        "requests": {
            value: PartnerRequest.objects.filter(headline=value) for value in Headline.values if value != "closed"
        },
        "shares": {value: Share.objects.filter(status=value) for value in sorted(LIVE)},
        "held": {value: PartnerRequest.objects.filter(hold=value) for value in Hold.values},
        "mails_failed": {kind: model.objects.mail_failed() for kind, model in MAILS.items()},
        "unmatched": {"": unmatched()},
        "unanswering": {"": Partner.objects.filter(nobody_since__isnull=False, status=PartnerStatus.APPROVED)},
        "failed_tasks": {"": FailedTask.objects.all()},
    }
    parts = [rows.order_by().values_list("pk")[:MOST] for kinds in counted.values() for rows in kinds.values()]
    found = iter(united(parts, "COUNT(*)"))
    numbers = {name: {kind: next(found)[0] for kind in kinds} for name, kinds in counted.items()}
    return {name: kinds.get("", kinds) for name, kinds in numbers.items()}


def _times(at):
    """Return how many rows are due of each kind, and by how many seconds the first is late, in one statement."""
    tried = Case(When(mail_attempts__gt=0, then="created_at"))
    waiting = {kind: model.objects.filter(next_mail_at__isnull=False) for kind, model in MAILS.items()}
    counted = {
        "mails_waiting": {kind: _along(sending.due(model.objects), "next_mail_at") for kind, model in MAILS.items()},
        "mails_retrying": {kind: _along(rows, "next_mail_at", tried) for kind, rows in waiting.items()},
        "timers": {kind: _along(due.rows, due.order) for kind, due in timers.due(at).items() if due.falls_due},
    }
    found = iter(united([part for kinds in counted.values() for part in kinds.values()], "COUNT(at), MIN(at)"))
    return {name: {kind: _late(at, *next(found)) for kind in kinds} for name, kinds in counted.items()}


def _along(rows, order, value=None):
    """Return the first rows in this order, as their value `at`."""
    return rows.order_by(order).values(at=F(order) if value is None else value)[:MOST]


def _late(at, count, first):
    return count, (at - _moment(first)).total_seconds() if first else 0.0


def _moment(value):
    """Return a time as the database gave it; SQLite gives what it has written."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


def _answers(at):
    """Of the shares that were made in the week before the last RESPONSE_TIME: how many, and how many lapsed."""
    until = at - RESPONSE_TIME - DAY
    slots = ShareSlot.objects.filter(at__gte=until - WEEK, at__lt=until)
    return slots.aggregate(received=Sum("received", default=0), unanswered=Sum("unanswered", default=0))


def queues():
    """Return the Queue of each name in which something waits; none on SQLite."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, [MOST_JOBS])
        return {name: Queue(*numbers) for name, *numbers in cursor.fetchall()}


def workers():
    """Return how many workers live; None on SQLite."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(WORKERS, [ALIVE_SECONDS])
        return cursor.fetchone()[0]
