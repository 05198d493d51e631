"""My Requests: its rows and pages, whose turn it is, and how the list refreshes itself."""

from datetime import timedelta

import pytest
import time_machine

from accounts import clock
from partners.models import Partner
from requests_app import services
from requests_app.conversation.services import note_read
from requests_app.limits import MOST_PICKS
from requests_app.models import PartnerRequest
from requests_app.seller.my_requests import MOST_LINES, PAGE_SIZE
from tests.cast import login
from tests.client import MOST_HTML
from tests.factories import PartnerFactory, ShopFactory, add_to_shop, make_request, more_like, owner_of
from tests.queries import FRAME, counted
from tests.requests_app.seller.my_requests import MINE, ask, follow, references
from tests.requests_app.seller.talks import say

LIVE = {"HX-Request": "true"}


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.usefixtures("many_with_one_partner")
def test_my_requests_takes_three_queries_for_any_number_of_rows(rows, mine, shop, partner, other_agency):
    more_like(make_request(shop, [partner]), rows - 1)
    Partner.objects.filter(pk=other_agency.pk).update(capacity=200)
    make_request(shop, [partner, other_agency])

    with counted() as queries:
        response = mine()

    assert len(queries) == FRAME + 3  # counts, rows, their shares
    assert len(response.context["rows"]) == min(rows + 1, 15)


def test_my_requests_reads_no_contact_details_from_the_database(mine, shop, partner):
    ask(shop, partner)

    with counted() as queries:
        mine()

    read = " ".join(queries)
    assert "requests_app_partnerrequest" in read
    for name in ("subject", "contact_email", "location", "hot_sale_product", "other_details", '"note"'):
        assert name not in read


@pytest.mark.usefixtures("many_with_one_partner")
def test_my_requests_pages_newest_first_and_back(mine, shop, partner):
    with time_machine.travel(clock.now(), tick=False):  # many of one moment
        expected = [request.reference for request in reversed(ask(shop, partner, 45))]

    first = mine()
    second = follow(mine, first.context["page"].older_url)
    third = follow(mine, second.context["page"].older_url)
    back = follow(mine, third.context["page"].newer_url)

    assert references(first) + references(second) + references(third) == expected
    assert references(back) == references(second)
    assert first.context["page"].newer_url == third.context["page"].older_url == ""


@pytest.mark.usefixtures("many_with_one_partner")
def test_my_requests_can_begin_with_the_oldest(mine, shop, partner):
    expected = [request.reference for request in ask(shop, partner, 25)]

    first = mine(sort="oldest")
    second = follow(mine, first.context["page"].older_url)
    back = follow(mine, second.context["page"].newer_url)

    assert references(first) + references(second) == expected
    assert references(back) == references(first)
    assert "/requests/?status=with-partners&sort=oldest" in [tab["url"] for tab in first.context["tabs"]]


@pytest.mark.once
@pytest.mark.parametrize(
    ("verb", "days", "said"),
    [
        ("wait", 4, []),
        ("wait", 5.5, ["Due soon"]),
        ("wait", 6.5, ["Due within 24 hours"]),
        ("accept", 50, []),
        ("accept", 55, ["Closes soon"]),
        ("reject", 0, []),
        ("accept", 59.5, ["Closes within 24 hours"]),
    ],
)
def test_row_warns_when_its_end_is_near(verb, days, said, mine, shop, partner, partner_owner):
    with time_machine.travel(clock.now() - timedelta(days=days)):
        share = ask(shop, partner)[0].shares.get()
        if verb == "accept":
            services.accept_share(share_id=share.pk, by=partner_owner, version=1)
        if verb == "reject":
            services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")

    response = mine()

    assert [row.urgency.label for row in response.context["rows"] if row.urgency] == said


@pytest.mark.parametrize("key", ["x", "1", "-", "1-x", "9" * 40 + "-1", "1-" + "9" * 40, "１-１"])
def test_key_that_nobody_wrote_gives_the_first_page(key, mine, shop, partner):
    request = ask(shop, partner)[0]

    assert references(mine(before=key)) == [request.reference]


@pytest.mark.parametrize("rows", [1, 12])
@pytest.mark.usefixtures("many_with_one_partner")
def test_my_requests_takes_no_query_more_where_there_are_messages(rows, mine, shop, partner):
    for request in ask(shop, partner, rows):
        say(request.shares.get())

    with counted() as queries:
        response = mine()

    assert len(queries) == FRAME + 3  # counts, rows, their shares
    assert [row.unread for row in response.context["rows"]] == [1] * rows


@pytest.mark.once
def test_question_is_the_sellers_turn_in_the_row_and_in_what_is_announced(mine, client, shop, partner, viewer):
    request = ask(shop, partner)[0]
    seen = mine().context["state"]
    with time_machine.travel(clock.now() + timedelta(days=5.5)):
        login(client, owner_of(shop))
        say(request.shares.get())
        row = mine().context["rows"][0]
        news = client.get(MINE, {"seen": seen}, headers=LIVE).context["news"]
        page = mine().content.decode()
        login(client, viewer)
        step = mine().context["rows"][0].step

    assert (row.step.turn, str(row.step.text)) == ("you", "Northlight Commerce asks you something")
    assert row.urgency.label == "Due soon"
    assert news == f"Beauty & Personal Care, {request.reference} is “A question for you” now."
    assert "New messages" in page
    assert (step.turn, step.text) == ("other", "for an owner or editor of your shop to reply to Northlight Commerce")


@pytest.mark.once
def test_row_with_a_new_message_refreshes_itself_until_it_is_read(mine, client, shop, partner, seller):
    share = ask(shop, partner)[0].shares.get()
    services.accept_share(share_id=share.pk, by=owner_of(partner), version=1)
    seen = mine().context["state"]
    message = say(share)

    refreshed = client.get(MINE, {"seen": seen}, headers=LIVE)
    note_read(share_id=share.pk, by=seller, upto=message.pk)

    assert "New messages" in refreshed.text
    assert mine().context["state"] == seen
    assert "New messages" not in mine().text


@pytest.mark.once
def test_row_shows_reference_category_budget_status_and_next_step(mine, shop, partner):
    with time_machine.travel("2026-11-26T12:00Z", tick=False):
        request = ask(shop, partner)[0]
        html = mine().content.decode()

    for text in (request.reference, "Beauty &amp; Personal Care", "£2,000", "Partner reviewing", "Northlight Commerce"):
        assert text in html
    assert "has until" in html
    assert "Thu 3 Dec" in html
    assert ">View Details</a>" in html
    assert f'href="/requests/{request.reference}/"' in html


@pytest.mark.once
def test_row_shows_each_partners_own_status(mine, shop, partner, other_agency, partner_owner):
    request = make_request(shop, [partner, other_agency])
    services.reject_share(share_id=request.shares.get(partner=partner).pk, by=partner_owner, reason="budget")

    (row,) = mine().context["rows"]

    assert row.headline == "reviewing"
    assert [(share.partners, share.status) for share in row.shares] == [
        (["Harbour & Pine"], "reviewing"),
        (["Northlight Commerce"], "rejected"),
    ]


@pytest.mark.once
def test_many_partners_of_a_row_stand_together_by_status(mine, shop, partner_owner, partner):
    others = [PartnerFactory(name=f"Agency {number}") for number in range(4)]
    request = make_request(shop, [partner, *others])
    services.reject_share(share_id=request.shares.get(partner=partner).pk, by=partner_owner, reason="budget")

    response = mine()

    assert [(share.partners, share.status) for share in response.context["rows"][0].shares] == [
        (["Agency 0", "Agency 1", "Agency 2", "Agency 3"], "reviewing"),
        (["Northlight Commerce"], "rejected"),
    ]
    assert "Agency 0, Agency 1, Agency 2, Agency 3</span>" in response.text


@pytest.mark.once
@pytest.mark.parametrize("picks", [MOST_LINES, MOST_PICKS])
def test_page_of_my_requests_stays_light_with_many_partners(mine, shop, picks):
    agencies = [PartnerFactory(name=f"Northlight Commerce Agency {number}", capacity=50) for number in range(picks)]
    more_like(make_request(shop, agencies), PAGE_SIZE - 1)

    response = mine()

    assert len(response.context["rows"]) == PAGE_SIZE
    assert len(response.content) < MOST_HTML


@pytest.mark.once
@pytest.mark.parametrize(
    ("reader", "turn", "text"),
    [
        ("seller", "you", "Authorise Northlight Commerce to begin, or close"),
        ("editor", "other", "for an owner of your shop to authorise Northlight Commerce"),
        ("viewer", "other", "for an owner of your shop to authorise Northlight Commerce"),
    ],
)
def test_row_says_whose_turn_it_is_to_each_role(reader, turn, text, request, client, accepted_share):
    response = login(client, request.getfixturevalue(reader)).get(MINE)

    (row,) = response.context["rows"]
    assert (row.step.turn, row.step.text) == (turn, text)


def test_only_requests_of_own_shops_are_listed(mine, partner, other_shop):
    ask(other_shop, partner)

    assert references(mine()) == []


@pytest.mark.once
def test_requests_of_all_own_shops_are_listed_with_their_shops_name(client, seller, shop, partner):
    other = ShopFactory(name="Second Shop", owner=seller)
    first, second = ask(shop, partner) + ask(other, partner)

    response = login(client, seller).get(MINE)

    assert references(response) == [second.reference, first.reference]
    assert [row.shop for row in response.context["rows"]] == ["Second Shop", "Lumen Skincare"]


@pytest.mark.once
def test_empty_list_offers_the_one_next_action(mine):
    html = mine().content.decode()

    assert "No requests yet" in html
    assert 'href="/requests/new/"' in html


@pytest.mark.once
def test_empty_list_tells_a_viewer_whom_to_ask(client, viewer):
    html = login(client, viewer).get(MINE).content.decode()

    assert 'href="/requests/new/"' not in html
    assert "Only an owner or editor of the shop can do this. Ask one of them." in html


# The list that refreshes itself


@pytest.mark.once
def test_list_is_not_sent_again_while_nothing_changed(seller_client, shop, partner):
    ask(shop, partner)
    state = seller_client.get(MINE).context["state"]

    response = seller_client.get(MINE, {"seen": state}, headers=LIVE)

    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.once
def test_list_is_sent_anew_with_a_word_for_screen_readers_when_something_changed(
    seller_client, shop, partner, partner_owner
):
    request = ask(shop, partner)[0]
    state = seller_client.get(MINE).context["state"]
    services.accept_share(share_id=request.shares.get().pk, by=partner_owner, version=1)

    response = seller_client.get(MINE, {"seen": state}, headers=LIVE)

    html = response.content.decode()
    assert "<html" not in html
    assert "Partner accepted" in html
    assert 'id="requests-news" role="status" data-hx-swap-oob="innerHTML"' in html
    news = f"Beauty &amp; Personal Care, {request.reference} is “Partner accepted” now."
    assert f"My Requests was updated. {news}" in html
    assert 'id="requests-tabs" data-hx-swap-oob="true"' in html
    assert [tab["count"] for tab in response.context["tabs"] if tab["label"] == "Waiting for you"] == ["1"]
    assert state not in html


@pytest.mark.once
def test_time_alone_changes_nothing_in_the_list(seller_client, shop, partner):
    ask(shop, partner)
    state = seller_client.get(MINE).context["state"]

    with time_machine.travel(clock.now() + timedelta(minutes=10)):
        assert seller_client.get(MINE, {"seen": state}, headers=LIVE).status_code == 204


@pytest.mark.once
def test_answers_to_pages_and_to_refreshing_lists_are_kept_apart(seller_client, shop):
    assert "HX-Request" in seller_client.get(MINE)["Vary"]


def test_headline_of_the_list_is_the_stored_one(mine, shop, partner):
    request = ask(shop, partner)[0]
    PartnerRequest.objects.filter(pk=request.pk).update(headline="finding", seeking=True)

    (row,) = mine().context["rows"]

    assert (row.headline, row.step.who) == ("finding", "TikTok Shop")


def test_member_by_another_role_sees_the_same_rows(client, shop, partner):
    request = ask(shop, partner)[0]
    newcomer = add_to_shop(shop, owner_of(ShopFactory()), "viewer")

    assert references(login(client, newcomer).get(MINE)) == [request.reference]


@pytest.mark.parametrize("params", [{}, {"status": "with-partners"}, {"sort": "oldest"}])
def test_pages_of_several_shops_hold_every_request_once_in_order(params, mine, seller, shop, monkeypatch):
    monkeypatch.setattr("requests_app.seller.my_requests.PAGE_SIZE", 2)
    other = ShopFactory(owner=seller)
    made = [make_request(each, [PartnerFactory()]).reference for each in (shop, other, other, other, shop)]

    response = mine(**params)
    found = references(response)
    while url := response.context["page"].older_url:
        response = mine(**dict(pair.split("=") for pair in url.removeprefix("?").split("&")))
        found += references(response)

    assert found == (made if params.get("sort") else made[::-1])
