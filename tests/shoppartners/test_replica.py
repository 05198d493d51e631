"""Which page reads where: the rules as tables, and the real pages with two aliases of one database.

What real servers do is drilled by `python -m tests.faults ha`.
"""

import time
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
from django.db import OperationalError, connections
from django.urls import resolve, reverse

from accounts.models import User
from accounts.moment import ReadFromReplica, reading_from
from partners.contact import PartnerContact
from partners.models import Partner
from requests_app import visibility
from requests_app.models import PartnerRequest
from shoppartners import replica
from shoppartners.postgresql.options import OF_PRIMARY, OF_REPLICA, with_replica
from shoppartners.replica import ALIAS, PRIVATE, PUBLIC, Circuit
from tests.cast import signed_in
from tests.client import CheckedClient

once = pytest.mark.once


# The rules


@once
@pytest.mark.parametrize(
    ("model", "elsewhere"),
    [
        (Partner, True),
        (PartnerRequest, True),
        (User, True),
        (PartnerContact, False),
        ("sessions.Session", False),
        ("mfa.Authenticator", False),
        ("account.EmailAddress", False),
    ],
)
def test_page_of_the_replica_reads_our_rows_there_and_all_else_from_the_primary(model, elsewhere):
    from django.apps import apps

    model = apps.get_model(model) if isinstance(model, str) else model
    rules = replica.Router()

    assert rules.db_for_read(model) == "default"
    assert rules.db_for_write(model) == "default"
    with reading_from(ALIAS):
        assert rules.db_for_read(model) == (ALIAS if elsewhere else "default")
        assert rules.db_for_write(model) == "default"
    assert not rules.allow_migrate(ALIAS, "accounts")


@once
@pytest.mark.parametrize(
    "door",
    [
        visibility.contact_details,
        visibility.free_text,
        visibility.own_contact,
        visibility.own_details,
        visibility.partner_contacts,
        visibility.partner_contacts_of,
        visibility.last_entered,
    ],
)
def test_door_gives_nothing_to_a_page_of_the_replica(door):
    with reading_from(ALIAS), pytest.raises(ReadFromReplica, match=door.__name__):
        door(None, None)


NEEDED, BEFORE, AFTER = (2, 500), (2, 499), (2, 500)


class Server:
    pool = None

    def __init__(self, position):
        self.position = position

    def ensure_connection(self):
        if self.position is None:
            raise OperationalError("gone")

    def close(self):
        pass


@once
@pytest.mark.parametrize(
    ("primary", "there", "by_default", "fresh"),
    [
        (NEEDED, AFTER, False, True),
        (NEEDED, BEFORE, False, False),
        (NEEDED, BEFORE, True, False),
        (NEEDED, (1, 900), False, False),  # it follows the server that was the primary before
        (NEEDED, (2, None), False, False),  # it is a primary itself
        (NEEDED, None, True, False),
        ((None, None), AFTER, False, False),  # a standby in the place of the primary
        ((None, None), AFTER, True, True),
        (None, AFTER, False, False),
        (None, AFTER, True, True),
        (None, None, True, False),
    ],
)
def test_replica_is_read_that_has_all_that_the_primary_had(primary, there, by_default, fresh, monkeypatch):
    monkeypatch.setattr(replica, "connections", {"default": Server(primary), ALIAS: Server(there)})
    monkeypatch.setattr(replica, "circuit", Circuit())

    assert replica.is_fresh(by_default=by_default) is fresh
    assert replica.circuit.lets_ask() is (there == AFTER or (primary in (None, (None, None)) and not by_default))


@once
def test_replica_that_fails_is_left_alone_for_a_while_and_then_asked_by_one(monkeypatch):
    now = 100.0
    monkeypatch.setattr(replica.time, "monotonic", lambda: now)
    circuit = Circuit()

    circuit.is_lost(OperationalError("gone"))
    assert not circuit.lets_ask()
    now += Circuit.DEAD
    assert (circuit.lets_ask(), circuit.lets_ask()) == (True, False)
    circuit.is_well()
    pauses = []
    for position in [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]:
        circuit.is_behind(position)
        circuit.is_behind(position)  # another request found it so at the same moment
        begun = now
        while not circuit.lets_ask():
            now += 0.01
        pauses.append(round(now - begun, 1))

    assert pauses == [0.1, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 0.1]


@once
@pytest.mark.parametrize("primary", [None, (None, None)])
def test_reader_for_whom_nobody_can_say_leaves_the_try_to_the_next(primary, monkeypatch):
    now = 100.0
    monkeypatch.setattr(replica.time, "monotonic", lambda: now)
    monkeypatch.setattr(replica, "connections", {"default": Server(primary), ALIAS: Server(AFTER)})
    monkeypatch.setattr(replica, "circuit", Circuit())
    replica.circuit.is_lost(OperationalError("gone"))
    assert not replica.is_fresh(by_default=False)
    assert not replica.circuit.lets_ask()  # who does not try ends no pause
    now += Circuit.DEAD

    assert replica.circuit.lets_ask()
    assert not replica.is_fresh(by_default=False)

    assert (replica.circuit.lets_ask(), replica.circuit.lets_ask()) == (True, False)
    assert replica.is_fresh(by_default=True)
    assert (replica.circuit.lets_ask(), replica.circuit.lets_ask()) == (True, True)


@once
def test_pages_that_are_marked_exist():
    urls = {reverse(name, args=["slug"] if name == "partners:profile" else []) for name in PUBLIC | PRIVATE}

    assert {resolve(url).view_name for url in urls} == PUBLIC | PRIVATE
    assert not PUBLIC & PRIVATE


# The pages


@pytest.fixture(scope="module")
def alias(django_db_setup):
    """The tests' database under both aliases."""
    own = connections["default"].settings_dict
    both = with_replica(own, own, min_size=0, max_size=4)
    connections.settings[ALIAS] = both[ALIAS] | {"POSITION": OF_PRIMARY}
    yield
    del connections.settings[ALIAS]


@pytest.fixture
def two(alias, db, settings, monkeypatch):
    """The site with a replica, which says that it has all that the primary has."""
    monkeypatch.setitem(connections["default"].settings_dict, "POSITION", OF_PRIMARY)
    monkeypatch.setattr(replica, "circuit", Circuit())
    middleware = [*settings.MIDDLEWARE]
    place = middleware.index("accounts.middleware.OneMomentMiddleware")
    middleware.insert(place, "shoppartners.replica.ReplicaMiddleware")
    settings.MIDDLEWARE, settings.DATABASE_ROUTERS = middleware, ["shoppartners.replica.Router"]
    there = connections[ALIAS]
    yield there
    there.close()
    there.close_pool()
    del connections[ALIAS]


@contextmanager
def asked():
    """As a request in production: each connection is taken for it. Gives what it asks: {alias: [sql]}."""
    said = {"default": [], ALIAS: []}

    def note(execute, sql, params, many, context):
        said[context["connection"].alias].append(sql)
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in said:
            connections[alias].close()
            stack.enter_context(connections[alias].execute_wrapper(note))
        yield said


def ours(statements):
    return [sql for sql in statements if any(f'FROM "{app}_' in sql for app in ("partners", "requests_app"))]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, databases=["default", ALIAS])
def test_marked_pages_read_from_the_replica_and_others_do_not(two, request):
    share = request.getfixturevalue("share")
    stranger, seller, partner = (
        CheckedClient(),
        signed_in(request.getfixturevalue("seller")),
        signed_in(request.getfixturevalue("partner_owner")),
    )
    reader = {"seller": seller, "accounts": seller, "portal": partner}
    found = {}
    for name in sorted(PUBLIC | PRIVATE):
        arguments = [share.partner.slug] if name == "partners:profile" else []
        with asked() as said:
            response = reader.get(name.split(":")[0], stranger).get(reverse(name, args=arguments))
        found[name] = (response.status_code, ours(said["default"]), len(said[ALIAS]) > 0)
    for client, path in ((seller, share.request.get_absolute_url()), (partner, share.get_absolute_url())):
        with asked() as said:
            assert client.get(path).status_code == 200
        assert said[ALIAS] == []
    with asked() as said:
        assert stranger.post("/language/", {"language": "de"}).status_code == 302
    assert said[ALIAS] == []

    own = ["partners:directory", "seller:my_requests", "portal:inbox"]
    answers = {name: (status, there) for name, (status, _here, there) in found.items()}
    assert answers == dict.fromkeys(PUBLIC | PRIVATE, (200, True))
    assert [found[name][1] for name in own] == [[], [], []]


@pytest.mark.postgresql
def test_server_says_how_far_it_is(db):
    told = []
    with connections["default"].cursor() as cursor:
        for sql in (OF_PRIMARY, OF_REPLICA):
            cursor.execute(sql)
            told.append(cursor.fetchone())

    assert (told[0][0], told[0][1] > 0) == (1, True)
    assert told[1] == (1, None)  # it replays no log


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, databases=["default", ALIAS])
def test_page_comes_from_the_primary_where_the_replica_is_behind_lost_or_dead(two, request, monkeypatch):
    share, partner = request.getfixturevalue("share"), signed_in(request.getfixturevalue("partner_owner"))

    def inbox():
        """Return whether it shows the request, and reads of the product's tables from the primary, and the replica."""
        with asked() as said:
            response = partner.get("/portal/")
        assert response.status_code == 200
        return share.reference in response.text, *(ours(said[alias]) != [] for alias in ("default", ALIAS))

    at_first = inbox()
    monkeypatch.setitem(two.settings_dict, "POSITION", "SELECT 1, 0")
    behind = inbox()
    monkeypatch.setitem(two.settings_dict, "POSITION", OF_PRIMARY)
    time.sleep(2 * Circuit.SHORTEST)

    def lose(execute, sql, params, many, context):
        if "requests_app_share" in sql:
            raise OperationalError("gone") from psycopg.errors.AdminShutdown("gone")
        return execute(sql, params, many, context)

    with two.execute_wrapper(lose):
        lost = inbox()
    again = inbox()
    replica.circuit.is_well()
    two.close()
    two.close_pool()
    monkeypatch.setitem(two.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(two.settings_dict, "PORT", "9")
    begun = time.monotonic()
    dead = inbox()
    took = time.monotonic() - begun

    assert at_first == (True, False, True)
    assert behind == again == dead == (True, True, False)
    assert lost == (True, True, True)
    assert took < 3
