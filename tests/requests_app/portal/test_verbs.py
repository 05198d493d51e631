from decimal import Decimal

import pytest
from django.urls import reverse
from zeal import zeal_ignore

from requests_app import services
from requests_app.models import Event, Share
from tests.cast import login
from tests.factories import make_request
from tests.requests_app.portal.test_share import edit

pytestmark = pytest.mark.once

VERBS = ("accept", "reject", "withdraw", "close")
NO_REASON = "Choose a reason."


def url_of(share, verb):
    return reverse(f"portal:{verb}", args=[share.reference])


def now(share):
    return Share.objects.get(pk=share.pk)


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize(
    ("verb", "state", "button"),
    [
        ("accept", "share", "Accept request"),
        ("reject", "share", "Reject request"),
        ("withdraw", "accepted_share", "Withdraw acceptance"),
        ("close", "connected_share", "End connection"),
    ],
)
def test_page_of_a_verb_asks_with_the_verb_and_changes_nothing(verb, state, button, client, partner_owner, request):
    share = request.getfixturevalue(state)
    events = Event.objects.count()

    response = login(client, partner_owner).get(url_of(share, verb))
    page = response.content.decode()

    assert f">{button}</button>" in page
    assert "Lumen Skincare is told" in page
    assert "no-store" in response["Cache-Control"]
    assert (now(share).status, Event.objects.count()) == (share.status, events)
    for secret in ("Ann Whitfield", "ann.whitfield@lumen.example", "Kirkstall"):
        assert secret not in page


def test_accepting_carries_the_version_shown(client, reviewer, share):
    login(client, reviewer)
    shown = client.get(url_of(share, "accept")).context["version"]

    response = client.post(url_of(share, "accept"), {"version": shown}, follow=True)

    assert response.redirect_chain == [(share.get_absolute_url(), 302)]
    assert said(response) == ["You accepted the request. The seller is told, and can authorise you now."]
    assert (now(share).status, now(share).accepted_version) == ("accepted", 1)


def test_accepting_what_was_edited_meanwhile_shows_the_difference_and_asks_again(client, reviewer, share):
    login(client, reviewer)
    edit(share, budget=Decimal(2500))
    shown = client.get(url_of(share, "accept")).context["version"]
    edit(share, budget=Decimal(2600))

    asked = client.post(url_of(share, "accept"), {"version": shown})
    page = asked.content.decode()
    waiting = now(share).status
    client.post(url_of(share, "accept"), {"version": asked.context["version"]})

    assert "The seller changed this request since you opened it." in page
    assert "£2,500</del>" in page
    assert "£2,600</ins>" in page
    assert "£2,000" not in page
    assert (waiting, now(share).status, now(share).accepted_version) == ("reviewing", "accepted", 3)


@pytest.mark.parametrize("version", ["", "x", "-1", "0", "1.5", "\0", "9" * 30, "2"])
def test_accepting_an_unreadable_version_asks_again(version, client, reviewer, share):
    response = login(client, reviewer).post(url_of(share, "accept"), {"version": version})

    assert response.status_code == 200
    assert response.context["version"] == 1
    assert now(share).status == "reviewing"


def test_accepting_with_an_older_version_tells_nothing_from_before_the_share(
    client, reviewer, shop, partner, other_agency
):
    request = make_request(shop, picks=[other_agency], budget=Decimal(1111))
    edit(request.shares.get(), budget=Decimal(2222))
    request = type(request).objects.get(pk=request.pk)
    services.edit_request(
        request_id=request.pk, by=shop.members.get().user, version=2, details=request.details(),
        request_type="choose", hide_contact=False, picks=[partner.pk],
    )  # fmt: skip
    share = request.shares.get(partner=partner)

    page = login(client, reviewer).post(url_of(share, "accept"), {"version": 1}).content.decode()

    assert "£2,222" in page
    assert "1,111" not in page


@pytest.mark.parametrize(
    ("verb", "state", "after"), [("reject", "share", "rejected"), ("withdraw", "accepted_share", "rejected")]
)
def test_answering_with_a_reason_and_a_note(verb, state, after, client, reviewer, request):
    share = request.getfixturevalue(state)

    response = login(client, reviewer).post(
        url_of(share, verb), {"reason": "budget", "note": "Two lines,\r\nas typed"}, follow=True
    )

    share = now(share)
    assert said(response)[0].endswith("The seller is told.")
    assert (share.status, share.reject_reason, share.note) == (after, "budget", "Two lines,\nas typed")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({}, NO_REASON),
        ({"reason": ""}, NO_REASON),
        ({"reason": "because"}, "Choose a reason of the list."),
        ({"reason": "bud\0get"}, "Choose a reason of the list."),
        ({"reason": "budget", "note": "x" * 501}, "at most 500 characters"),
        ({"reason": "budget", "note": "x" * 100_000}, "at most 500 characters"),
        ({"reason": "budget", "note": "a\0b"}, "Null characters are not allowed."),
    ],
)
@pytest.mark.parametrize(("verb", "state"), [("reject", "share"), ("withdraw", "accepted_share")])
def test_answering_badly_shows_the_form_again(typed, error, verb, state, client, reviewer, request):
    share = request.getfixturevalue(state)

    response = login(client, reviewer).post(url_of(share, verb), typed)
    page = response.content.decode()

    assert response.status_code == 200
    assert page.count(error) == 2  # the summary, the field
    assert now(share).status == share.status


def test_answering_keeps_the_note_that_was_typed(client, reviewer, share):
    page = login(client, reviewer).post(url_of(share, "reject"), {"note": "<b>Two</b> & more"}).content.decode()

    assert "&lt;b&gt;Two&lt;/b&gt; &amp; more" in page


def test_note_of_500_characters_with_line_breaks_is_taken(client, reviewer, share):
    note = "x\r\n" * 249 + "xx"

    login(client, reviewer).post(url_of(share, "reject"), {"reason": "other", "note": note})

    assert now(share).note == note.replace("\r\n", "\n")
    assert len(now(share).note) == 500


def test_owner_ends_a_connection(client, partner_owner, connected_share):
    given = {"reason": "terms", "note": "We could not meet the budget."}

    response = login(client, partner_owner).post(url_of(connected_share, "close"), given, follow=True)

    assert said(response) == ["You ended the connection. The seller is told."]
    assert (now(connected_share).stated_reason, now(connected_share).note) == tuple(given.values())
    assert "You ended the connection: No agreement on the terms" in response.content.decode()
    assert (now(connected_share).status, now(connected_share).closed_reason) == ("closed", "partner_ended")
    assert connected_share.authorisations.get().end_reason == "closed"


def test_connection_is_not_ended_without_a_reason(client, partner_owner, connected_share):
    response = login(client, partner_owner).post(url_of(connected_share, "close"), {"note": "No reason."})

    assert response.context["form"].errors == {"reason": ["Choose a reason."]}
    assert "No reason." in response.content.decode()
    assert now(connected_share).is_connected


def test_request_edited_while_its_acceptance_is_on_the_way_shows_the_difference(
    client, reviewer, share, just_before_accepting
):
    just_before_accepting(lambda: edit(share, budget=Decimal(2600)))

    with zeal_ignore():
        response = login(client, reviewer).post(url_of(share, "accept"), {"version": 1})

    assert "£2,600</ins>" in response.content.decode()
    assert (response.context["version"], now(share).status) == (2, "reviewing")


# What is not open to the reader, or not any more


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_verb_on_a_share_that_somebody_closed_is_a_plain_message(verb, method, client, partner_owner, seller, share):
    services.close_share(share_id=share.pk, by=seller)

    response = getattr(login(client, partner_owner), method)(
        url_of(share, verb), {"version": 1, "reason": "budget"}, follow=True
    )

    assert response.redirect_chain == [(share.get_absolute_url(), 302)]
    assert said(response) == ["It is “Closed” now, so this is not possible any more. Nothing was changed."]


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        ("share", {"withdraw", "close"}),
        ("accepted_share", {"accept", "reject", "close"}),
        ("connected_share", {"accept", "reject", "withdraw"}),
    ],
)
def test_verbs_of_other_statuses_change_nothing(state, refused, client, partner_owner, request):
    share = request.getfixturevalue(state)
    login(client, partner_owner)

    for verb in refused:
        response = client.post(url_of(share, verb), {"version": 1, "reason": "budget"}, follow=True)
        assert said(response)[0].startswith("It is “")

    assert now(share).status == share.status


def test_second_click_is_a_plain_message(client, reviewer, share):
    login(client, reviewer)
    client.post(url_of(share, "accept"), {"version": 1})

    again = client.post(url_of(share, "accept"), {"version": 1}, follow=True)

    assert said(again)[-1] == "It is “Partner accepted” now, so this is not possible any more. Nothing was changed."
    assert Event.objects.filter(kind="accepted").count() == 1


@pytest.fixture
def just_before_accepting(monkeypatch):
    """Have something happen between reading the share and accepting it."""

    def arrange(happens):
        def accept(**answer):
            with zeal_ignore():  # two services in one request read the share twice
                happens()
                return accept_share(**answer)

        monkeypatch.setattr(services, "accept_share", accept)

    accept_share = services.accept_share
    return arrange


def test_share_closed_while_its_acceptance_is_on_the_way_is_a_plain_message(
    client, reviewer, seller, share, just_before_accepting
):
    just_before_accepting(lambda: services.close_share(share_id=share.pk, by=seller))

    response = login(client, reviewer).post(url_of(share, "accept"), {"version": 1}, follow=True)

    assert said(response) == ["It is “Closed” now, so this is not possible any more. Nothing was changed."]


@pytest.mark.parametrize(
    ("verb", "state"),
    [("accept", "share"), ("reject", "share"), ("withdraw", "accepted_share"), ("close", "connected_share")],
)
def test_viewer_is_told_why_not(verb, state, client, partner_viewer, request):
    share = request.getfixturevalue(state)

    response = login(client, partner_viewer).post(url_of(share, verb), {"version": 1, "reason": "budget"}, follow=True)

    assert said(response)[0].startswith("Only an owner")
    assert now(share).status == share.status


def test_reviewer_is_told_that_an_owner_ends_connections(client, reviewer, connected_share):
    response = login(client, reviewer).post(url_of(connected_share, "close"), follow=True)

    assert said(response) == ["Only an owner of the partner can end a connection. Ask an owner."]
    assert now(connected_share).status == "connected"


def test_partner_in_the_payload_counts_for_nothing(client, other_partner, other_agency, share, partner):
    response = login(client, other_partner).post(
        url_of(share, "accept"), {"version": 1, "partner": partner.pk, "membership": f"partner:{partner.pk}"}
    )

    assert response.status_code == 404
    assert now(share).status == "reviewing"


@pytest.mark.parametrize("verb", [*VERBS, "contact"])
def test_verbs_are_refused_without_a_token(verb, reviewer, share):
    from tests.client import CheckedClient

    client = CheckedClient(enforce_csrf_checks=True)

    assert login(client, reviewer).post(url_of(share, verb), {"version": 1}).status_code == 403
    assert now(share).status == "reviewing"


# What each page says before


def told_on(client, share, verb):
    return client.get(f"{share.get_absolute_url()}{verb}/").context["consequences"].notified


def test_rejecting_a_referral_says_that_another_may_be_asked(client, reviewer, partner, shop):
    referred = make_request(shop).shares.get()
    chosen = make_request(shop, picks=[partner]).shares.get()
    login(client, reviewer)

    told = "Lumen Skincare is told at once, with your reason and note."
    assert told_on(client, chosen, "reject") == [told]
    assert told_on(client, referred, "reject") == [told, "TikTok Shop may refer another partner in your place."]


def test_ending_a_connection_names_the_areas_that_end(client, partner_owner, connected_share):
    response = login(client, partner_owner).get(f"{connected_share.get_absolute_url()}close/")

    assert (
        response.context["consequences"].ends[0]
        == "The authorisation that Lumen Skincare granted you: Products (view)."
    )
