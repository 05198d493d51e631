"""How each person wants their mails: at once, once a day in their own morning, or not at all."""

from datetime import datetime, time, timedelta

from django.core import signing
from django.db import transaction

from accounts import clock
from accounts.models import MailPreference, Topic, User
from accounts.time_zones import zone_named

MORNING = time(8)
SALT = "accounts.unsubscribe"


def set_mail_times(notifications, *, at):
    """Set `next_mail_at` of unsaved notifications as their readers prefer, with one query."""
    preferences = {
        (preference.user_id, preference.topic): preference
        for preference in MailPreference.objects.select_related("user").filter(
            user__in={row.user_id for row in notifications}
        )
    }
    for row in notifications:
        preference = preferences.get((row.user_id, row.topic))
        earliest = row.not_before or at
        row.next_mail_at = earliest if preference is None else _time_for(preference, earliest)


def _time_for(preference, at):
    match preference.mode:
        case MailPreference.Mode.OFF:
            return None
        case MailPreference.Mode.DAILY:
            return next_morning(at, preference.user.time_zone)
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
    for mode in MailPreference.Mode:
        if of_mode := [preference for preference in preferences if preference.mode == mode]:
            affected = waiting.filter(topic__in=[preference.topic for preference in of_mode])
            affected.update(next_mail_at=_time_for(of_mode[0], at), mail_attempts=0)


def reschedule_daily_mails(user):
    """Move the mails that wait for the person's morning to the morning of their present time zone."""
    at = clock.now()
    daily = user.mail_preferences.filter(mode=MailPreference.Mode.DAILY).values("topic")
    waiting = user.notifications.filter(topic__in=daily, next_mail_at__gt=at, mail_attempts=0)
    waiting.lock()
    waiting.update(next_mail_at=next_morning(at, user.time_zone))


def modes_of(user):
    """Return {Topic: Mode} of all topics."""
    chosen = dict(user.mail_preferences.values_list("topic", "mode"))
    return {topic: chosen.get(topic, MailPreference.Mode.AT_ONCE.value) for topic in Topic.values}


def topics_off(user):
    """Return the topics of which the person wants no mails."""
    return set(user.mail_preferences.filter(mode=MailPreference.Mode.OFF).values_list("topic", flat=True))


def unsubscribe_token(user, topics):
    """Return the token of a mail's unsubscribe link: the person and the topics, signed; it never expires."""
    return signing.dumps([user.pk, sorted(topics)], salt=SALT)


def read_unsubscribe_token(token):
    """Return (user, topics) of a token; raise signing.BadSignature, or User.DoesNotExist if they are inactive."""
    pk, topics = signing.loads(token, salt=SALT)
    return User.objects.get(pk=pk, is_active=True), [Topic(topic) for topic in topics if topic in Topic.values]
