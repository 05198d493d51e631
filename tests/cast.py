"""The standing cast: the people, shop and partner that most tests are about, and one request between them.

`accepted_share` and `connected_share` are `share`, taken there through the services: fetch anew what was read before.
"""

from unittest import mock

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType

from requests_app import availability, services
from tests import standing as standing_rows
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
from tests.standing import standing


def login(client, user):
    client.force_login(user)
    return client


def signed_in(user):
    """A new client of this user, for stories with several people."""
    return login(CheckedClient(), user)


@pytest.fixture(autouse=True)
def _same_names_each_time():
    standing_rows.seed()


@standing
def seller(db):
    return UserFactory(email="seller@example.com", name="Sarah Seller")


@standing
def shop(seller):
    return ShopFactory(name="Lumen Skincare", owner=seller)


@standing
def editor(shop):
    return add_to_shop(shop, UserFactory(email="editor@example.com", name="Edith Editor"), "editor")


@standing
def viewer(shop):
    return add_to_shop(shop, UserFactory(email="viewer@example.com", name="Victor Viewer"), "viewer")


@standing
def other_seller(db):
    return UserFactory(email="other-seller@example.com", name="Oscar Otherseller")


@standing
def other_shop(other_seller):
    return ShopFactory(name="Fern & Fable", owner=other_seller)


@standing
def partner_owner(db):
    return UserFactory(email="partner@example.com", name="Petra Partner")


@standing
def partner(partner_owner):
    return PartnerFactory(name="Northlight Commerce", city="Leeds", owner=partner_owner)


@standing
def reviewer(partner):
    return add_to_partner(partner, UserFactory(email="reviewer@example.com", name="Rita Reviewer"), "reviewer")


@standing
def partner_viewer(partner):
    return add_to_partner(partner, UserFactory(email="partner-viewer@example.com", name="Vera Partnerviewer"), "viewer")


@standing
def other_partner(db):
    return UserFactory(email="other-partner@example.com", name="Otto Otherpartner")


@standing
def other_agency(other_partner):
    return PartnerFactory(name="Harbour & Pine", owner=other_partner)


@standing
def staff(db):
    superuser = UserFactory(email="staff@example.com", name="Stella Staff", is_staff=True, is_superuser=True)
    return with_second_factor(superuser)


@standing
def clerk(db):
    """Staff without a single permission."""
    return with_second_factor(UserFactory(email="clerk@example.com", name="Carl Clerk", is_staff=True))


@pytest.fixture
def desk(client, staff):
    """The staff's client, with the content types that Django keeps once they were asked for."""
    ContentType.objects.get_for_models(*admin.site._registry)
    return login(client, staff)


def any_number_with_one_partner():
    return mock.patch.object(availability, "MOST_WITH_ONE_PARTNER", 1000)


@pytest.fixture
def many_with_one_partner():
    """A shop may have any number of requests with one partner: for tests that need many rows, not the rule."""
    with any_number_with_one_partner():
        yield


@pytest.fixture
def details(db):
    return details_of()


@standing
def open_request(shop, partner):
    return make_request(shop, picks=[partner])


@standing
def share(open_request):
    return open_request.shares.get()


@standing
def accepted_share(share, partner_owner):
    return services.accept_share(share_id=share.pk, by=partner_owner, version=1)


@standing
def connected_share(accepted_share, seller):
    services.authorise_share(share_id=accepted_share.pk, by=seller, areas={"products": "view"}, days=30)
    return type(accepted_share).objects.get(pk=accepted_share.pk)
