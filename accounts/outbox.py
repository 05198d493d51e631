"""The outbox: a `Notification` is written with the change it tells of, and mailed from there, at least once."""

from datetime import timedelta

import structlog
from django.db import transaction
from django.tasks import task

from accounts import clock, mails
from accounts.models import Notification, User
from accounts.readers import reading_as

logger = structlog.get_logger(__name__)
BATCH = 50
ATTEMPTS = 8  # with doubling waits from one minute: about four hours of a mail server being down


def notify(users, *, source, template, path, **context):
    """Queue one notification a person, in the caller's transaction; who was told of `source` already is skipped.

    `source` names what it tells of ("event:17"), `template` the texts in templates/emails/, `path` the page it links
    to, `context` codes, numbers, references and names of shops and partners, never contact details or free text.
    """
    notify_all([Notification(user=u, source=source, template=template, path=path, context=context) for u in users])


def notify_all(notifications):
    """The same for rows already built, in one statement."""
    if notifications:
        Notification.objects.bulk_create(notifications, ignore_conflicts=True)
        deliver.enqueue()


def subject_of(notification):
    """The line that tells it, as in the mail, in the language and zone that are active."""
    return mails.render_line(f"emails/{notification.template}.subject", _context(notification))


def _context(notification):
    return notification.context | {"url": mails.on_site(notification.path)}


@task
def deliver():
    """Mail what is due; safe to run twice and at once, since each row is locked while it is sent."""
    while deliver_batch():
        pass


def deliver_batch():
    """Send up to BATCH due mails; gives how many rows it dealt with."""
    due = Notification.objects.filter(next_mail_at__lte=clock.now()).order_by("next_mail_at", "id")
    ids = list(due.values_list("id", flat=True)[:BATCH])
    return sum(deliver_one(pk) for pk in ids)


def deliver_one(pk):
    """Mail one notification if it is still due and nobody else is at it; gives whether it was."""
    with transaction.atomic():
        row = (
            Notification.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("user")
            .filter(pk=pk, next_mail_at__lte=clock.now())
            .first()
        )
        if row is None:
            return False
        try:
            if row.user.is_active:
                mail_of(row).send()
            row.mailed_at, row.next_mail_at, row.mail_error = clock.now(), None, ""
        except Exception as error:  # one failing address must not stop the others
            row.mail_attempts += 1
            row.mail_error = type(error).__name__
            wait = timedelta(minutes=2**row.mail_attempts)
            row.next_mail_at = clock.now() + wait if row.mail_attempts < ATTEMPTS else None
            logger.warning("mail_failed", notification=row.pk, error=row.mail_error, attempts=row.mail_attempts)
        row.save(update_fields=["mailed_at", "next_mail_at", "mail_attempts", "mail_error"])
    return True


@transaction.atomic
def send_again(*, notification_id):
    """Put a mail that failed for good back into the outbox; nothing happens to one that is sent or still tried."""
    failed = Notification.objects.mail_failed().filter(pk=notification_id)
    if failed.update(next_mail_at=clock.now(), mail_attempts=0, mail_error=""):
        deliver.enqueue()


def mail_of(notification):
    """The mail that tells it, in its reader's language and zone."""
    user: User = notification.user
    with reading_as(user):
        name = f"emails/{notification.template}"
        return mails.compose(
            user.email, _context(notification), subject=f"{name}.subject", text=f"{name}.txt", html=f"{name}.html"
        )
