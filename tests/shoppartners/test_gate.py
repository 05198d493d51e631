"""Who waits for a connection to the database, and who is sent away at once."""

import threading
import time
from contextlib import contextmanager

import psycopg
import pytest
from django.db import OperationalError, connections
from psycopg import errors

import shoppartners.postgresql.base
from shoppartners.postgresql import gate as gates

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
PATIENCE = 0.5  # seconds that the pool of these tests lets one wait


@pytest.fixture
def gate(monkeypatch):
    new = gates.Gate()
    monkeypatch.setattr(gates, "gate", new)
    monkeypatch.setattr(shoppartners.postgresql.base, "gate", new)
    return new


@pytest.fixture
def pool(gate):
    """Gives people of one pool with two connections at most."""
    people = []

    def person():
        one = connections.create_connection("default")
        options = one.settings_dict["OPTIONS"]
        pool = options["pool"] | {"min_size": 0, "max_size": 2, "timeout": PATIENCE, "reconnect_timeout": 0.2}
        one.settings_dict = one.settings_dict | {"OPTIONS": options | {"pool": pool}}
        one.alias = "pool of a test"
        people.append(one)
        return one

    yield person
    for one in people:
        one.close()
    person().close_pool()


@contextmanager
def refusing(monkeypatch, error):
    """Let the server refuse every new connection."""

    def refuse(*_args, **_kwargs):
        raise error("refused")

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "connect", classmethod(refuse))
        yield


def seconds_until_refused(person):
    begun = time.monotonic()
    with pytest.raises(OperationalError):
        person.ensure_connection()
    return time.monotonic() - begun


def reads(person):
    with person.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def test_connection_that_is_free_soon_is_waited_for_while_the_server_has_none_more(pool, monkeypatch):
    first, second = pool(), pool()
    assert reads(first)
    with refusing(monkeypatch, errors.TooManyConnections):
        leaving = threading.Timer(PATIENCE / 2, first.close)
        first.inc_thread_sharing()
        leaving.start()

        assert reads(second)  # after the pool was refused a further one
        second.close()
        assert reads(pool())
    leaving.join()


def test_full_pool_shuts_nobody_out_who_comes_when_one_is_free(pool):
    first, second, third = pool(), pool(), pool()
    assert reads(first)
    assert reads(second)

    waited = seconds_until_refused(third)
    first.close()

    assert waited >= PATIENCE
    assert reads(third)


def test_nobody_waits_while_no_connection_can_be_had_and_all_is_well_after(pool, monkeypatch):
    with refusing(monkeypatch, errors.CannotConnectNow):
        seconds_until_refused(pool())
        at_once = seconds_until_refused(pool())
    time.sleep(gates.PAUSE)

    assert at_once < PATIENCE / 2
    assert reads(pool())


def test_connections_that_were_cut_are_none(pool, monkeypatch):
    first = pool()
    assert reads(first)
    first.connection.pgconn.finish()
    with refusing(monkeypatch, errors.OperationalError):
        seconds_until_refused(pool())

        assert seconds_until_refused(pool()) < PATIENCE / 2
