"""What the worker on PostgreSQL does: our own jobs, and what comes round. Procrastinate calls `register` when ready."""

import structlog
from procrastinate import RetryStrategy
from procrastinate.exceptions import ConnectorException

from accounts import outbox
from requests_app import tasks
from shoppartners.task_backends import run_task

logger = structlog.get_logger(__name__)
ATTEMPTS = 8  # tries after the first
RETRY = RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=3)  # after 3 s, 9 s, 27 s … about three hours in all
STALLED_SECONDS = 30  # a worker says every 10 s that it lives
KEEP_HOURS = 7 * 24
EVERY_MINUTE = "* * * * *"


def register(app):
    """Make our tasks known to procrastinate's `app`.

    A `lock` keeps slow rounds from piling up beside each other; a killed one holds it until `requeue_stalled` comes
    round, which therefore has none. No `queueing_lock`: it would refuse to queue the killed round again.
    """

    @app.task(name="shoppartners.run_task", retry=RETRY, pass_context=True)
    def run_job(context, path, args, kwargs):
        run_task(path, args, kwargs, is_last=context.job.attempts >= ATTEMPTS)

    @app.task(name="shoppartners.run_in_turn")
    def run_in_turn(path, args, kwargs):
        run_task(path, args, kwargs)

    @app.periodic(cron=EVERY_MINUTE)
    @app.task(name="shoppartners.run_timers", lock="timers")
    def run_timers(timestamp):
        run_task(tasks.run_due.module_path, [], {})

    @app.periodic(cron=EVERY_MINUTE)
    @app.task(name="shoppartners.deliver", lock=outbox.deliver.queue_name)
    def deliver(timestamp):
        run_task(outbox.deliver.module_path, [], {})

    @app.periodic(cron=EVERY_MINUTE)
    @app.task(name="shoppartners.requeue_stalled", pass_context=True)
    async def requeue_stalled(context, timestamp):
        await requeue(context.app.job_manager)

    @app.periodic(cron="17 3 * * *")
    @app.task(name="shoppartners.forget_finished", pass_context=True)
    async def forget_finished(context, timestamp):
        await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_HOURS, include_failed=True)


async def requeue(job_manager):
    """Queue again what a worker had begun when it was killed."""
    for job in await job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        try:
            await job_manager.retry_job(job)
        except ConnectorException:  # it ended meanwhile
            logger.info("stalled_job_ended", job=job.id)
        else:
            logger.warning("stalled_job_queued_again", job=job.id, task=job.task_name)
