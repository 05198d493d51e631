"""Django's backend for PostgreSQL, with a pool for which not everybody waits while the database is gone.

Django finds a backend by this path and name (DATABASES, ENGINE).
"""

from django.db.backends.postgresql import base

from shoppartners.postgresql.gate import gate


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        with gate.passed():
            return super().get_new_connection(conn_params)
