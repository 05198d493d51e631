"""The time zones that people choose from."""

import zoneinfo
from collections import defaultdict
from functools import cache

from django.conf import settings

from accounts import clock

REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


def zone_choices(own):
    """Return the choices of a select whose reader has the zone `own`, each with its distance from UTC at this moment.

    The own zone stands first, also if nobody is offered it any more; then UTC, and by region the places in order:
    [("Asia/Jakarta", "Asia – Jakarta (UTC+07:00)"), ("UTC", "UTC"), ("Africa", [("Africa/Abidjan", "Abidjan …")]), …].
    What is stored is the zone's name. Make them for each page: a distance changes with the time of the year.
    """
    now = clock.now()
    regions = [
        (region, [(name, _label(place, name, now)) for name, place in places if name != own])
        for region, places in _offered().items()
    ]
    first = [(own, _label(own, own, now))] if own != "UTC" and is_zone(own) else []
    return [*first, ("UTC", "UTC"), *regions]


def is_zone(name):
    return name in _names()


def zone_named(name):
    """Return the time zone; the site's for a name that this machine does not know (any more)."""
    return _zone(name if is_zone(name) else settings.TIME_ZONE)


def _label(place, name, now):
    return f"{place.replace('_', ' ').replace('/', ' – ')} (UTC{now.astimezone(_zone(name)):%:z})"


@cache
def _offered():
    """Return the zones that are places, by region: {"Europe": [("Europe/London", "London")]}."""
    regions = defaultdict(list)
    for name in sorted(_names()):
        region, _slash, place = name.partition("/")
        if region in REGIONS and place:
            regions[region].append((name, place))
    return {region: regions[region] for region in REGIONS if region in regions}


@cache
def _zone(name):
    return zoneinfo.ZoneInfo(name)  # reads the disk; of itself it keeps eight


@cache
def _names():
    return zoneinfo.available_timezones()  # reads the disk
