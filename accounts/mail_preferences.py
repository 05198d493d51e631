"""How each person wants to be told by mail: at once, once a day in his own morning, or not at all."""

import zoneinfo
from datetime import datetime, time, timedelta

from django.core import signing
from django.db import transaction

from accounts import clock
from accounts.models import MailPreference, Topic, User

MORNING = time(8)
SALT = "accounts.unsubscribe"


def mail_times(notifications, *, at):
    """Set `next_mail_at` of unsaved notifications as their readers prefer, in one query."""
    preferences = {
        (preference.user_id, preference.topic): preference
        for preference in MailPreference.objects.select_related("user").filter(
            user__in={row.user_id for row in notifications}
        )
    }
    for row in notifications:
        preference = preferences.get((row.user_id, row.topic))
        row.next_mail_at = at if preference is None else _time_for(preference, at)


def _time_for(preference, at):
    match preference.mode:
        case MailPreference.Mode.OFF:
            return None
        case MailPreference.Mode.DAILY:
            return next_morning(at, preference.user.time_zone)
    return at


def next_morning(at, time_zone):
    """The first MORNING in that zone that is later than `at`, whatever its clocks do in the night."""
    zone = zoneinfo.ZoneInfo(time_zone)
    day = at.astimezone(zone).date()
    morning = datetime.combine(day, MORNING, zone)
    return morning if morning > at else datetime.combine(day + timedelta(days=1), MORNING, zone)


@transaction.atomic
def save_mail_preferences(*, by, modes):
    """Store what the person prefers, {Topic: Mode}, and move his waiting mails accordingly."""
    preferences = [MailPreference(user=by, topic=topic, mode=mode) for topic, mode in modes.items()]
    MailPreference.objects.bulk_create(
        preferences, update_conflicts=True, unique_fields=["user", "topic"], update_fields=["mode"]
    )
    at, waiting = clock.now(), by.notifications.filter(next_mail_at__isnull=False)
    waiting.lock()
    for mode in MailPreference.Mode:
        if of_mode := [preference for preference in preferences if preference.mode == mode]:
            told = waiting.filter(topic__in=[preference.topic for preference in of_mode])
            told.update(next_mail_at=_time_for(of_mode[0], at), mail_attempts=0)


def follow_zone(user):
    """Move the mails that wait for the person's morning to that of the zone he is in now."""
    at = clock.now()
    daily = user.mail_preferences.filter(mode=MailPreference.Mode.DAILY).values("topic")
    waiting = user.notifications.filter(topic__in=daily, next_mail_at__gt=at, mail_attempts=0)
    waiting.lock()
    waiting.update(next_mail_at=next_morning(at, user.time_zone))


def modes_of(user):
    """{Topic: Mode} of all topics."""
    chosen = dict(user.mail_preferences.values_list("topic", "mode"))
    return {topic: chosen.get(topic, MailPreference.Mode.AT_ONCE.value) for topic in Topic.values}


def unsubscribe_token(user, topics):
    """What a mail's unsubscribe link carries: who, and which topics; signed, and good for ever."""
    return signing.dumps([user.pk, sorted(topics)], salt=SALT)


def read_unsubscribe_token(token):
    """(user, topics) of a token; raises signing.BadSignature or User.DoesNotExist."""
    pk, topics = signing.loads(token, salt=SALT)
    return User.objects.get(pk=pk), [Topic(topic) for topic in topics if topic in Topic.values]
