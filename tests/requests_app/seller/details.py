"""What the tests of View Details read there."""

import re


def url(request):
    return f"/requests/{request.reference}/"


def words(html):
    """What stands on the page, without markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def read(client, request):
    return words(client.get(url(request)).content.decode())


def acts(response):
    """The labels of what may be done, with the request and with each partner."""
    return (
        [str(action.label) for action in response.context["actions"]],
        {card.name: [str(action.label) for action in card.actions] for card in response.context["cards"]},
    )
