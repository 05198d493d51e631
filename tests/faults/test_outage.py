"""A short one of what `tests.faults.outage` does, and what a page is while there is no database."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from psycopg import errors
from time_machine import travel

from accounts import clock
from accounts.session_limits import SEEN_AT_STEP
from shoppartners.errors import database_is_gone
from tests.faults import acts, outage
from tests.faults.proxy import Proxy
from tests.faults.site import Site

pytestmark = pytest.mark.postgresql


@pytest.mark.django_db(transaction=True)
def test_who_reads_while_the_database_is_gone_is_answered_at_once_and_the_worker_lives():
    with Proxy(connection.settings_dict) as proxy, Site(database_url=proxy.url).start() as site:
        seller = acts.People(site.port).seller
        watch, back = outage.away(site, proxy, seller, 3)
        alive, seconds = outage.worker_survives(site, proxy, 3)

    rows = outage.rows_of("gone", watch, back)
    assert [(label, found) for label, found, wanted in rows if wanted not in (None, found)] == []
    assert alive
    assert seconds < outage.BACK


@pytest.mark.django_db(transaction=True)
def test_who_reads_while_the_pool_is_full_is_answered_soon():
    limits = {"DB_POOL_MAX": "2", "PAGE_STATEMENT_SECONDS": "0"}
    with Proxy(connection.settings_dict) as proxy, Site(database_url=proxy.url, **limits).start() as site:
        watch, back = outage.full(site, acts.People(site.port).seller, 3)

    rows = outage.rows_of("full", watch, back)
    assert [(label, found) for label, found, wanted in rows if wanted not in (None, found)] == []


@pytest.mark.parametrize(
    ("cause", "gone"),
    [
        (errors.AdminShutdown, True),
        (errors.CannotConnectNow, True),
        (errors.TooManyConnections, True),
        (errors.OperationalError, True),  # no server said anything
        (errors.DiskFull, False),
        (errors.QueryCanceled, False),
        (errors.DeadlockDetected, False),
    ],
)
def test_error_says_whether_the_database_is_gone(cause, gone):
    error = OperationalError("?")
    error.__cause__ = cause("?")

    assert database_is_gone(error) is gone


def gone(*_args, **_kwargs):
    raise OperationalError("?") from errors.OperationalError("?")


def failures(caplog):
    return [record.msg for record in caplog.records if isinstance(record.msg, dict) and record.levelname == "ERROR"]


def test_page_without_a_database_says_when_to_come_again(monkeypatch, db, caplog):
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", gone)
    client = Client(raise_request_exception=False, headers={"cookie": "sessionid=abcdefghijklmnop"})

    response = client.get("/requests/")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in response.headers
    assert client.get("/healthz").status_code == 200
    assert [(line["event"], line["request"]) for line in failures(caplog)] == [("request_failed", "GET /requests/")]


GONE_FOR = {  # what fails while a signed-in person reads a page
    "user": ["allauth.account.auth_backends.AuthenticationBackend.get_user"],
    "view": ["requests_app.models.PartnerRequest.objects.visible_to"],
    "session": ["django.contrib.sessions.backends.db.SessionStore.save"],  # on the way out
    "view and session": [
        "requests_app.models.PartnerRequest.objects.visible_to",
        "django.contrib.sessions.backends.db.SessionStore.save",
    ],
}


@pytest.mark.parametrize("what", GONE_FOR)
def test_error_of_a_signed_in_page_without_a_database_is_logged_once(what, monkeypatch, seller, shop, caplog):
    client = Client(raise_request_exception=False)
    client.force_login(seller)
    for name in GONE_FOR[what]:
        monkeypatch.setattr(name, gone)

    with travel(clock.now() + timedelta(seconds=SEEN_AT_STEP + 1)):  # the session notes that they are here
        response = client.get("/requests/")

    assert response.status_code == 503
    assert [line["event"] for line in failures(caplog)] == ["request_failed"]
    assert failures(caplog)[0].get("user_id") == (None if what == "user" else seller.pk)
