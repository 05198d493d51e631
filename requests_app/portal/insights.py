"""A partner's own figures: how it answers, its requests by status, and the last twelve weeks."""

from collections import Counter
from datetime import datetime, time, timedelta
from statistics import median

from babel.dates import format_date, format_timedelta
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import clock, formats
from requests_app.portal.inbox import shares_of
from requests_app.workflow import ClosedReason, ShareStatus

WEEKS = 12
FEWEST_ANSWERS = 5  # below, a rate says nothing (design, section 7)
COLUMNS = ("status", "shared_at", "accepted_at", "ended_at", "closed_reason")
BAR, STEP, HEIGHT = 24, 40, 120  # of the drawing, in its own units


def figures_of(user, partner):
    """All that the page shows, from two queries and the partner's own counters."""
    shares = shares_of(user, partner)
    start = _monday() - timedelta(weeks=WEEKS - 1)
    midnight = timezone.make_aware(datetime.combine(start, time.min))
    recent = list(shares.filter(shared_at__gte=midnight).only(*COLUMNS))
    weeks = _weeks(recent, start)
    return {
        "partner": partner.name,
        "stats": _stats(partner, [seconds for share in recent if (seconds := _seconds_to_answer(share)) is not None]),
        "statuses": _by_status(shares),
        "weeks": weeks[::-1],
        "chart": {
            "bars": _bars(weeks),
            "width": WEEKS * STEP,
            "bar": BAR,
            "height": HEIGHT,
            "first": weeks[0]["label"],
            "last": weeks[-1]["label"],
            "most": max(week["received"] for week in weeks),
        },
    }


def _stats(partner, seconds):
    rate, few = partner.response_rate, _("Shown from %(fewest)d answers on.") % {"fewest": FEWEST_ANSWERS}
    answers = ngettext("Of %(count)d answer in 12 weeks.", "Of %(count)d answers in 12 weeks.", len(seconds))
    return [
        {
            "label": _("Response rate"),
            "value": "–" if rate is None else f"{rate:.0%}",
            "help": few if rate is None else _("Of all requests you answered or left unanswered."),
        },
        {"label": _("Answered"), "value": formats.number(partner.shares_answered), "help": _("Accepted or rejected.")},
        {
            "label": _("Left unanswered"),
            "value": formats.number(partner.shares_unanswered),
            "help": _("Closed after 7 days without an answer."),
        },
        {
            "label": _("Median time to answer"),
            "value": _duration(median(seconds)) if seconds else "–",
            "help": answers % {"count": len(seconds)},
        },
    ]


def _by_status(shares):
    counts = shares.aggregate(**{status.value: Count("pk", filter=Q(status=status)) for status in ShareStatus})
    return [{"code": status.value, "count": formats.number(counts[status])} for status in ShareStatus]


def _seconds_to_answer(share):
    """From sharing to the partner's first answer; None where there is none."""
    answered = share.accepted_at or (share.ended_at if share.status == ShareStatus.REJECTED else None)
    return answered and (answered - share.shared_at).total_seconds()


def _duration(seconds):
    return format_timedelta(timedelta(seconds=seconds), threshold=1.5, locale=formats.locale())


def _monday():
    today = timezone.localtime(clock.now()).date()
    return today - timedelta(days=today.weekday())


def _weeks(shares, start):
    """Each week from `start` on, in the reader's zone: how many requests came, were answered, were left unanswered."""
    found = Counter()
    for share in shares:
        number = (timezone.localtime(share.shared_at).date() - start).days // 7
        found[number, "received"] += 1
        found[number, "answered"] += _seconds_to_answer(share) is not None
        found[number, "unanswered"] += share.closed_reason == ClosedReason.NO_RESPONSE
    return [
        {
            "label": format_date(start + timedelta(weeks=number), "d MMM", locale=formats.locale()),
            **{name: found[number, name] for name in ("received", "answered", "unanswered")},
        }
        for number in range(WEEKS)
    ]


def _bars(weeks):
    """Rectangles of the chart: a week's answered requests below, the rest of what it received above."""
    most = max(week["received"] for week in weeks) or 1
    bars = []
    for number, week in enumerate(weeks):
        whole, part = (round(HEIGHT * week[name] / most) for name in ("received", "answered"))
        left = number * STEP + (STEP - BAR) // 2
        bars.append({"x": left, "whole": whole, "top": HEIGHT - whole, "part": part, "base": HEIGHT - part})
    return bars
