"""What differs for a page that refreshes itself says so, so that no cache mixes the two."""

import pytest

from tests.cast import signed_in

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("who", "url"),
    [
        ("seller", "/requests/"),
        ("seller", "/requests/new/"),
        ("partner_owner", "/portal/"),
        ("seller", "/partners/"),
    ],
)
def test_answer_that_differs_for_htmx_varies_by_it(who, url, request, share):
    client = signed_in(request.getfixturevalue(who))
    whole, piece = (client.get(url, headers=headers) for headers in ({}, {"HX-Request": "true"}))

    assert whole.content != piece.content
    for response in (whole, piece):
        assert "HX-Request" in response["Vary"]


def test_nothing_that_is_new_varies_too(seller, share):
    client = signed_in(seller)
    state = client.get("/requests/").context["state"]

    response = client.get("/requests/", {"seen": state}, headers={"HX-Request": "true"})

    assert response.status_code == 204
    assert "HX-Request" in response["Vary"]


def test_page_with_icons_varies_since_a_piece_leaves_out_their_sheet(seller, shop):
    assert "HX-Request" in signed_in(seller).get("/notifications/")["Vary"]


def test_answer_that_does_not_look_at_it_does_not_vary(client, db):
    assert "HX-Request" not in client.get("/robots.txt").headers.get("Vary", "")
