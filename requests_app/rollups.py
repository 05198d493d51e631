"""Figures counted ahead, by slots of a quarter of an hour, so that a page adds up a bounded number of rows.

A slot tells of what began in it: of requests by when they were submitted, of shares by when they were shared. What
happens to them later changes the counts of that older slot. No act writes them: each act writes events, and the timers
count anew the slots of all requests and shares that have events since the last time, of kinds that change a count
(docs/design.md, Figures).
"""

from collections import defaultdict
from datetime import UTC, timedelta
from functools import reduce
from itertools import batched
from operator import or_

from django.db import connection, transaction
from django.db.models import Case, Exists, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from accounts import clock, rounds
from requests_app.authorisations import Authorisation
from requests_app.events import EVENTS, Kind
from requests_app.models import Event, PartnerRequest, Share
from requests_app.reasons import ClosedReason, RejectReason
from requests_app.slots import (
    SLOT,
    TIMES,
    WEEKS,
    CountedSlots,
    Counts,
    PartnerSlot,
    RequestSlot,
    ShareCounts,
    ShareSlot,
    slot_of,
)
from requests_app.workflow import RequestStatus, ShareStatus

KEPT = timedelta(weeks=WEEKS + 1)  # longer than the weeks of any reader
CHUNK = 2_000  # requests that are counted in one transaction, with their shares
RANGES = 50  # of slots, in one statement
REMOVED = 100  # slots, in one statement
MOST_EVENTS = 20_000  # beyond that it is less work to count all slots anew
OVERLAP = 1_000  # events before the first count that may be of transactions which had not ended
# The kinds of events that change a count. One that is renewed was connected before.
COUNTED = [Kind.SUBMITTED, Kind.REQUEST_CLOSED, *(kind for kind in EVENTS if EVENTS[kind].moves_share)]
TAKEN_FOR_SPAM = Q(reject_reason=RejectReason.SPAM, accepted_at=None)  # no figure of a partner counts these shares
ANSWERED_AT = Coalesce("accepted_at", Case(When(status=ShareStatus.REJECTED, then="ended_at")))  # the first answer


def count(*, wait=False):
    """Bring the slots up to date; where they never were, count all that figures tell of.

    Each step is a transaction: it may be killed, and run twice. Where somebody else is at it, leave it to them, or
    `wait` for each of their steps.
    """
    while not rounds.is_ending() and _step(wait):
        pass


def count_all_anew():
    """Count every slot anew, whatever it says; meanwhile pages show what stands there."""
    with transaction.atomic():
        state = _locked(wait=True)
        state.to_fill = _kept_since()
        state.save()
    count(wait=True)


def offenders():
    """Yield a line for each slot that differs from its rows, unless the timers are yet to read of a change in it."""
    state = CountedSlots.objects.first()
    if state is None or state.to_fill or not state.counted_at:
        return  # nothing is shown yet, or all is being counted
    begin = max(_kept_since(), slot_of(state.counted_at - KEPT))  # older ones were dropped
    while begin is not None:
        end = _end_of_chunk(begin)
        wrong = [
            (model, key, held.get(key), counted.get(key))
            for model, held, counted in _compared([(begin, end)])
            for key in sorted(held.keys() | counted.keys())
            if held.get(key) != counted.get(key)
        ]
        changing = _slots(_changed_since(state.read_to).iterator()) if wrong else ()
        for model, key, has, should in wrong:
            if key[0] not in changing:
                yield _line(model, *key, has=has, should=should)
        begin = end


def _line(model, at, partner=None, *, has, should):
    what = f"partner {partner}" if partner else model._meta.verbose_name
    return f"{what}: figures of {at:%Y-%m-%d %H:%M} UTC are {has}, should be {should}; refill_lists mends it"


# One step


def _step(wait):
    """Count a chunk for the first time, or what changed since the last time; return whether there is more to do."""
    last = _last_event()  # read before this transaction has its number
    with transaction.atomic():
        state = _locked(wait=wait)
        if state is None:
            return False
        if state.to_fill is not None:
            end = _end_of_chunk(state.to_fill)
            _count_anew([(state.to_fill, end)])
            state.to_fill, more = end, True
        else:
            more = _follow(state, last)
        state.save()
    return more


def _locked(*, wait):
    """Return the row that says how far all is counted, locked; None where somebody else holds it."""
    rows = CountedSlots.objects.select_for_update(no_key=True, skip_locked=not wait)
    state = rows.first()
    if state is None and not CountedSlots.objects.exists():
        first = CountedSlots(pk=CountedSlots.ONLY)
        _begin_anew(first, _last_event())
        CountedSlots.objects.bulk_create([first], ignore_conflicts=True)
        state = rows.first()
    return state


def _last_event():
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _begin_anew(state, last):
    state.to_fill = _kept_since()
    state.read_to = state.seen = max(0, last - OVERLAP)
    state.seen_by = 0


def _follow(state, last):
    """Count anew the slots that events since the last time are of.

    Events get their ids before they are committed. So events are read again from where the last run began, until every
    transaction that ran then has ended: from then on no further event up to the last of that time can appear.
    """
    at, (own, oldest) = clock.now(), _transactions()
    changed = list(_changed_since(state.read_to)[: MOST_EVENTS + 1])
    if len(changed) > MOST_EVENTS:
        _begin_anew(state, last)
        return True
    since = _kept_since()
    _count_anew(_ranges(slot for slot in _slots(changed) if slot >= since))
    if not oldest < state.seen_by <= own:  # a restored database numbers its transactions anew
        state.read_to, state.seen, state.seen_by = state.seen, last, own
    if state.counted_at is None or slot_of(state.counted_at) != slot_of(at):
        for model in (RequestSlot, ShareSlot, PartnerSlot):
            model.objects.filter(at__lt=since).delete()
    state.counted_at = at
    return False


def _transactions():
    """Return the number of this transaction, and that of the oldest that has not ended. SQLite writes one by one."""
    if connection.vendor != "postgresql":
        return 0, 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_current_xact_id()::text::bigint, pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        )
        return cursor.fetchone()


def _changed_since(read_to):
    """Return when the requests and shares of the later events began that change counts, in the order of the events."""
    later = Event.objects.filter(pk__gt=read_to, kind__in=COUNTED).order_by("pk")
    return later.values_list("request__created_at", "share__shared_at")


# Which slots


def _kept_since():
    return slot_of(clock.now().astimezone(UTC) - KEPT)


def _slots(changed):
    return {slot_of(moment) for moments in changed for moment in moments if moment}


def _end_of_chunk(begin):
    """Return where a chunk that begins with this slot ends; None for the last one."""
    later = PartnerRequest.objects.filter(created_at__gte=begin).order_by("created_at")
    beyond = later.values_list("created_at", flat=True)[CHUNK : CHUNK + 1]
    return max([begin + SLOT, *map(slot_of, beyond)]) if beyond else None


def _ranges(slots):
    """Return the slots as [(begin, end)], those that follow each other as one."""
    ranges = []
    for slot in sorted(slots):
        if ranges and ranges[-1][1] == slot:
            ranges[-1] = (ranges[-1][0], slot + SLOT)
        else:
            ranges.append((slot, slot + SLOT))
    return ranges


def _within(ranges, field):
    """Return the condition that the field is in one of the ranges; one without an end goes on for ever."""
    condition = Q()
    for begin, end in ranges:
        condition |= Q(**{f"{field}__gte": begin}) & (Q(**{f"{field}__lt": end}) if end else Q())
    return condition


# Counting


def _count_anew(ranges):
    """Write what the slots of these ranges should say, where they say something else; return how many rows changed."""
    changed = 0
    for some in batched(ranges, RANGES):
        for model, held, counted in _compared(some):
            gone = held.keys() - counted.keys()
            new = [key for key, counts in counted.items() if held.get(key) != counts]
            _remove(model, gone)
            _write(model, new, counted)
            changed += len(gone) + len(new)
    return changed


def _compared(ranges):
    """Yield each kind of slot with what its rows say and what they should, as {key: counts}; a key begins with `at`."""
    yield RequestSlot, _held(RequestSlot, ranges), _counted(_requests(ranges), Counts)
    shares = _counted(_shares(ranges), ShareCounts)
    yield PartnerSlot, _held(PartnerSlot, ranges), shares
    yield ShareSlot, _held(ShareSlot, ranges), _over_all_partners(shares)


def _held(model, ranges):
    rows = model.objects.filter(_within(ranges, "at")).values_list(*model.KEY, *model.NAMES)
    width = len(model.KEY)
    return {row[:width]: row[width:] for row in rows.iterator()}


def _counted(rows, counts):
    """Return {key: counts} of rows of (key, time to the first answer, whether accepted, connected, waiting, lapsed)."""
    place = {name: number for number, name in enumerate(counts.NAMES)}
    found = defaultdict(lambda: [0] * len(place))
    for key, took, accepted, connected, waiting, lapsed in rows:
        numbers = found[key]
        numbers[place["received"]] += 1
        if took is not None:
            numbers[place["answered"]] += 1
            numbers[place[next(name for name, until in TIMES.items() if took < until)]] += 1
        elif waiting:
            numbers[place["waiting"]] += 1
        numbers[place["accepted"]] += bool(accepted)
        numbers[place["connected"]] += bool(connected)
        if lapsed:
            numbers[place["unanswered"]] += 1
    return {key: tuple(numbers) for key, numbers in found.items()}


def _over_all_partners(counted):
    found = defaultdict(list)
    for (at, _partner), counts in counted.items():
        found[at,].append(counts)
    return {key: tuple(map(sum, zip(*counts, strict=True))) for key, counts in found.items()}


def _shares(ranges):
    """Yield the shares of these slots for `_counted`."""
    held = Authorisation.objects.filter(share=OuterRef("pk"))
    rows = (
        Share.objects.filter(_within(ranges, "shared_at"))
        .exclude(TAKEN_FOR_SPAM)
        .annotate(answer=ANSWERED_AT, connected=Exists(held))
    )
    columns = ("shared_at", "partner", "answer", "accepted_at", "connected", "status", "closed_reason")
    for at, partner, answer, accepted_at, connected, status, reason in rows.values_list(*columns).iterator():
        waits, lapsed = status == ShareStatus.REVIEWING, reason == ClosedReason.NO_RESPONSE
        yield (slot_of(at), partner), answer and answer - at, accepted_at, connected, waits, lapsed


def _requests(ranges):
    """Yield the requests of these slots for `_counted`: by the first answer of any partner."""
    shares = Share.objects.filter(request=OuterRef("pk"))
    answers = (
        shares.exclude(TAKEN_FOR_SPAM).annotate(answer=ANSWERED_AT).filter(answer__isnull=False).order_by("answer")
    )
    rows = PartnerRequest.objects.filter(_within(ranges, "created_at")).annotate(
        answer=Subquery(answers.values("answer")[:1]),
        accepted=Exists(shares.filter(accepted_at__isnull=False)),
        connected=Exists(Authorisation.objects.filter(share__request=OuterRef("pk"))),
    )
    columns = ("created_at", "answer", "accepted", "connected", "status")
    for at, answer, accepted, connected, status in rows.values_list(*columns).iterator():
        yield (slot_of(at),), answer and answer - at, accepted, connected, status == RequestStatus.OPEN, False


def _write(model, keys, counted):
    columns = [model._meta.get_field(name).attname for name in (*model.KEY, *model.NAMES)]
    rows = [model(**dict(zip(columns, key + counted[key], strict=True))) for key in keys]
    model.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=model.KEY, update_fields=model.NAMES
    )


def _remove(model, keys):
    for some in batched(keys, REMOVED):
        rows = (Q(**dict(zip(model.KEY, key, strict=True))) for key in some)
        model.objects.filter(reduce(or_, rows)).delete()
