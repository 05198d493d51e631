"""The figures of the middle partner, which insights show beside a partner's own (partners.models.ProgrammeMedians).

They take all shares of twelve weeks, so the timers count them once an hour and pages only read the row.
"""

from datetime import datetime, time, timedelta
from statistics import median

from django.db.models import Case, Count, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import clock
from partners.models import Partner, ProgrammeMedians
from requests_app.models import Share
from requests_app.workflow import ShareStatus

WEEKS = 12
EVERY = timedelta(hours=1)
FEWEST_PARTNERS, FEWEST_OF_EACH = 5, 3  # no median of all is shown with fewer, nor counts who has fewer answers
ANSWERED_AT = Coalesce("accepted_at", Case(When(status=ShareStatus.REJECTED, then="ended_at")))  # the first answer


def first_monday():
    """The first day of the first of the weeks, in the reader's zone."""
    today = timezone.localtime(clock.now()).date()
    return today - timedelta(days=today.weekday(), weeks=WEEKS - 1)


def beginning():
    return timezone.make_aware(datetime.combine(first_monday(), time.min))


def count_when_due():
    """Count the medians if there are none, or none of the last hour."""
    if not ProgrammeMedians.objects.filter(counted_at__gt=clock.now() - EVERY).exists():
        count()


def count():
    """Write the medians over all approved partners with FEWEST_OF_EACH answers or more.

    Fewer than FEWEST_PARTNERS give None, so that nobody reads another partner's figures from it.
    """
    partners = Partner.objects.listed()
    rates = partners.filter(shares_answered__gte=FEWEST_OF_EACH).values_list("shares_answered", "shares_unanswered")
    answers = Share.objects.filter(shared_at__gte=beginning(), partner__in=partners).values("partner")
    accepting = answers.annotate(answered=Count(ANSWERED_AT), accepted=Count("accepted_at"))
    counted = accepting.filter(answered__gte=FEWEST_OF_EACH).values_list("accepted", "answered")
    ProgrammeMedians.objects.update_or_create(
        pk=ProgrammeMedians.ONLY,
        defaults={
            "answered": _median([answered / (answered + unanswered) for answered, unanswered in rates.iterator()]),
            "accepted": _median([accepted / answered for accepted, answered in counted.iterator()]),
            "counted_at": clock.now(),
        },
    )


def _median(values):
    return median(values) if len(values) >= FEWEST_PARTNERS else None
