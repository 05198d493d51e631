from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Notification
from requests_app.pages.frame import Frame, frame
from tests.cast import login
from tests.factories import UserFactory, add_to_partner

pytestmark = pytest.mark.once


@pytest.fixture
def frame_of(rf):
    def make(user, page="home"):
        request = rf.get("/")
        request.user, request.session = user, {}
        namespace, _, _name = page.rpartition(":")
        request.resolver_match = SimpleNamespace(namespace=namespace, view_name=page)
        return Frame(request)

    return make


def active_in(items):
    return [item["label"] for entry in items for item in (entry, *entry["children"]) if item["active"]]


def test_frame_asks_nothing_of_the_database_for_visitors(rf, django_assert_num_queries, db):
    request = rf.get("/")
    request.user, request.resolver_match = AnonymousUser(), None

    with django_assert_num_queries(0):
        found = frame(request)["frame"]
        assert (found.area, found.membership, found.nav, found.unread, found.home) == ("public", None, [], "", "")


def test_area_follows_the_page(seller, shop, partner, frame_of):
    add_to_partner(partner, seller, "viewer")

    found = frame_of(seller, "portal:inbox")

    assert found.area == "portal"
    assert found.membership.of == partner


def test_area_of_a_shared_page_follows_the_membership(partner_owner, partner, frame_of):
    assert frame_of(partner_owner, "accounts:notifications").area == "portal"


@pytest.mark.parametrize(
    ("place", "entry"),
    [
        ("seller:home", "Home"),
        ("seller:request_new", "TikTok Shop Partner"),
        ("seller:share_revoke", "My Requests"),
        ("accounts:notifications", "Notifications"),
    ],
)
def test_seller_navigation_marks_where_one_is(seller, shop, frame_of, place, entry):
    assert active_in(frame_of(seller, place).nav) == [entry]


def test_portal_navigation(partner_owner, partner, frame_of):
    nav = frame_of(partner_owner, "portal:accept").nav

    labels = [item["label"] for item in nav]
    assert labels == ["Inbox", "Insights", "Profile", "Availability", "Team", "Notifications"]
    assert active_in(nav) == ["Inbox"]


@pytest.mark.parametrize(("count", "shown"), [(0, ""), (3, "3"), (99, "99"), (120, "99+")])
def test_unread(seller, shop, frame_of, count, shown):
    Notification.objects.bulk_create(
        Notification(user=seller, source=f"event:{number}", template="x", path="/") for number in range(count)
    )

    assert frame_of(seller).unread == shown


def test_landing_page_is_public(client, db):
    assert "Sign up as a seller" in client.get("/").content.decode()


def test_home_of_a_seller(client, seller, shop):
    assert login(client, seller).get("/").url == "/seller/"


def test_home_of_a_partner(client, partner_owner, partner):
    assert login(client, partner_owner).get("/").url == "/portal/"


def test_home_of_staff(client, db):
    assert login(client, UserFactory(is_staff=True)).get("/").url == "/admin/"


def test_home_of_who_belongs_nowhere(client, other_seller):
    assert login(client, other_seller).get("/").status_code == 200


def test_switch(client, seller, shop, partner):
    add_to_partner(partner, seller, "viewer")

    response = login(client, seller).post("/switch/", {"membership": f"partner:{partner.pk}"})

    assert response.url == "/portal/"
    assert client.session["membership"] == f"partner:{partner.pk}"


@pytest.mark.parametrize("made_up", ["", "shop:0", "partner:x", "shop"])
def test_switch_to_what_is_not_ones_own(client, seller, shop, other_shop, made_up):
    for key in (made_up, f"shop:{other_shop.pk}"):
        assert login(client, seller).post("/switch/", {"membership": key}).url == "/"

    assert "membership" not in client.session


def test_switch_needs_a_post(client, seller, shop):
    assert login(client, seller).get("/switch/").status_code == 405


def test_sign_up_asks_as_whom(client, db):
    html = client.get("/accounts/signup/").content.decode()

    assert "/accounts/signup/seller/" in html
    assert "/accounts/signup/partner/" in html
    assert client.post("/accounts/signup/", {"email": "x@example.com"}).status_code == 405
