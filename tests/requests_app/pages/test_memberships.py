import pytest

from requests_app.pages.memberships import (
    PARTNER,
    SHOP,
    active_membership,
    active_partner,
    active_shop,
    memberships_of,
)
from tests.factories import UserFactory, add_to_partner, add_to_shop

pytestmark = pytest.mark.once


@pytest.fixture
def both(shop, partner):
    """A viewer in the shop and in the partner."""
    return add_to_partner(partner, add_to_shop(shop, UserFactory(), "viewer"), "viewer")


@pytest.fixture
def request_of(rf):
    def make(user, chosen=None):
        request = rf.get("/")
        request.user, request.session = user, {"membership": chosen} if chosen else {}
        return request

    return make


def test_members_of_a_shop_alone_ask_once_for_all(seller, shop, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert [membership.key for membership in memberships_of(seller)] == [f"shop:{shop.pk}"]


def test_members_of_a_partner_alone_ask_once_from_the_portal(partner_owner, partner, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert [membership.key for membership in memberships_of(partner_owner, PARTNER)] == [f"partner:{partner.pk}"]
        assert memberships_of(partner_owner, SHOP) == ()


def test_who_is_of_both_has_both_whichever_is_asked_first(both, shop, partner):
    assert [membership.of for membership in memberships_of(both, PARTNER)] == [partner]
    assert [membership.of for membership in memberships_of(both)] == [shop, partner]


def test_memberships_shops_first(both, shop, partner, django_assert_num_queries):
    with django_assert_num_queries(2):
        keys = [membership.key for membership in memberships_of(both)]
        memberships_of(both)

    assert keys == [f"shop:{shop.pk}", f"partner:{partner.pk}"]


def test_first_membership_is_active_by_default(both, shop, request_of):
    assert active_membership(request_of(both)).of == shop


def test_chosen_membership_is_active(both, partner, request_of):
    request = request_of(both, f"partner:{partner.pk}")

    assert active_membership(request).of == partner


def test_each_kind_has_its_active_one(both, shop, partner, request_of):
    request = request_of(both, f"partner:{partner.pk}")

    assert active_shop(request) == shop
    assert active_partner(request) == partner


def test_membership_that_ended_is_not_active(seller, shop, other_shop, request_of):
    assert active_membership(request_of(seller, f"shop:{other_shop.pk}")).of == shop


def test_user_without_any_has_none(other_seller, request_of):
    assert active_membership(request_of(other_seller)) is None
    assert active_shop(request_of(other_seller)) is None
