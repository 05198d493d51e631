"""What falls due when, by the state a thing is in (docs/design.md, Time). Pure: no clock, no database.

A schedule is a list of steps in time; the row keeps how many are done (`steps_done`) and when the next is due
(`next_step_at`, which the timers' index serves). A transition starts the schedule of the new state from its beginning.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import models

from requests_app.workflow import Hold, ShareStatus

DAY = timedelta(days=1)
RESPONSE_TIME = 7 * DAY  # that a partner has to answer
STALE_TIME = 60 * DAY  # without an act of the seller, then it is closed
STALE_SOON = 30 * DAY  # before that, when the first warning goes out and pages say so
LEAST_NOTICE = 7 * DAY
CONFIRM_TIME = 7 * DAY  # for the contact email
PROPOSAL_TIME = 14 * DAY  # that a proposal is valid, unless its partner says otherwise
PROPOSAL_NOTICE = 2 * DAY  # before its end, when the seller is reminded
LEAST_TIME_TO_CONFIRM = 3 * DAY  # after the reminder, however late it came


class Step(models.TextChoices):
    REMIND_PARTNER = "remind_partner"
    LAPSE = "lapse"
    REMIND_SELLER = "remind_seller"
    WARN_STALE = "warn_stale"
    GO_STALE = "go_stale"
    WARN_EXPIRY = "warn_expiry"
    EXPIRE = "expire"
    REMIND_CONTACT = "remind_contact"
    CLOSE_UNCONFIRMED = "close_unconfirmed"
    REMIND_QUESTION = "remind_question"
    REMIND_PROPOSAL = "remind_proposal"
    END_PROPOSAL = "end_proposal"


@dataclass(frozen=True)
class Due:
    at: datetime
    step: Step


def of_share(share):
    """The steps of a share in its present state, in time; the last one ends that state."""
    match share.status:
        case ShareStatus.REVIEWING:
            return _to_answer(share)
        case ShareStatus.ACCEPTED:
            remind = [] if share.was_revoked else [Due(share.waiting_since + 14 * DAY, Step.REMIND_SELLER)]
            return [*remind, *_stale(share.waiting_since, share.warned_at)]
        case ShareStatus.CONNECTED:
            warnings = [days for days in (30, 7, 1) if days < share.authorised_days]
            return [
                *(Due(share.authorised_until - days * DAY, Step.WARN_EXPIRY) for days in warnings),
                Due(share.authorised_until, Step.EXPIRE),
            ]
    return []


def _to_answer(share):
    """Who has the turn is reminded a day and three days after it began: the seller of a question, else the partner."""
    if share.asked_at:
        since, step = share.asked_at, Step.REMIND_QUESTION
    else:
        since, step = share.replied_at or share.shared_at, Step.REMIND_PARTNER
    reminders = [Due(since + DAY, step), Due(since + 3 * DAY, step)]
    return [*(due for due in reminders if due.at < share.respond_by), Due(share.respond_by, Step.LAPSE)]


def of_proposal(proposal):
    """The steps of a proposal: while it is sent, the seller is reminded two days before its end, if it is older."""
    if not proposal.is_sent:
        return []
    remind, end = proposal.valid_until - PROPOSAL_NOTICE, Due(proposal.valid_until, Step.END_PROPOSAL)
    if proposal.sent_at and remind <= proposal.sent_at:
        return [end]
    return [Due(remind, Step.REMIND_PROPOSAL), end]


def of_request(request):
    """The steps of a request: of an open one without a live share, from then on, or from the seller's last act.

    One that staff look at has none: it does not grow stale meanwhile. One whose contact email is not confirmed is
    closed a week later, unless a partner has it.
    """
    if not request.is_open or request.hold == Hold.SCREENING:
        return []
    if request.hold == Hold.CONTACT:
        return _to_confirm(request)
    if request.idle_since is None:
        return []
    return _stale(request.idle_since, request.warned_at)


def _to_confirm(request):
    remind = Due(request.held_since + DAY, Step.REMIND_CONTACT)
    if request.idle_since is None:
        return [remind]
    end = max(request.held_since, request.idle_since) + CONFIRM_TIME
    if request.warned_at:
        end = max(end, request.warned_at + LEAST_TIME_TO_CONFIRM)
    return [remind, Due(end, Step.CLOSE_UNCONFIRMED)]


def closes_at(since, warned_at):
    """When what nothing has happened to `since` then, and was warned of last at `warned_at`, is closed; or None."""
    return _stale(since, warned_at)[-1].at if since else None


def closing_soon(since, warned_at, at):
    """The same if that is warned of by now; else None."""
    end = closes_at(since, warned_at)
    return end if end and end - at <= STALE_SOON else None


def _stale(since, warned_at):
    """However late its last warning came, a week is left after it."""
    end = since + STALE_TIME
    return [
        Due(since + STALE_TIME - STALE_SOON, Step.WARN_STALE),
        Due(since + 50 * DAY, Step.WARN_STALE),
        Due(max(end, warned_at + LEAST_NOTICE) if warned_at else end, Step.GO_STALE),
    ]


def now_due(steps, done, at):
    """The step to do at that time, or None.

    When several are due, after a time without timers, only the last counts: the earlier reminders are outdated. But
    nothing is closed unwarned.
    """
    due = [step for step in steps[done:] if step.at <= at]
    if [step.step for step in due[-2:]] in (
        [Step.WARN_STALE, Step.GO_STALE],
        [Step.REMIND_CONTACT, Step.CLOSE_UNCONFIRMED],
    ):
        return due[-2]
    return due[-1] if due else None


def days_left(steps, at):
    """How many days, begun ones counted whole, remain until the last of these steps: a late warning says less."""
    return ceil((steps[-1].at - at) / DAY)


def start(row, steps):
    """Begin these steps for a share or request."""
    row.steps_done, row.next_step_at = 0, steps[0].at if steps else None


def pass_step(row, steps_of, due, *, at):
    """Mark this one of the steps that `steps_of(row)` gives, and with it all before, as done; return the steps now."""
    row.steps_done = steps_of(row).index(due) + 1
    if due.step in (Step.WARN_STALE, Step.REMIND_CONTACT):
        row.warned_at = at
    steps = steps_of(row)
    row.next_step_at = next_at(steps, row.steps_done)
    return steps


def next_at(steps, done):
    """When the next of these steps is due, or None when all are done."""
    return steps[done].at if done < len(steps) else None
