"""How far requests came and how soon they were answered, for a partner's insights and for the staff desk.

The last twelve weeks are added up from slots, which requests_app.rollups keeps: at most 8,064 rows, however many
requests there are. So the figures are of the moment at which the timers last came round (`CountedSlots.as_of`).
"""

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Case, Sum, When
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import formats
from requests_app.pages import charts
from requests_app.slots import WEEKS, CountedSlots, RequestSlot, ShareSlot, beginning, first_monday, midnight_of


class Bucket(NamedTuple):
    name: str  # of requests_app.slots.TIMES
    label: str | Promise
    short: str | Promise  # beneath a bar


BUCKETS = (
    Bucket("under_4_hours", gettext_lazy("Under 4 hours"), gettext_lazy("< 4 h")),
    Bucket("under_a_day", gettext_lazy("4 to 24 hours"), gettext_lazy("4–24 h")),
    Bucket("under_3_days", gettext_lazy("1 to 3 days"), gettext_lazy("1–3 d")),
    Bucket("longer", gettext_lazy("3 days or more"), gettext_lazy("> 3 d")),
)


# Adding up: one query


def weeks_of(slots):
    """Return the counts of each of the reader's weeks, the newest last; a week has its name as "label"."""
    names, mondays = slots.model.NAMES, [first_monday() + timedelta(weeks=number) for number in range(WEEKS)]
    ends = enumerate(map(midnight_of, mondays[1:]))  # comparing costs the database half of what TruncWeek does
    week = Case(*[When(at__lt=end, then=number) for number, end in ends], default=WEEKS - 1)
    sums = slots.filter(at__gte=midnight_of(mondays[0])).values(week=week).values_list("week", *map(Sum, names))
    found = {number: counts for number, *counts in sums}
    return [
        dict(zip(names, found.get(number, [0] * len(names)), strict=True)) | {"label": formats.short_date(monday)}
        for number, monday in enumerate(mondays)
    ]


def sum_of(slots):
    """Return the counts of the twelve weeks together."""
    return slots.filter(at__gte=beginning()).aggregate(**{name: Sum(name, default=0) for name in slots.model.NAMES})


def total_of(weeks):
    return {name: sum(week[name] for week in weeks) for name in weeks[0] if name != "label"}


# Showing: a picture, and the table that stands beside it


def funnel_of(counts, *, first=""):
    labels = {
        "received": first or _("Received"),
        "answered": _("Answered"),
        "accepted": _("Accepted"),
        "connected": _("Connected"),
    }
    steps = [(label, counts[name]) for name, label in labels.items()]
    said = [charts.Stage(_said(label, count), count) for label, count in steps]
    rows, before = [], None
    for label, count in steps:
        cells = [formats.number(count), _of(count, before), _of(count, counts["received"])]
        rows.append({"label": label, "cells": cells})
        before = count
    return {
        "picture": charts.funnel(said, title=_("How far requests came")),
        "labels": [{"label": label, "value": formats.number(count)} for label, count in steps],
        "head": [_("Stage"), _("Requests"), _("Of the stage before"), _("Of all")],
        "rows": rows,
    }


def times_of(counts):
    """Time to the first answer by buckets, then those without one: ended, and still waiting."""
    unanswered = counts["received"] - counts["answered"]
    found = [(bucket.label, bucket.short, counts[bucket.name], True) for bucket in BUCKETS]
    found.append((_("Ended without an answer"), _("None"), unanswered - counts["waiting"], False))
    found.append((_("Waiting for one"), _("Waiting"), counts["waiting"], False))
    said = [
        charts.Bar(_said(label, count), count, count if answered else 0) for label, _short, count, answered in found
    ]
    return {
        "picture": charts.bars(said, title=_("Time to the first answer")),
        "labels": [{"label": short, "value": formats.number(count)} for _label, short, count, _answered in found],
        "head": [_("First answer"), _("Requests"), _("Of all")],
        "rows": [
            {"label": label, "cells": [formats.number(count), _of(count, counts["received"])]}
            for label, _short, count, _answered in found
        ],
    }


def weekly(weeks):
    """Return the weeks of `weeks_of` as a picture, and as a table with the newest first.

    The picture begins with the first week in which something came, and the table leaves out the weeks in which nothing
    did: so a young partner does not look at weeks from before its time.
    """
    first = next((number for number, week in enumerate(weeks) if week["received"]), 0)
    weeks = weeks[first:]
    said = _("%(week)s: %(received)s received, %(answered)s answered")
    values = [charts.Bar(said % {"week": week["label"], **week}, week["received"], week["answered"]) for week in weeks]
    names = ("received", "answered", "unanswered")
    return {
        "picture": charts.bars(values, title=_("Requests by week")),
        "ends": [weeks[0]["label"], weeks[-1]["label"]],
        "head": [_("Week of"), _("Received"), _("Answered"), _("Unanswered")],
        "rows": [
            {"label": week["label"], "cells": [formats.number(week[name]) for name in names]}
            for week in weeks[::-1]
            if week["received"]
        ],
    }


def of_everybody():
    """Return what the staff desk shows, over all partners and shops, from three queries."""
    requests, weeks = sum_of(RequestSlot.objects), weeks_of(ShareSlot.objects)
    asked = total_of(weeks)
    return {
        "requests": {"funnel": funnel_of(requests, first=_("Submitted")), "times": times_of(requests)},
        "partners": {"funnel": funnel_of(asked), "times": times_of(asked), "weeks": weekly(weeks)},
        "since": beginning(),
        "as_of": CountedSlots.as_of(),
    }


def _said(label, count):
    return formats.said_of(label, formats.number(count))


def _of(count, whole):
    """ "40%" of the whole; "–" where there is none to compare with."""
    return formats.percent(count / whole) if whole else "–"
