"""What a person changes of his own."""

from django.db import transaction

from accounts import clock, wishes


def mark_read(*, by, pk):
    """Gives whether the person has such a notification; reading it twice changes nothing."""
    own = by.notifications.filter(pk=pk)
    return bool(own.filter(read_at=None).update(read_at=clock.now()) or own.exists())


def mark_all_read(*, by, until):
    """All up to the notification of id `until`, the newest that the person saw: later ones stay unread."""
    return by.notifications.filter(read_at=None, pk__lte=until).update(read_at=clock.now())


def choose_language(*, by, language):
    """Pages and mails speak it from now on. The form or view has checked that it is one of settings.LANGUAGES."""
    by.language = language
    by.save(update_fields=["language"])


@transaction.atomic
def save_person(person, *, changed):
    """Save what was changed of a person, named in `changed`; what waits for his morning follows his time zone."""
    person.save(update_fields=changed)
    if "time_zone" in changed:
        wishes.follow_zone(person)
