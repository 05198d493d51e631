"""The outbox: a `Notification` is written with the change it is about, and mailed from there, at least once."""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.tasks import task
from django.template import TemplateDoesNotExist
from django.urls import reverse

from accounts import clock, mail_preferences, mails
from accounts.models import Notification, Topic, User
from accounts.reading import reading_as
from accounts.signals import mail_due

logger = structlog.get_logger(__name__)
BATCH = 50
_collected: ContextVar[list | None] = ContextVar("collected", default=None)  # the notifications of the block
SENDING = timedelta(minutes=10)  # longer than a mail server that answers at all can take (MAIL_URL's timeout: 20 s)
ATTEMPTS = 8  # with doubling waits from one minute: about four hours of a mail server being down


def notify(users, *, source, template, path, topic=Topic.ACCOUNT, **context):
    """Queue one notification a person, in the caller's transaction; skip people who were notified of `source` before.

    `source` names what it is about ("event:17"), `template` the mail in templates/emails/, `path` the page it links
    to. `context` holds codes, numbers, references and names of shops and partners, never contact details or free text.
    """
    notify_all(
        [
            Notification(user=user, source=source, template=template, path=path, topic=topic, context=context)
            for user in users
        ]
    )


def notify_all(notifications):
    """Queue rows already built, to be mailed when each reader prefers."""
    if notifications:
        mail_preferences.set_mail_times(notifications, at=clock.now())
        Notification.objects.bulk_create(notifications, ignore_conflicts=True)
        if (collected := _collected.get()) is None:
            deliver.enqueue()
        else:
            collected += notifications


@contextmanager
def one_mail_each(mail):
    """Hold back mails until the end of the block, so that one mail carries all that a person is notified of in it.

    At the end `mail()` sends them; with None the queue does, if there are any. What a crash leaves waiting is sent by
    the next round of mails.
    """
    token = _collected.set(collected := [])
    try:
        yield
    finally:
        _collected.reset(token)
    if mail:
        mail()
    elif collected:
        deliver.enqueue()


def subject_of(notification):
    """The line that tells it, as in the mail, in the language and zone that are active."""
    return mails.render_line(f"{_template(notification)}#subject", _context(notification))


def _then(notification):
    """How it goes on after that, for a mail of several; "" where its template has no words for it."""
    try:
        return mails.render_line(f"{_template(notification)}#then", _context(notification))
    except TemplateDoesNotExist:
        return ""


def _template(notification):
    return f"emails/{notification.template}.html"


def _context(notification):
    return notification.context | {"url": mails.on_site(notification.path)}


@task(queue_name="mails")
def deliver():
    """Mail what is due, one mail a person. Safe to run twice and at the same time, since each run claims its rows.

    The queue runs one at a time, so that a silent mail server takes one of the worker's slots, not all of them.
    """
    while deliver_batch():
        pass


def deliver_batch():
    """Send to the next persons with due mails. Return how many notifications were dealt with."""
    people = dict.fromkeys(_due().order_by("next_mail_at", "id").values_list("user", flat=True)[:BATCH])
    return sum(deliver_to(user_id) for user_id in people)


def deliver_to(user_id):
    """Send one person, in one mail, what is due and not being sent. Return how many notifications were dealt with.

    No lock is held while the mail server is talked to: the rows are claimed in one transaction, and the result is
    recorded in another. If the process is killed between the two, the claim expires and the same mail is sent again.
    """
    claimed, outdated = _claim(user_id)
    if claimed:
        _record_result(claimed, _send(claimed))
    return len(claimed) + len(outdated)


def _due():
    at = clock.now()
    return Notification.objects.filter(Q(sending_until=None) | Q(sending_until__lte=at), next_mail_at__lte=at)


@transaction.atomic
def _claim(user_id):
    """Claim the rows of the person's next mail for SENDING. Return them, and the ids left out as outdated."""
    due = _due().filter(user=user_id).select_related("user").order_by("id")
    rows = list(due.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    rows = [row for row in rows if row.sending_until == rows[0].sending_until]  # a mail is repeated as it was
    outdated = {row.pk for row in _outdated(rows)}
    _by_id(outdated).update(next_mail_at=None, sending_until=None, mail_attempts=0, mail_error="")
    claimed = [row for row in rows if row.pk not in outdated]
    _by_id(row.pk for row in claimed).update(sending_until=clock.now() + SENDING, mail_attempts=F("mail_attempts") + 1)
    return claimed, outdated


def _outdated(rows):
    """Return what receivers of mail_due say is over. If one fails, nothing is left out: better a mail too many."""
    for _receiver, found in mail_due.send_robust(Notification, notifications=rows):
        if not isinstance(found, Exception):  # Django has logged it
            yield from found


def _by_id(ids):
    return Notification.objects.filter(pk__in=list(ids))


def _send(rows):
    """Mail these to their reader, if they may still sign in. Return the type of the error, or ""."""
    try:
        if rows[0].user.is_active:
            mail_of(rows).send()
    except Exception as error:  # one failing address must not stop the others
        logger.warning("mail_failed", user=rows[0].user_id, error=type(error).__name__)
        return type(error).__name__
    return ""


@transaction.atomic
def _record_result(rows, error):
    """Record that these were mailed, or the error: then retry later, unless the reader's preferences changed since."""
    at, own = clock.now(), _by_id(row.pk for row in rows)
    own.lock()
    own.update(sending_until=None, mail_error=error)
    if not error:
        own.update(mailed_at=at, next_mail_at=None)
        return
    for row in rows:
        own.filter(pk=row.pk, next_mail_at__lte=at).update(next_mail_at=_next_try(row.mail_attempts + 1, at))


def _next_try(attempts, at):
    return at + timedelta(minutes=2**attempts) if attempts < ATTEMPTS else None


@transaction.atomic
def send_again(*, notification_id):
    """Put a mail that failed for good back into the outbox; leave alone one that was sent or is still tried."""
    failed = Notification.objects.mail_failed().filter(pk=notification_id)
    if failed.update(next_mail_at=clock.now(), mail_attempts=0, mail_error=""):
        deliver.enqueue()


def mail_of(rows):
    """Return the mail that tells one person all of these, in their language and zone."""
    user: User = rows[0].user
    with reading_as(user):
        if len(rows) == 1:
            template, context = _template(rows[0]), _context(rows[0])
        else:
            template, context = "emails/digest.html", _digest(rows)
        unsubscribe = mail_preferences.unsubscribe_token(user, {row.topic for row in rows})
        return mails.compose(
            user.email,
            template,
            context,
            unsubscribe_url=mails.on_site(reverse("accounts:unsubscribe", args=[unsubscribe])),
            key=",".join(str(row.pk) for row in rows),
        )


def _digest(rows):
    """The lines of several, together where they lead to the same page; `reference` where all are of one."""
    pages = {}
    for row in rows:
        pages.setdefault((row.context.get("reference", ""), row.path), []).append(row)
    groups = [
        {
            "reference": reference,
            "url": mails.on_site(path),
            "lines": [subject_of(row) for row in told],
            "then": next(filter(None, map(_then, reversed(told))), ""),
        }
        for (reference, path), told in pages.items()
    ]
    return {
        "groups": groups,
        "reference": groups[0]["reference"] if len(groups) == 1 else "",
        "requests": len(groups) if all(group["reference"] for group in groups) else 0,
        "first": groups[0]["lines"][0],
        "updates": len(rows),
        "more": len(rows) - 1,
        "url": mails.on_site(reverse("accounts:notifications")),
    }
