"""Figures by slots are what the history says, whatever happened, when, and however often they were counted."""

import random
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Event as Signal
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts import clock
from accounts.exceptions import ActionRefused
from requests_app import automatic, erasure, rollups, services
from requests_app.integrity import invariants
from requests_app.models import Event, PartnerRequest, Share
from requests_app.pages import figures
from requests_app.slots import TIMES, WEEKS, CountedSlots, PartnerSlot, RequestSlot, ShareSlot
from tests.at_once import at_once
from tests.factories import PartnerFactory, make_request, owner_of
from tests.queries import counted

NOW = datetime(2026, 12, 2, 12, 7, tzinfo=UTC)  # a Wednesday; clocks changed on 4 October, 25 October and 1 November
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Kiritimati",
)  # fmt: skip
MODELS = (RequestSlot, ShareSlot, PartnerSlot)


# What the history says


def things_of(began, events):
    """The names that one request or share counts for, from its events in their order."""
    kinds = {event.kind for event in events}
    answers = [event.at for event in events if event.kind in ("accepted", "rejected")]
    yield "received"
    if answers:
        yield "answered"
        yield next(name for name, until in TIMES.items() if min(answers) - began < until)
    yield from (name for name, kind in (("accepted", "accepted"), ("connected", "authorised")) if kind in kinds)
    if not answers and not kinds & {"share_closed", "request_closed"}:
        yield "waiting"
    if any(event.kind == "share_closed" and event.data["reason"] == "no_response" for event in events):
        yield "unanswered"


def by_hand(rows, began, zone, names):
    """The counts of each week of the zone, from [(row, its events)]; `began` names the row's moment."""
    today = clock.now().astimezone(zone).date()
    this_week = today - timedelta(days=today.weekday())
    weeks = {this_week - timedelta(weeks=number): Counter() for number in range(WEEKS)}
    for row, events in rows:
        moment = getattr(row, began)
        day = moment.astimezone(zone).date()
        week = weeks.get(day - timedelta(days=day.weekday()))
        if week is not None:
            week.update(things_of(moment, events))
    return [{name: weeks[monday][name] for name in names} for monday in sorted(weeks)]


def without_labels(slots):
    return [{name: week[name] for name in slots.model.NAMES} for week in figures.weeks_of(slots)]


def assert_right():
    """What pages add up in every zone is what the history says, and check_invariants agrees."""
    events = list(Event.objects.order_by("pk"))
    shares = [(row, [event for event in events if event.share_id == row.pk]) for row in Share.objects.all()]
    requests = []
    for row in PartnerRequest.objects.all():
        of_request = [event for event in events if event.request_id == row.pk]
        ends_of_shares = [event for event in of_request if event.kind == "share_closed"]
        requests.append((row, [event for event in of_request if event not in ends_of_shares]))
    for name in ZONES:
        zone = ZoneInfo(name)
        with timezone.override(zone):
            assert without_labels(RequestSlot.objects) == by_hand(requests, "created_at", zone, RequestSlot.NAMES)
            assert without_labels(ShareSlot.objects) == by_hand(shares, "shared_at", zone, ShareSlot.NAMES)
            for partner in {share.partner_id for share, _events in shares}:
                own = [(share, of_share) for share, of_share in shares if share.partner_id == partner]
                slots = PartnerSlot.objects.filter(partner=partner)
                assert without_labels(slots) == by_hand(own, "shared_at", zone, PartnerSlot.NAMES)
    assert list(invariants.figures_are_right()) == []


def everything():
    return [sorted(model.objects.values_list(*model.KEY, *model.NAMES)) for model in MODELS]


# A random world


def moments(dice, count):
    """Random moments of fourteen weeks, most of them close to where a week of some zone begins, or a clock changes."""
    for _number in range(count):
        zone = ZoneInfo(dice.choice(ZONES))
        midnight = datetime(2026, 11, 30, tzinfo=zone) - timedelta(weeks=dice.randrange(14))
        yield midnight.astimezone(UTC) + dice.choice(
            [timedelta(), timedelta(microseconds=-1), timedelta(minutes=dice.randrange(-40, 40)),
             timedelta(minutes=dice.randrange(-9000, 2000))]
        )  # fmt: skip


def answers_of(dice, share, shop):
    """Random acts on a share as [(when, act)], some of which will be refused."""
    by, owner = owner_of(share.partner), owner_of(shop)
    hours = [dice.choice([1, 3.99, 4, 23, 24, 71.9, 72, 160]), dice.randrange(161, 400), dice.randrange(401, 1500)]
    first = dice.choice([
        lambda: services.accept_share(share_id=share.pk, by=by, version=1),
        lambda: services.reject_share(share_id=share.pk, by=by, reason="budget"),
        lambda: automatic.advance_share(share_id=share.pk),
    ])  # fmt: skip
    second = dice.choice([
        lambda: services.withdraw_share(share_id=share.pk, by=by, reason="budget"),
        lambda: services.authorise_share(share_id=share.pk, by=owner, areas={"ads": "view"}, days=30),
        lambda: services.close_share(share_id=share.pk, by=owner),
        lambda: automatic.advance_share(share_id=share.pk),
    ])  # fmt: skip
    third = dice.choice([
        lambda: services.revoke_share(share_id=share.pk, by=owner),
        lambda: services.close_request(request_id=share.request_id, by=owner),
    ])  # fmt: skip
    return [
        (share.shared_at + timedelta(hours=after), act)
        for after, act in zip(hours, (first, second, third), strict=True)
    ]


@pytest.mark.usefixtures("many_with_one_partner")
def test_figures_of_a_random_world_are_what_its_history_says(shop, monkeypatch):
    dice = random.Random(2)
    for name, value in (("CHUNK", 3), ("RANGES", 2), ("MOST_EVENTS", 12), ("OVERLAP", 5)):
        monkeypatch.setattr(rollups, name, value)  # so that each way is gone
    with clock.at(NOW - timedelta(weeks=15)):
        agencies = [PartnerFactory(capacity=500) for _number in range(5)]
    steps = [(moment, "submit", None) for moment in moments(dice, 10)]
    while steps:
        steps.sort(key=lambda step: step[:2])
        moment, _name, act = steps.pop(0)
        if moment > NOW:
            break
        with clock.at(moment):
            if act is None:
                # without picks the platform refers three, and others later in the place of these
                request = make_request(shop, picks=dice.sample(agencies, dice.randrange(4)))
                steps += [
                    (at, "act", later)
                    for share in request.shares.select_related("partner")
                    for at, later in answers_of(dice, share, shop)
                ]
            else:
                with suppress(ActionRefused):
                    act()
            if dice.random() < 0.2:
                rollups.count()
                assert list(invariants.figures_are_right()) == []

    with clock.at(NOW):
        rollups.count()
        assert_right()
        once = everything()
        rollups.count()
        for model in MODELS:
            model.objects.all().delete()
        rollups.count_all_anew()
        assert everything() == once
        later = Share.objects.filter(shared_at__gt=F("request__created_at") + rollups.SLOT)
        assert later.filter(shared_at__gt=NOW - timedelta(weeks=WEEKS - 1)).exists()


# Late, killed, twice, at once


@pytest.fixture
def world(shop, time_machine):
    """Two requests of half an hour and ten weeks ago with two partners; counted."""
    time_machine.move_to(NOW, tick=False)
    ash, birch = (PartnerFactory(name=name, capacity=50) for name in ("Ash", "Birch"))
    for ago in (timedelta(weeks=10), timedelta(minutes=30)):
        with clock.at(NOW - ago):
            make_request(shop, picks=[ash, birch])
    rollups.count()
    return Share.objects.order_by("pk")


def accept(share):
    services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)


def accepted_in_slots():
    return sum(RequestSlot.objects.values_list("accepted", flat=True)), sum(
        ShareSlot.objects.values_list("accepted", flat=True)
    )


def test_late_change_alters_its_old_slot_alone(world):
    before = {slot.pk: slot for slot in ShareSlot.objects.all()}
    accept(world[0])

    with counted() as statements:
        rollups.count()
    with counted() as nothing_new:
        rollups.count()
    with counted() as still_nothing:
        rollups.count()

    after = {slot.pk: slot.accepted for slot in ShareSlot.objects.all()}
    assert {pk for pk, accepted in after.items() if accepted != before[pk].accepted} == {min(after)}
    assert_right()
    numbered = connection.vendor == "postgresql"  # which asks for the number of the transaction
    assert len(statements) == 12 + numbered
    assert len(nothing_new) <= len(statements)
    assert len(still_nothing) == 4 + numbered


def test_what_changes_no_count_has_no_slot_counted_anew(world):
    with clock.at(NOW + timedelta(days=1)):
        for _round in range(3):  # until no event of before is read again
            rollups.count()
        assert automatic.advance_share(share_id=world[2].pk)
        assert Event.objects.order_by("pk").last().kind == "partner_reminded"

        with counted() as statements:
            rollups.count()

        assert_right()
    assert not [statement for statement in statements if "slot" in statement and "countedslots" not in statement]


def test_close_of_a_request_that_nobody_has_any_more_is_counted(shop):
    with clock.at(NOW - timedelta(hours=3)):
        request = make_request(shop, picks=[partner := PartnerFactory()])
        services.reject_share(share_id=request.shares.get().pk, by=owner_of(partner), reason="budget")
    with clock.at(NOW):
        for _round in range(3):
            rollups.count()
        services.close_request(request_id=request.pk, by=owner_of(shop))
        assert list(request.events.order_by("-pk").values_list("kind", flat=True)[:1]) == ["request_closed"]
        rollups.count()

        assert_right()


def test_kinds_that_change_a_count_are_these():
    """A new kind that begins or ends a request has to be named; those of shares follow from the table of events."""
    assert set(rollups.COUNTED) == {
        "submitted", "request_closed", "shared", "accepted", "rejected", "withdrawn", "authorised", "revoked",
        "expired", "share_closed",
    }  # fmt: skip


def test_count_that_is_killed_leaves_all_as_it_was_and_is_made_up_for(world, monkeypatch):
    before = everything()
    accept(world[0])
    write = rollups._write

    def killed(model, keys, found):
        if model is ShareSlot:
            raise KeyboardInterrupt
        write(model, keys, found)

    monkeypatch.setattr(rollups, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        rollups.count()
    monkeypatch.setattr(rollups, "_write", write)

    assert everything() == before
    assert list(invariants.figures_are_right()) == []  # it is yet to be counted
    rollups.count()
    assert_right()
    assert accepted_in_slots() == (1, 1)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_change_that_is_committed_late_is_counted_and_two_counts_do_not_wait(shop):
    partners = [PartnerFactory(capacity=50) for _number in range(2)]
    late, other = (make_request(shop, picks=[partner]).shares.get() for partner in partners)
    rollups.count()
    written, go = Signal(), Signal()

    def slowly():
        with transaction.atomic():
            accept(late)
            written.set()
            go.wait(20)
        connection.close()

    thread = Thread(target=slowly)
    thread.start()
    assert written.wait(20)
    try:
        accept(other)  # whose events have later ids
        for _number in range(3):
            at_once(rollups.count, rollups.count)
        assert accepted_in_slots() == (1, 1)
    finally:
        go.set()
        thread.join(20)

    rollups.count()

    assert accepted_in_slots() == (2, 2)
    assert_right()
    with transaction.atomic():
        rollups._locked(wait=False)
        assert at_once(rollups.count) == [None]  # somebody else is at it: it leaves that to them
    rollups.count()
    state = CountedSlots.objects.get()
    assert state.read_to == Event.objects.latest("pk").pk  # nothing is read again


def test_slots_that_no_page_shows_any_more_are_forgotten(world, time_machine):
    time_machine.shift(timedelta(weeks=4))
    rollups.count()

    assert [model.objects.count() for model in MODELS] == [1, 1, 2]
    assert_right()


def test_erasing_people_leaves_figures_true(world, shop):
    accept(world[0])
    rollups.count()
    before = without_labels(ShareSlot.objects)
    for person in (owner_of(world[0].partner), owner_of(shop)):
        erasure.erase_person(user_id=person.pk)
    rollups.count()

    assert_right()
    assert [week["accepted"] for week in before] == [week["accepted"] for week in without_labels(ShareSlot.objects)]


def test_wrong_slots_are_found_and_mended(world):
    rollups.count()
    rollups.count()  # no event is to be read again
    RequestSlot.objects.update(answered=5)
    ShareSlot.objects.order_by("at")[0].delete()
    PartnerSlot.objects.create(at=rollups.slot_of(NOW), partner=world[0].partner, received=1)
    found = list(invariants.figures_are_right())

    call_command("refill_lists", stdout=StringIO())

    assert len(found) == 4
    assert all("refill_lists" in line for line in found)
    assert_right()


def test_slots_without_rows_are_removed_in_one_statement(world):
    rollups.count()
    of_nobody = PartnerFactory.create_batch(3)
    at = rollups.slot_of(world[2].shared_at)
    PartnerSlot.objects.bulk_create([PartnerSlot(at=at, partner=partner, received=1) for partner in of_nobody])
    accept(world[2])

    with counted() as statements:
        rollups.count()

    assert_right()
    deletions = [
        statement for statement in statements if statement.startswith('DELETE FROM "requests_app_partnerslot"')
    ]
    assert len(deletions) == 1
