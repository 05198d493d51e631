"""How a row of the outbox is claimed, sent and tried again, whatever kind of mail it is: at least once.

No lock is held while the mail server is talked to: rows are claimed in one transaction, and the result is recorded in
another. If the process is killed between the two, the claim expires and the same mail is sent again.
"""

from datetime import timedelta
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import F, Q

from accounts import clock

logger = structlog.get_logger(__name__)
SENDING = timedelta(minutes=10)  # longer than a mail server that answers at all can take (MAIL_URL's timeout: 20 s)
ATTEMPTS = 8  # with doubling waits from one minute: about four hours of a mail server being down


def due(rows):
    """Return those of a queryset that are to be mailed now and that nobody is mailing."""
    at = clock.now()
    return rows.filter(Q(sending_until=None) | Q(sending_until__lte=at), next_mail_at__lte=at)


def claim(rows, *, among):
    """Claim locked rows, which make one mail, for SENDING. A mail that comes again as it was keeps its `mail_key`.

    `among` is the queryset of all rows that one mail with them could have carried.
    """
    key = rows[0].mail_key
    if key is None or {row.mail_key for row in rows} != {key} or among.filter(mail_key=key).count() != len(rows):
        key = uuid4()  # another mail of the same key would be taken for the earlier one
    for row in rows:
        row.mail_key = key
    _same(rows).update(sending_until=clock.now() + SENDING, mail_attempts=F("mail_attempts") + 1, mail_key=key)


def leave_out(rows):
    """Mail these never."""
    _same(rows).update(next_mail_at=None, sending_until=None, mail_attempts=0, mail_error="")


def put_off(rows, until):
    """Mail these from `until` on, with what is due by then."""
    _same(rows).update(next_mail_at=until, sending_until=None)


def attempt(send, **who):
    """Call `send`. Return the type of its error, which is logged with `who`, or ""."""
    try:
        send()
    except Exception as error:  # one failing address must not stop the others
        logger.warning("mail_failed", error=type(error).__name__, **who)
        return type(error).__name__
    return ""


def record_result(rows, error, **sent):
    """Record that these were mailed, with the values of `sent`, or the error: then retry later.

    What its reader's preferences have put off or turned off meanwhile is left so.
    """
    at, own = clock.now(), _same(rows)
    mailed = {"sending_until": None, "mail_error": "", "mailed_at": at, "next_mail_at": None, **sent}
    if not error and len(rows) == 1:
        own.update(**mailed)
        return
    with transaction.atomic():
        own.lock()
        if not error:
            own.update(**mailed)
            return
        own.update(sending_until=None, mail_error=error)
        for row in rows:
            own.filter(pk=row.pk, next_mail_at__lte=at).update(next_mail_at=_next_try(row.mail_attempts + 1, at))


def _next_try(attempts, at):
    return at + timedelta(minutes=2**attempts) if attempts < ATTEMPTS else None


def put_back(failed):
    """Have the mails of a queryset that failed for good be tried again. Return how many there are."""
    return failed.update(next_mail_at=clock.now(), mail_attempts=0, mail_error="")


def _same(rows):
    return type(rows[0]).objects.filter(pk__in=[row.pk for row in rows])
