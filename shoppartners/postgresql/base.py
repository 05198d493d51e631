"""Django's backend for PostgreSQL, with a limit for statements, and a pool for which nobody waits in vain.

Django finds a backend by this path and name (DATABASES, ENGINE).
"""

from contextlib import suppress

import psycopg
from django.db.backends.postgresql import base

from shoppartners.postgresql.gate import gate
from shoppartners.postgresql.limits import set_limit


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        """Return a connection that works. When one of the pool does not, a restart of the database has cut them all.

        The pool's own check (CONN_HEALTH_CHECKS) sleeps for a second after each connection that it finds cut.
        """
        with gate.passed():
            connection = super().get_new_connection(conn_params)
            if not _is_set(connection) and self.pool:
                self.pool.putconn(connection)
                self.pool.drain()
                connection = super().get_new_connection(conn_params)
                _is_set(connection)
        return connection


def _is_set(connection):
    """Set the limit of statements, which shows whether the connection works: one round trip for both."""
    autocommit = connection.autocommit
    try:
        connection.autocommit = True
        connection.execute(set_limit())
    except psycopg.OperationalError:
        return False
    finally:
        with suppress(psycopg.OperationalError):
            connection.autocommit = autocommit
    return True
