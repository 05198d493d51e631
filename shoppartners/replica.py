"""Pages that only show read from a replica of the database, where there is one (REPLICA_URL).

A page from there is as fresh as one from the primary: both servers say how far their log is when a connection of theirs
is taken, in the statement that is sent then anyway. See docs/decisions/0020-reading-from-a-replica.md.
"""

import threading
import time
from contextlib import contextmanager, suppress
from typing import Any

import structlog
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, OperationalError, connections

from accounts.moment import one_moment, reading_from, reads_from
from partners.contact import PartnerContact
from shoppartners.errors import database_is_gone

logger = structlog.get_logger(__name__)
ALIAS = "replica"
# The pages, by the names of their URLs. None shows contact details or free text of a request, and none decides.
PUBLIC = {
    "home",
    "help",
    "privacy",
    "terms",
    "partners:directory",
    "partners:compare",
    "partners:profile",
}
PRIVATE = {
    "accounts:notifications",
    "seller:home",
    "seller:my_requests",
    "portal:inbox",
    "portal:insights",
}
OURS = {"accounts", "partners", "requests_app"}  # sessions, sign-ins, second factors and the cache are others'
A_MOMENT = 0.005  # seconds, after which a replica that is behind is looked at once more
CONFLICTS = ("40001", "40P01")  # PostgreSQL's codes for a statement that stood in the way of the replica's log


class Router:
    """Leads what a page reads to where it reads from, and all else to the primary."""

    def db_for_read(self, model, **hints):
        if model._meta.app_label in OURS and model is not PartnerContact:
            return reads_from()
        return DEFAULT_DB_ALIAS

    def db_for_write(self, model, **hints):
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one, other, **hints):
        return True  # the same rows stand in both

    def allow_migrate(self, db, app_label, **hints):
        return db == DEFAULT_DB_ALIAS


class Circuit:
    """Whether the replica is to be asked now. One asks again after each pause; each process has its own."""

    DEAD = 5.0  # seconds of pause when it did not answer
    SHORTEST = 0.05  # ... when it was behind; doubled up to DEAD each time that it has not moved either

    def __init__(self):
        self._lock = threading.Lock()
        self._until, self._pause, self._seen, self._tries = None, 0.0, None, False

    def lets_ask(self):
        with self._lock:
            if self._until is None:
                return True
            now = time.monotonic()
            if now < self._until:
                return False
            self._until, self._tries = now + self.DEAD, True  # for all others, until this one knows
            return True

    def is_well(self):
        with self._lock:
            self._until, self._pause = None, 0.0

    def is_behind(self, position):
        """Note that the replica lacks something, and how far it is."""
        with self._lock:
            now = time.monotonic()
            if self._until is not None and now < self._until and not self._tries:
                return  # another has just found so
            has_moved, self._seen = position != self._seen, position
            self._pause = pause = self.SHORTEST if has_moved else min(self.DEAD, max(self.SHORTEST, 2 * self._pause))
            self._until, self._tries = now + pause, False
        if pause == self.DEAD:
            logger.warning("replica_behind")

    def gave_up(self):
        """Note that who was to ask did not: the next one may."""
        with self._lock:
            if self._tries:
                self._until, self._tries = time.monotonic(), False

    def is_lost(self, error):
        with self._lock:
            self._until, self._pause, self._tries = time.monotonic() + self.DEAD, self.DEAD, False
        logger.warning("replica_lost", error=type(error.__cause__ or error).__name__)


circuit = Circuit()


class ReplicaMiddleware:
    """Lets marked pages read from the replica, in one snapshot, and shows them from the primary where it fails."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.reads_from = DEFAULT_DB_ALIAS
        return self.get_response(request)

    def process_view(self, request, view, arguments, named):
        name = request.resolver_match.view_name
        if request.method not in {"GET", "HEAD"} or not (name in PUBLIC or name in PRIVATE):
            return
        is_strangers = name in PUBLIC and not request.user.is_authenticated  # which asks the primary: it may be away
        if circuit.lets_ask() and is_fresh(by_default=is_strangers):
            with suppress(OperationalError, InterfaceError):
                request.moment.enter_context(_one_moment_there())
                request.reads_from = ALIAS

    def process_exception(self, request, error):
        """Show the page from the primary if the replica was lost amid it: a GET has changed nothing so far."""
        if request.reads_from != ALIAS or not _was_lost(error):
            return None
        circuit.is_lost(error)
        request.moment.pop_all().__exit__(None, None, None)
        request.reads_from = DEFAULT_DB_ALIAS
        request.moment.enter_context(one_moment())
        match = request.resolver_match
        return match.func(request, *match.args, **match.kwargs)


def is_fresh(*, by_default):
    """Return whether the replica has all that the primary had when this request took its connection.

    While the primary is away nobody can say so: then `by_default`.
    """
    needed = (None, None)
    with suppress(OperationalError, InterfaceError):
        needed = _position_of(connections[DEFAULT_DB_ALIAS])
    if None in needed and not by_default:
        circuit.gave_up()
        return False
    connection: Any = connections[ALIAS]
    try:
        found = _position_of(connection)
        if not _has(needed, found):
            connection.close()
            time.sleep(A_MOMENT)
            found = _position_of(connection)
    except (OperationalError, InterfaceError) as error:
        circuit.is_lost(error)
        return False
    if _has(needed, found):
        circuit.is_well()
        return True
    connection.close()
    if found[1] is None and connection.pool:
        connection.pool.drain()  # it was promoted: of several hosts the next connection finds the standby
    circuit.is_behind(found)
    return False


def _has(needed, found):
    """Return whether a replica that is so far has all that is needed, if anything is known to be."""
    return None in needed or (found[0] == needed[0] and found[1] is not None and found[1] >= needed[1])


def _position_of(connection):
    """Return the server's timeline and how many bytes its log had when the connection was taken, or None for each."""
    connection.ensure_connection()
    return connection.position


@contextmanager
def _one_moment_there():
    """Read from the replica, in one snapshot. All is read when it ends, so that the replica may be lost then."""
    moment = one_moment(using=ALIAS)
    try:
        moment.__enter__()
    except (OperationalError, InterfaceError) as error:
        circuit.is_lost(error)
        raise
    try:
        with reading_from(ALIAS):
            yield
    finally:
        with suppress(DatabaseError, InterfaceError):
            moment.__exit__(None, None, None)


def _was_lost(error):
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return database_is_gone(error) or getattr(error.__cause__, "sqlstate", None) in CONFLICTS
