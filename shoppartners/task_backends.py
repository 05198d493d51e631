"""Backends for Django's `@task`: who enqueues writes `task.enqueue(...)` and never knows the database."""

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


class _Backend(BaseTaskBackend):
    def __init__(self, alias, params):
        super().__init__(alias, params)
        self.queues = set()  # of any name

    @abstractmethod
    def hand_over(self, task, args, kwargs):
        """See to it that the task runs if the change is committed; gives an id."""

    def enqueue(self, task, args, kwargs):
        self.validate_task(task)
        return TaskResult(
            task=task,
            id=self.hand_over(task, args, kwargs),
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


class OnCommitBackend(_Backend):
    """Runs the task in this process once the change is committed. What it misses, `run_timers` picks up."""

    def hand_over(self, task, args, kwargs):
        def run():
            try:
                run_task(task.module_path, args, kwargs)
            except Exception:  # the change itself is committed: its caller must not see this
                logger.exception("task_failed", extra={"task": task.module_path})

        transaction.on_commit(run)
        return get_random_string(32)


class ProcrastinateBackend(_Backend):
    """Writes the job with the change, in its transaction; `manage.py procrastinate worker` runs it.

    Jobs of the default queue run beside each other, and again when they fail. Those of any other run one after the
    other, once: behind one that waited to be tried again all of its queue would wait. A round has to do what it left.
    """

    def hand_over(self, task, args, kwargs):
        from procrastinate.contrib.django import app

        if task.queue_name == DEFAULT_TASK_QUEUE_NAME:
            job = app.configure_task("shoppartners.run_task", queue=task.queue_name)
        else:
            job = app.configure_task("shoppartners.run_in_turn", queue=task.queue_name, lock=task.queue_name)
        return str(job.defer(path=task.module_path, args=list(args), kwargs=kwargs))


def run_task(path, args, kwargs, *, is_last=True):
    """Run the `@task` that stands at `path`. The last attempt's failure is kept for staff (accounts.failed_tasks)."""
    try:
        import_string(path).call(*args, **kwargs)
    except Exception as error:
        if is_last:
            failed_tasks.record(path, args, kwargs, error)
        raise
    failed_tasks.forget(path, args, kwargs)
