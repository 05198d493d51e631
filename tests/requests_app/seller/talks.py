"""Messages and proposals for the tests of the seller's pages, made by the services."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from accounts import clock
from requests_app.conversation import services
from requests_app.conversation.models import Message
from requests_app.proposals.services import send_proposal
from tests.factories import owner_of


def say(share, text="We can start in March.", *, by=None):
    """A message of the partner; while it reviews it is a question."""
    return services.send_as_partner(share_id=share.pk, by=by or owner_of(share.partner), text=text, token=uuid4())


def reply(share, by, text="Yes, we do."):
    return services.send_as_seller(share_id=share.pk, by=by, text=text, token=uuid4())


def many(share, count, *, text="A message of some length, as people write them to each other: {number}."):
    """So many messages, side by side, as rows: services allow twenty a day."""
    people = {"seller": owner_of(share.request.shop), "partner": owner_of(share.partner)}
    rows = [
        Message(
            share=share,
            side=(side := ("partner", "seller")[number % 2]),
            by=people[side],
            at=clock.now() - timedelta(minutes=count - number),
            text=text.format(number=number),
            token=uuid4(),
        )
        for number in range(count)
    ]
    made = Message.objects.bulk_create(rows)
    newest = {side: max(row.pk for row in made if row.side == side) for side in people}
    share.partner_message, share.seller_message = newest["partner"], newest["seller"]
    share.save(update_fields=["partner_message", "seller_message"])
    return made


def propose(share, *, seen=0, **terms):
    """A proposal of the partner: 1,200 a month, unless told otherwise."""
    offered = {
        "services": ["ads", "livestream"],
        "price": "monthly",
        "amount": Decimal(1200),
        "percent": None,
        "included": "Two shows a week, with host and studio.",
        "starts_on": date(2027, 1, 11),
        "months": 3,
        "valid_until": clock.now() + timedelta(days=14),
    }
    return send_proposal(share_id=share.pk, by=owner_of(share.partner), seen=seen, terms=offered | terms)


def share_url(share, act=""):
    return f"/requests/{share.request.reference}/partners/{share.reference}/{act}"


def typed(text, **more):
    return {"text": text, "token": str(uuid4()), **more}


def shown(response):
    """The messages that a page shows, oldest first."""
    return [message for day in response.context["conversation"]["days"] for message in day["messages"]]
