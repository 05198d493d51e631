"""The cache in the database of a site on PostgreSQL. Django finds it by its path (CACHES, BACKEND)."""

from contextlib import contextmanager

from django.core.cache.backends import db
from django.db import DEFAULT_DB_ALIAS, connections


class DatabaseCache(db.DatabaseCache):
    """Django's, which reads and writes outside of the transaction that asks it.

    What rate limits count has to stay when an act is refused and undone, others must not wait for it until the act is
    done, and a page that reads one snapshot could not write it.
    """

    def get_many(self, keys, version=None):
        with outside_of_transactions():
            return super().get_many(keys, version)

    def has_key(self, key, version=None):
        with outside_of_transactions():
            return super().has_key(key, version)

    def clear(self):
        with outside_of_transactions():
            super().clear()

    def _base_set(self, *args, **kwargs):
        with outside_of_transactions():
            return super()._base_set(*args, **kwargs)

    def _base_delete_many(self, keys):
        with outside_of_transactions():
            return super()._base_delete_many(keys)


@contextmanager
def outside_of_transactions():
    """Let the block ask the database on a second connection of the pool where this thread's has a transaction."""
    here = connections[DEFAULT_DB_ALIAS]
    if not here.in_atomic_block:
        yield
        return
    connection = connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = here
        connection.close()
