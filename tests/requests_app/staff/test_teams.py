"""The logs of teams in the admin: read, searched by the name of a shop or partner, and never changed."""

import pytest
from django.urls import reverse

from requests_app.teams.models import TeamEvent
from requests_app.teams.settings import OF_SHOP, change_shop_as_staff
from tests.cast import login
from tests.client import text_of
from tests.factories import PartnerFactory, ShopFactory, add_to_shop
from tests.markup import elements_of, tree_of
from tests.staff import allow

pytestmark = [pytest.mark.once, pytest.mark.django_db]

URL = reverse("admin:requests_app_teamevent_changelist")


def rows_of(response):
    """The texts of the list's rows."""
    rows = [element for element in elements_of(tree_of(response.text)) if element.tag == "tr"]
    return [text_of(row) for row in rows if "FOUNDED".lower() in text_of(row).lower() or "Joined" in text_of(row)]


@pytest.mark.parametrize(("typed", "named"), [("lumen", {"Lumen Skincare"}), ("north", {"Northlight Commerce"})])
def test_log_is_found_by_the_name_of_a_shop_or_partner(typed, named, client, staff, editor):
    shop = ShopFactory(name="Lumen Skincare")
    PartnerFactory(name="Northlight Commerce")
    add_to_shop(shop, editor, "editor")
    login(client, staff)

    rows = rows_of(client.get(URL, {"q": typed}))

    assert {name for name in ("Lumen Skincare", "Northlight Commerce") for row in rows if name in row} == named


def test_list_asks_no_more_for_more_rows(client, staff, django_assert_max_num_queries):
    shop = ShopFactory()
    login(client, staff)
    client.get(URL)
    for person in [ShopFactory().members.get().user for _number in range(12)]:
        add_to_shop(shop, person, "viewer")

    with django_assert_max_num_queries(8):
        assert client.get(URL).status_code == 200


def test_support_reads_it(client, clerk):
    login(client, allow(clerk, "requests_app.view_teamevent"))
    ShopFactory()

    assert client.get(URL).status_code == 200
    event = TeamEvent.objects.first()
    assert client.get(reverse("admin:requests_app_teamevent_change", args=[event.pk])).status_code == 200
    assert client.get(reverse("admin:requests_app_teamevent_add")).status_code == 403


def test_page_of_an_event_says_what_changed(client, staff, seller, shop):
    values = {name: getattr(shop, name) for name in OF_SHOP} | {"currency": "EUR"}
    change_shop_as_staff(shop_id=shop.pk, by=staff, values=values)
    login(client, staff)

    page = client.get(reverse("admin:requests_app_teamevent_change", args=[TeamEvent.objects.latest("pk").pk]))

    assert "→ " in page.text
    assert "currency: " in page.text
