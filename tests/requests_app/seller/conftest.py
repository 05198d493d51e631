import uuid

import pytest

from partners.models import Partner
from requests_app.conversation import reading
from requests_app.models import PartnerRequest
from requests_app.pages import conversation as pages
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


@pytest.fixture
def hidden(open_request):
    """The contact details of the request are hidden until a partner accepts."""
    PartnerRequest.objects.filter(pk=open_request.pk).update(hide_contact=True)


@pytest.fixture
def finds(monkeypatch):
    """Contact data is what holds an @."""
    monkeypatch.setattr(pages, "finds_contact", lambda text, regions=(): "@" in text)
    monkeypatch.setattr(reading, "masked", lambda text, regions=(): text.replace("@", "[hidden]"))
