"""The queue of unmatched requests, and what waits on the staff desk."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.html import escape

from accounts import clock
from requests_app import services
from requests_app.models import PartnerRequest
from requests_app.staff.groups import GROUPS
from tests.cast import login
from tests.factories import PartnerFactory, ShopFactory, make_request, owner_of
from tests.requests_app.staff.verbs import VIEW, refer_to_harbour
from tests.staff import allow, page


@pytest.fixture
def unmatched(shop):
    """Waits in the queue: the one partner that fitted had no capacity, and another's currency has no rate."""
    fitting = PartnerFactory(name="Kestrel <b>Live</b>")
    request = make_request(shop, budget=900)
    PartnerFactory(name="Rateless", currency="JPY", smallest_budget=100)
    services.reject_share(share_id=request.shares.get().pk, by=owner_of(fitting), reason="no_capacity")
    return PartnerRequest.objects.get(pk=request.pk)


@pytest.mark.once
def test_unmatched_queue_says_what_was_tried_and_why_it_ended(desk, unmatched):
    text = desk.get(reverse("admin:requests_app_partnerrequest_unmatched")).content.decode()

    assert unmatched.reference in text
    assert escape("Kestrel <b>Live</b>") in text
    assert "Kestrel <b>" not in text
    assert "Rejected: No capacity at the moment" in text
    assert "JPY" in text
    assert page(unmatched, "refer") in text


@pytest.mark.once
def test_unmatched_queue_is_for_who_may_see_requests(client, clerk, unmatched):
    url = reverse("admin:requests_app_partnerrequest_unmatched")

    assert login(client, clerk).get(url).status_code == 403
    assert login(client, allow(clerk, VIEW[0])).get(url).status_code == 200


def test_request_leaves_the_queue_when_staff_refer_it(desk, unmatched):
    desk.post(page(unmatched, "refer"), refer_to_harbour())

    response = desk.get(reverse("admin:requests_app_partnerrequest_unmatched"))

    assert response.context["rows"] == []


@pytest.mark.once
def test_page_of_an_unmatched_request_names_partners_without_a_rate(desk, unmatched):
    assert "Rateless (JPY)" in desk.get(page(unmatched)).content.decode()


@pytest.mark.parametrize("rows", [1, 30])
def test_unmatched_queue_costs_the_same_for_any_number_of_rows(desk, db, django_assert_num_queries, rows):
    for _ in range(rows):
        make_request(ShopFactory())

    with django_assert_num_queries(8):
        response = desk.get(reverse("admin:requests_app_partnerrequest_unmatched"))

    assert len(response.context["rows"]) == rows


def test_desk_counts_what_waits(desk, unmatched):
    PartnerFactory(status="applied")

    response = desk.get(reverse("admin:index"))

    assert {task.label: task.count for task in response.context["desk"]} == {
        "Requests on hold": "",
        "Unmatched requests": "1",
        "Partners to approve": "1",
        "Partners that nobody can answer for": "",
        "Shops that nobody can act for": "",
        "Mails that failed": "",
        "Account mails that failed": "",
        "Tasks that failed": "",
        "Exchange rates to look at": "11",
    }


@pytest.mark.once
def test_desk_says_since_when_the_first_applicant_waits(desk):
    PartnerFactory(status="applied", applied_at=clock.now() - timedelta(days=4))

    response = desk.get(reverse("admin:index"))

    texts = {task.label: task.text for task in response.context["desk"]}
    assert texts["Partners to approve"].endswith("The first of them applied 4 days ago.")


@pytest.mark.once
def test_desk_shows_each_what_he_may_see(client, clerk, unmatched):
    response = login(client, allow(clerk, "partners.view_partner")).get(reverse("admin:index"))

    assert [task.label for task in response.context["desk"]] == [
        "Partners to approve",
        "Partners that nobody can answer for",
    ]


@pytest.mark.once
def test_groups_of_staff_hold_permissions_that_exist(db):
    held = {
        group.name: {
            f"{permission.content_type.app_label}.{permission.codename}"
            for permission in group.permissions.select_related("content_type")
        }
        for group in Group.objects.all()
    }

    assert held == {name: set(permissions) for name, permissions in GROUPS.items()}
