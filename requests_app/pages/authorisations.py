"""How long an active authorisation still holds, in words for both sides."""

from datetime import timedelta
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import clock
from requests_app import schedule

NEAR = timedelta(days=14)  # from here on its end is a warning


def left_text(authorisation):
    """ "12 days left", begun days counted whole as in the warnings; on the last one that it is less than a day."""
    left = authorisation.ends_at - clock.now()
    if left < schedule.DAY:
        return _("Less than a day left")
    days = ceil(left / schedule.DAY)
    return ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}


def ends_soon(authorisation):
    return authorisation.ends_at - clock.now() <= NEAR
