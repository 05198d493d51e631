"""The outbox: a `Notification` is written with the change it tells of, and mailed from there, at least once."""

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
_together: ContextVar[list | None] = ContextVar("together", default=None)  # what was told within the block
SENDING = timedelta(minutes=10)  # longer than a mail server that answers at all can take (MAIL_URL's timeout: 20 s)
ATTEMPTS = 8  # with doubling waits from one minute: about four hours of a mail server being down


def notify(users, *, source, template, path, topic=Topic.ACCOUNT, **context):
    """Queue one notification a person, in the caller's transaction; who was told of `source` already is skipped.

    `source` names what it tells of ("event:17"), `template` the mail in templates/emails/, `path` the page it links
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
        mail_preferences.mail_times(notifications, at=clock.now())
        Notification.objects.bulk_create(notifications, ignore_conflicts=True)
        if (told := _together.get()) is None:
            deliver.enqueue()
        else:
            told += notifications


@contextmanager
def together(mail):
    """Within, what is told waits for the end, so that one mail carries what one person is told of several things.

    `mail()` then mails all that waits; with None the queue does, if anything was told. What a crash leaves waiting, the
    next round of mails picks up.
    """
    token = _together.set(told := [])
    try:
        yield
    finally:
        _together.reset(token)
    if mail:
        mail()
    elif told:
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
    """Mail what is due, one mail a person; safe to run twice and at once, since who sends has claimed the rows.

    The queue does one at a time: a mail server that says nothing keeps one of the worker's slots, not all of them.
    """
    while deliver_batch():
        pass


def deliver_batch():
    """Send to the next persons with due mails; gives how many notifications it dealt with."""
    people = dict.fromkeys(_due().order_by("next_mail_at", "id").values_list("user", flat=True)[:BATCH])
    return sum(deliver_to(user_id) for user_id in people)


def deliver_to(user_id):
    """Send one person what is due and nobody else is sending, in one mail; gives how many notifications it dealt with.

    No lock is held while the mail server talks: the rows are claimed in one transaction, and what came of it is noted
    in another. Who is killed between the two leaves the claim to run out; then the same mail is sent again.
    """
    claimed, outdated = _claim(user_id)
    if claimed:
        _note(claimed, _send(claimed))
    return len(claimed) + len(outdated)


def _due():
    at = clock.now()
    return Notification.objects.filter(Q(sending_until=None) | Q(sending_until__lte=at), next_mail_at__lte=at)


@transaction.atomic
def _claim(user_id):
    """The rows of the person's next mail, claimed for SENDING, and those left out since what they tell of is over."""
    due = _due().filter(user=user_id).select_related("user").order_by("id")
    rows = list(due.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    rows = [row for row in rows if row.sending_until == rows[0].sending_until]  # a mail comes again as it was
    outdated = {row.pk for row in _outdated(rows)}
    _rows(outdated).update(next_mail_at=None, sending_until=None, mail_attempts=0, mail_error="")
    claimed = [row for row in rows if row.pk not in outdated]
    _rows(row.pk for row in claimed).update(sending_until=clock.now() + SENDING, mail_attempts=F("mail_attempts") + 1)
    return claimed, outdated


def _outdated(rows):
    """What the rest of the site says is over. Who cannot say leaves it in: better a mail too many than none."""
    for _receiver, found in mail_due.send_robust(Notification, notifications=rows):
        if not isinstance(found, Exception):  # Django has logged it
            yield from found


def _rows(ids):
    return Notification.objects.filter(pk__in=list(ids))


def _send(rows):
    """Mail these to their reader, if he still may sign in; gives the kind of what went wrong, or ""."""
    try:
        if rows[0].user.is_active:
            mail_of(rows).send()
    except Exception as error:  # one failing address must not stop the others
        logger.warning("mail_failed", user=rows[0].user_id, error=type(error).__name__)
        return type(error).__name__
    return ""


@transaction.atomic
def _note(rows, error):
    """Note that these were mailed, or why not; then they are tried later, unless the reader wished otherwise since."""
    at, own = clock.now(), _rows(row.pk for row in rows)
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
    """Put a mail that failed for good back into the outbox; nothing happens to one that is sent or still tried."""
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
