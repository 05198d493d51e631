"""How far requests came and how soon they were answered, for a partner's insights and for the staff desk.

Only what began in the last twelve weeks is counted, so that the tables may grow for ever: callers bound their rows with
`beginning()`, by a column that has an index.
"""

from datetime import timedelta
from typing import NamedTuple

from django.db.models import (
    Count,
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
)
from django.db.models.functions import TruncWeek
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import formats
from requests_app.medians import ANSWERED_AT, WEEKS, beginning, first_monday
from requests_app.models import Authorisation, PartnerRequest, Share
from requests_app.pages import charts
from requests_app.reasons import ClosedReason
from requests_app.workflow import RequestStatus, ShareStatus


class Bucket(NamedTuple):
    name: str
    until: timedelta | None
    label: str | Promise
    short: str | Promise  # beneath a bar


BUCKETS = (
    Bucket("under_4_hours", timedelta(hours=4), gettext_lazy("Under 4 hours"), gettext_lazy("< 4 h")),
    Bucket("under_a_day", timedelta(hours=24), gettext_lazy("4 to 24 hours"), gettext_lazy("4–24 h")),
    Bucket("under_3_days", timedelta(days=3), gettext_lazy("1 to 3 days"), gettext_lazy("1–3 d")),
    Bucket("longer", None, gettext_lazy("3 days or more"), gettext_lazy("> 3 d")),
)


# Counting: one query each


def counts_of_shares(shares):
    """How far these shares came, and how long from sharing to the partner's first answer, as counts by name."""
    held = Authorisation.objects.filter(share=OuterRef("pk"))
    return _counts(
        shares.annotate(
            first_answer=ANSWERED_AT, was_accepted=Q(accepted_at__isnull=False), was_connected=Exists(held)
        ),
        since="shared_at",
        waits=Q(status=ShareStatus.REVIEWING),
    )


def counts_of_requests(requests):
    """Likewise for whole requests: from submitting to the first answer of any partner."""
    shares = Share.objects.filter(request=OuterRef("pk"))
    answers = shares.annotate(answer=ANSWERED_AT).filter(answer__isnull=False).order_by("answer")
    held = Authorisation.objects.filter(share__request=OuterRef("pk"))
    return _counts(
        requests.annotate(
            first_answer=Subquery(answers.values("answer")[:1]),
            was_accepted=Exists(shares.filter(accepted_at__isnull=False)),
            was_connected=Exists(held),
        ),
        since="created_at",
        waits=Q(status=RequestStatus.OPEN),
    )


def _counts(rows, *, since, waits):
    took = ExpressionWrapper(F("first_answer") - F(since), output_field=DurationField())
    times, least = {}, timedelta()
    for bucket in BUCKETS:
        within = Q(took__lt=bucket.until) if bucket.until else Q()
        times[bucket.name] = Count("pk", filter=Q(took__gte=least) & within)
        least = bucket.until
    return rows.annotate(took=took).aggregate(
        received=Count("pk"),
        answered=Count("first_answer"),
        accepted=Count("pk", filter=Q(was_accepted=True)),
        connected=Count("pk", filter=Q(was_connected=True)),
        waiting=Count("pk", filter=Q(took__isnull=True) & waits),
        **times,
    )


def weeks_of(shares):
    """Each week, the newest last: how many requests came to partners, were answered, were left unanswered."""
    by_week = shares.values(week=TruncWeek("shared_at", output_field=DateField())).annotate(
        received=Count("pk"),
        answered=Count(ANSWERED_AT),
        unanswered=Count("pk", filter=Q(closed_reason=ClosedReason.NO_RESPONSE)),
    )
    found = {row["week"]: row for row in by_week}
    nothing = {"received": 0, "answered": 0, "unanswered": 0}
    mondays = [first_monday() + timedelta(weeks=number) for number in range(WEEKS)]
    return [{"label": formats.short_date(monday), **found.get(monday, nothing)} for monday in mondays]


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
    """What the staff desk shows, over all partners and shops: three queries, each within the twelve weeks."""
    since = beginning()
    shares = Share.objects.filter(shared_at__gte=since)
    requests = counts_of_requests(PartnerRequest.objects.filter(created_at__gte=since).order_by())
    asked = counts_of_shares(shares)
    return {
        "requests": {"funnel": funnel_of(requests, first=_("Submitted")), "times": times_of(requests)},
        "partners": {"funnel": funnel_of(asked), "times": times_of(asked), "weeks": weekly(weeks_of(shares))},
        "since": since,
    }


def _said(label, count):
    return formats.said_of(label, formats.number(count))


def _of(count, whole):
    """ "40%" of the whole; "–" where there is none to compare with."""
    return formats.percent(count / whole) if whole else "–"
