"""Django's backend for PostgreSQL, with a pool for which not everybody waits while the database is gone.

Django finds a backend by this path and name (DATABASES, ENGINE).
"""

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

from shoppartners.postgresql.gate import gate


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        """Return a connection that works. When one of the pool does not, a restart of the database has cut them all.

        The pool's own check (CONN_HEALTH_CHECKS) sleeps for a second after each connection that it finds cut.
        """
        with gate.passed():
            connection = super().get_new_connection(conn_params)
            if self.pool and not _works(connection):
                self.pool.putconn(connection)
                self.pool.drain()
                connection = super().get_new_connection(conn_params)
        return connection


def _works(connection):
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        return False
    return True
