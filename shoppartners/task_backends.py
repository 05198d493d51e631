"""Backends for Django's `@task`: callers write `task.enqueue(...)`, whatever the database is."""

import logging
from abc import abstractmethod

from django.conf import settings
from django.db import transaction
from django.tasks import DEFAULT_TASK_QUEUE_NAME
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import TaskResult, TaskResultStatus
from django.utils.crypto import get_random_string
from django.utils.module_loading import import_string

from accounts import clock, failed_tasks
from shoppartners.metrics.instruments import task_observed

logger = logging.getLogger(__name__)
MAILS = "mails"  # the queue of accounts.outbox.deliver


class _TransactionalBackend(BaseTaskBackend):
    def __init__(self, alias, params):
        super().__init__(alias, params)
        self.queues = set()  # of any name

    @abstractmethod
    def schedule(self, task, args, kwargs):
        """Make the task run if the transaction is committed. Return an id."""

    def enqueue(self, task, args, kwargs):
        self.validate_task(task)
        return TaskResult(
            task=task,
            id=self.schedule(task, args, kwargs),
            status=TaskResultStatus.READY,
            enqueued_at=clock.now(),
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=list(args),
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )


class OnCommitBackend(_TransactionalBackend):
    """Runs the task in this process after the commit. `run_timers` does what is missed when the process is killed.

    It also sends the mails, unless they go to a folder: nobody waits for a mail server.
    """

    def schedule(self, task, args, kwargs):
        if task.queue_name == MAILS and not settings.MAILS_TO_FOLDER:
            return get_random_string(32)

        def run():
            try:
                run_task(task.module_path, args, kwargs)
            except Exception:  # the change itself is committed: its caller must not see this
                logger.exception("task_failed", extra={"task": task.module_path})

        transaction.on_commit(run)
        return get_random_string(32)


class ProcrastinateBackend(_TransactionalBackend):
    """Writes the job in the transaction of the change; `manage.py procrastinate worker` runs it.

    Jobs of the default queue run in parallel, and are retried when they fail. Jobs of any other queue run one at a time
    and only once, since all jobs behind a retry would wait for it. A periodic round does what a failed one left.

    They take no arguments that matter: one that has not begun does what all that ask for it would do. It is asked for
    after the commit, so that it finds what was committed.
    """

    def schedule(self, task, args, kwargs):
        if task.queue_name != DEFAULT_TASK_QUEUE_NAME:
            transaction.on_commit(lambda: _have_one_wait(task, args, kwargs), robust=True)
            return get_random_string(32)
        return str(_defer("shoppartners.run_task", task, args, kwargs))


def _have_one_wait(task, args, kwargs):
    """Queue a job that runs in turn, unless one waits. Two at the same moment may both; that does no harm."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    waiting = ProcrastinateJob.objects.filter(queue_name=task.queue_name, status="todo", args__path=task.module_path)
    if not waiting.exists():
        _defer("shoppartners.run_in_turn", task, args, kwargs, lock=task.queue_name)


def _defer(name, task, args, kwargs, **options):
    from procrastinate.contrib.django import app

    job = app.configure_task(name, queue=task.queue_name, **options)
    return job.defer(path=task.module_path, args=list(args), kwargs=kwargs)


def run_task(path, args, kwargs, *, is_last=True):
    """Run the `@task` at this path. If the last attempt fails, record it for staff (accounts.failed_tasks)."""
    try:
        with task_observed(path):
            import_string(path).call(*args, **kwargs)
    except Exception as error:
        if is_last:
            failed_tasks.record(path, args, kwargs, error)
        raise
    failed_tasks.forget(path, args, kwargs)
