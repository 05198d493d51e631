"""The real WSGI application; a request with the header X-Die-At is followed step by step, and killed at that one.

`X-Die-At: 0` kills nothing: the answer's X-Steps lists the steps. X-From-Replica says so of a page.
"""

import json
import threading
from functools import partial

from django.db import connection
from django.test import Client

from shoppartners.wsgi import application as product
from tests.faults.steps import steps, watch_connections

watch_connections()

from requests_app import availability  # noqa: E402  it can be imported once the product is set up
from shoppartners import replica  # noqa: E402

here = threading.local()
is_fresh = replica.is_fresh


def noted(**asked):
    here.from_replica = is_fresh(**asked)
    return here.from_replica


replica.is_fresh = noted
availability.MOST_WITH_ONE_PARTNER = 1_000_000  # one shop acts with one partner time and again
# What a first page imports and reads is here before the processes part, and not again in each that takes over.
first = Client().get("/accounts/login/", headers={"host": "127.0.0.1"})
assert first.status_code == 200
connection.close()  # in case it asked the database: a connection is of one process
connection.close_pool()


def application(environ, start_response):
    die_at = environ.pop("HTTP_X_DIE_AT", None)
    if die_at is None:
        here.from_replica = False
        return product(environ, partial(_say_where, start_response))
    steps.follow(int(die_at))

    def answer(status, headers, exc_info=None):
        steps.reach("before the answer")
        steps.end()
        return start_response(status, [*headers, ("X-Steps", json.dumps(steps.followed))], exc_info)

    return product(environ, answer)


def _say_where(start_response, status, headers, exc_info=None):
    more = [("X-From-Replica", "1")] if here.from_replica else []
    return start_response(status, [*headers, *more], exc_info)
