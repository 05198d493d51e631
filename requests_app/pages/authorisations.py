"""Authorisations in words, for all sides: what they grant, and how long they still hold."""

from datetime import timedelta
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import clock
from accounts.formats import aside, listed
from partners.choices import label_in
from requests_app import schedule
from requests_app.authorisations import AccessLevel, Area

NEAR = timedelta(days=14)  # from here on its end is a warning
ENDED_WITH_IT = gettext_lazy("The authorisation ended with it.")


def left_text(authorisation):
    """ "12 days left", begun days counted whole as in the warnings; on the last one that it is less than a day."""
    left = authorisation.ends_at - clock.now()
    if left < schedule.DAY:
        return _("Less than a day left")
    days = ceil(left / schedule.DAY)
    return ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}


def ends_soon(authorisation):
    return authorisation.ends_at - clock.now() <= NEAR


def areas_by_level(areas):
    """Return what a partner may manage and what view, as [(level, names of areas)] in the areas' own order."""
    held = [
        (level.label, [str(area.label) for area in Area if areas.get(area.value) == level]) for level in AccessLevel
    ]
    return [(level, names) for level, names in held if names]


def areas_text(areas):
    """Return "Products (manage) and Orders (view)", in the areas' own order."""
    return listed(
        [aside(area.label, str(label_in(AccessLevel, areas[area])).lower()) for area in Area if area.value in areas]
    )
