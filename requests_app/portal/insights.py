"""A partner's own figures: how it answers, its requests by status, and the last twelve weeks."""

from datetime import timedelta

from babel.dates import format_timedelta
from django.db.models import DurationField, ExpressionWrapper, F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import formats
from accounts.paging import count_text
from partners.models import FEWEST_ANSWERS, ProgrammeMedians
from requests_app.pages import figures
from requests_app.portal.inbox import shares_of, summary_of
from requests_app.schedule import RESPONSE_TIME
from requests_app.workflow import ShareStatus


def figures_of(user, partner):
    """Return all that the page shows, from five queries and the partner's own counters."""
    recent = shares_of(user, partner).filter(shared_at__gte=figures.beginning())
    counts = figures.counts_of_shares(recent)
    return {
        "partner": partner.name,
        "stats": _stats(partner, recent, counts, ProgrammeMedians.counted()),
        "statuses": _by_status(summary_of(user, partner)),
        "funnel": figures.funnel_of(counts),
        "times": figures.times_of(counts),
        "weeks": figures.weekly(figures.weeks_of(recent)),
    }


def _stats(partner, recent, counts, medians):
    rate, count = partner.response_rate, counts["answered"]
    acceptance = counts["accepted"] / count if count >= FEWEST_ANSWERS else None
    answers = ngettext("Of %(count)d answer in 12 weeks.", "Of %(count)d answers in 12 weeks.", count)
    return [
        {
            "label": _("Response rate"),
            "value": "–" if rate is None else formats.percent(rate),
            "help": _compared(rate, _("Of all requests you answered or left unanswered."), medians.answered),
        },
        {
            "label": _("Acceptance"),
            "value": "–" if acceptance is None else formats.percent(acceptance),
            "help": _compared(acceptance, answers % {"count": count}, medians.accepted),
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


def _compared(own, of_what, of_all):
    """Return of what a figure is, and the programme's median beside it; or from when on the figure is shown."""
    said = _("Shown from %(fewest)d answers on.") % {"fewest": FEWEST_ANSWERS} if own is None else of_what
    if of_all is None:
        return said
    return formats.sentences([said, _("Median of all partners: %(rate)s.") % {"rate": formats.percent(of_all)}])


def _by_status(summary):
    inbox = reverse("portal:inbox")
    return [
        {"code": status.value, "count": count_text(summary[status]) or "0", "url": f"{inbox}?status={status.value}"}
        for status in ShareStatus
    ]


def _median_time(shares, count):
    """From sharing to the first answer: the middle one, or the mean of the middle two, of `count` shares with one."""
    took = ExpressionWrapper(figures.ANSWERED_AT - F("shared_at"), output_field=DurationField())
    times = shares.annotate(took=took).filter(took__isnull=False).order_by("took").values_list("took", flat=True)
    middle = list(times[(count - 1) // 2 : count // 2 + 1])
    return sum(middle, timedelta()) / len(middle)


def _duration(length):
    return format_timedelta(length, threshold=1.5, locale=formats.locale())
