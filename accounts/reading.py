"""A reader's language and time zone."""

from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.time_zones import is_zone, zone_named


def language_of(user):
    """Return the user's language if the site (still) offers it, else the site's."""
    return user.language if user.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def unknown_to_site(user):
    """Return sentences on what the person chose and this site does not know (any more), and what stands in for it."""
    if user.language not in dict(settings.LANGUAGES):
        yield _("Your language (%(language)s) is not offered any more. Choose another in your preferences.") % {
            "language": user.language
        }
    if not is_zone(user.time_zone):
        yield _("Your time zone (%(zone)s) is not known any more: times are shown in %(shown)s. Choose another in your "
                "preferences.") % {"zone": user.time_zone, "shown": settings.TIME_ZONE}  # fmt: skip


@contextmanager
def reading_as(user):
    """Activate the person's language and zone within the block: for mails, which have no request."""
    with translation.override(language_of(user)), timezone.override(zone_named(user.time_zone)):
        yield
