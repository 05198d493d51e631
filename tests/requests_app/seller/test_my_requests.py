from datetime import timedelta

import pytest
import time_machine

from accounts import clock
from partners.models import Partner
from requests_app import services
from requests_app.conversation.services import note_read
from requests_app.limits import MOST_PICKS
from requests_app.models import PartnerRequest
from requests_app.seller.my_requests import MOST_LINES, PAGE_SIZE, TABS
from requests_app.workflow import Headline
from tests.cast import login
from tests.client import MOST_HTML
from tests.factories import PartnerFactory, ShopFactory, add_to_shop, category, make_request, more_like, owner_of
from tests.queries import counted
from tests.requests_app.seller.talks import say
from tests.standing import standing

MINE = "/requests/"
FRAME = 5  # session, user, shops, partners, unread notifications
LIVE = {"HX-Request": "true"}


@pytest.fixture
def mine(seller_client, partner):
    """Give the answer of My Requests, as the seller, to these parameters."""
    Partner.objects.filter(pk=partner.pk).update(capacity=200)
    return lambda **parameters: seller_client.get(MINE, parameters)


def references(response):
    return [row.reference for row in response.context["rows"]]


def ask(shop, partner, count=1, **details):
    return [make_request(shop, [partner], **details) for _number in range(count)]


def follow(mine, query):
    return mine(**dict(pair.split("=") for pair in query.removeprefix("?").split("&")))


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
def test_my_requests_takes_one_query_more_where_there_are_messages(rows, mine, shop, partner):
    for request in ask(shop, partner, rows):
        say(request.shares.get())

    with counted() as queries:
        response = mine()

    assert len(queries) == FRAME + 4  # counts, rows, their shares, what was read of their messages
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


# Search and filter


@standing
def world(shop, partner):
    """A request for toys to Toy Story, then one for beauty to Northlight Commerce."""
    said = {"city": "Manchester", "tagline": "Skin care sells live", "about": "Giraffes welcome."}
    toys = PartnerFactory(name="Toy Story Agency", categories=["Toys & Hobbies"], **said)
    PartnerFactory(name="Asked by nobody", tagline="Zebras")
    return {
        "toys": make_request(shop, [toys], category=category("Toys & Hobbies")).reference,
        "beauty": make_request(shop, [partner]).reference,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("north", ["beauty"]),
        ("NORTHLIGHT comm", ["beauty"]),
        ("light", []),
        ("toy", ["toys"]),
        ("hobb", ["toys"]),
        ("toy agen", ["toys"]),
        ("beauty north", ["beauty"]),
        ("beauty toy", []),
        ("SPR", ["beauty", "toys"]),
        ("lumen", ["beauty", "toys"]),
        ("leeds", ["beauty"]),
        ("manchester", ["toys"]),
        ("skin", ["beauty", "toys"]),  # the shop is Lumen Skincare
        ("giraff sells", ["toys"]),
        ("giraff beauty", []),
        ("zebras", []),
        ("%", []),
        ("_", []),
        ("'", []),
        ("&", []),
        ("toy:*", ["toys"]),
        ("!toy", ["toys"]),
        ("   ", ["beauty", "toys"]),
        # Contact details and free text are never searched.
        ("Ann", []),
        ("whitfield", []),
        ("kirkstall", []),
        ("vitamin", []),
        ("livestreams", []),
    ],
)
def test_search_finds_word_beginnings_of_names_categories_and_references(query, found, mine, world):
    names = {reference: name for name, reference in world.items()}

    assert [names[reference] for reference in references(mine(q=query))] == found


def test_search_finds_a_reference_however_it_is_typed(mine, world):
    reference = world["toys"]

    for typed in (reference, reference.lower(), reference.removeprefix("SPR-"), reference[:8], f" {reference} "):
        assert references(mine(q=typed)) == [reference]
    assert references(mine(q=reference[5:])) == []


@pytest.mark.once
@pytest.mark.parametrize("query", ["x" * 5000, "a " * 200, "x" * 121])
def test_search_that_is_too_long_finds_nothing_and_says_so(query, mine, world):
    response = mine(q=query)

    assert references(response) == []
    assert "The search text is too long. Shorten it to 120 characters." in response.content.decode()
    assert all(len(tab["url"]) < 300 for tab in response.context["tabs"])


@pytest.mark.once
def test_search_as_long_as_the_longest_name_is_searched_for(mine, world):
    response = mine(q=f"  {'x' * 120} ")

    assert "No request matches" in response.content.decode()


@pytest.mark.usefixtures("many_with_one_partner")
def test_search_stays_in_the_pages_and_tabs(mine, shop, partner):
    ask(shop, partner, 25)

    response = mine(q="north", status="reviewing")

    assert "q=north" in response.context["page"].older_url
    assert "status=reviewing" in response.context["page"].older_url
    assert all("q=north" in tab["url"] and tab["count"] == "" for tab in response.context["tabs"])


@pytest.mark.usefixtures("many_with_one_partner")
def test_status_tabs_count_and_filter(mine, shop, partner, partner_owner, seller):
    accepted, closed = ask(shop, partner, 2)
    ask(shop, partner, 3)
    services.accept_share(share_id=accepted.shares.get().pk, by=partner_owner, version=1)
    services.close_request(request_id=closed.pk, by=seller)

    response = mine(status="accepted")

    assert references(response) == [accepted.reference]
    assert {str(tab["label"]): tab["count"] for tab in response.context["tabs"]} == {
        "All": "5",
        "Waiting for you": "1",
        "With partners": "3",
        "On hold": "",
        "Connected": "",
        "Closed": "1",
    }
    assert '<option value="accepted" selected>' in response.content.decode()
    waiting = mine(status="waiting")
    assert references(waiting) == [accepted.reference]
    assert [str(tab["label"]) for tab in waiting.context["tabs"] if tab["active"]] == ["Waiting for you"]


@pytest.mark.once
@pytest.mark.parametrize("headline", Headline)
def test_every_headline_stands_in_one_tab(headline, mine, shop, partner):
    closed = {"status": "closed", "closed_at": clock.now(), "closed_by": "seller", "seeking": False}
    request = ask(shop, partner)[0]
    PartnerRequest.objects.update(headline=headline, **(closed if headline == Headline.CLOSED else {}))

    tabs = {code: references(mine(status=code)) for code in TABS}
    counted = {tab["url"].partition("status=")[2]: tab["count"] for tab in mine().context["tabs"]}

    assert [shown for shown in tabs.values() if shown] == [[request.reference]]
    assert [code for code in TABS if counted[code] == "1"] == [code for code in TABS if tabs[code]]


@pytest.mark.once_on_postgresql
def test_counts_stop_at_ninety_nine(mine, shop, partner):
    more_like(make_request(shop, [partner]), 99)

    counts = {str(tab["label"]): tab["count"] for tab in mine().context["tabs"]}

    assert (counts["All"], counts["With partners"]) == ("99+", "99+")


@pytest.mark.once
@pytest.mark.parametrize("status", ["nothing", "reviewing' or 1=1"])
def test_unknown_status_filters_nothing(status, mine, world):
    assert len(references(mine(status=status))) == 2


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


@pytest.mark.once
def test_nothing_found_leads_back_to_all(mine, world):
    html = mine(q="nothing like it").content.decode()

    assert "No request matches" in html
    assert "Show all requests" in html


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
