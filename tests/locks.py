"""The lock order (docs/design.md, One transaction) as the database sees it.

The person who acts, the shop, then request, then partners by id, then shares by id, then notifications, then the count
of a sender's mails. Each statement that a connection sends is looked at; what is out of order stands in `broken`.
Two transactions that keep to one order cannot lock each other out for ever.
"""

import re

from django.db import transaction
from django.db.backends.signals import connection_created

ORDER = [
    "accounts_user",
    "requests_app_shop",
    "requests_app_partnerrequest",
    "partners_partner",
    "requests_app_share",
    "accounts_notification",
    "accounts_mailcount",
]
_LOCKS = re.compile(r'SELECT .*? FROM "(\w+)".* FOR (?:NO KEY )?UPDATE', re.DOTALL)
_WRITES = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
_COLUMNS = re.compile(r"(?<=^SELECT) .* (?=FROM)")
IDLE = 0  # libpq: no transaction has begun

broken = []


class Watch:
    """An execute wrapper of one connection; it knows the locks that its present transaction took."""

    def __init__(self, connection):
        self.connection = connection
        self.savepoint = None
        self.taken = {}  # table: the statement and values that locked its rows, or None where it made them

    def __call__(self, execute, sql, params, many, context):
        if self._is_in_transaction() and sql.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            self._look_at(sql, params)
        return execute(sql, params, many, context)

    def _is_in_transaction(self):
        """Whether it is in one of the product: what a test wraps around all it does is none. Forgets the last one's."""
        of_tests = sum(block._from_testcase for block in self.connection.atomic_blocks)
        savepoints = self.connection.savepoint_ids[of_tests - 1 :] if of_tests else []
        savepoint = savepoints[0] if savepoints else None
        begins = not of_tests and self.connection.connection.info.transaction_status == IDLE
        if begins or savepoint != self.savepoint:
            self.savepoint, self.taken = savepoint, {}
        return len(self.connection.atomic_blocks) > of_tests

    def _look_at(self, sql, params):
        if locking := _LOCKS.match(sql):
            if locking[1] in ORDER:
                self._lock(locking[1], sql, params)
        elif (writing := _WRITES.match(sql)) and writing[2] in ORDER:
            verb, table = writing.groups()
            if verb == "INSERT INTO":
                self.taken.setdefault(table, None)
            elif table not in self.taken:
                self._lock(table, sql, params)

    def _lock(self, table, sql, params):
        later = [taken for taken in self.taken if ORDER.index(taken) > ORDER.index(table)]
        one = '"id" = %s' in sql or '"id" IN (%s)' in sql or '"key" = %s' in sql
        in_order = f'ORDER BY "{table}"."id" ASC' in sql or (
            sql.startswith((f'SELECT "{table}"."id"', f'SELECT "{table}"."key"')) and "ORDER BY 1 ASC" in sql
        )
        if later:
            self._tell(table, f"after {' and '.join(later)}", sql)
        elif not self._holds(table, sql, params):
            self._tell(table, "a second time", sql)
        elif not (one or in_order):
            self._tell(table, "not by id", sql)
        self.taken[table] = sql, params

    def _holds(self, table, sql, params):
        """Whether nothing of it was locked before, or the same rows. What it made itself nobody else waits for."""
        held = self.taken.get(table)
        return held is None or held == (sql, params) or set(params or ()) <= set(held[1] or ())

    def _tell(self, table, what, sql):
        broken.append(f"{table} is locked {what}: {_COLUMNS.sub(' … ', sql)}")


def watch(connection, **kwargs):
    """Look at all that this connection sends from now on. A receiver of connection_created."""
    if connection.vendor == "postgresql" and not any(isinstance(each, Watch) for each in connection.execute_wrappers):
        connection.execute_wrappers.append(Watch(connection))


def world_of_tests():
    """A transaction around several acts of a test, each of which is to count as one of its own."""
    block = transaction.atomic()
    block._from_testcase = True
    return block


def watch_all():
    connection_created.connect(watch, dispatch_uid="locks")


def check():
    """Fail if a transaction took locks out of order since `broken` was emptied."""
    assert not broken, "\n".join(broken[:3])
