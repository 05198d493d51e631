"""The lives that requests of the benchmark's world lead: a handful of stories, each played once in Python.

A story is played on unsaved rows by the product's own transitions and schedule, so that what stands in its columns is
what the services would have written. `bench.world` then copies each story as often as wanted, in the database.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from requests_app import schedule
from requests_app.conversation.models import Message, Side
from requests_app.events import Actor, Kind
from requests_app.models import PartnerRequest, Share
from requests_app.proposals.models import Price, Proposal, ProposalVersion
from requests_app.reasons import ClosedBy, ClosedReason, RejectReason
from requests_app.workflow import LIVE, TIME_FOR_A_REPLY, RequestStatus, ShareStatus, headline

BEGIN = datetime(2000, 1, 1, tzinfo=UTC)  # of every story; the world's rows begin at a time of their own
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AREAS = {"orders": "view", "products": "manage"}
DAYS = 90
VALID = 20 * DAY  # of a proposal
WORDS = {Side.SELLER: "We ship from two places.", Side.PARTNER: "Where do you ship from?"}
REFER, CHOOSE = PartnerRequest.Type.REFER, PartnerRequest.Type.CHOOSE
MOST_SHARES, MOST_EVENTS, MOST_MESSAGES = 4, 32, 8  # of a story, the last of a share; keys of the rows count with them


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
    # Of authorisations: (slot, granted, ended or None, reason, version of the proposal chosen or None).
    grants: list[tuple] = field(default_factory=list)
    messages: list[tuple] = field(default_factory=list)  # (slot, place in its conversation, row)
    proposals: dict[int, Proposal] = field(default_factory=dict)  # by the share's slot
    offers: list[tuple] = field(default_factory=list)  # (slot, version of its proposal)
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

    def write(self, slot, side, after):
        """Have one side send a message: of a partner that reviews it is a question, and the seller's next a reply."""
        share, before = self.shares[slot], [place for of, place, _row in self.messages if of == slot]
        is_question = side == Side.PARTNER and share.status == ShareStatus.REVIEWING
        is_reply = side == Side.SELLER and share.is_asked
        kind = Kind.ASKED if is_question else Kind.REPLIED if is_reply else Kind.MESSAGE
        at = self.note(kind, slot, actor=side, after=after, **{"hours": TIME_FOR_A_REPLY // HOUR} if is_reply else {})
        if is_question:
            share.ask(at=at)
        elif is_reply:
            share.reply(at=at)
            self.note(Kind.EXTENDED, slot, after=after)
        elif side == Side.SELLER and share.status == ShareStatus.ACCEPTED:
            share.waiting_since = at
        text = f"{WORDS[side]} This is what we have to say of it."
        self.messages.append((slot, len(before) + 1, Message(side=side, at=at, text=text, is_question=is_question)))
        setattr(share, f"{side}_message", len(before) + 1)
        self.restart(share)

    def propose(self, slot, after, *, amount):
        """Have the partner send its proposal, or the next version of it."""
        proposal, until = self.proposals.setdefault(slot, Proposal()), BEGIN + after + VALID
        number = proposal.number + 1
        changed = ["amount", "valid_until"] if proposal.number else []
        at = self.note(Kind.PROPOSED, slot, actor=Actor.PARTNER, after=after, number=number, changed=changed)
        proposal.offer(number=number, until=until, at=at)
        schedule.start(proposal, schedule.of_proposal(proposal))
        version = ProposalVersion(
            number=number, created_at=at, services=["livestream"], price=Price.MONTHLY, amount=amount,
            included="Two streams a week, with a host and samples.", months=3, valid_until=until,
        )  # fmt: skip
        self.offers.append((slot, version))

    def authorise(self, slot, after):
        """Have the seller connect with the partner, by its proposal if there is one."""
        chosen = {"proposal": self.proposals[slot].number} if slot in self.proposals else {}
        if chosen:
            self.proposals[slot].be_chosen()
            schedule.start(self.proposals[slot], [])
        at = self.note(Kind.AUTHORISED, slot, actor=Actor.SELLER, after=after, areas=AREAS, days=DAYS, **chosen)
        self.shares[slot].authorise(at=at, days=DAYS)
        self.grants.append((slot, at, None, "", chosen.get("proposal")))
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
        self.grants = [(slot, granted, at, "closed", chosen) for slot, granted, _ended, _reason, chosen in self.grants]
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
        asked = [share.asked_at for share in self.shares if share.asked_at and share.is_asked]
        request.asked_since = min(asked, default=None)
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
    fresh = begin(1, HOUR, 20 * HOUR, type=REFER)
    asked = begin(1, HOUR, 20 * HOUR, type=REFER)
    asked.write(0, Side.PARTNER, HOUR / 2)
    waiting = begin(2, 77 * HOUR, 160 * HOUR)
    for slot in range(3):
        waiting.remind(slot, 25 * HOUR + slot * HOUR / 60)
        waiting.remind(slot, 73 * HOUR + slot * HOUR / 60)
    accepted = begin(2, 7 * DAY + HOUR, 13 * DAY, type=REFER)
    accepted.write(0, Side.PARTNER, 2 * HOUR)
    accepted.write(0, Side.SELLER, 5 * HOUR)
    accepted.answer(0, 20 * HOUR)
    accepted.write(0, Side.PARTNER, 20 * HOUR)
    accepted.propose(0, 24 * HOUR, amount=1500)
    accepted.answer(1, 22 * HOUR, reason=RejectReason.BUDGET)
    accepted.lapse(2)
    connected = begin(3, 8 * DAY, 55 * DAY)
    connected.answer(0, 5 * HOUR)
    connected.open_contact(0, 6 * HOUR)
    connected.propose(0, 7 * HOUR, amount=1500)
    connected.propose(0, 9 * HOUR, amount=1400)
    connected.write(0, Side.SELLER, 10 * HOUR)
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
    return [story.finish() for story in (asked, fresh, waiting, accepted, connected, decision, finding, *_finished())]


def _finished():
    """Return what most requests of a grown site are: closed, long ago."""
    served = begin(35, 100 * DAY, 600 * DAY, shares=3)
    served.write(0, Side.PARTNER, 2 * HOUR)
    served.write(0, Side.SELLER, 4 * HOUR)
    served.answer(0, 7 * HOUR)
    served.open_contact(0, 8 * HOUR)
    served.answer(1, 26 * HOUR, reason=RejectReason.BUDGET)
    served.edit(27 * HOUR)
    served.propose(0, 30 * HOUR, amount=1500)
    served.write(0, Side.SELLER, 40 * HOUR)
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
