"""A reader's language and time zone."""

import zoneinfo
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone, translation


def language_of(user):
    """Return the user's language if the site (still) offers it, else the site's."""
    return user.language if user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@contextmanager
def reading_as(user):
    """Activate the person's language and zone within the block: for mails, which have no request."""
    with translation.override(language_of(user)), timezone.override(zoneinfo.ZoneInfo(user.time_zone)):
        yield
