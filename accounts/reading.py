"""As a person reads: his language and his zone."""

import zoneinfo
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone, translation


def language_of(user):
    """His language where it is (still) offered, else the site's."""
    return user.language if user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@contextmanager
def reading_as(user):
    """Within, texts and times are those that this person reads: for mails, which have no request."""
    with translation.override(language_of(user)), timezone.override(zoneinfo.ZoneInfo(user.time_zone)):
        yield
