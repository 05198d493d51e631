"""The lives that requests of the benchmark's world lead: a handful of stories, each played once in Python.

A story is played on unsaved rows by the product's own transitions and schedule, so that what stands in its columns is
what the services would have written. `bench.world` then copies each story as often as wanted, in the database.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from requests_app import schedule
from requests_app.events import Actor, Kind
from requests_app.models import PartnerRequest, Share
from requests_app.reasons import ClosedBy, ClosedReason, RejectReason
from requests_app.workflow import LIVE, RequestStatus, headline

BEGIN = datetime(2000, 1, 1, tzinfo=UTC)  # of every story; the world's rows begin at a time of their own
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AREAS = {"orders": "view", "products": "manage"}
DAYS = 90
REFER, CHOOSE = PartnerRequest.Type.REFER, PartnerRequest.Type.CHOOSE
MOST_SHARES, MOST_EVENTS = 4, 32  # of one story; keys of the world's rows count with them


@dataclass
class Line:
    """An event of a story: `slot` is the share's place, None for one of the request."""

    slot: int | None
    kind: str
    actor: str
    data: dict
    at: datetime

    @property
    def text(self):
        """Its data as the chain of events signs it."""
        return json.dumps(self.data, sort_keys=True, separators=(",", ":"))


@dataclass
class Story:
    """`weight` of a hundred requests live it; `age` is from when to when it began, as (youngest, oldest)."""

    weight: int
    age: tuple[timedelta, timedelta]
    request: PartnerRequest
    shares: list[Share] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    grants: list[tuple] = field(default_factory=list)  # of authorisations: (slot, granted, ended or None, reason)
    version_at: datetime | None = None  # of a second version

    def note(self, kind, slot=None, *, actor=Actor.PLATFORM, after=timedelta(), **data):
        at = BEGIN + after
        self.lines.append(Line(slot, kind, actor, data, at))
        return at

    def answer(self, slot, after, *, reason=None):
        """Have the partner accept, or reject for a reason."""
        share, kind = self.shares[slot], Kind.REJECTED if reason else Kind.ACCEPTED
        said = {"reason": reason} if reason else {"version": 1}
        at = self.note(kind, slot, actor=Actor.PARTNER, after=after, **said)
        if reason:
            share.reject(reason=reason, at=at)
        else:
            share.accept(at=at)
            share.accepted_version = 1
        self.restart(share)

    def open_contact(self, slot, after):
        self.note(Kind.CONTACT_OPENED, slot, actor=Actor.PARTNER, after=after)

    def authorise(self, slot, after):
        at = self.note(Kind.AUTHORISED, slot, actor=Actor.SELLER, after=after, areas=AREAS, days=DAYS)
        self.shares[slot].authorise(at=at, days=DAYS)
        self.grants.append((slot, at, None, ""))
        self.restart(self.shares[slot])

    def remind(self, slot, after):
        share = self.shares[slot]
        self.note(Kind.PARTNER_REMINDED, slot, after=after, days=(7 * DAY - after).days)
        share.steps_done += 1
        share.next_step_at = schedule.next_at(schedule.of_share(share), share.steps_done)

    def lapse(self, slot):
        at = self.note(Kind.SHARE_CLOSED, slot, after=7 * DAY, reason=ClosedReason.NO_RESPONSE)
        self.shares[slot].lapse(at=at)
        self.restart(self.shares[slot])

    def edit(self, after):
        self.version_at = self.note(Kind.EDITED, actor=Actor.SELLER, after=after, version=2, changed=["budget"])
        self.request.version = 2

    def close(self, after, by=ClosedBy.SELLER):
        """Close the request, and with it every share that lives."""
        actor = Actor.SELLER if by == ClosedBy.SELLER else Actor.PLATFORM
        at = BEGIN + after
        for slot, share in enumerate(self.shares):
            if share.is_live:
                self.note(Kind.SHARE_CLOSED, slot, actor=actor, after=after, reason=ClosedReason.REQUEST_CLOSED)
                share.close(reason=ClosedReason.REQUEST_CLOSED, at=at)
                self.restart(share)
        self.grants = [(slot, granted, at, "closed") for slot, granted, _ended, _reason in self.grants]
        self.request.close(closed_by=by, at=at)
        self.note(Kind.REQUEST_CLOSED, actor=actor, after=after, closed_by=by)

    def restart(self, share):
        schedule.start(share, schedule.of_share(share))
        if not share.is_live:
            share.last_version = self.request.version

    def finish(self):
        """Bring the request's own columns in line, as `Change.finish` does."""
        self.lines.sort(key=lambda line: line.at)
        request, live = self.request, any(share.status in LIVE for share in self.shares)
        if request.status == RequestStatus.OPEN and not live:
            request.idle_since = self.lines[-1].at
            schedule.start(request, schedule.of_request(request))
            if request.request_type == REFER:
                request.seeking, request.unmatched_since = True, request.idle_since
                request.next_try_at = request.idle_since + DAY
                self.lines.append(
                    Line(None, Kind.UNMATCHED, Actor.PLATFORM, {"tries": len(self.shares)}, request.idle_since)
                )
        if request.request_type == REFER:
            request.automatic_referrals = len(self.shares)
        request.seller_acted_at = max(line.at for line in self.lines if line.actor == Actor.SELLER)
        statuses = [share.status for share in self.shares]
        request.headline = headline(request.status, statuses, seeking=request.seeking)
        return self


def begin(weight, youngest, oldest, *, shares=3, type=CHOOSE):
    """Return a story whose request was just submitted and shared."""
    request = PartnerRequest(request_type=type, created_at=BEGIN, tries_since=BEGIN)
    story = Story(weight, (youngest, oldest), request)
    story.note(Kind.SUBMITTED, actor=Actor.SELLER, version=1, type=type)
    referred = type == REFER
    for slot in range(shares):
        share = Share(
            source=Share.Source.REFERRED if referred else Share.Source.PICKED,
            score=71 if referred else None,
            reasons=[{"code": "budget_ample"}] if referred else [],
            first_version=1,
            shared_at=BEGIN,
            respond_by=BEGIN + schedule.RESPONSE_TIME,
        )
        story.shares.append(share)
        story.restart(share)
        actor, said = (Actor.PLATFORM, {"score": 71}) if referred else (Actor.SELLER, {})
        story.note(Kind.SHARED, slot, actor=actor, **said)
    return story


def every_story():
    """Return the stories; their weights add up to a hundred."""
    fresh = begin(2, HOUR, 20 * HOUR, type=REFER)
    waiting = begin(2, 77 * HOUR, 160 * HOUR)
    for slot in range(3):
        waiting.remind(slot, 25 * HOUR + slot * HOUR / 60)
        waiting.remind(slot, 73 * HOUR + slot * HOUR / 60)
    accepted = begin(2, 7 * DAY + HOUR, 13 * DAY, type=REFER)
    accepted.answer(0, 20 * HOUR)
    accepted.answer(1, 22 * HOUR, reason=RejectReason.BUDGET)
    accepted.lapse(2)
    connected = begin(3, 8 * DAY, 55 * DAY)
    connected.answer(0, 5 * HOUR)
    connected.open_contact(0, 6 * HOUR)
    connected.answer(1, 22 * HOUR, reason=RejectReason.NO_CAPACITY)
    connected.authorise(0, 30 * HOUR)
    connected.lapse(2)
    decision = begin(1, 8 * DAY, 30 * DAY, shares=2)
    decision.answer(0, 9 * HOUR, reason=RejectReason.SPAM)
    decision.lapse(1)
    finding = begin(1, 7 * DAY + HOUR, 7 * DAY + 20 * HOUR, type=REFER)
    finding.answer(0, 9 * HOUR, reason=RejectReason.CATEGORY)
    finding.answer(1, 11 * HOUR, reason=RejectReason.OTHER)
    finding.lapse(2)
    return [story.finish() for story in (fresh, waiting, accepted, connected, decision, finding, *_finished())]


def _finished():
    """Return what most requests of a grown site are: closed, long ago."""
    served = begin(35, 100 * DAY, 600 * DAY, shares=3)
    served.answer(0, 7 * HOUR)
    served.open_contact(0, 8 * HOUR)
    served.answer(1, 26 * HOUR, reason=RejectReason.BUDGET)
    served.edit(27 * HOUR)
    served.authorise(0, 50 * HOUR)
    served.remind(2, 24 * HOUR)
    served.lapse(2)
    served.close(80 * DAY)
    referred = begin(30, 40 * DAY, 600 * DAY, shares=3, type=REFER)
    referred.answer(0, 30 * HOUR)
    referred.open_contact(0, 31 * HOUR)
    referred.answer(1, 32 * HOUR, reason=RejectReason.NO_CAPACITY)
    referred.close(36 * HOUR)
    refused = begin(16, 40 * DAY, 600 * DAY, shares=4)
    for slot in range(4):
        refused.answer(slot, (3 + slot) * HOUR, reason=[*RejectReason][slot])
    refused.close(4 * DAY)
    silent = begin(8, 70 * DAY, 600 * DAY, shares=2)
    for slot in range(2):
        silent.lapse(slot)
    silent.close(67 * DAY, by=ClosedBy.STALE)
    return served, referred, refused, silent
