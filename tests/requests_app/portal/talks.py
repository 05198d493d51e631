"""What the tests of conversation and proposals in the portal send."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from accounts import clock
from tests.requests_app.portal.shares import url_of

LIVE = {"HX-Request": "true"}


def send(client, share, text="Do you ship to Ireland?", **more):
    data = {"text": text, "token": str(uuid4())} | more
    return client.post(url_of(share, "message"), data, follow=True)


def day_in(days):
    return f"{timezone.localdate(clock.now()) + timedelta(days=days):%Y-%m-%d}"


def typed(**changes):
    """What a partner types into the form of a proposal; None leaves a field out."""
    values = {
        "services": ["livestream"],
        "price": "monthly",
        "amount": "1,800",
        "percent": "",
        "included": "Three streams a week",
        "starts_on": day_in(10),
        "months": "3",
        "valid_until": day_in(14),
        "currency": "GBP",
        "seen": "0",
    } | changes
    return {name: value for name, value in values.items() if value is not None}
