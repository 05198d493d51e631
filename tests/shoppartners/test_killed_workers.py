"""A worker that is killed with -9, at any step of what it does, loses nothing and does nothing twice."""

import json
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction

from accounts import clock
from accounts.models import Notification, User
from requests_app import automatic, services
from requests_app.integrity.invariants import offenders
from requests_app.models import Event
from tests.factories import PartnerFactory, ShopFactory, make_request, market, owner_of
from tests.worker import empty_queue, killed_when, requeue, requeue_and_work, round_of

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _empty_queue(db):
    empty_queue()


def test_worker_killed_while_it_mails_loses_none_and_repeats_at_most_the_one_in_flight(tmp_path):
    make_request(ShopFactory(), PartnerFactory.create_batch(5))
    backend = {"MAIL_BACKEND": "tests.mailboxes.Folder", "MAIL_SENDERS": "1"}
    options = {"MAIL_OPTIONS": json.dumps({"folder": str(tmp_path), "hang_at": 3})}

    killed_when(lambda: len(list(tmp_path.iterdir())) == 3, **backend, **options)

    handed_over = [path.read_text() for path in sorted(tmp_path.iterdir())]
    assert Notification.objects.exclude(mailed_at=None).count() == 2
    requeue_and_work()
    early = [mail_sent.to[0] for mail_sent in mail.outbox]
    Notification.objects.update(sending_until=clock.now())  # ten minutes later
    round_of("deliver")
    sent = [*handed_over, *(mail_sent.to[0] for mail_sent in mail.outbox)]
    assert handed_over[2] not in early
    twice = [address for address, count in Counter(sent).items() if count > 1]
    assert set(sent) == set(User.objects.filter(notifications__isnull=False).values_list("email", flat=True))
    assert twice == handed_over[2:]
    assert not Notification.objects.filter(mailed_at=None).exists()


def test_worker_killed_in_each_step_of_the_timers_loses_none_and_does_none_twice(notifying_takes_a_lock):
    from procrastinate.contrib.django import app

    due = requests_with_each_step_due()
    begun = Event.objects.latest("pk").pk
    app.tasks["shoppartners.run_timers"].defer(timestamp=0)

    for request in due.values():
        with nobody_can_be_notified_of(request):  # the request, its shares and its event are written by then
            killed_when(somebody_waits_for_a_lock, TIMER_THREADS="1")  # so that the later steps are not done by then
        assert not Event.objects.filter(pk__gt=begun, request=request).exists()
        assert list(offenders()) == []
        requeue()
    Notification.objects.exclude(sending_until=None).update(sending_until=clock.now())  # ten minutes later
    requeue_and_work()

    assert happened_since(begun) == {
        due["remind"]: ["partner_reminded"],
        due["lapse"]: ["share_closed", "shared"],
        due["expire"]: ["expired"],
        due["stale"]: ["share_closed"],
        due["idle"]: ["request_closed"],
        due["retry"]: ["shared"],
    }
    assert not Notification.objects.exclude(next_mail_at=None).exists()
    assert max(Counter(Notification.objects.values_list("user", "source")).values()) == 1
    assert list(offenders()) == []


def requests_with_each_step_due():
    """One request each, of a shop of its own, in the order in which the timers come to them."""
    now = clock.now()
    days_ago = {"expire": 31, "lapse": 8, "stale": 61, "remind": 1, "idle": 61, "retry": 2}
    requests = {}
    for step, days in days_ago.items():
        referred = step in ("lapse", "retry")
        with clock.at(now - timedelta(days=days)):
            code = {"lapse": "FR", "retry": "DE"}.get(step, "GB")
            shop = ShopFactory(market=market(code))
            picks = [] if referred else [PartnerFactory()]
            if step == "lapse":
                PartnerFactory(markets=[code])
            request = make_request(shop, picks)
            share = request.shares.first()
            if step in ("stale", "expire"):
                services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)
            if step == "expire":
                services.authorise_share(share_id=share.pk, by=owner_of(shop), areas={"ads": "view"}, days=30)
            if step == "idle":
                services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="budget")
        with clock.at(now - timedelta(days=10)):  # nothing goes stale unwarned
            if step == "stale":
                automatic.advance_share(share_id=share.pk)
            if step == "idle":
                automatic.advance_request(request_id=request.pk)
        if referred:
            PartnerFactory(markets=[code])
        requests[step] = request
    return requests


@pytest.fixture
def notifying_takes_a_lock(db):
    """Make each new notification take an advisory lock of its reader: a place to stop within a change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION wait_for_reader() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN PERFORM pg_advisory_xact_lock_shared(NEW.user_id); RETURN NEW; END $$;"
            " CREATE TRIGGER wait_for_reader BEFORE INSERT ON accounts_notification"
            " FOR EACH ROW EXECUTE FUNCTION wait_for_reader()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION wait_for_reader CASCADE")


@contextmanager
def nobody_can_be_notified_of(request):
    people = User.objects.filter(shop_members__shop=request.shop) | User.objects.filter(
        partner_members__partner__shares__request=request
    )
    with transaction.atomic(), connection.cursor() as cursor:
        for pk in people.values_list("pk", flat=True):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [pk])
        yield


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:  # pg_stat_activity would stand still within our transaction
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def happened_since(event_id):
    """Return {request: [the kinds of its later events]}."""
    happened = {}
    for event in Event.objects.filter(pk__gt=event_id).order_by("pk"):
        happened.setdefault(event.request, []).append(event.kind)
    return happened
