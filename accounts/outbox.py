"""The outbox: what is mailed is written with the change it is about, and mailed from there, at least once.

A `Notification` is of one person, and several make one mail. An `AccountMail` (accounts.account_mails) is a mail of its
own to an address.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from typing import cast

from django.conf import settings
from django.db import transaction
from django.tasks import task
from django.template import TemplateDoesNotExist
from django.urls import reverse

from accounts import account_mails, clock, mail_limits, mail_preferences, mails, rounds, sending, smtp
from accounts.models import AccountMail, Notification, Topic, User
from accounts.reading import reading_as
from accounts.signals import mail_due, reader_asked

BATCH = 50  # rows of a mail, and account mails before a person's
PEOPLE = 500  # rows read at a time: their readers are one round
_collected: ContextVar[list | None] = ContextVar("collected", default=None)  # the notifications of the block


def queue_account_mail(to, template, **values):
    """Queue one mail to an address, in the caller's transaction (account_mails.queue)."""
    with transaction.atomic():
        account_mails.queue(to, template, **values)
        deliver.enqueue()


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
    """Queue rows already built, to be mailed when each reader prefers.

    Who was made inactive or erased since the readers were looked up gets none. Writing the rows waits for an erasing
    that is under way, and what it changed is seen afterwards: no row of an erased person is left.
    """
    if notifications:
        at = clock.now()
        for row in notifications:
            row.next_mail_at = row.not_before or at
        Notification.objects.bulk_create(notifications, ignore_conflicts=True)
        _heed_readers(notifications)
        if (collected := _collected.get()) is None:
            deliver.enqueue()
        else:
            collected += notifications


def _heed_readers(notifications):
    """Have those just written wait as their readers prefer; delete those of people who cannot sign in by now.

    Nobody else can hold a lock on those that are new.
    """
    wishes, inactive = mail_preferences.wishes_of({row.user_id for row in notifications})
    if inactive:
        sources = {row.source for row in notifications}
        late = Notification.objects.filter(user__in=inactive, source__in=sources)
        Notification.objects.filter(pk__in=list(late.values_list("pk", flat=True))).delete()
    mail_preferences.set_mail_times(notifications, wishes)


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


def about_of(notification):
    """What the request is called that it is about, in the language that is active; "" where it is about none."""
    return mails.about_of(notification.context)


def _context(notification):
    return notification.context | {"url": mails.on_site(notification.path), "about": about_of(notification)}


@task(queue_name="mails")
def deliver():
    """Mail what is due. Safe to run twice and at the same time, since each run claims its rows.

    The queue runs one at a time, so that a silent mail server takes one of the worker's slots, not all of them. It ends
    early when the process is asked to end.
    """
    while not rounds.is_ending() and deliver_batch():
        pass


def deliver_batch():
    """Send the account mails, then to the next persons with due mails, by MAIL_SENDERS at once.

    Return how many rows were dealt with.
    """
    due = sending.due(Notification.objects).order_by("next_mail_at", "id")
    people = dict.fromkeys(due.values_list("user", flat=True)[:PEOPLE])
    nobody = [None] * settings.MAIL_SENDERS if account_mails.are_due() else []
    return rounds.each([*nobody, *people], _send_next, threads=settings.MAIL_SENDERS, around=smtp.connections_kept)


def _send_next(user_id):
    """Send the account mails that are due, since somebody waits for each, and then to this person, if to one."""
    return account_mails.deliver(BATCH) + (deliver_to(user_id) if user_id else 0)


def deliver_to(user_id):
    """Send one person, in one mail, what is due and not being sent. Return how many rows were dealt with."""
    claimed, left, counted = _claim(user_id)
    sent: list[Notification] = []
    error = sending.attempt(lambda: sent.extend(_send(claimed)), user=user_id) if claimed else ""
    if refused := [row for row in claimed if not error and row not in sent]:
        sending.leave_out(refused)
    if tried := claimed if error else sent:
        sending.record_result(tried, error)
    if counted and not (sent and not error):
        mail_limits.take_off(*counted)
    return len(claimed) + left


@transaction.atomic
def _claim(user_id):
    """Claim the rows of the person's next mail.

    Return them, how many were left out as outdated or put off, and what the mail was counted for: its time and limits.
    """
    own = Notification.objects.filter(user=user_id)
    due = sending.due(own).select_related("user").order_by("id")
    rows = list(due.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    rows = [row for row in rows if row.sending_until == rows[0].sending_until]  # a mail is repeated as it was
    outdated = {row.pk for row in _outdated(rows)} if rows else set()
    if outdated:
        sending.leave_out([row for row in rows if row.pk in outdated])
    claimed, counted = _within_limits(user_id, [row for row in rows if row.pk not in outdated])
    if claimed:
        sending.claim(claimed, among=own)
    return claimed, len(rows) - len(claimed), counted


def _within_limits(user_id, rows):
    """Return those that may be mailed now, and what their mail is counted for.

    The others are put off: a later mail carries them together.
    """
    if not rows:
        return [], None
    senders = sorted({row.sent_by for row in rows if row.sent_by})
    whose = [(mail_limits.NOTIFIED, (user_id,)), *((mail_limits.NOTIFYING, (sender,)) for sender in senders)]
    own, *of_senders = mail_limits.locked(*whose)
    if until := own.free_at():
        sending.put_off(rows, until)
        return [], None
    counts, limits = [own], whose[:1]
    for sender, count, limit in zip(senders, of_senders, whose[1:], strict=True):
        if until := count.free_at():
            sending.put_off([row for row in rows if row.sent_by == sender], until)
            rows = [row for row in rows if row.sent_by != sender]
        else:
            counts.append(count)
            limits.append(limit)
    if not rows:
        return [], None
    times = [count.add() for count in counts]
    return rows, (times[0], *limits)


def _outdated(rows):
    """Return what receivers of mail_due say is over. If one fails, nothing is left out: better a mail too many."""
    for _receiver, found in mail_due.send_robust(Notification, notifications=rows):
        if not isinstance(found, Exception):  # Django has logged it
            yield from found


def _send(rows):
    """Mail to their reader what of these claimed rows they may still read. Return what was sent.

    Raise what goes wrong, also where it cannot be said what they may read: then nothing is sent.
    """
    allowed = _allowed(rows) if rows else []
    if allowed:
        mail_of(allowed).send()
    return allowed


def _allowed(rows):
    """Return those of one person's rows of which they are to get a mail now.

    What was right when a row was written may not be when its mail goes out: they cannot sign in any more, they have
    turned off the topic, or what it is about is not theirs to see.
    """
    person = rows[0].user
    wishes, inactive = mail_preferences.wishes_of({person.pk})
    if inactive:
        return []
    off = mail_preferences.topics_off(wishes)
    refused = {row for row in rows if row.topic in off}
    for _receiver, found in reader_asked.send(Notification, person=person, notifications=rows):
        refused.update(cast("list[Notification]", found))
    return [row for row in rows if row not in refused]


def send_again(*, notification_id):
    """Put a mail that failed for good back into the outbox; leave alone one that was sent or is still tried."""
    _send_again(Notification.objects.filter(pk=notification_id))


def send_account_mail_again(*, mail_id):
    """Do the same with a mail of an account."""
    _send_again(AccountMail.objects.filter(pk=mail_id))


@transaction.atomic
def _send_again(rows):
    if sending.put_back(rows.mail_failed()):
        deliver.enqueue()


def mail_of(rows):
    """Return the mail that tells one person all of these claimed rows, in their language and zone."""
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
            message_id=rows[0].mail_key,
            reference=context.get("reference", ""),
        )


def _digest(rows):
    """The lines of several, together where they lead to the same page; `reference` where all are of one."""
    pages = {}
    for row in rows:
        pages.setdefault((row.context.get("reference", ""), row.path), []).append(row)
    groups = [
        {
            "reference": reference,
            "about": about_of(told[-1]),
            "url": mails.on_site(path),
            "lines": [subject_of(row) for row in told],
            "then": next(filter(None, map(_then, reversed(told))), ""),
        }
        for (reference, path), told in pages.items()
    ]
    return {
        "groups": groups,
        "reference": groups[0]["reference"] if len(groups) == 1 else "",
        "about": groups[0]["about"] if len(groups) == 1 else "",
        "requests": len(groups) if all(group["reference"] for group in groups) else 0,
        "first": groups[0]["lines"][0],
        "updates": len(rows),
        "more": len(rows) - 1,
        "url": mails.on_site(reverse("accounts:notifications")),
    }
