"""The worker's jobs on PostgreSQL: our tasks, and periodic rounds. Procrastinate calls `register` when it is ready."""

import structlog
from django.conf import settings
from procrastinate import RetryStrategy
from procrastinate.exceptions import ConnectorException

from accounts import outbox
from requests_app import tasks, vitals
from shoppartners import traces
from shoppartners.metrics import page
from shoppartners.release import VERSION
from shoppartners.task_backends import run_task

logger = structlog.get_logger(__name__)
ATTEMPTS = 8  # tries after the first
RETRY = RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=3)  # after 3 s, 9 s, 27 s … about three hours in all
KEEP_HOURS = 7 * 24
EVERY_MINUTE, EVEN_MINUTES, ODD_MINUTES = "* * * * *", "*/2 * * * *", "1-59/2 * * * *"


def begin():
    """Do what a worker does before its first job. Where its port for /metrics is taken, it works without."""
    traces.begin()
    if settings.METRICS_TOKEN and settings.WORKER_METRICS_PORT:
        try:
            page.serve(settings.WORKER_METRICS_HOST, settings.WORKER_METRICS_PORT)
        except OSError as error:
            logger.warning("worker_metrics_unavailable", port=settings.WORKER_METRICS_PORT, error=str(error))
    logger.info("worker_started", version=VERSION)


def register(app):
    """Register our tasks with procrastinate's `app`.

    A `lock` keeps slow rounds from filling all slots. Two rounds of the timers may run at once, so that a second worker
    helps with what takes longer than a minute. A killed round holds its lock until `requeue_stalled` runs, which
    therefore has none. A `queueing_lock` would keep the killed round from being queued again.
    """

    @app.task(name="shoppartners.run_task", retry=RETRY, pass_context=True)
    def run_job(context, path, args, kwargs):
        run_task(path, args, kwargs, is_last=context.job.attempts >= ATTEMPTS)

    @app.task(name="shoppartners.run_in_turn")
    def run_in_turn(path, args, kwargs):
        run_task(path, args, kwargs)

    @app.periodic(cron=EVEN_MINUTES, periodic_id="even", lock="timers of even minutes")
    @app.periodic(cron=ODD_MINUTES, periodic_id="odd", lock="timers of odd minutes")
    @app.task(name="shoppartners.run_timers")
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

    @app.periodic(cron="47 3 * * *")
    @app.task(name="shoppartners.delete_expired_sessions")
    def delete_expired_sessions(timestamp):
        run_task(tasks.delete_expired_sessions.module_path, [], {})

    @app.periodic(cron="17 3 * * *")
    @app.task(name="shoppartners.forget_finished", pass_context=True)
    async def forget_finished(context, timestamp):
        await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_HOURS, include_failed=True)


async def requeue(job_manager):
    """Queue again the jobs that a worker was running when it was killed."""
    for job in await job_manager.get_stalled_jobs(seconds_since_heartbeat=vitals.ALIVE_SECONDS):
        try:
            await job_manager.retry_job(job)
        except ConnectorException:  # it has ended by now
            logger.info("stalled_job_ended", job=job.id)
        else:
            logger.warning("stalled_job_queued_again", job=job.id, task=job.task_name)
