"""Misuse of the door: partners that open contact details and reject after that (docs/design.md, The door).

It takes all partners, so the timers count it once an hour, along an index, and the desk reads the few that are named.
"""

from datetime import timedelta
from statistics import median

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery, Sum

from accounts import clock
from accounts.names import words_of
from partners.workflow import PartnerStatus
from requests_app.models import Event, Share
from requests_app.reasons import RejectReason
from requests_app.slots import DoorMisuse, PartnerSlot
from requests_app.workflow import ShareStatus

WITHIN = timedelta(days=30)
FEWEST = 5  # such rejections within that time, and
TIMES_THE_MEDIAN = 3  # as many as the middle partner has: from there on a partner is named
MOST_NAMED = 10


def count():
    """Write which partners are named now, the worst first, instead of those that were.

    The middle partner is that of all to which a request was shared within the same time, whether it rejected or not.
    """
    since = clock.now() - WITHIN
    rejected = _rejected_after_opening(since)
    received = dict(PartnerSlot.objects.filter(at__gt=since).values_list("partner").annotate(Sum("received")))
    middle = median(rejected.get(pk, 0) for pk in received.keys() | rejected.keys()) if rejected else 0
    worst = sorted((-times, pk) for pk, times in rejected.items() if is_misuse(times, middle))[:MOST_NAMED]
    rows = [DoorMisuse(partner_id=pk, times=-times, received=received.get(pk, 0), median=middle) for times, pk in worst]
    with transaction.atomic():
        DoorMisuse.objects.exclude(pk__in=[row.pk for row in rows]).delete()
        DoorMisuse.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["partner"],
            update_fields=["times", "received", "median"],
        )


def is_misuse(times, middle):
    """Return whether a partner with so many such rejections is named where the middle one has `middle`."""
    return times >= FEWEST and times >= TIMES_THE_MEDIAN * middle


def named():
    """Return the rows of the partners that staff are to look at, with their partner, the worst first."""
    rows = DoorMisuse.objects.filter(partner__status=PartnerStatus.APPROVED).select_related("partner")
    return rows.defer(*words_of("partner")).order_by("-times", "partner")


def _rejected_after_opening(since):
    """Return {partner's id: how often it ended a request since then whose contact details it had opened}.

    It cannot open them later. A withdrawal counts, or accepting first would be a way around; a rejection as spam does
    not, since it is no figure of a partner.
    """
    opened = Event.objects.filter(share=OuterRef("pk"), kind=Event.Kind.CONTACT_OPENED).values("pk")[:1]
    ended = Share.objects.filter(status=ShareStatus.REJECTED, ended_at__gt=since).exclude(
        reject_reason=RejectReason.SPAM
    )
    # Not Exists: PostgreSQL would read all events for it, instead of those of each share.
    found = ended.annotate(opening=Subquery(opened)).filter(opening__isnull=False)
    return dict(found.values_list("partner").annotate(Count("pk")))
