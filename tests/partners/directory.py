"""What the tests of the directory read there."""

from decimal import Decimal

from partners.models import ExchangeRate
from tests.client import text_of
from tests.markup import elements_of, tree_of

URL = "/partners/"


def ask(client, **params):
    return client.get(URL, params)


def names(response):
    return [card.name for card in response.context["cards"]]


def page_text(response):
    tree = tree_of(response.content.decode())
    return text_of(next(element for element in elements_of(tree) if element.tag == "main"))


def rate(currency, per_euro):
    ExchangeRate.objects.create(currency=currency, per_euro=Decimal(per_euro), date="2026-11-01", source="test")
