"""Help needed on the seller's pages: the form, View Details with its edits, and the request that is asked again."""

import pytest

from requests_app import services
from tests.client import text_of
from tests.factories import make_request
from tests.markup import elements_of, tree_of
from tests.requests_app.seller.request_form import NEW, only_request
from tests.standing import standing

pytestmark = pytest.mark.once


@standing
def request_for_help(shop, partner):
    return make_request(shop, [partner], services=["livestream", "ads"], start="quarter")


def ticked(html):
    elements = elements_of(tree_of(html))
    boxes = [element for element in elements if element.get("name") == "services"]
    return [element.get("value") for element in boxes if element.get("checked") is not None]


def test_what_is_ticked_is_submitted_in_the_order_of_the_list(seller_client, chosen):
    seller_client.post(NEW, chosen | {"services": ["ads", "livestream"], "start": "month"})

    assert (only_request().services, only_request().start) == (["livestream", "ads"], "month")


def test_what_was_ticked_too_often_is_kept_with_the_error_at_its_boxes(seller_client, chosen):
    four = ["store_operations", "livestream", "ads", "training"]

    html = seller_client.post(NEW, chosen | {"services": four}).content.decode()

    assert ticked(html) == four
    assert 'aria-describedby="id_services_helptext id_services_error"' in html
    assert 'id="id_services_error"' in html


def test_boxes_are_a_group_with_a_name_and_stand_first_in_their_part(seller_client, partner):
    html = seller_client.get(NEW).content.decode()
    part = next(element for element in elements_of(tree_of(html)) if element.get("id") == "part-type")

    groups = [text_of(group.find("legend")) for group in part.iter("fieldset") if group is not part]
    assert groups == ["Help needed", "Select partners*"]
    assert not any(box.get("disabled") for box in part.iter("input") if box.get("name") == "services")


def test_details_show_the_help_needed_and_what_an_edit_changed(seller_client, seller, request_for_help):
    details = request_for_help.details() | {"services": ["livestream"], "start": ""}
    services.edit_request(
        request_id=request_for_help.pk, by=seller, version=1, details=details, request_type="choose",
        hide_contact=False,
    )  # fmt: skip

    facts = seller_client.get(request_for_help.get_absolute_url()).context

    assert [row["value"] for row in facts["facts"]["type"][:2]] == ["Livestream selling", ""]
    edited = next(line["detail"] for line in facts["timeline"] if line["title"] == "Request edited")
    assert edited.splitlines() == [
        "Help needed: Livestream selling and Advertising → Livestream selling",
        "When do you want to start: Within 3 months → nothing",
    ]


def test_request_again_begins_with_the_old_help_needed(seller_client, request_for_help):
    html = seller_client.get(NEW, {"again": request_for_help.reference}).content.decode()

    assert ticked(html) == ["livestream", "ads"]
    assert '<option value="quarter" selected>' in html
