"""Backends for Django's `@task`: callers write `task.enqueue(...)`, whatever the database is."""

import logging
from abc import abstractmethod

from django.db import transaction
from django.tasks import DEFAULT_TASK_QUEUE_NAME
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import TaskResult, TaskResultStatus
from django.utils.crypto import get_random_string
from django.utils.module_loading import import_string

from accounts import clock, failed_tasks

logger = logging.getLogger(__name__)


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
    """Runs the task in this process after the commit. `run_timers` does what is missed when the process is killed."""

    def schedule(self, task, args, kwargs):
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
    """

    def schedule(self, task, args, kwargs):
        from procrastinate.contrib.django import app

        if task.queue_name == DEFAULT_TASK_QUEUE_NAME:
            job = app.configure_task("shoppartners.run_task", queue=task.queue_name)
        else:
            job = app.configure_task("shoppartners.run_in_turn", queue=task.queue_name, lock=task.queue_name)
        return str(job.defer(path=task.module_path, args=list(args), kwargs=kwargs))


def run_task(path, args, kwargs, *, is_last=True):
    """Run the `@task` at this path. If the last attempt fails, record it for staff (accounts.failed_tasks)."""
    try:
        import_string(path).call(*args, **kwargs)
    except Exception as error:
        if is_last:
            failed_tasks.record(path, args, kwargs, error)
        raise
    failed_tasks.forget(path, args, kwargs)
