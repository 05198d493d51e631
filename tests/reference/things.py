"""A partner, a share and a request, and what time does to them (docs/design.md, Statuses)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.reference.tables import LIVE

DAY = timedelta(days=1)
MINUTES = timedelta(minutes=5)  # within which openings are one, and edits are notified once
SUCCEEDED = ("rejected", "no_response", "partner_suspended")  # ends after which the next partner is tried


@dataclass
class Partner:
    capacity: int
    smallest: int
    roles: dict  # {person: role}
    status: str = "approved"
    paused_until: datetime | None = None

    @property
    def approved(self):
        return self.status == "approved"


@dataclass
class Share:
    partner: int
    source: str
    shared_at: datetime
    status: str = "reviewing"
    ended: str = ""  # why
    ended_at: datetime | None = None
    waiting_since: datetime | None = None
    revoked: bool = False
    days: int = 0
    until: datetime | None = None
    warned_at: datetime | None = None
    done: int = 0  # steps of its time that were taken
    respond_by: datetime | None = None
    asked_at: datetime | None = None  # the question that waits
    replied_at: datetime | None = None
    extended: bool = False
    messages: list = field(default_factory=list)  # (side, when) of each
    proposal: "Proposal | None" = None

    def __post_init__(self):
        self.respond_by = self.respond_by or self.shared_at + 7 * DAY

    @property
    def is_asked(self):
        return self.status == "reviewing" and self.asked_at is not None

    @property
    def is_live(self):
        return self.status in LIVE

    def move(self, status, at, ended=""):
        self.status, self.done = status, 0
        if not self.is_live:
            self.ended, self.ended_at = ended or status, at

    def steps(self):
        """What falls due when, in its present status."""
        if self.status == "reviewing":
            since, step = self.replied_at or self.shared_at, "remind"
            if self.is_asked:
                since, step = self.asked_at, "remind_question"
            reminders = [(since + days * DAY, step) for days in (1, 3) if since + days * DAY < self.respond_by]
            return [*reminders, (self.respond_by, "lapse")]
        if self.status == "accepted":
            remind = [] if self.revoked else [(self.waiting_since + 14 * DAY, "remind")]
            return remind + growing_stale(self.waiting_since, self.warned_at)
        if self.status == "connected":
            warned = [days for days in (30, 7, 1) if days < self.days]
            return [*((self.until - days * DAY, "remind") for days in warned), (self.until, "expire")]
        return []


@dataclass
class Proposal:
    until: datetime
    months: int
    number: int = 1
    status: str = "sent"
    chosen: int = 0
    done: int = 0

    def holds_at(self, moment):
        return self.status == "sent" and moment < self.until

    def steps(self):
        if self.status != "sent":
            return []
        return [(self.until - 2 * DAY, "proposal_reminded"), (self.until, "proposal_expired")]


@dataclass
class EditTold:
    """That a person was notified of an edit, which further edits may join."""

    place: int  # of the edit in the world's history
    at: datetime  # of the first that it says
    budget: int  # before that


@dataclass
class Request:
    shop: int
    refers: bool
    budget: int
    hides: bool
    at: datetime  # since when tries count
    shares: dict = field(default_factory=dict)  # by partner
    open: bool = True
    version: int = 1
    tries: int = 0
    seeking: bool = False
    unmatched: bool = False
    next_try: datetime | None = None
    idle_since: datetime | None = None
    warned_at: datetime | None = None
    done: int = 0
    erased: bool = False
    foreign: bool = False  # its contact email is nobody's of the shop
    hold: str = ""
    held_since: datetime | None = None
    held_picks: set = field(default_factory=set)
    screened_at: datetime | None = None
    timed: tuple = ()  # what its steps follow from, as of the last act
    opened: dict = field(default_factory=dict)  # {(partner, person): when they last opened its contact details}
    edits_told: dict = field(default_factory=dict)  # {(partner, person): EditTold}, the last of each
    is_new: bool = True  # while it is submitted: the receipt names the first partners

    @property
    def status(self):
        return "open" if self.open else "closed"

    @property
    def any_live(self):
        return any(share.is_live for share in self.shares.values())

    @property
    def places(self):
        """Those kept filled since the tries were counted anew: three, or after a rejection as spam the others' then.

        What is closed without a successor takes its place along.
        """
        referred = [share for share in self.shares.values() if share.source == "referred"]
        ended = [share for share in referred if not share.is_live and share.ended_at >= self.at]
        since, places = self.at, 3
        if spam := [share.ended_at for share in ended if share.ended == "spam"]:
            since = max(spam)
            places = sum(share.shared_at <= since and (share.is_live or share.ended_at > since) for share in referred)
        without = [share for share in ended if share.ended not in (*SUCCEEDED, "spam", "request_closed")]
        return places - sum(share.ended_at >= since for share in without)

    @property
    def wanted(self):
        taken = any(share.status in ("accepted", "connected") for share in self.shares.values())
        if not self.open or self.hold or not self.refers or taken:
            return 0
        live = sum(share.is_live and share.source == "referred" for share in self.shares.values())
        return max(0, min(self.places - live, 5 - self.tries))

    @property
    def refers_now(self):
        return self.open and self.refers and not self.hold

    @property
    def verdicts(self):
        """Rejections as spam since staff released it last."""
        found = [share for share in self.shares.values() if share.ended == "spam"]
        return sum(self.screened_at is None or share.ended_at > self.screened_at for share in found)

    def steps(self):
        """What falls due when, of the whole request."""
        if not self.open or self.hold == "screening":
            return []
        if self.hold == "contact":
            remind = (self.held_since + DAY, "remind_contact")
            if not self.idle_since:
                return [remind]
            ends = [self.held_since + 7 * DAY, self.idle_since + 7 * DAY]
            if self.warned_at:
                ends.append(self.warned_at + 3 * DAY)
            return [remind, (max(ends), "close_unconfirmed")]
        return growing_stale(self.idle_since, self.warned_at) if self.idle_since else []

    @property
    def headline(self):
        return headline(
            {share.status for share in self.shares.values()},
            is_open=self.open,
            seeking=self.seeking,
            on_hold=bool(self.hold),
        )


def headline(held, *, is_open, seeking, on_hold=False):
    """What My Requests shows for a request whose shares have these statuses."""
    for status in ("connected", "accepted", "reviewing"):
        if status in held:
            return status
    if not is_open:
        return "closed"
    if on_hold:
        return "held"
    if seeking:
        return "finding"
    return "rejected" if held == {"rejected"} else "decision"


def growing_stale(since, warned_at):
    end = since + 60 * DAY
    late = max(end, warned_at + 7 * DAY) if warned_at else end
    return [(since + 30 * DAY, "warn"), (since + 50 * DAY, "warn"), (late, "go_stale")]


def due(steps, done, at):
    """The number and name of the step to take: the last that is due, but nothing is closed unwarned."""
    numbers = [number for number, (when, _step) in enumerate(steps) if number >= done and when <= at]
    if not numbers:
        return None
    if [steps[number][1] for number in numbers[-2:]] in (["warn", "go_stale"], ["remind_contact", "close_unconfirmed"]):
        numbers.pop()
    return numbers[-1], steps[numbers[-1]][1]
