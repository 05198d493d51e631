"""What falls due when, by the state a thing is in (design, section 8). Pure: no clock, no database.

A schedule is a list of steps in time; the row keeps how many are done (`steps_done`) and when the next is due
(`next_step_at`, which the timers' index serves). A transition starts the schedule of the new state from its beginning.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import models

from requests_app.workflow import STALE_SOON, STALE_TIME, ShareStatus

DAY = timedelta(days=1)


class Step(models.TextChoices):
    REMIND_PARTNER = "remind_partner"
    LAPSE = "lapse"
    REMIND_SELLER = "remind_seller"
    WARN_STALE = "warn_stale"
    GO_STALE = "go_stale"
    WARN_EXPIRY = "warn_expiry"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Due:
    at: datetime
    step: Step


def of_share(share):
    """The steps of a share in its present state, in time; the last one ends that state."""
    match share.status:
        case ShareStatus.REVIEWING:
            return [
                Due(share.shared_at + DAY, Step.REMIND_PARTNER),
                Due(share.shared_at + 3 * DAY, Step.REMIND_PARTNER),
                Due(share.respond_by, Step.LAPSE),
            ]
        case ShareStatus.ACCEPTED:
            remind = [] if share.was_revoked else [Due(share.waiting_since + 14 * DAY, Step.REMIND_SELLER)]
            return [*remind, *_stale(share.waiting_since)]
        case ShareStatus.CONNECTED:
            warnings = [days for days in (30, 7, 1) if days < share.authorised_days]
            return [
                *(Due(share.authorised_until - days * DAY, Step.WARN_EXPIRY) for days in warnings),
                Due(share.authorised_until, Step.EXPIRE),
            ]
    return []


def of_idle_request(idle_since):
    """The steps of an open request without a live share whose seller is silent since then."""
    return _stale(idle_since)


def closing_soon(since, at):
    """When what nothing has happened to `since` then is closed, if it is warned of by now; else None."""
    end = since + STALE_TIME if since else None
    return end if end and end - at <= STALE_SOON else None


def _stale(since):
    return [
        Due(since + STALE_TIME - STALE_SOON, Step.WARN_STALE),
        Due(since + 50 * DAY, Step.WARN_STALE),
        Due(since + STALE_TIME, Step.GO_STALE),
    ]


def now_due(steps, done, at):
    """The step to do at that time, or None.

    When several are due, after a time without timers, only the last counts: the earlier reminders are pointless.
    """
    due = [step for step in steps[done:] if step.at <= at]
    return due[-1] if due else None


def days_left(steps, at):
    """How many days, begun ones counted whole, remain until the last of these steps: a late warning says less."""
    return ceil((steps[-1].at - at) / DAY)


def start(row, steps):
    """Begin these steps for a share or request."""
    row.steps_done, row.next_step_at = 0, steps[0].at if steps else None


def pass_step(row, steps, step):
    """Mark this one of its steps, and with it all before, as done."""
    row.steps_done = steps.index(step) + 1
    row.next_step_at = next_at(steps, row.steps_done)


def next_at(steps, done):
    """When the next of these steps is due, or None when all are done."""
    return steps[done].at if done < len(steps) else None
