"""A partner's own figures: how it answers, its requests by status, and the last twelve weeks."""

from datetime import datetime, time, timedelta

from babel.dates import format_date, format_timedelta
from django.db.models import Case, Count, DateField, DurationField, ExpressionWrapper, F, Q, When
from django.db.models.functions import Coalesce, TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import clock, formats
from partners.models import FEWEST_ANSWERS
from requests_app.portal.inbox import shares_of
from requests_app.workflow import RESPONSE_TIME, ClosedReason, ShareStatus

WEEKS = 12
BAR, STEP, HEIGHT = 24, 40, 120  # of the drawing, in its own units
ANSWERED_AT = Coalesce("accepted_at", Case(When(status=ShareStatus.REJECTED, then="ended_at")))  # the first answer


def figures_of(user, partner):
    """All that the page shows, from three queries and the partner's own counters."""
    shares = shares_of(user, partner)
    start = _monday() - timedelta(weeks=WEEKS - 1)
    recent = shares.filter(shared_at__gte=timezone.make_aware(datetime.combine(start, time.min)))
    weeks = _weeks(recent, start)
    return {
        "partner": partner.name,
        "stats": _stats(partner, recent, sum(week["answered"] for week in weeks)),
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


def _stats(partner, recent, count):
    rate, few = partner.response_rate, _("Shown from %(fewest)d answers on.") % {"fewest": FEWEST_ANSWERS}
    answers = ngettext("Of %(count)d answer in 12 weeks.", "Of %(count)d answers in 12 weeks.", count)
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
            "help": _("Closed after %(days)d days without an answer.") % {"days": RESPONSE_TIME.days},
        },
        {
            "label": _("Median time to answer"),
            "value": _duration(_median_time(recent, count)) if count else "–",
            "help": answers % {"count": count},
        },
    ]


def _by_status(shares):
    counts = shares.aggregate(**{status.value: Count("pk", filter=Q(status=status)) for status in ShareStatus})
    return [{"code": status.value, "count": formats.number(counts[status])} for status in ShareStatus]


def _median_time(shares, count):
    """From sharing to the first answer: the middle one, or the mean of the middle two, of `count` shares with one."""
    took = ExpressionWrapper(ANSWERED_AT - F("shared_at"), output_field=DurationField())
    times = shares.annotate(took=took).filter(took__isnull=False).order_by("took").values_list("took", flat=True)
    middle = list(times[(count - 1) // 2 : count // 2 + 1])
    return sum(middle, timedelta()) / len(middle)


def _duration(length):
    return format_timedelta(length, threshold=1.5, locale=formats.locale())


def _monday():
    today = timezone.localtime(clock.now()).date()
    return today - timedelta(days=today.weekday())


def _weeks(shares, start):
    """Each week from `start` on, in the reader's zone: how many requests came, were answered, were left unanswered."""
    by_week = shares.values(week=TruncWeek("shared_at", output_field=DateField())).annotate(
        received=Count("pk"),
        answered=Count(ANSWERED_AT),
        unanswered=Count("pk", filter=Q(closed_reason=ClosedReason.NO_RESPONSE)),
    )
    found = {row["week"]: row for row in by_week}
    nothing = {"received": 0, "answered": 0, "unanswered": 0}
    mondays = [start + timedelta(weeks=number) for number in range(WEEKS)]
    return [
        {"label": format_date(monday, "d MMM", locale=formats.locale()), **found.get(monday, nothing)}
        for monday in mondays
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
