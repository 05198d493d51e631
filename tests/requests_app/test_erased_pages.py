"""What pages say of a request whose contact details and free text have left the database."""

import pytest
import time_machine
from django.urls import reverse

from requests_app import services
from requests_app.erasure import erase_request
from requests_app.models import PartnerRequest
from tests.cast import login, signed_in

pytestmark = pytest.mark.once

SAID = "Contact details and free text were erased on"


@pytest.fixture
def erased(share, seller):
    services.close_request(request_id=share.request_id, by=seller)
    with time_machine.travel("2028-12-03T12:00:00+00:00", tick=False):
        erase_request(request_id=share.request_id)
    return PartnerRequest.objects.get(pk=share.request_id)


def test_view_details_says_that_and_when(client, seller, erased):
    html = login(client, seller).get(erased.get_absolute_url()).text

    assert html.count(SAID) == 2  # in their place, and where stands who can see them
    assert "3 Dec 2028" in html
    for label in ("Subject", "Hot sale product"):
        assert f"<dt>{label}</dt>" not in html


def test_page_of_the_partner_says_it_too(partner_owner, share, erased):
    html = signed_in(partner_owner).get(share.get_absolute_url()).text

    assert SAID in html
    assert "Show contact details" not in html


def test_request_again_starts_with_ones_own_name_and_address(editor, erased):
    initial = signed_in(editor).get(f"/requests/new/?again={erased.reference}").context["form"].initial

    assert (initial["subject"], initial["contact_email"]) == ("Edith Editor", "editor@example.com")
    assert initial["budget"] == erased.budget
    assert initial["category"] == erased.category_id


def test_staff_are_not_offered_to_open_what_is_gone(desk, erased):
    html = desk.get(reverse("admin:requests_app_partnerrequest_change", args=[erased.pk])).text

    assert reverse("admin:requests_app_partnerrequest_contact", args=[erased.pk]) not in html
    assert "3 Dec 2028" in html
