"""Does what is due by the clock (docs/design.md, Time); when something is due stands in `requests_app.schedule`.

Idempotent: each act is one transaction and checks again under its lock, so that running twice, or at once on several
machines, does nothing twice. Several threads do them, each a whole act at a time. One that fails does not stop the
others; it is tried again with the next round, and stands on the staff desk until it works or is due no more.
"""

from functools import partial
from typing import NamedTuple

import structlog
from django.conf import settings
from django.db import models
from django.tasks import Task, task

from accounts import clock, failed_tasks, mail_limits, outbox, rounds
from partners import services as partner_services
from partners.models import Partner
from partners.workflow import PartnerStatus
from requests_app import automatic, contacts, erasure, medians, rollups
from requests_app.models import PartnerRequest, Share
from requests_app.proposals.models import Proposal

logger = structlog.get_logger(__name__)
BATCH = 500  # keys read at a time


@task
def end_pause(pk):
    return partner_services.end_pause(partner_id=pk)


@task
def close_share_of_suspended_partner(pk):
    return automatic.close_share_of_suspended_partner(share_id=pk)


@task
def advance_share(pk):
    return automatic.advance_share(share_id=pk)


@task
def advance_proposal(pk):
    return automatic.advance_proposal(proposal_id=pk)


@task
def advance_request(pk):
    return automatic.advance_request(request_id=pk)


@task
def try_again(pk):
    return automatic.try_again(request_id=pk)


@task
def release_confirmed(pk):
    return automatic.release_confirmed(request_id=pk)


@task
def erase_request(pk):
    return erasure.erase_request(request_id=pk)


ACTS = (
    end_pause,
    close_share_of_suspended_partner,
    advance_share,
    advance_proposal,
    release_confirmed,
    advance_request,
    erase_request,
    try_again,
)


def run_timers(mail=outbox.deliver.call):
    """Do all that is due now; return how many acts of each kind were done. `mail` is for `outbox.one_mail_each`."""
    at = clock.now()
    with outbox.one_mail_each(mail):
        done = _run(at)
    if rounds.is_ending():  # the next round does what is left
        return done
    failed_tasks.forget_before(at, [act.module_path for act in ACTS])
    mail_limits.forget_old()
    rollups.count()
    medians.count_when_due()
    return done


class Due(NamedTuple):
    """Rows that are due, the act that does one, and the column in whose order they are read."""

    act: Task
    rows: models.QuerySet
    order: str
    falls_due: bool = True  # the column says since when


def due(at):
    """Return what is due at that time, {kind: Due}, in the order in which it is done. Nothing is read yet."""
    suspended = Share.objects.live().filter(partner__status=PartnerStatus.SUSPENDED)
    return {
        "pauses": _by_time(Partner, "paused_until", at, end_pause),
        "suspended": Due(close_share_of_suspended_partner, suspended, "pk", falls_due=False),
        "shares": _by_time(Share, "next_step_at", at, advance_share),
        "proposals": _by_time(Proposal, "next_step_at", at, advance_proposal),
        "confirmed": Due(release_confirmed, contacts.confirmed_meanwhile(), "pk", falls_due=False),
        "requests": _by_time(PartnerRequest, "next_step_at", at, advance_request),
        "erased": Due(erase_request, erasure.due(at), "closed_at", falls_due=False),
        "tries": _by_time(PartnerRequest, "next_try_at", at, try_again),
    }


def _by_time(model, column, at, act):
    return Due(act, model.objects.filter(**{f"{column}__lte": at}), column)


def _run(at):
    return {kind: _each_of(found.rows, found.order, found.act) for kind, found in due(at).items()}


def _each_of(rows, order, act):
    """Call `act` with the key of each row, read in batches along the index of `order`; return how many it did."""
    done, after = 0, None
    while not rounds.is_ending() and (batch := _next_batch(rows, order, after)):
        done += rounds.each((pk for _key, pk in batch), partial(_guarded, act), threads=settings.TIMER_THREADS)
        after = batch[-1]
    return done


def _next_batch(rows, order, after):
    if after is not None:
        key, pk = after
        rows = rows.filter(**{f"{order}__gte": key}).exclude(**{order: key, "pk__lte": pk})
    return list(rows.order_by(order, "pk").values_list(order, "pk")[:BATCH])


def _guarded(act, pk):
    try:
        return act.call(pk)
    except Exception as error:
        logger.exception("timer_failed", act=act.name, pk=pk)
        failed_tasks.record(act.module_path, [pk], {}, error)
        return False
