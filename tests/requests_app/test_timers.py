"""What falls due by the clock (docs/design.md, Time), with the clock moved and the timers run as in production."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts import failed_tasks
from accounts.models import FailedTask, Notification
from partners import services as partner_services
from partners.models import Partner
from requests_app import automatic, services
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from requests_app.timers import run_timers
from tests.factories import PartnerFactory, ShopFactory, make_request, owner_of

pytestmark = pytest.mark.once_on_postgresql

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday; summer time begins on the 29th
DAY = timedelta(days=1)


@pytest.fixture
def travel():
    """A clock that stands at START and moves when told: `travel.shift(8 * DAY)`."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def kinds(request, *, since=0):
    return list(request.events.filter(pk__gt=since).order_by("pk").values_list("kind", flat=True))


def told(template):
    return Notification.objects.filter(template=template).count()


def live_request(travel, **kwargs):
    return make_request(ShopFactory(), **kwargs)


def test_partner_is_reminded_after_one_day_and_after_three(travel, db):
    partner = PartnerFactory()
    request = make_request(ShopFactory(), [partner])

    reminders = []
    for hours in (23, 25, 71, 73, 100):
        travel.move_to(START + timedelta(hours=hours))
        run_timers()
        reminders.append(told("partner_reminded_for_partner"))

    assert reminders == [0, 1, 1, 2, 2]
    assert kinds(request) == ["submitted", "shared", "partner_reminded", "partner_reminded"]


def test_share_without_answer_closes_after_seven_days(travel, db):
    request = make_request(ShopFactory(), [PartnerFactory()])

    travel.move_to(START + 7 * DAY - timedelta(seconds=1))
    run_timers()
    before = request.shares.get().status
    travel.move_to(START + 7 * DAY)
    run_timers()

    share = request.shares.get()
    assert (before, share.status, share.closed_reason) == ("reviewing", "closed", "no_response")
    assert PartnerRequest.objects.get(pk=request.pk).headline == "decision"
    assert told("no_response_for_seller") == told("share_closed_for_partner") == 1
    assert share.partner.shares_unanswered == 1
    assert list(offenders()) == []


def test_timers_run_twice_do_nothing_twice(travel, db):
    request = make_request(ShopFactory(), [PartnerFactory()])
    travel.shift(8 * DAY)
    run_timers()
    before = (Event.objects.count(), Notification.objects.count())

    done = run_timers()

    assert set(done.values()) == {0}
    assert (Event.objects.count(), Notification.objects.count()) == before
    assert request.shares.get().status == "closed"


def test_reminders_that_are_pointless_by_now_are_not_sent(travel, db):
    """A worker that was down for three days sends one reminder, one down for eight sends none."""
    request = make_request(ShopFactory(), [PartnerFactory()])
    other = make_request(ShopFactory(), [PartnerFactory()])
    services.accept_share(share_id=other.shares.get().pk, by=owner_of(other.shares.get().partner), version=1)

    travel.shift(3 * DAY)
    run_timers()

    assert told("partner_reminded_for_partner") == 1
    travel.shift(30 * DAY)
    run_timers()
    assert told("partner_reminded_for_partner") == 1
    assert kinds(request)[-1] == "share_closed"
    assert kinds(other)[-1] == "stale_warned"  # at 30 days; the reminder of day 14 is outdated beside it
    assert told("seller_reminded_for_seller") == 0


def test_referral_that_five_partners_ignore_ends_with_the_seller_told(travel, db):
    PartnerFactory.create_batch(7)
    request = make_request(ShopFactory())

    asked = []
    for _week in range(4):
        asked.append((request.shares.count(), request.shares.live().count()))
        travel.shift(7 * DAY)
        run_timers()

    request = PartnerRequest.objects.get(pk=request.pk)
    assert asked == [(3, 3), (5, 2), (5, 0), (5, 0)]
    assert (request.headline, request.seeking, request.automatic_referrals) == ("decision", False, 5)
    assert request.unmatched_since == START + 14 * DAY
    assert told("unmatched_for_seller") == 1
    assert len(set(request.shares.values_list("partner", flat=True))) == 5
    assert list(offenders()) == []


def test_unmatched_request_is_tried_again_daily(travel, db):
    request = make_request(ShopFactory())
    assert PartnerRequest.objects.get(pk=request.pk).headline == "finding"
    partner = PartnerFactory()

    travel.shift(timedelta(hours=23))
    run_timers()
    before = request.shares.count()
    travel.shift(timedelta(hours=2))
    run_timers()

    assert (before, request.shares.get().partner) == (0, partner)
    assert told("unmatched_for_seller") == 1
    assert PartnerRequest.objects.get(pk=request.pk).unmatched_since is None
    assert list(offenders()) == []


def test_partner_whose_pause_ends_is_offered_again(travel, db):
    partner = PartnerFactory()
    partner_services.set_availability(
        partner_id=partner.pk, by=owner_of(partner), capacity=5, paused_until=START + 2 * DAY
    )
    request = make_request(ShopFactory())

    travel.shift(3 * DAY)
    run_timers()

    assert request.shares.get().partner == partner
    assert Partner.objects.get(pk=partner.pk).paused_until is None
    assert list(offenders()) == []


def accepted(request):
    share = request.shares.get()
    return services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)


def test_seller_is_reminded_once_that_an_accepted_partner_waits(travel, db):
    request = make_request(ShopFactory(), [PartnerFactory()])
    accepted(request)

    for _day in range(20):
        travel.shift(DAY)
        run_timers()

    assert told("seller_reminded_for_seller") == 1
    assert kinds(request)[-1] == "seller_reminded"


def test_accepted_share_goes_stale_after_sixty_days_with_two_warnings(travel, db):
    request = make_request(ShopFactory(), [PartnerFactory()])
    accepted(request)

    for _day in range(61):
        travel.shift(DAY)
        run_timers()

    share = request.shares.get()
    assert (share.status, share.closed_reason) == ("closed", "stale")
    assert kinds(request)[3:] == ["seller_reminded", "stale_warned", "stale_warned", "share_closed"]
    assert list(offenders()) == []


@pytest.mark.parametrize("down_from", [0, 31], ids=["never warned", "warned once"])
def test_nothing_goes_stale_unwarned_after_a_time_without_a_worker(travel, db, down_from):
    idle = make_request(ShopFactory(), [PartnerFactory()])
    share = idle.shares.get()
    services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="budget")
    waiting = make_request(ShopFactory(), [PartnerFactory()])
    accepted(waiting)
    for _day in range(down_from):
        travel.shift(DAY)
        run_timers()
    seen = [], []

    travel.move_to(START + 61 * DAY)
    for _day in range(9):
        run_timers()
        for statuses, request in zip(seen, (idle, waiting), strict=True):
            statuses.append((kinds(request)[-1], PartnerRequest.objects.get(pk=request.pk).headline))
        assert list(offenders()) == []
        travel.shift(DAY)

    assert seen[0] == [("stale_warned", "rejected")] * 7 + [("request_closed", "closed")] * 2
    assert seen[1] == [("stale_warned", "accepted")] * 7 + [("share_closed", "decision")] * 2
    warning = Notification.objects.filter(template="stale_warned_for_seller").latest("pk")
    assert warning.context["days"] == 7
    assert warning.context["until"] == (START + 68 * DAY).isoformat()


def test_an_act_of_the_seller_starts_the_sixty_days_again(travel, db):
    shop = ShopFactory()
    request = make_request(shop, [PartnerFactory()])
    share = accepted(request)
    travel.shift(55 * DAY)
    services.edit_request(
        request_id=request.pk,
        by=owner_of(shop),
        version=1,
        details=request.details() | {"budget": 9000},
        request_type="choose",
        hide_contact=False,
    )

    travel.shift(10 * DAY)
    run_timers()

    assert Share.objects.get(pk=share.pk).status == "accepted"


@pytest.mark.parametrize(("days", "warned"), [(30, [7, 1]), (90, [30, 7, 1])])
def test_authorisation_is_warned_of_and_expires(travel, db, days, warned):
    shop = ShopFactory()
    request = make_request(shop, [PartnerFactory()])
    share = accepted(request)
    services.authorise_share(share_id=share.pk, by=owner_of(shop), areas={"ads": "view"}, days=days)

    for _half in range(days * 2):
        travel.shift(timedelta(hours=12))
        run_timers()

    warnings = request.events.filter(kind="expiry_warned").order_by("pk")
    assert [event.data["days"] for event in warnings] == warned
    assert Share.objects.get(pk=share.pk).status == "accepted"
    assert share.authorisations.get().end_reason == "expired"
    assert told("expired_for_seller") == told("expired_for_partner") == 1
    assert list(offenders()) == []


def test_no_reminder_of_authorising_after_a_revoke(travel, db):
    shop = ShopFactory()
    request = make_request(shop, [PartnerFactory()])
    share = accepted(request)
    services.authorise_share(share_id=share.pk, by=owner_of(shop), areas={"ads": "view"}, days=30)
    services.revoke_share(share_id=share.pk, by=owner_of(shop))

    travel.shift(20 * DAY)
    run_timers()

    assert told("seller_reminded_for_seller") == 0


def test_request_without_live_share_goes_stale(travel, db):
    request = make_request(ShopFactory(), [PartnerFactory()])
    services.reject_share(share_id=request.shares.get().pk, by=owner_of(request.shares.get().partner), reason="budget")

    for _day in range(61):
        travel.shift(DAY)
        run_timers()

    request = PartnerRequest.objects.get(pk=request.pk)
    assert (request.status, request.closed_by, request.headline) == ("closed", "stale", "closed")
    assert kinds(request)[3:] == ["stale_warned", "stale_warned", "request_closed"]
    assert told("request_closed_for_seller") == 1
    assert list(offenders()) == []


def test_one_that_fails_does_not_stop_the_others(travel, db, monkeypatch):
    broken, fine = (make_request(ShopFactory(), [PartnerFactory()]).shares.get() for _number in range(2))
    advance = automatic.advance_share

    def advance_or_fail(*, share_id):
        if share_id == broken.pk:
            raise RuntimeError
        return advance(share_id=share_id)

    monkeypatch.setattr(automatic, "advance_share", advance_or_fail)
    travel.shift(8 * DAY)
    run_timers()

    assert Share.objects.get(pk=broken.pk).status == "reviewing"
    assert Share.objects.get(pk=fine.pk).status == "closed"


def test_act_that_fails_stands_on_the_desk_until_it_works(travel, db, monkeypatch):
    share = make_request(ShopFactory(), [PartnerFactory()]).shares.get()
    travel.shift(8 * DAY)
    with monkeypatch.context() as broken:
        broken.setattr(automatic, "advance_share", refuse)
        for _round in range(3):
            run_timers()
            travel.shift(timedelta(minutes=1))
        failed = FailedTask.objects.get()

    run_timers()

    assert (failed.path, failed.arguments) == ("requests_app.timers.advance_share", {"args": [share.pk], "kwargs": {}})
    assert failed.error.startswith("RuntimeError in refuse, tests/requests_app/test_timers.py")
    assert "Ann" not in failed.error
    assert Share.objects.get(pk=share.pk).status == "closed"
    assert not FailedTask.objects.exists()


def test_act_that_fails_is_run_again_by_staff(travel, db, monkeypatch, settings, django_capture_on_commit_callbacks):
    settings.TASKS = {"default": {"BACKEND": "shoppartners.task_backends.OnCommitBackend"}}
    share = make_request(ShopFactory(), [PartnerFactory()]).shares.get()
    travel.shift(8 * DAY)
    with monkeypatch.context() as broken:
        broken.setattr(automatic, "advance_share", refuse)
        run_timers()

    with django_capture_on_commit_callbacks(execute=True):
        failed_tasks.run_again(failed_id=FailedTask.objects.get().pk)

    assert Share.objects.get(pk=share.pk).status == "closed"
    assert not FailedTask.objects.exists()


def refuse(*, share_id):
    raise RuntimeError("Failing row contains (Ann Whitfield)")
