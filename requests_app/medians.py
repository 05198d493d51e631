"""The figures of the middle partner, which insights show beside a partner's own (partners.models.ProgrammeMedians).

They take all partners, so the timers count them once an hour, from the slots of requests_app.rollups, and pages only
read the row. With them goes who misuses the door (requests_app.contact_misuse).
"""

from datetime import timedelta
from statistics import median

from django.db.models import Sum

from accounts import clock
from partners.models import Partner, ProgrammeMedians
from requests_app import contact_misuse
from requests_app.slots import CountedSlots, PartnerSlot, beginning

EVERY = timedelta(hours=1)
FEWEST_PARTNERS, FEWEST_OF_EACH = 5, 3  # no median of all is shown with fewer, nor counts who has fewer answers


def count_when_due():
    """Count the medians if there are none, or none of the last hour, as soon as there are slots to count from."""
    if CountedSlots.as_of() and not ProgrammeMedians.objects.filter(counted_at__gt=clock.now() - EVERY).exists():
        count()


def count():
    """Write the medians over all approved partners with FEWEST_OF_EACH answers or more.

    Fewer than FEWEST_PARTNERS give None, so that nobody reads another partner's figures from it.
    """
    partners = Partner.objects.listed()
    rates = partners.filter(shares_answered__gte=FEWEST_OF_EACH).values_list("shares_answered", "shares_unanswered")
    slots = PartnerSlot.objects.filter(at__gte=beginning(), partner__in=partners).values("partner")
    sums = slots.annotate(sum_answered=Sum("answered"), sum_accepted=Sum("accepted"))
    counted = sums.filter(sum_answered__gte=FEWEST_OF_EACH).values_list("sum_accepted", "sum_answered")
    ProgrammeMedians.objects.update_or_create(
        pk=ProgrammeMedians.ONLY,
        defaults={
            "answered": _median([answered / (answered + unanswered) for answered, unanswered in rates.iterator()]),
            "accepted": _median([accepted / answered for accepted, answered in counted.iterator()]),
            "counted_at": clock.now(),
        },
    )
    contact_misuse.count()


def _median(values):
    return median(values) if len(values) >= FEWEST_PARTNERS else None
