"""What is due by the clock (design, section 8).

Idempotent: each act is one transaction and checks again under its lock, so that running twice, or at once on several
machines, does nothing twice. One that fails is logged and does not stop the others.
"""

import structlog

from accounts import clock, outbox
from partners.services import end_pauses
from partners.workflow import PartnerStatus
from requests_app import services
from requests_app.models import PartnerRequest, Share

logger = structlog.get_logger(__name__)
BATCH = 500


def run_timers():
    """Do all that is due now; gives how many acts of each kind were done."""
    at = clock.now()
    suspended = Share.objects.live().filter(partner__status=PartnerStatus.SUSPENDED)
    done = {
        "pauses": end_pauses(),
        "suspended": _each(suspended, "pk", lambda pk: services.close_share_of_suspended_partner(share_id=pk)),
        "shares": _each(
            Share.objects.filter(next_step_at__lte=at), "next_step_at", lambda pk: services.advance_share(share_id=pk)
        ),
        "requests": _each(
            PartnerRequest.objects.filter(next_step_at__lte=at),
            "next_step_at",
            lambda pk: services.advance_request(request_id=pk),
        ),
        "tries": _each(
            PartnerRequest.objects.filter(next_try_at__lte=at),
            "next_try_at",
            lambda pk: services.try_again(request_id=pk),
        ),
    }
    outbox.deliver.call()
    return done


def _each(rows, order, act):
    """Call `act` with the key of every row, read in batches along the index; gives how many it did."""
    done, after = 0, None
    while batch := list(_after(rows, order, after).order_by(order, "pk").values_list(order, "pk")[:BATCH]):
        done += sum(_guarded(act, pk) for _key, pk in batch)
        after = batch[-1]
    return done


def _after(rows, order, after):
    if after is None:
        return rows
    key, pk = after
    return rows.filter(**{f"{order}__gte": key}).exclude(**{order: key, "pk__lte": pk})


def _guarded(act, pk):
    try:
        return act(pk)
    except Exception:
        logger.exception("timer_failed", act=act.__qualname__, pk=pk)
        return False
