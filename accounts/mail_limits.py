"""How many mails one receiver gets and one sender causes, counted in the database, whatever process sends.

Several mails are sent at once, so a mail is counted when it is claimed, under a lock on its counts; one that fails is
taken off again. Senders of account mails are limited while they wait. Counts are the last locks of a transaction.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from accounts import clock
from accounts.models import MailCount

HOUR, DAY = 3600, 24 * 3600
FRESH = "(%s, '[]', %s)"
# In one statement: makes the rows that are missing, locks all in the order of their keys, and reads them.
LOCK = """
    INSERT INTO "accounts_mailcount" (key, times, until) VALUES {rows}
    ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING key, times
"""


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


def locked(*whose):
    """Return the count of each (limit, who), locked until the commit. Once a transaction."""
    keys = [_key(limit, who) for limit, who in whose]
    until = connection.ops.adapt_datetimefield_value(clock.now() + timedelta(seconds=DAY))
    fresh = [(key, until) for key in sorted(set(keys))]
    with connection.cursor() as cursor:
        cursor.execute(LOCK.format(rows=",".join([FRESH] * len(fresh))), [*chain.from_iterable(fresh)])
        times = {key: json.loads(times) for key, times in cursor.fetchall()}
    return [Count(key, limit, times[key]) for key, (limit, _who) in zip(keys, whose, strict=True)]


class Count:
    """How many mails went out lately of those that a limit is for; locked."""

    def __init__(self, key, limit, times):
        self.key, self.limit, self.times = key, limit, times

    def free_at(self):
        """Return when one more mail is within the limit; None is now."""
        now = clock.now().timestamp()
        full = [
            recent[-most] + window
            for window, most in ((HOUR, self.limit.hour), (DAY, self.limit.day))
            if len(recent := [time for time in self.times if time > now - window]) >= most
        ]
        return datetime.fromtimestamp(max(full), UTC) if full else None

    def add(self):
        """Count one mail. Return its time, for `take_off`."""
        now = clock.now()
        self.times = [time for time in self.times if time > now.timestamp() - DAY] + [int(now.timestamp())]
        MailCount.objects.filter(pk=self.key).update(times=self.times, until=now + timedelta(seconds=DAY))
        return self.times[-1]


@transaction.atomic
def take_off(at, *whose):
    """Count no longer the mail that was counted at that time for each (limit, who), since it did not go out."""
    for count in locked(*whose):
        if at in count.times:
            count.times.remove(at)
            MailCount.objects.filter(pk=count.key).update(times=count.times)


@transaction.atomic
def take(limit, *who):
    """Count one mail if it is within the limit; return whether it is. The count is locked until the commit."""
    return take_or_when(limit, *who) is None


@transaction.atomic
def take_or_when(limit, *who):
    """Do likewise, and return None, or when one more is within the limit."""
    [count] = locked((limit, who))
    until = count.free_at()
    if until is None:
        count.add()
    return until


def forget_old():
    """Delete the counts that limit nothing any more."""
    with transaction.atomic():
        old = MailCount.objects.select_for_update(skip_locked=True).filter(until__lte=clock.now())
        MailCount.objects.filter(pk__in=list(old.order_by("pk").values_list("pk", flat=True))).delete()


def _key(limit, who):
    return salted_hmac("accounts.mail_limits", repr((limit.name, *who)), algorithm="sha256").hexdigest()
