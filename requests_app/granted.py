"""How long an active authorisation still holds, in words for both sides."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import clock

NEAR = timedelta(days=14)  # from here on its end is a warning


def left_text(authorisation):
    """ "12 days left"; begun days are not counted, so that nobody is promised too much."""
    days = (authorisation.ends_at - clock.now()).days
    if days < 1:
        return _("Less than a day left")
    return ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}


def ends_soon(authorisation):
    return authorisation.ends_at - clock.now() <= NEAR
