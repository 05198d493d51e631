"""The time zones that people choose from."""

import zoneinfo
from collections import defaultdict
from functools import cache

from django.conf import settings

REGIONS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


@cache
def grouped_zones():
    """Choices for a select: UTC, then by region the places in order, as [("Europe", [("Europe/London", "London")])]."""
    regions = defaultdict(list)
    for name in sorted(_names()):
        region, _slash, place = name.partition("/")
        if region in REGIONS and place:
            regions[region].append((name, place.replace("_", " ").replace("/", " – ")))
    return [("UTC", "UTC"), *((region, regions[region]) for region in REGIONS if region in regions)]


def zones_with(name):
    """The same, with a zone that somebody has already but nobody is offered any more."""
    zones = grouped_zones()
    offered = {"UTC", *(zone for _region, places in zones[1:] for zone, _place in places)}
    return zones if name in offered or not is_zone(name) else [(name, name), *zones]


def is_zone(name):
    return name in _names()


def zone_named(name):
    """Return the time zone; the site's for a name that this machine does not know (any more)."""
    return zoneinfo.ZoneInfo(name if is_zone(name) else settings.TIME_ZONE)


@cache
def _names():
    return zoneinfo.available_timezones()  # reads the disk
