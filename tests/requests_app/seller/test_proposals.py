"""Proposals side by side, and authorising a partner on one of them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from accounts import clock
from requests_app import services
from requests_app.authorisations import Authorisation
from requests_app.pages.terms import NOT_CHOSEN, STATES
from requests_app.proposals.services import withdraw_proposal
from requests_app.proposals.workflow import ProposalStatus
from tests.cast import login
from tests.factories import PartnerFactory, make_request, owner_of
from tests.queries import FRAME, counted
from tests.requests_app.seller.details import read, url, words
from tests.requests_app.seller.talks import propose, share_url

pytestmark = pytest.mark.once

GRANT = {"area_orders": "view", "days": "90", "terms": "on"}


@pytest.fixture
def several(shop):
    """`several(count)`: the shares of a request that so many partners accepted."""

    def several(count):
        request = make_request(shop, PartnerFactory.create_batch(count))
        for share in request.shares.select_related("partner"):
            services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)
        return list(request.shares.select_related("partner").order_by("pk"))

    return several


def compare(client, request, **params):
    return client.get(f"{url(request)}proposals/", params)


def cells(response, label):
    row = next(row for row in response.context["rows"] if row["label"] == label)
    return [(cell["text"], cell["before"]) for cell in row["cells"]]


def test_request_without_proposals_says_so(seller_client, open_request):
    assert "No proposals yet" in compare(seller_client, open_request).text


def test_proposals_stand_side_by_side_in_the_words_of_the_reader(seller_client, several):
    monthly, commission, once = several(3)
    with time_machine.travel("2026-11-26T12:00Z", tick=False):
        propose(monthly, amount=Decimal("1234.50"))
        propose(commission, price="commission", amount=None, percent=Decimal("12.5"), included="")
        propose(once, price="once", amount=Decimal(4000), months=0, starts_on=date(2026, 12, 1))
        login(seller_client, owner_of(monthly.request.shop))
        response = compare(seller_client, monthly.request)

    assert cells(response, "Price") == [("£1,234.50 a month", ""), ("12.5% of sales", ""), ("£4,000 once", "")]
    assert [text for text, _before in cells(response, "Services")] == ["Advertising and Livestream selling"] * 3
    assert [text for text, _ in cells(response, "Earliest start")] == ["Mon 11 Jan 2027"] * 2 + ["Tue 1 Dec"]
    assert [text for text, _ in cells(response, "Shortest term")] == ["3 months", "3 months", "None"]
    assert [text for text, _ in cells(response, "Valid until")] == ["Thu 10 Dec, 12:00"] * 3
    html = response.text
    assert html.count('<th scope="col">') == 3
    assert html.count('<th scope="row">') == 8
    assert f'data-label="{monthly.partner.name}"'.replace("&", "&amp;") in html


def test_newest_version_says_what_the_one_before_said(seller_client, accepted_share):
    propose(accepted_share)
    propose(accepted_share, seen=1, amount=Decimal(1450), included="", months=3)

    response = compare(seller_client, accepted_share.request)

    assert cells(response, "Price") == [("£1,450 a month", "£1,200 a month")]
    assert cells(response, "What is included") == [("", "Two shows a week, with host and studio.")]
    assert cells(response, "Shortest term") == [("3 months", "")]
    assert '<del dir="auto">£1,200 a month</del>' in response.text


def test_withdrawn_expired_and_chosen_ones_say_so_and_cannot_be_chosen(seller_client, seller, several):
    sent, withdrawn, expired, chosen = several(4)
    for share in (sent, withdrawn, chosen):
        propose(share)
    propose(expired, valid_until=clock.now() + timedelta(days=2))
    withdraw_proposal(share_id=withdrawn.pk, by=owner_of(withdrawn.partner), seen=1)
    services.authorise_share(share_id=chosen.pk, by=seller, areas={"ads": "view"}, days=30, proposal=1)

    with time_machine.travel(clock.now() + timedelta(days=3)):
        columns = compare(login(seller_client, seller), sent.request).context["columns"]

    shown = {each["url"]: (each["state"]._replace(text=""), bool(each["authorise_url"])) for each in columns}
    assert shown == {
        share_url(sent): (STATES[ProposalStatus.SENT], True),
        share_url(withdrawn): (STATES[ProposalStatus.WITHDRAWN], False),
        share_url(expired): (STATES[ProposalStatus.EXPIRED], False),
        share_url(chosen): (STATES[ProposalStatus.CHOSEN], False),
    }


def means(person, request):
    """Return what the page says of the state of each proposal to the person, by the partner's share."""
    columns = compare(login(Client(), person), request).context["columns"]
    return {column["url"]: (column["state"].label, str(column["state"].text)) for column in columns}


def test_one_that_was_not_chosen_says_so_once_its_share_is_accepted_no_more(seller, several):
    without, closed, withdrawn = several(3)
    for share in (without, closed, withdrawn):
        propose(share)
    services.authorise_share(share_id=without.pk, by=seller, areas={"ads": "view"}, days=30)
    services.close_share(share_id=closed.pk, by=seller)
    services.withdraw_share(share_id=withdrawn.pk, by=owner_of(withdrawn.partner), reason="other")
    passed = {
        share_url(without): (NOT_CHOSEN.label, "You authorised the partner without it."),
        share_url(closed): (NOT_CHOSEN.label, "It has ended for this partner."),
        share_url(withdrawn): (NOT_CHOSEN.label, "It has ended for this partner."),
    }

    assert means(seller, without.request) == passed
    with time_machine.travel(clock.now() + timedelta(days=20)):
        assert means(seller, without.request) == passed
        page = login(Client(), seller).get(share_url(closed))
    assert "Proposal Was not chosen It has ended for this partner." in words(page.text)


def test_what_is_asked_of_the_reader_is_what_they_may_do(seller, editor, viewer, several):
    sent, expired = several(2)
    propose(sent, valid_until=clock.now() + timedelta(days=20))
    propose(expired, valid_until=clock.now() + timedelta(days=2))
    with time_machine.travel(clock.now() + timedelta(days=3)):
        said = {
            person.email: [text for _label, text in means(person, sent.request).values()]
            for person in (seller, editor, viewer)
        }

    of_owner = "An owner of your shop can authorise the partner to take it."
    assert said == {
        seller.email: ["Authorise the partner to take it.", "Ask the partner for a new one."],
        editor.email: [of_owner, "Ask the partner for a new one."],
        viewer.email: [of_owner, "An owner or editor of your shop can ask the partner for a new one."],
    }


def test_four_are_compared_and_the_reader_chooses_which(seller_client, several):
    shares = several(6)
    for share in shares:
        propose(share)
    withdraw_proposal(share_id=shares[0].pk, by=owner_of(shares[0].partner), seen=1)
    request = shares[0].request

    def shown(**params):
        return [column["url"] for column in compare(seller_client, request, **params).context["columns"]]

    assert shown() == [share_url(share) for share in shares[1:5]]
    two = {"with": [shares[0].reference, shares[5].reference]}
    assert shown(**two) == [share_url(shares[5]), share_url(shares[0])]
    assert shown(**{"with": "SPS-x"}) == shown()
    many = compare(seller_client, request, **{"with": [share.reference for share in shares]})
    assert "You ticked more than 4, so the first 4 are shown." in words(many.text)
    assert many.text.count('type="checkbox" name="with"') == 6


def test_only_an_owner_authorises_and_others_read_why(client, editor, viewer, accepted_share):
    propose(accepted_share)

    for person in (editor, viewer):
        column = compare(login(client, person), accepted_share.request).context["columns"][0]
        assert column["authorise_url"] == ""
        assert column["why_not"]


@pytest.mark.parametrize("count", [1, 4])
def test_comparison_takes_the_same_queries_for_any_number_of_proposals(count, seller_client, several):
    shares = several(count)
    for share in shares:
        propose(share)
        propose(share, seen=1, amount=Decimal(900))

    with counted() as queries:
        compare(seller_client, shares[0].request)

    # request, shares, authorisations, whose it is, proposals, versions, their writers
    assert len(queries) == FRAME + 7


def test_comparison_of_another_shop_is_not_found(client, other_seller, other_shop, accepted_share):
    propose(accepted_share)

    assert compare(login(client, other_seller), accepted_share.request).status_code == 404


# Authorising on one


def test_authorising_on_a_proposal_shows_it_and_records_its_version(seller_client, accepted_share):
    propose(accepted_share)
    column = compare(seller_client, accepted_share.request).context["columns"][0]

    page = seller_client.get(column["authorise_url"])
    done = seller_client.post(share_url(accepted_share, "authorise/"), GRANT | {"proposal": "1"}, follow=True)

    assert column["authorise_url"] == f"{share_url(accepted_share, 'authorise/')}?proposal=1"
    assert "Proposal of Northlight Commerce, version 1" in words(page.text)
    assert "£1,200 a month" in page.text
    assert "You take version 1 of the proposal of Northlight Commerce" in words(page.text)
    assert '<input type="hidden" name="proposal" value="1">' in page.text
    assert Authorisation.objects.get().proposal_number == 1
    assert "You are connected with Northlight Commerce, on version 1 of its proposal." in words(done.text)
    assert "Proposal On version 1 of its proposal" in words(done.text)
    assert done.context["timeline"][0]["detail"].endswith("On version 1 of its proposal")


def test_version_that_changed_meanwhile_is_shown_and_asked_for_again(seller_client, accepted_share):
    propose(accepted_share)
    propose(accepted_share, seen=1, amount=Decimal(1450))

    refused = seller_client.post(share_url(accepted_share, "authorise/"), GRANT | {"proposal": "1"})
    form = refused.context["form"]

    assert not Authorisation.objects.exists()
    assert "The partner changed its proposal since you opened it." in words(refused.text)
    assert "Before: £1,200 a month £1,450 a month" in words(refused.text)
    assert '<input type="hidden" name="proposal" value="2">' in refused.text
    assert (form["area_orders"].value(), form["days"].value(), form["terms"].value()) == ("view", "90", True)

    seller_client.post(share_url(accepted_share, "authorise/"), GRANT | {"proposal": "2"})
    assert Authorisation.objects.get().proposal_number == 2


def test_proposal_that_was_withdrawn_meanwhile_can_be_left_out(seller_client, accepted_share):
    propose(accepted_share)
    withdraw_proposal(share_id=accepted_share.pk, by=owner_of(accepted_share.partner), seen=1)

    refused = seller_client.post(share_url(accepted_share, "authorise/"), GRANT | {"proposal": "1"})

    assert "The proposal cannot be chosen any more." in words(refused.text)
    assert 'name="proposal"' not in refused.text
    assert not Authorisation.objects.exists()
    seller_client.post(share_url(accepted_share, "authorise/"), GRANT)
    assert Authorisation.objects.get().proposal_number is None


def test_authorising_without_one_says_that_there_is_one(seller_client, accepted_share):
    assert "sent you a proposal" not in seller_client.get(share_url(accepted_share, "authorise/")).text
    propose(accepted_share)

    page = seller_client.get(share_url(accepted_share, "authorise/"))

    assert "Northlight Commerce sent you a proposal" in words(page.text)
    assert 'name="proposal"' not in page.text


@pytest.mark.parametrize("number", ["x", "", "-1", "0", "9" * 18, "9" * 40])
def test_version_that_nobody_sent_is_never_chosen(number, seller_client, accepted_share):
    propose(accepted_share)

    page = seller_client.get(share_url(accepted_share, "authorise/"), {"proposal": number})
    seller_client.post(share_url(accepted_share, "authorise/"), GRANT | {"proposal": number})

    assert page.status_code == 200
    assert [grant.proposal_number for grant in Authorisation.objects.all()] in ([], [None])


# On the other pages


def test_view_details_leads_to_the_proposals(seller_client, several):
    first, second = several(2)
    request = first.request

    def led():
        context = seller_client.get(url(request)).context
        return (str(context["act"]["label"]), context["proposals"] and str(context["proposals"]["label"]))

    found = [led()]
    propose(first)
    found.append(led())
    propose(second)
    found.append(led())

    assert found == [
        ("Choose whom to authorise", None),
        ("Choose whom to authorise", "1 proposal"),
        ("Compare proposals", None),  # the act leads there
    ]


def test_page_of_the_share_shows_its_proposal(seller_client, accepted_share):
    propose(accepted_share, included="<b>Two</b> shows")

    page = seller_client.get(share_url(accepted_share))

    assert "&lt;b&gt;Two&lt;/b&gt; shows" in page.text
    assert page.context["act"]["url"] == share_url(accepted_share, "authorise/?proposal=1")


def test_timeline_tells_of_each_version(seller_client, accepted_share):
    propose(accepted_share)
    propose(accepted_share, seen=1, amount=Decimal(1450), months=6)

    page = read(seller_client, accepted_share.request)

    assert "Version 2 Changed: Price, Shortest term, and Valid until" in page


def test_renewing_keeps_the_version_that_was_chosen(seller, accepted_share):
    propose(accepted_share)
    grant = {"share_id": accepted_share.pk, "by": seller, "areas": {"orders": "view"}, "days": 30}

    services.authorise_share(**grant, proposal=1)
    services.renew_share(**grant)

    assert Authorisation.objects.get(ended_at=None).proposal_number == 1
