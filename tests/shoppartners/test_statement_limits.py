"""A statement that takes too long is ended for pages, with a page that says what to do; never for the worker."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from structlog.testing import capture_logs

from accounts.models import User
from requests_app.staff import desk
from shoppartners.postgresql import base
from shoppartners.postgresql.limits import set_limit, statements_end_after
from tests.cast import login
from tests.client import faults
from tests.factories import UserFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def limits(settings):
    """Short ones, on connections that begin with the test."""
    settings.PAGE_STATEMENT_SECONDS, settings.ADMIN_STATEMENT_SECONDS = 1, 2
    settings.STAFF_NEED_SECOND_FACTOR = False
    connection.close()
    yield
    connection.close()


def asked(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def visiting(client, url):
    """The answer as production gives it: on a connection that is taken for it, with a page for every error."""
    client.raise_request_exception = False
    connection.close()
    with capture_logs() as logs:
        response = client.get(url)
    return response, [line for line in logs if line["event"] == "statement_ended"]


def slowly(person, seconds):
    def read(*_args, **_kwargs):
        User.objects.filter(pk=person.pk).update(name="Half done")
        return asked(f"SELECT pg_sleep({seconds})")

    return read


def test_slow_page_says_what_to_do_and_leaves_nothing(monkeypatch):
    person = UserFactory(name="As it was")
    monkeypatch.setattr("partners.views.page_of_partners", slowly(person, 1.5))

    response, logged = visiting(Client(), "/partners/?q=lumen")

    assert response.status_code == 503
    assert "This took too long" in response.text
    assert "no-store" in response.headers["Cache-Control"]
    assert faults(response.text) == []
    assert [line["path"] for line in logged] == ["/partners/"]
    assert asked("SELECT 1") == 1
    assert User.objects.get().name == "As it was"


@pytest.mark.parametrize(("seconds", "status"), [(1.5, 200), (2.5, 503)])
def test_page_of_the_admin_may_take_longer_but_not_for_ever(monkeypatch, seconds, status):
    person = UserFactory(is_staff=True, is_superuser=True)
    client = login(Client(), person)
    read = desk.unmatched_queue
    monkeypatch.setattr(desk, "unmatched_queue", lambda: (slowly(person, seconds)(), read())[1])

    response, logged = visiting(client, "/admin/requests_app/partnerrequest/unmatched/")

    assert (response.status_code, len(logged)) == (status, status == 503)
    assert asked("SELECT 1") == 1
    assert User.objects.filter(name="Half done").exists() == (status == 200)


def test_worker_and_commands_have_no_limit():
    workers = asked("SHOW max_parallel_workers_per_gather")
    assert asked("SHOW statement_timeout") == "0"
    assert workers != "0"
    with statements_end_after(1):
        connection.close()
        assert asked("SHOW statement_timeout") == "1s"
        assert asked("SHOW max_parallel_workers_per_gather") == "0"
        with pytest.raises(OperationalError):
            asked("SELECT pg_sleep(1.5)")
    connection.close()  # back to the pool, from which a task takes it

    assert asked("SHOW statement_timeout") == "0"
    assert asked("SHOW max_parallel_workers_per_gather") == workers
    assert asked("SELECT 1 FROM pg_sleep(1.5)") == 1


def test_limit_costs_no_round_trip_of_its_own(monkeypatch):
    sent = []
    execute = base.psycopg.Connection.execute
    monkeypatch.setattr(
        base.psycopg.Connection, "execute", lambda self, sql, *args: sent.append(sql) or execute(self, sql, *args)
    )

    connection.ensure_connection()

    assert sent == [set_limit()]
