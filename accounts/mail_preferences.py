"""How each person wants their mails: at once, once a day in their own morning, or not at all."""

from collections import defaultdict
from datetime import datetime, time, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Q

from accounts import clock
from accounts.models import MailPreference, Notification, Topic, User
from accounts.time_zones import zone_named

Mode = MailPreference.Mode
MORNING = time(8)
SALT = "accounts.unsubscribe"


def wishes_of(people):
    """Return which mails these people, by their keys, want otherwise than at once, and who of them cannot sign in.

    That is {(key, topic): (mode, time zone)} and a set of keys; one query.
    """
    wishes, inactive = {}, set()
    otherwise = Q(is_active=False) | Q(mail_preferences__mode__in=[Mode.DAILY, Mode.OFF])
    rows = User.objects.filter(otherwise, pk__in=people)
    own = ("mail_preferences__topic", "mail_preferences__mode")
    for key, is_active, time_zone, topic, mode in rows.values_list("pk", "is_active", "time_zone", *own):
        wishes[key, topic] = mode, time_zone
        if not is_active:
            inactive.add(key)
    return wishes, inactive


def set_mail_times(notifications, wishes):
    """Have the mails of notifications just written, with their first `next_mail_at`, wait as these wishes say."""
    waiting = defaultdict(list)
    for row in notifications:
        if (row.user_id, row.topic) in wishes:
            mode, time_zone = wishes[row.user_id, row.topic]
            waiting[row.topic, row.next_mail_at, _time_for(mode, time_zone, row.next_mail_at)].append(row)
    for (topic, first, later), rows in waiting.items():
        written = Notification.objects.filter(topic=topic, next_mail_at=first, source__in={row.source for row in rows})
        written.filter(user__in={row.user_id for row in rows}).update(next_mail_at=later)


def _time_for(mode, time_zone, at):
    match mode:
        case Mode.OFF:
            return None
        case Mode.DAILY:
            return next_morning(at, time_zone)
    return at


def next_morning(at, time_zone):
    """Return the first MORNING in that zone after `at`, also when its clocks change in the night."""
    zone = zone_named(time_zone)
    day = at.astimezone(zone).date()
    morning = datetime.combine(day, MORNING, zone)
    return morning if morning > at else datetime.combine(day + timedelta(days=1), MORNING, zone)


@transaction.atomic
def save_mail_preferences(*, by, modes):
    """Store how the person wants each topic, {Topic: Mode}, and reschedule their waiting mails accordingly.

    Raise NotAllowed if they were made inactive or erased.
    """
    User.objects.lock_acting(by)
    preferences = [MailPreference(user=by, topic=topic, mode=mode) for topic, mode in modes.items()]
    MailPreference.objects.bulk_create(
        preferences, update_conflicts=True, unique_fields=["user", "topic"], update_fields=["mode"]
    )
    at, waiting = clock.now(), by.notifications.filter(next_mail_at__isnull=False)
    waiting.lock()
    for mode in Mode:
        if of_mode := [preference for preference in preferences if preference.mode == mode]:
            affected = waiting.filter(topic__in=[preference.topic for preference in of_mode])
            affected.update(next_mail_at=_time_for(mode, by.time_zone, at), mail_attempts=0)


def reschedule_daily_mails(user):
    """Move the mails that wait for the person's morning to the morning of their present time zone."""
    at = clock.now()
    daily = user.mail_preferences.filter(mode=Mode.DAILY).values("topic")
    waiting = user.notifications.filter(topic__in=daily, next_mail_at__gt=at, mail_attempts=0)
    waiting.lock()
    waiting.update(next_mail_at=next_morning(at, user.time_zone))


def modes_of(user):
    """Return {Topic: Mode} of all topics."""
    chosen = dict(user.mail_preferences.values_list("topic", "mode"))
    return {topic: chosen.get(topic, Mode.AT_ONCE.value) for topic in Topic.values}


def topics_off(wishes):
    """Return the topics of which a person with these wishes (`wishes_of`) wants no mails."""
    return {topic for (_key, topic), (mode, _time_zone) in wishes.items() if mode == Mode.OFF}


def unsubscribe_token(user, topics):
    """Return the token of a mail's unsubscribe link: the person and the topics, signed; it never expires."""
    return signing.dumps([user.pk, sorted(topics)], salt=SALT)


def read_unsubscribe_token(token):
    """Return (user, topics) of a token; raise signing.BadSignature, or User.DoesNotExist if they are inactive."""
    pk, topics = signing.loads(token, salt=SALT)
    return User.objects.get(pk=pk, is_active=True), [Topic(topic) for topic in topics if topic in Topic.values]
