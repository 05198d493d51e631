"""The real WSGI application; a request with the header X-Die-At is followed step by step, and killed at that one.

`X-Die-At: 0` kills nothing: the answer's X-Steps lists the steps.
"""

import json

from shoppartners.wsgi import application as product
from tests.faults.steps import steps, watch_connections

watch_connections()

from requests_app import reach  # noqa: E402  it can be imported once the product is set up

reach.MOST_WITH_ONE_PARTNER = 1_000_000  # one shop acts with one partner time and again


def application(environ, start_response):
    die_at = environ.pop("HTTP_X_DIE_AT", None)
    if die_at is None:
        return product(environ, start_response)
    steps.follow(int(die_at))

    def answer(status, headers, exc_info=None):
        steps.reach("before the answer")
        steps.end()
        return start_response(status, [*headers, ("X-Steps", json.dumps(steps.followed))], exc_info)

    return product(environ, answer)
