import uuid

import pytest

from partners.models import Partner
from tests.cast import login
from tests.factories import CONTACT, category, market
from tests.requests_app.seller.my_requests import MINE


@pytest.fixture
def seller_client(client, seller, shop):
    """The seller's browser, signed in."""
    return login(client, seller)


@pytest.fixture
def mine(seller_client, partner):
    """Give the answer of My Requests, as the seller, to these parameters."""
    Partner.objects.filter(pk=partner.pk).update(capacity=200)
    return lambda **parameters: seller_client.get(MINE, parameters)


@pytest.fixture
def typed(db):
    """What a seller types into the request form, as a browser sends it: the platform refers, unless told otherwise."""
    market()
    return {
        "subject": "Ann Whitfield",
        "contact_email": CONTACT,
        "location": "Leeds",
        "company_size": "11-50",
        "currency": "GBP",
        "platform_gmv": "48,000.00",
        "other_gmv": "",
        "budget": "2000",
        "category": str(category().pk),
        "hot_sale_product": "Vitamin C serum",
        "other_details": "We launch in spring.",
        "request_type": "refer",
        "form_token": str(uuid.uuid4()),
    }


@pytest.fixture
def chosen(typed, partner):
    """The same with one partner chosen."""
    return typed | {"request_type": "choose", "partners": [str(partner.pk)]}
