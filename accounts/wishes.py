"""How each person wants to be told by mail: at once, once a day in his own morning, or not at all."""

import zoneinfo
from datetime import datetime, time, timedelta

from django.core import signing
from django.db import transaction

from accounts import clock
from accounts.models import Topic, User, Wish

MORNING = time(8)
SALT = "accounts.unsubscribe"


def mail_times(notifications, *, at):
    """Set `next_mail_at` of unsaved notifications as their readers wish, in one query."""
    wishes = {
        (wish.user_id, wish.topic): wish
        for wish in Wish.objects.select_related("user").filter(user__in={row.user_id for row in notifications})
    }
    for row in notifications:
        wish = wishes.get((row.user_id, row.topic))
        row.next_mail_at = at if wish is None else _time_for(wish, at)


def _time_for(wish, at):
    match wish.mode:
        case Wish.Mode.OFF:
            return None
        case Wish.Mode.DAILY:
            return next_morning(at, wish.user.time_zone)
    return at


def next_morning(at, time_zone):
    """The first MORNING in that zone that is later than `at`, whatever its clocks do in the night."""
    zone = zoneinfo.ZoneInfo(time_zone)
    day = at.astimezone(zone).date()
    morning = datetime.combine(day, MORNING, zone)
    return morning if morning > at else datetime.combine(day + timedelta(days=1), MORNING, zone)


@transaction.atomic
def save_wishes(*, by, modes):
    """Store what the person wishes, {Topic: Mode}, and move his waiting mails accordingly."""
    wishes = [Wish(user=by, topic=topic, mode=mode) for topic, mode in modes.items()]
    Wish.objects.bulk_create(wishes, update_conflicts=True, unique_fields=["user", "topic"], update_fields=["mode"])
    at, waiting = clock.now(), by.notifications.filter(next_mail_at__isnull=False)
    waiting.lock()
    for mode in Wish.Mode:
        if of_mode := [wish for wish in wishes if wish.mode == mode]:
            told = waiting.filter(topic__in=[wish.topic for wish in of_mode])
            told.update(next_mail_at=_time_for(of_mode[0], at), mail_attempts=0)


def follow_zone(user):
    """Move the mails that wait for the person's morning to that of the zone he is in now."""
    at = clock.now()
    daily = user.wishes.filter(mode=Wish.Mode.DAILY).values("topic")
    waiting = user.notifications.filter(topic__in=daily, next_mail_at__gt=at, mail_attempts=0)
    waiting.lock()
    waiting.update(next_mail_at=next_morning(at, user.time_zone))


def modes_of(user):
    """{Topic: Mode} of all topics."""
    chosen = dict(user.wishes.values_list("topic", "mode"))
    return {topic: chosen.get(topic, Wish.Mode.AT_ONCE.value) for topic in Topic.values}


def unsubscribe_token(user, topics):
    """What a mail's unsubscribe link carries: who, and which topics; signed, and good for ever."""
    return signing.dumps([user.pk, sorted(topics)], salt=SALT)


def read_unsubscribe_token(token):
    """(user, topics) of a token; raises signing.BadSignature or User.DoesNotExist."""
    pk, topics = signing.loads(token, salt=SALT)
    return User.objects.get(pk=pk), [Topic(topic) for topic in topics if topic in Topic.values]
