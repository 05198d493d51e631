"""What the tests of My Requests ask for and read there."""

from tests.factories import make_request

MINE = "/requests/"


def references(response):
    return [row.reference for row in response.context["rows"]]


def ask(shop, partner, count=1, **details):
    return [make_request(shop, [partner], **details) for _number in range(count)]


def follow(mine, query):
    return mine(**dict(pair.split("=") for pair in query.removeprefix("?").split("&")))
