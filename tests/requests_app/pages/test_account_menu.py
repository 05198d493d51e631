"""In the account menu whoever is signed in opens another shop or joins as a partner, and then acts for it."""

import pytest

from partners.models import Partner
from requests_app.models import Shop
from tests.cast import login
from tests.factories import UserFactory, category, market

pytestmark = pytest.mark.once

PEOPLE = ("seller", "viewer", "partner_owner", "partner_viewer", "clerk", "nobody")


@pytest.fixture
def nobody(db):
    return UserFactory()


@pytest.fixture(params=PEOPLE)
def person(request):
    return request.getfixturevalue(request.param)


def test_menu_leads_everybody_to_both(person, client):
    shown = login(client, person).get("/notifications/").text

    assert 'href="/accounts/signup/seller/"' in shown
    assert "Open another shop" in shown
    assert 'href="/accounts/signup/partner/"' in shown
    assert "Join as a partner" in shown


def test_who_opens_another_shop_acts_for_it(person, client):
    market("DE")

    answer = login(client, person).post(
        "/accounts/signup/seller/", {"shop_name": "Zebra Prints", "market": "DE", "language": "de"}, follow=True
    )

    assert answer.redirect_chain[-1][0] == "/seller/"
    assert client.session["membership"] == f"shop:{Shop.objects.get(name='Zebra Prints').pk}"
    assert "Zebra Prints" in answer.text


def test_who_joins_as_a_partner_acts_for_it(person, client):
    sent = {
        "partner_name": "Zebra Digital", "tagline": "Stripes that sell", "types": ["tsp"], "services": ["ads"],
        "categories": [category().pk], "markets": [market().pk], "languages": ["en"], "company_sizes": ["1-10"],
        "currency": "GBP",
    }  # fmt: skip

    answer = login(client, person).post("/accounts/signup/partner/", sent, follow=True)

    made = Partner.objects.get(name="Zebra Digital")
    assert client.session["membership"] == f"partner:{made.pk}"
    assert "Zebra Digital" in answer.text
    assert client.get("/").headers["Location"] == "/portal/"
