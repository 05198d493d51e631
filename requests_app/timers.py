"""What is due by the clock (design, section 8).

Idempotent: each act is one transaction and checks again under its lock, so that running twice, or at once on several
machines, does nothing twice. One that fails is logged and does not stop the others.
"""

import structlog

from accounts import clock, outbox
from partners.models import Partner
from partners.services import end_pause
from partners.workflow import PartnerStatus
from requests_app import automatic, erasing
from requests_app.models import PartnerRequest, Share

logger = structlog.get_logger(__name__)
BATCH = 500  # keys read at a time


def run_timers():
    """Do all that is due now; gives how many acts of each kind were done."""
    with outbox.together():
        return _run(clock.now())


def _run(at):
    suspended = Share.objects.live().filter(partner__status=PartnerStatus.SUSPENDED)
    return {
        "pauses": _each(Partner, "paused_until", at, lambda pk: end_pause(partner_id=pk)),
        "suspended": _each_of(suspended, "pk", lambda pk: automatic.close_share_of_suspended_partner(share_id=pk)),
        "shares": _each(Share, "next_step_at", at, lambda pk: automatic.advance_share(share_id=pk)),
        "requests": _each(PartnerRequest, "next_step_at", at, lambda pk: automatic.advance_request(request_id=pk)),
        "erased": _each_of(erasing.due(at), "closed_at", lambda pk: erasing.erase_request(request_id=pk)),
        "tries": _each(PartnerRequest, "next_try_at", at, lambda pk: automatic.try_again(request_id=pk)),
    }


def _each(model, due, at, act):
    """Call `act` with the key of every row whose time `due` has come; gives how many it did."""
    return _each_of(model.objects.filter(**{f"{due}__lte": at}), due, act)


def _each_of(rows, order, act):
    """The same for these rows, read in batches along the index of `order`."""
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
        logger.exception("timer_failed", pk=pk)
        return False
