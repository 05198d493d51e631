"""Where a person is signed in, and signing out everywhere else."""

from datetime import timedelta

import pytest
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import clock, services
from accounts.devices import device
from accounts.models import AccountMail
from requests_app.management.commands import run_timers
from tests.client import CheckedClient
from tests.factories import PASSWORD, with_second_factor

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605 Version/18.5 Mobile Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


def sign_in(user, user_agent):
    client = CheckedClient(headers={"user-agent": user_agent})
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


@pytest.mark.once
def test_list_says_since_when_in_the_readers_zone(seller, shop, time_machine):
    time_machine.move_to("2026-12-03T22:05:00+00:00", tick=False)
    seller.time_zone = "Asia/Jakarta"
    seller.save()
    sign_in(seller, PHONE)

    html = sign_in(seller, FIREFOX).get("/accounts/sessions/").text

    assert html.index("Firefox, Linux") < html.index("Safari, iPhone")
    assert html.count("05:05") >= 2
    assert html.count("This device") == 1


def test_signing_out_everywhere_else_leaves_this_one(seller, shop):
    other, here = sign_in(seller, PHONE), sign_in(seller, FIREFOX)

    text = here.post("/accounts/sessions/", follow=True).text

    assert "You are signed out everywhere else." in text
    assert here.get("/requests/").status_code == 200
    assert other.get("/requests/").status_code == 302
    assert UserSession.objects.filter(user=seller).count() == 1


def test_sessions_of_others_are_neither_listed_nor_ended(seller, shop, other_seller, other_shop):
    theirs, here = sign_in(other_seller, PHONE), sign_in(seller, FIREFOX)

    assert "iPhone" not in here.get("/accounts/sessions/").text
    here.post("/accounts/sessions/")

    assert theirs.get("/requests/").status_code == 200


@pytest.mark.parametrize(("options", "kept"), [({}, True), ({"second_factors": True}, False)])
def test_command_signs_out_everywhere_and_removes_second_factors_where_asked(options, kept, seller, shop, other_seller):
    client, theirs = sign_in(seller, FIREFOX), sign_in(other_seller, PHONE)
    with_second_factor(seller)

    call_command("sign_out", "Seller@example.com", **options)

    assert client.get("/notifications/").status_code == 302
    assert is_mfa_enabled(seller) is kept
    assert theirs.get("/notifications/").status_code == 200


def test_expired_sessions_are_deleted_with_what_was_kept_of_them(seller, shop, time_machine):
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    sign_in(seller, PHONE)
    time_machine.move_to("2026-12-03T12:00:00+00:00", tick=False)
    late = sign_in(seller, FIREFOX)
    UserSession.objects.create(user=seller, session_key="gone", ip="127.0.0.1", user_agent=PHONE)
    time_machine.move_to("2026-12-04T12:00:01+00:00", tick=False)

    call_command("run_timers")

    key = late.session.session_key
    assert [row.session_key for row in UserSession.objects.all()] == [key]
    assert [row.session_key for row in Session.objects.all()] == [key]


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_what_is_over_is_deleted_in_batches_each_a_transaction_of_its_own(batch, seller, shop, monkeypatch):
    monkeypatch.setattr(services, "BATCH", batch)
    late = sign_in(seller, FIREFOX).session.session_key
    for number in range(5):
        Session.objects.create(session_key=f"old{number}", session_data="", expire_date=clock.now() - timedelta(days=1))
        UserSession.objects.create(user=seller, session_key=f"old{number}", ip="127.0.0.1", user_agent=PHONE)
    old = clock.now() - timedelta(days=8)
    AccountMail.objects.bulk_create(AccountMail(to="a@b.example", created_at=old, next_mail_at=None) for _ in range(5))

    with CaptureQueriesContext(connection) as asked:
        services.delete_what_is_over()

    deletions = [each["sql"] for each in asked if each["sql"].startswith("DELETE")]
    assert len(deletions) == 3 * -(-5 // batch)
    assert not any("NOT IN" in sql for sql in deletions)
    assert [row.session_key for row in Session.objects.all()] == [late]
    assert [row.session_key for row in UserSession.objects.all()] == [late]
    assert not AccountMail.objects.filter(created_at=old).exists()


def test_timers_without_a_worker_delete_what_is_over_once_a_day(db, monkeypatch, time_machine):
    done = []
    monkeypatch.setattr(run_timers, "delete_what_is_over", lambda: done.append(clock.now().day))
    minutes = iter([15] * 200)

    def sleep(seconds):
        time_machine.shift(next(minutes) * 60)

    time_machine.move_to("2026-12-03T12:00:00+00:00", tick=False)
    monkeypatch.setattr(run_timers.time, "sleep", sleep)
    monkeypatch.setattr(run_timers, "close_old_connections", lambda: None)
    with pytest.raises(StopIteration):
        call_command("run_timers", loop=True)

    assert done == [3, 4, 5]  # within 50 hours


@pytest.mark.once
def test_command_knows_whom_it_signs_out(db):
    with pytest.raises(CommandError):
        call_command("sign_out", "nobody@example.com")


@pytest.mark.once
@pytest.mark.parametrize(
    ("user_agent", "name"),
    [(FIREFOX, "Firefox, Linux"), (PHONE, "Safari, iPhone"), (EDGE, "Edge, Windows"), ("<b>curl", "Unknown device")],
)
def test_device_is_named_as_a_person_would(user_agent, name):
    assert device(user_agent) == name
