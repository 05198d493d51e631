"""Django's backend for PostgreSQL, with a limit for statements, and a pool for which nobody waits in vain.

Django finds a backend by this path and name (DATABASES, ENGINE).
"""

from contextlib import suppress

import psycopg
from django.db.backends.postgresql import base

from shoppartners.postgresql.gate import gate
from shoppartners.postgresql.limits import set_limit


class DatabaseWrapper(base.DatabaseWrapper):
    """Has the `position` of the server's log as it was when the connection was taken, where settings ask for it."""

    position = (None, None)

    def get_new_connection(self, conn_params):
        """Return a connection that works. When one of the pool does not, a restart of the database has cut them all.

        The pool's own check (CONN_HEALTH_CHECKS) sleeps for a second after each connection that it finds cut.
        """
        with self.settings_dict.get("GATE", gate).passed():
            connection = super().get_new_connection(conn_params)
            if not self._is_set(connection) and self.pool:
                self.pool.putconn(connection)
                self.pool.drain()
                connection = super().get_new_connection(conn_params)
                self._is_set(connection)
        return connection

    def _is_set(self, connection):
        """Set the limit of statements, which shows whether the connection works: one round trip for both."""
        autocommit = connection.autocommit
        asked, self.position = self.settings_dict.get("POSITION"), (None, None)
        try:
            connection.autocommit = True
            told = connection.execute(f"{set_limit()}; {asked}" if asked else set_limit())
        except psycopg.OperationalError:
            return False
        finally:
            with suppress(psycopg.OperationalError):
                connection.autocommit = autocommit
        if asked:
            while told.nextset():
                pass
            self.position = told.fetchone()
        return True
