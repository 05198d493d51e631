from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from accounts import clock
from partners.models import Partner
from requests_app import services
from requests_app.models import PartnerRequest, Share
from requests_app.portal.filters import ALL, TABS
from requests_app.workflow import ShareStatus
from tests.cast import login
from tests.factories import PartnerFactory, add_to_partner, category, make_request, more_like, owner_of
from tests.queries import FRAME

INBOX = "/portal/"


@pytest.fixture
def inbox(client, partner_owner, partner):
    """Give the inbox's answer, as partner_owner, to these parameters."""
    Partner.objects.filter(pk=partner.pk).update(capacity=200)
    login(client, partner_owner)
    return lambda **parameters: client.get(INBOX, parameters)


def references(response):
    return [row.reference for row in response.context["rows"]]


def ask(shop, partner, count=1, **details):
    return [make_request(shop, picks=[partner], **details).shares.get() for _number in range(count)]


def ask_often(shop, partner, count):
    """Likewise, as rows alone: oldest first."""
    (first,) = ask(shop, partner)
    more_like(first.request, count - 1)
    return list(partner.shares.order_by("pk"))


@pytest.mark.parametrize("rows", [1, 30])
def test_inbox_takes_three_queries_for_any_number_of_rows(rows, inbox, shop, partner, django_assert_num_queries):
    ask_often(shop, partner, rows)

    with django_assert_num_queries(FRAME + 3):  # counts, keys, rows
        response = inbox()

    assert len(response.context["rows"]) == min(rows, 20)


def test_inbox_pages_newest_first_and_back(inbox, shop, partner):
    shares = ask_often(shop, partner, 45)
    expected = [share.reference for share in reversed(shares)]

    first = inbox(sort="newest")
    second = inbox_at(inbox, first.context["page"].older_url)
    third = inbox_at(inbox, second.context["page"].older_url)
    back = inbox_at(inbox, third.context["page"].newer_url)

    assert references(first) + references(second) + references(third) == expected
    assert references(back) == references(second)
    assert first.context["page"].newer_url == third.context["page"].older_url == ""


@pytest.mark.usefixtures("many_with_one_partner")
def test_inbox_opens_with_what_waits_by_its_due_date(inbox, shop, partner, partner_owner):
    first, taken, last = ask(shop, partner, 3)
    services.accept_share(share_id=taken.pk, by=partner_owner, version=1)
    Share.objects.filter(pk=first.pk).update(respond_by=last.respond_by + timedelta(hours=48))

    opened = inbox()

    assert references(opened) == references(inbox(sort="due")) == [last.reference, first.reference]
    assert references(inbox(sort="shop", status="none")) == [last.reference, first.reference]
    assert active_tabs(opened) == ["To answer"]
    assert opened.context["tabs"][0]["url"] == "/portal/"


@pytest.mark.usefixtures("many_with_one_partner")
def test_inbox_sorts_each_tab_by_what_it_has(inbox, shop, partner, partner_owner):
    first, taken, last = ask(shop, partner, 3)
    services.accept_share(share_id=taken.pk, by=partner_owner, version=1)

    newest = [last.reference, taken.reference, first.reference]

    assert references(inbox(status="all")) == references(inbox(status="all", sort="due")) == newest
    assert references(inbox(status="all", sort="oldest")) == newest[::-1]
    assert references(inbox(sort="newest")) == [last.reference, first.reference]
    assert list(inbox().context["filter"].sorts) == ["due", "newest", "oldest"]
    assert list(inbox(status="done").context["filter"].sorts) == ["newest", "oldest"]


def active_tabs(response):
    return [tab["label"] for tab in response.context["tabs"] if tab["active"]]


def test_inbox_pages_what_is_due_first_and_back(inbox, shop, partner):
    expected = [share.reference for share in ask_often(shop, partner, 25)]

    first = inbox()
    second = inbox_at(inbox, first.context["page"].older_url)

    assert references(first) + references(second) == expected
    assert "Due sooner" in second.content.decode()
    assert references(inbox_at(inbox, second.context["page"].newer_url)) == references(first)


def inbox_at(inbox, query):
    return inbox(**dict(pair.split("=") for pair in query.removeprefix("?").split("&")))


@pytest.mark.once
def test_inbox_says_until_when_to_answer_in_the_readers_zone(inbox, shop, partner, partner_owner):
    partner_owner.time_zone = "Asia/Tokyo"
    partner_owner.save()
    with time_machine.travel("2026-11-26T05:00Z", tick=False):
        ask(shop, partner)
        page = inbox().content.decode()

    assert "Answer by Thu 3 Dec, 14:00" in page
    assert "1 request waits for your answer, due Thu 3 Dec, 14:00." in page
    assert "Due soon" not in page


@pytest.mark.once
@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (7 * 24 - 49, []),
        (7 * 24 - 47, ["Due soon"]),
        (7 * 24 - 23, ["Due within 24 hours"]),
        (7 * 24 + 1, ["Due now"]),
    ],
)
def test_inbox_warns_when_an_answer_is_nearly_due(hours, said, inbox, shop, partner):
    ask(shop, partner)

    with time_machine.travel(clock.now() + timedelta(hours=hours)):
        rows = inbox().context["rows"]

    assert [row.urgency.label for row in rows if row.urgency] == said


@pytest.mark.usefixtures("many_with_one_partner")
def test_inbox_counts_each_tab(inbox, shop, partner, partner_owner):
    first, second, _third = ask(shop, partner, 3)
    services.accept_share(share_id=first.pk, by=partner_owner, version=1)
    services.reject_share(share_id=second.pk, by=partner_owner, reason="budget")

    tabs = inbox().context["tabs"]

    assert [(str(tab["label"]), tab["count"]) for tab in tabs] == [
        ("To answer", "1"),
        ("In progress", "1"),
        ("Done", "1"),
        ("All", "3"),
    ]


@pytest.mark.once
def test_every_status_stands_in_one_tab_besides_all():
    held = [status for tab, (_label, statuses) in TABS.items() if tab != ALL for status in statuses]

    assert sorted(held) == sorted(ShareStatus)


@pytest.mark.once_on_postgresql
def test_inbox_stops_counting_at_99(inbox, shop, partner):
    ask_often(shop, partner, 101)

    response = inbox()

    assert response.context["tabs"][0]["count"] == "99+"
    assert response.context["waiting"].startswith("99+ requests wait for your answer")


@pytest.mark.usefixtures("many_with_one_partner")
def test_inbox_filters_by_status(inbox, shop, partner, partner_owner):
    accepted, rejected, waiting = ask(shop, partner, 3)
    services.accept_share(share_id=accepted.pk, by=partner_owner, version=1)
    services.reject_share(share_id=rejected.pk, by=partner_owner, reason="budget")

    assert references(inbox(status="to-answer")) == references(inbox(status="reviewing")) == [waiting.reference]
    assert references(inbox(status="in-progress")) == references(inbox(status="accepted")) == [accepted.reference]
    assert references(inbox(status="done")) == references(inbox(status="rejected")) == [rejected.reference]
    assert references(inbox(status="closed")) == references(inbox(status="connected")) == []


@pytest.mark.once
def test_inbox_shows_a_single_status_as_a_tab_of_its_own(inbox, shop, partner):
    ask(shop, partner)

    tabs = inbox(status="reviewing").context["tabs"]

    assert [(tab["label"], tab["count"], tab["active"]) for tab in tabs][-1] == ("Partner reviewing", "1", True)


def test_inbox_search_looks_into_all_tabs_until_one_is_chosen(inbox, shop, partner, partner_owner):
    accepted, waiting = ask(shop, partner, 2)
    services.accept_share(share_id=accepted.pk, by=partner_owner, version=1)

    found = inbox(q="lumen")

    assert references(found) == [waiting.reference, accepted.reference]
    assert active_tabs(found) == ["All"]
    assert [tab["url"] for tab in found.context["tabs"]][:2] == [
        "/portal/?q=lumen&status=to-answer",
        "/portal/?q=lumen&status=in-progress",
    ]
    assert references(inbox(q="lumen", status="to-answer")) == [waiting.reference]
    elsewhere = inbox(q="lumen", status="done").content.decode()
    assert "No request matches here" in elsewhere
    assert 'href="/portal/?q=lumen&amp;status=all"' in elsewhere


@pytest.mark.once
@pytest.mark.parametrize("parameters", [{"status": "open"}, {"sort": "never"}])
def test_inbox_leaves_out_filters_it_cannot_read(parameters, inbox, share):
    assert references(inbox(**parameters)) == [share.reference]


@pytest.mark.parametrize("cursor", ["x", "1-", "9" * 17 + "-1", "-1-1", "1-" + "9" * 30])
def test_inbox_reads_an_unknown_cursor_as_the_first_page(cursor, inbox, share):
    assert references(inbox(before=cursor)) == references(inbox(after=cursor)) == [share.reference]


@pytest.mark.parametrize("typed", ["lumen", "Skin", "skincare lum", "Beauty", "pers", "lumen beauty"])
def test_inbox_finds_beginnings_of_words(typed, inbox, share, other_shop, partner):
    ask(other_shop, partner, category=category("Pet Supplies"))

    assert references(inbox(q=typed)) == [share.reference]


def test_inbox_finds_references(inbox, share):
    for typed in (share.reference, share.reference[:7].lower(), share.reference[4:9]):
        assert references(inbox(q=typed)) == [share.reference]


@pytest.mark.parametrize(
    "typed",
    [
        "umen",
        "***",
        "Whitfield",
        "ann",
        "ann.whitfield@lumen.example",
        "Kirkstall",
        "serum",
        "livestreams",
        "x" * 4_000,
    ],
)
def test_inbox_finds_nothing_by_inner_parts_contact_details_or_free_text(typed, inbox, share):
    assert references(inbox(q=typed)) == []


def test_inbox_search_never_reads_the_requests_own_reference(inbox, share, open_request):
    assert references(inbox(q=open_request.reference)) == []
    assert open_request.reference not in inbox().content.decode()


@pytest.mark.once
def test_inbox_keeps_what_an_ended_share_showed(inbox, share, seller, open_request, partner_owner):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    edit(open_request, seller, category=category("Pet Supplies"), budget=Decimal(777))

    page = inbox(status="done").content.decode()

    assert "Beauty &amp; Personal Care" in page
    assert "£2,000" in page
    assert "777" not in page
    assert references(inbox(q="pet")) == []
    assert references(inbox(q="beauty")) == [share.reference]


def edit(request, by, **changes):
    request = PartnerRequest.objects.get(pk=request.pk)
    services.edit_request(
        request_id=request.pk,
        by=by,
        version=request.version,
        details=request.details() | changes,
        request_type=request.request_type,
        hide_contact=request.hide_contact,
    )


@pytest.mark.once
def test_inbox_marks_what_the_seller_edited(inbox, share, seller, open_request):
    before = inbox().context["rows"][0]
    edit(open_request, seller, budget=Decimal(3000))
    after = inbox().context["rows"][0]

    assert (before.changed, after.changed) == (False, True)
    assert (before.budget, after.budget) == (2000, 3000)


def test_inbox_shows_the_active_partner_alone(client, partner_owner, share, other_agency, shop):
    add_to_partner(other_agency, partner_owner, "reviewer")
    (other,) = ask(shop, other_agency)
    login(client, partner_owner)

    client.post(reverse("switch"), {"membership": f"partner:{other_agency.pk}"})
    there = references(client.get(INBOX))
    client.post(reverse("switch"), {"membership": f"partner:{share.partner_id}"})
    here = references(client.get(INBOX))

    assert (there, here) == ([other.reference], [share.reference])


@pytest.mark.once
def test_inbox_of_who_belongs_to_no_partner_says_so(client, seller, shop):
    response = login(client, seller).get(INBOX)

    assert response.status_code == 302
    assert response["Location"] == "/"


@pytest.mark.once
def test_inbox_sends_strangers_to_sign_in(client):
    assert client.get(INBOX)["Location"] == "/accounts/login/?next=/portal/"


@pytest.mark.once
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"status": "applied"}, "Your application is being reviewed"),
        ({"status": "suspended"}, "Your partner account is suspended"),
        ({"paused_until": "soon"}, "You are paused until "),
        ({"capacity": 0}, "You are fully booked: 0 of 0"),
        ({}, None),
    ],
)
def test_inbox_says_why_no_new_request_comes(state, said, client, db):
    if "paused_until" in state:
        state = {"paused_until": clock.now() + timedelta(days=3)}
    partner = PartnerFactory(**state)

    notice = login(client, owner_of(partner)).get(INBOX).context["notice"]

    assert notice["title"].startswith(said) if said else notice is None


@pytest.mark.once
@pytest.mark.parametrize(
    ("status", "said", "step"),
    [
        ("applied", "They arrive when a seller chooses you", "Complete your profile"),
        ("declined", "Sellers cannot choose you, as your application was declined.", "Apply again"),
        ("suspended", "Sellers cannot choose you while your partner account is suspended.", ""),
    ],
)
def test_inbox_of_who_is_not_approved_says_what_is_true_and_the_one_next_step(db, client, status, said, step):
    partner = PartnerFactory(status=status)

    response = login(client, owner_of(partner)).get(INBOX)

    nothing = response.context["nothing"]
    assert nothing["text"].startswith(said)
    assert nothing["label"] == step
    assert nothing["text"] in response.content.decode()
    assert ("Complete your profile" in response.content.decode()) == (status == "applied")


@pytest.mark.once
def test_inbox_without_requests_offers_the_profile(inbox):
    page = inbox().content.decode()

    assert "No requests yet" in page
    assert "Nothing waits for your answer." in page
    assert 'name="q"' not in page


@pytest.mark.once
def test_inbox_without_a_match_offers_all_requests(inbox, share):
    assert "No request matches" in inbox(q="zebra").content.decode()
    assert "No request has this status" in inbox(status="connected").content.decode()
    services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="budget")
    assert "Show all requests" in inbox().content.decode()


# Refreshing itself


def fresh(client, **parameters):
    return client.get(INBOX, parameters, headers={"HX-Request": "true"})


@pytest.mark.once
def test_refreshing_draws_nothing_when_nothing_changed(client, inbox, share):
    state = inbox().context["state"]

    response = fresh(client, seen=state)

    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.once
def test_refreshing_draws_the_list_and_says_so_when_something_changed(client, inbox, share, shop, partner):
    state = inbox().context["state"]
    (newer,) = ask(shop, partner)

    response = fresh(client, seen=state, status="reviewing")
    page = response.content.decode()

    assert references(response) == [share.reference, newer.reference]
    assert "<html" not in page
    assert f'hx-get="/portal/?status=reviewing&amp;acting_for=partner%3A{share.partner_id}"' in page
    assert (
        "Your inbox was updated. New: Beauty &amp; Personal Care, Lumen Skincare. 2 requests wait for your answer"
        in page
    )
    assert "HX-Request" in response["Vary"]


def test_inbox_reads_no_contact_details_from_the_database(inbox, share, django_assert_num_queries):
    with django_assert_num_queries(FRAME + 3) as queries:
        inbox()

    read = " ".join(query["sql"] for query in queries.captured_queries)
    assert "requests_app_share" in read
    for name in ("subject", "contact_email", "location", "hot_sale_product", "other_details", '"note"'):
        assert name not in read


@pytest.mark.once
def test_rejecting_chosen_ones_stands_above_the_list(inbox, share):
    html = inbox().content.decode()

    assert html.index("Reject chosen") < html.index(f'id="{share.reference}"')
