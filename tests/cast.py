"""The standing cast: the people, shop and partner that most tests are about, and one request between them.

`accepted_share` and `connected_share` are `share`, taken there through the services: fetch anew what was read before.
"""

import factory.random
import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType

from requests_app import reach, services
from tests.client import CheckedClient
from tests.factories import (
    PartnerFactory,
    ShopFactory,
    UserFactory,
    add_to_partner,
    add_to_shop,
    details_of,
    make_request,
    with_second_factor,
)


def login(client, user):
    client.force_login(user)
    return client


def signed_in(user):
    """A new client of this user, for stories with several people."""
    return login(CheckedClient(), user)


@pytest.fixture(autouse=True)
def _same_names_each_time():
    factory.random.reseed_random("shop partners")


@pytest.fixture
def seller(db):
    return UserFactory(email="seller@example.com", name="Sarah Seller")


@pytest.fixture
def shop(seller):
    return ShopFactory(name="Lumen Skincare", owner=seller)


@pytest.fixture
def editor(shop):
    return add_to_shop(shop, UserFactory(email="editor@example.com", name="Edith Editor"), "editor")


@pytest.fixture
def viewer(shop):
    return add_to_shop(shop, UserFactory(email="viewer@example.com", name="Victor Viewer"), "viewer")


@pytest.fixture
def other_seller(db):
    return UserFactory(email="other-seller@example.com", name="Oscar Otherseller")


@pytest.fixture
def other_shop(other_seller):
    return ShopFactory(name="Fern & Fable", owner=other_seller)


@pytest.fixture
def partner_owner(db):
    return UserFactory(email="partner@example.com", name="Petra Partner")


@pytest.fixture
def partner(partner_owner):
    return PartnerFactory(name="Northlight Commerce", city="Leeds", owner=partner_owner)


@pytest.fixture
def reviewer(partner):
    return add_to_partner(partner, UserFactory(email="reviewer@example.com", name="Rita Reviewer"), "reviewer")


@pytest.fixture
def partner_viewer(partner):
    return add_to_partner(partner, UserFactory(email="partner-viewer@example.com", name="Vera Partnerviewer"), "viewer")


@pytest.fixture
def other_partner(db):
    return UserFactory(email="other-partner@example.com", name="Otto Otherpartner")


@pytest.fixture
def other_agency(other_partner):
    return PartnerFactory(name="Harbour & Pine", owner=other_partner)


@pytest.fixture
def staff(db):
    superuser = UserFactory(email="staff@example.com", name="Stella Staff", is_staff=True, is_superuser=True)
    return with_second_factor(superuser)


@pytest.fixture
def clerk(db):
    """Staff without a single permission."""
    return with_second_factor(UserFactory(email="clerk@example.com", name="Carl Clerk", is_staff=True))


@pytest.fixture
def desk(client, staff):
    """The staff's client, with the content types that Django keeps once they were asked for."""
    ContentType.objects.get_for_models(*admin.site._registry)
    return login(client, staff)


@pytest.fixture
def many_with_one_partner(monkeypatch):
    """A shop may have any number of requests with one partner: for tests that need many rows, not the rule."""
    monkeypatch.setattr(reach, "MOST_WITH_ONE_PARTNER", 1000)


@pytest.fixture
def details(db):
    return details_of()


@pytest.fixture
def open_request(shop, partner):
    return make_request(shop, picks=[partner])


@pytest.fixture
def share(open_request):
    return open_request.shares.get()


@pytest.fixture
def accepted_share(share, partner_owner):
    return services.accept_share(share_id=share.pk, by=partner_owner, version=1)


@pytest.fixture
def connected_share(accepted_share, seller):
    services.authorise_share(share_id=accepted_share.pk, by=seller, areas={"products": "view"}, days=30)
    return type(accepted_share).objects.get(pk=accepted_share.pk)
