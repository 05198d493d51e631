"""What is due by the clock. Idempotent: safe to run twice and at once, since each act checks again under its lock."""

from accounts import clock, outbox
from partners.workflow import PartnerStatus
from requests_app import services
from requests_app.models import Share
from requests_app.workflow import ShareStatus


def run_timers():
    """Do all that is due now; gives how many acts of each kind were done."""
    done = {
        "no_response": sum(services.lapse_share(share_id=id) for id in _overdue()),
        "suspended": sum(services.close_share_of_suspended_partner(share_id=id) for id in _left_with_suspended()),
    }
    outbox.deliver.call()
    return done


def _overdue():
    due = Share.objects.filter(status=ShareStatus.REVIEWING, respond_by__lte=clock.now())
    return due.order_by("respond_by").values_list("pk", flat=True)


def _left_with_suspended():
    left = Share.objects.live().filter(partner__status=PartnerStatus.SUSPENDED)
    return left.order_by("pk").values_list("pk", flat=True)
