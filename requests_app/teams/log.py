"""The log of a shop or partner: who joined, changed and left, and its settings; append-only and chained.

Each event is signed together with the signature before it, as a request's are (requests_app.event_chain).
"""

import json
from dataclasses import dataclass, field
from datetime import UTC
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, TextField
from django.db.models.functions import Cast

from accounts import clock
from accounts.models import User
from requests_app import event_chain
from requests_app.teams.kinds import KINDS, Actor, Kind
from requests_app.teams.models import TeamEvent, TeamLog
from requests_app.teams.sides import SIDES, side_of

BATCH = 500  # keys read at once
END = ("count", "mac", "end")  # what the log keeps of its chain
SIGNED = ("log_id", "number", "kind", "actor", "by_id", "person_id", "data", "at")


@dataclass(frozen=True)
class Entry:
    """What is recorded as one event: its Kind, whom it is about, and its data."""

    kind: Kind
    person: User | None = None
    data: dict = field(default_factory=dict)


def record(of, kind, *, by, person=None, actor=Actor.MEMBER, **data):
    """Append one event to the log of a shop or partner, in the caller's transaction, and return it.

    The caller has locked the shop or partner (`Side.lock`), and the people before it, and has written what the event
    says. `by` is who acts (None: the platform), `person` whom it is about; `data` holds codes, numbers and keys, never
    names or addresses. Raise ValueError for data that requests_app.teams.kinds does not name.
    """
    return record_all(of, [Entry(kind, person, data)], by=by, actor=actor)[0]


def record_all(of, entries, *, by, actor=Actor.MEMBER):
    """Append an event for each Entry, as `record` does, and return them.

    The log of one that stood before there were logs begins with the members that it had until now.
    """
    for entry in entries:
        if unnamed := entry.data.keys() - set(KINDS[entry.kind].data):
            raise ValueError(f"{entry.kind} is not written with {sorted(unnamed)}: name it in requests_app.teams.kinds")
    log, before = _locked(of), []
    if not log.count and (members := _members_before(of, entries)):
        before = [_began(members)]
    events = [
        TeamEvent(
            kind=entry.kind,
            by=by,
            person=entry.person,
            actor=actor if by else Actor.PLATFORM,
            data=entry.data,
            at=clock.now(),
        )
        for entry in entries
    ]
    _append(log, [*before, *events])
    return events


def begin(of):
    """Begin the log of a locked shop or partner that has members and none yet. Return whether it was to be begun."""
    log, members = _locked(of), _members_before(of, [])
    if log.count or not members:
        return False
    _append(log, [_began(members)])
    return True


def begin_missing():
    """Begin the logs of shops and partners that stood before there were logs: what comes round each night.

    A transaction each, so that nobody waits for long; each is looked at again under its lock.
    """
    for side in SIDES.values():
        while keys := list(without_log(side).order_by("pk").values_list("pk", flat=True)[:BATCH]):
            for pk in keys:
                with transaction.atomic():
                    begin(side.lock(pk))


def without_log(side):
    """Return the shops or partners that have members and no log."""
    begun = TeamLog.objects.filter(**{side.kind: OuterRef("pk")}, count__gt=0)
    return side.model.objects.filter(~Exists(begun), Exists(side.member.objects.filter(**{side.kind: OuterRef("pk")})))


def _locked(of):
    """Return the log of a locked shop or partner; a new one where it has none."""
    of_it = {side_of(of).kind: of}
    return TeamLog.objects.select_for_update(no_key=True).filter(**of_it).first() or TeamLog.objects.create(**of_it)


def _members_before(of, entries):
    """Return [[user's id, role]] as it was before the entries, which are written already."""
    members = dict(side_of(of).members(of.pk).values_list("user", "role"))
    for entry in reversed(entries):
        if KINDS[entry.kind].sets_role:
            members[entry.person.pk] = entry.data["was"]
    return [[pk, role] for pk, role in sorted(members.items()) if role]


def _began(members):
    return TeamEvent(kind=Kind.BEGAN, actor=Actor.PLATFORM, data={"members": members}, at=clock.now())


def _append(log, events):
    """Number and sign these as the next events of the locked log, and save them and its end."""
    for number, event in enumerate(events, start=log.count + 1):
        event.log, event.number = log, number
        signed = {name: getattr(event, name) for name in SIGNED} | {"data": json.dumps(event.data)}
        event.mac = log.mac = event_chain.sign(_content(log.shop_id, log.partner_id, log.mac, *signed.values()))
    log.count += len(events)
    log.end = event_chain.sign(_end(log.pk, log.count, log.mac))
    log.save(update_fields=END)
    TeamEvent.objects.bulk_create(events)


def rows(events):
    """Return what `breaks` reads of these events, as tuples in the order of their chains."""
    columns = [Cast("data", TextField()) if name == "data" else name for name in SIGNED]
    return events.order_by("log_id", "number").values_list(*columns, "mac")


def breaks(log, rows):
    """Return, as plain lines, where the chain of a log is broken. `rows` are the `rows` of all its events."""
    content = partial(_content, log.shop_id, log.partner_id)
    end = _end(log.pk, log.count, log.mac)
    return event_chain.breaks_of(f"log {log.pk}", rows, content, (log.count, log.mac), end, log.end)


def _content(shop, partner, before, log_id, number, kind, actor, by_id, person_id, data, at):
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    line = [before, shop, partner, log_id, number, kind, actor, by_id, person_id, json.loads(data), moment]
    return json.dumps(line, sort_keys=True, separators=(",", ":"))


def _end(log_id, count, mac):
    return json.dumps(["end of team log", log_id, count, mac], separators=(",", ":"))
