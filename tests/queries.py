from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

FRAME = 4  # session, person, memberships, unread; one more for who is of both, or of no shop where a page asks for all


@contextmanager
def counted():
    """Gives a list that holds the statements of the block afterwards, but for savepoints.

    A test runs in a transaction of its own, which turns the transactions inside it into savepoints.
    """
    statements = []
    with CaptureQueriesContext(connection) as captured:
        yield statements
    statements += [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]
