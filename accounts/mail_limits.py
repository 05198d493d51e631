"""How many mails one receiver gets and one sender causes, counted in the database, whatever process sends.

Receivers are limited where the mails are sent, which happens one after the other (outbox.deliver). Senders of account
mails are limited while they wait, under a lock on their own count: the last lock of a transaction.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts import clock
from accounts.models import MailCount

HOUR, DAY = 3600, 24 * 3600


@dataclass(frozen=True)
class Limit:
    """At most so many mails within an hour, and within a day."""

    name: str
    hour: int
    day: int


# To one address, of each kind of mail: so no kind keeps another from its reader.
ASKED = Limit("asked", hour=3, day=8)  # what anybody may ask for without signing in
NOTICE = Limit("notice", hour=5, day=15)
ASKING = Limit("asking", hour=20, day=60)  # account mails that one person or, not signed in, one network address causes
NOTIFIED = Limit("notified", hour=12, day=100)  # to one person; one mail carries all that waits
NOTIFYING = Limit("notifying", hour=120, day=600)  # that the acts of one person cause


def free_at(limit, *who):
    """Return when one more mail is within the limit; None is now."""
    count = MailCount.objects.filter(pk=_key(limit, who)).first()
    return _free_at(limit, count.times) if count else None


def note(limit, *who):
    """Count one mail that went out."""
    key = _key(limit, who)
    with transaction.atomic():
        _count(MailCount.objects.select_for_update().get_or_create(pk=key, defaults=_fresh())[0])


def take(limit, *who):
    """Count one mail if it is within the limit; return whether it is. The count is locked until the commit."""
    key = _key(limit, who)
    with transaction.atomic():
        count, _is_new = MailCount.objects.select_for_update().get_or_create(pk=key, defaults=_fresh())
        if _free_at(limit, count.times):
            return False
        _count(count)
        return True


def forget_old():
    """Delete the counts that limit nothing any more."""
    with transaction.atomic():
        old = MailCount.objects.select_for_update(skip_locked=True).filter(until__lte=clock.now())
        MailCount.objects.filter(pk__in=list(old.order_by("pk").values_list("pk", flat=True))).delete()


def _key(limit, who):
    return salted_hmac("accounts.mail_limits", repr((limit.name, *who)), algorithm="sha256").hexdigest()


def _fresh():
    return {"until": clock.now() + timedelta(seconds=DAY)}


def _count(count):
    at = clock.now()
    count.times = [time for time in count.times if time > at.timestamp() - DAY] + [int(at.timestamp())]
    count.until = at + timedelta(seconds=DAY)
    count.save()


def _free_at(limit, times):
    """Return when the oldest of those that fill an hour or a day leaves it; None where neither is full."""
    now = clock.now().timestamp()
    full = [
        recent[-most] + window
        for window, most in ((HOUR, limit.hour), (DAY, limit.day))
        if len(recent := [time for time in times if time > now - window]) >= most
    ]
    return datetime.fromtimestamp(max(full), UTC) if full else None
