"""The outbox: a `Notification` is written with the change it tells of, and mailed from there, at least once."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

import structlog
from django.db import transaction
from django.tasks import task
from django.urls import reverse

from accounts import clock, mails, wishes
from accounts.models import Notification, Topic, User
from accounts.readers import reading_as

logger = structlog.get_logger(__name__)
BATCH = 50
_together = ContextVar("together", default=False)
ATTEMPTS = 8  # with doubling waits from one minute: about four hours of a mail server being down


def notify(users, *, source, template, path, topic=Topic.ACCOUNT, **context):
    """Queue one notification a person, in the caller's transaction; who was told of `source` already is skipped.

    `source` names what it tells of ("event:17"), `template` the texts in templates/emails/, `path` the page it links
    to, `context` codes, numbers, references and names of shops and partners, never contact details or free text.
    """
    notify_all(
        [
            Notification(user=user, source=source, template=template, path=path, topic=topic, context=context)
            for user in users
        ]
    )


def notify_all(notifications):
    """The same for rows already built, mailed when each reader wishes."""
    if notifications:
        wishes.mail_times(notifications, at=clock.now())
        Notification.objects.bulk_create(notifications, ignore_conflicts=True)
        if not _together.get():
            deliver.enqueue()


@contextmanager
def together():
    """Within, what is told waits for the end, so that one mail carries what one person is told of several things.

    What a crash leaves waiting, the next round of mails picks up.
    """
    token = _together.set(True)
    try:
        yield
    finally:
        _together.reset(token)
    deliver.call()


def subject_of(notification):
    """The line that tells it, as in the mail, in the language and zone that are active."""
    return mails.render_line(f"emails/{notification.template}.subject", _context(notification))


def _context(notification):
    return notification.context | {"url": mails.on_site(notification.path)}


@task
def deliver():
    """Mail what is due, one mail a person; safe to run twice and at once, since rows are locked while they are sent."""
    while deliver_batch():
        pass


def deliver_batch():
    """Send to the next persons with due mails; gives how many notifications it dealt with."""
    due = Notification.objects.filter(next_mail_at__lte=clock.now()).order_by("next_mail_at", "id")
    people = dict.fromkeys(due.values_list("user", flat=True)[:BATCH])
    return sum(deliver_to(user_id) for user_id in people)


@transaction.atomic
def deliver_to(user_id):
    """Send one person all that is due and nobody else is sending, in one mail; gives how many notifications."""
    due = Notification.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
    rows = list(due.filter(user=user_id, next_mail_at__lte=clock.now()).order_by("id")[:BATCH])
    if not rows:
        return 0
    try:
        if rows[0].user.is_active:
            mail_of(rows).send()
    except Exception as error:  # one failing address must not stop the others
        logger.warning("mail_failed", user=user_id, error=type(error).__name__)
        for row in rows:
            _try_later(row, type(error).__name__)
    else:
        for row in rows:
            row.mailed_at, row.next_mail_at, row.mail_error = clock.now(), None, ""
    Notification.objects.bulk_update(rows, ["mailed_at", "next_mail_at", "mail_attempts", "mail_error"])
    return len(rows)


def _try_later(row, error):
    row.mail_attempts += 1
    row.mail_error = error
    wait = timedelta(minutes=2**row.mail_attempts)
    row.next_mail_at = clock.now() + wait if row.mail_attempts < ATTEMPTS else None


@transaction.atomic
def send_again(*, notification_id):
    """Put a mail that failed for good back into the outbox; nothing happens to one that is sent or still tried."""
    failed = Notification.objects.mail_failed().filter(pk=notification_id)
    if failed.update(next_mail_at=clock.now(), mail_attempts=0, mail_error=""):
        deliver.enqueue()


def mail_of(rows):
    """The mail that tells one person all of these, in his language and zone."""
    user: User = rows[0].user
    with reading_as(user):
        name = f"emails/{rows[0].template}" if len(rows) == 1 else "emails/digest"
        context = _context(rows[0]) if len(rows) == 1 else _digest(rows)
        unsubscribe = wishes.unsubscribe_token(user, {row.topic for row in rows})
        return mails.compose(
            user.email,
            context,
            subject=f"{name}.subject",
            text=f"{name}.txt",
            html=f"{name}.html",
            unsubscribe_url=mails.on_site(reverse("accounts:unsubscribe", args=[unsubscribe])),
            key=",".join(str(row.pk) for row in rows),
        )


def _digest(rows):
    lines = [{"text": subject_of(row), "url": mails.on_site(row.path)} for row in rows]
    return {"lines": lines, "more": len(lines) - 1, "url": mails.on_site(reverse("accounts:notifications"))}
