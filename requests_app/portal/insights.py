"""A partner's own figures: how it answers, its requests by status, and the last twelve weeks."""

from datetime import timedelta
from statistics import median

from babel.dates import format_timedelta
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import formats
from accounts.paging import count_text
from partners.models import FEWEST_ANSWERS, ProgrammeMedians
from requests_app.pages import figures
from requests_app.portal.inbox import summary_of
from requests_app.schedule import RESPONSE_TIME
from requests_app.slots import CountedSlots, PartnerSlot
from requests_app.workflow import ShareStatus


def figures_of(user, partner):
    """Return all that the page shows, from four queries and the partner's own counters."""
    weeks = figures.weeks_of(PartnerSlot.objects.visible_to(user).filter(partner=partner))
    counts = figures.total_of(weeks)
    return {
        "partner": partner.name,
        "stats": _stats(partner, counts, ProgrammeMedians.counted()),
        "statuses": _by_status(summary_of(user, partner)),
        "funnel": figures.funnel_of(counts),
        "times": figures.times_of(counts),
        "weeks": figures.weekly(weeks),
        "as_of": CountedSlots.as_of(),
    }


def _stats(partner, counts, medians):
    rate, count = partner.response_rate, counts["answered"]
    acceptance = counts["accepted"] / count if count >= FEWEST_ANSWERS else None
    answers = ngettext("Of %(count)d answer in 12 weeks.", "Of %(count)d answers in 12 weeks.", count)
    last = len(partner.answer_minutes)
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
        {
            "label": _("Answered"),
            "value": formats.number(partner.shares_answered),
            "help": _("Accepted, or rejected for another reason than spam."),
        },
        {
            "label": _("Left unanswered"),
            "value": formats.number(partner.shares_unanswered),
            "help": _("Closed after %(days)d days without an answer.") % {"days": RESPONSE_TIME.days},
        },
        {
            "label": _("Median time to answer"),
            "value": _duration(timedelta(minutes=median(partner.answer_minutes))) if last else "–",
            "help": ngettext("Of your last answer.", "Of your last %(count)d answers.", last) % {"count": last},
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


def _duration(length):
    return format_timedelta(length, threshold=1.5, locale=formats.locale())
