"""Several requests rejected at once: a page that lists which, each by itself, what hinders one told by its name."""

import re

import pytest
from django.contrib.messages import get_messages
from zeal import zeal_ignore

from partners.models import Partner
from requests_app import services
from requests_app.integrity.invariants import offenders
from requests_app.models import Share
from tests.cast import login
from tests.factories import make_request
from tests.queries import FRAME, counted

pytestmark = pytest.mark.once

URL = "/portal/reject/"


@pytest.fixture
def portal(client, partner_owner, partner):
    Partner.objects.filter(pk=partner.pk).update(capacity=200)
    return login(client, partner_owner)


@pytest.fixture
def ask(shop, partner):
    return lambda count=1: [make_request(shop, picks=[partner]).shares.get() for _number in range(count)]


@pytest.fixture
def reject(portal):
    """`reject(shares)` posts the form. Each is rejected in a transaction of its own, which asks for its rows anew: zeal
    takes that for a page that asks once a row. How many queries one takes is a test's below."""

    def reject(shares, **given):
        with zeal_ignore():
            return portal.post(URL, {"share": references(shares), "reason": "budget", **given})

    return reject


def references(shares):
    return [share.reference for share in shares]


def listed(response):
    """The references that the page's form carries."""
    return re.findall(r'name="share" value="([^"]+)"', response.content.decode())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def statuses(shares):
    now = dict(Share.objects.values_list("pk", "status"))
    return [now[share.pk] for share in shares]


def test_inbox_offers_boxes_for_what_waits_alone(portal, ask, partner_owner):
    waiting, accepted = ask(2)
    services.accept_share(share_id=accepted.pk, by=partner_owner, version=1)

    assert listed(portal.get("/portal/")) == [waiting.reference]


@pytest.mark.parametrize("role", ["partner_viewer"])
def test_inbox_offers_none_to_who_may_not_answer(role, request, client, ask):
    ask()

    page = login(client, request.getfixturevalue(role)).get("/portal/")

    assert listed(page) == []
    assert "Reject chosen" not in page.content.decode()


@pytest.mark.usefixtures("many_with_one_partner")
def test_page_lists_exactly_what_will_be_rejected(portal, ask, partner_owner):
    first, second, accepted, _unticked = ask(4)
    services.accept_share(share_id=accepted.pk, by=partner_owner, version=1)

    response = portal.get(URL, {"share": references([first, second, accepted])})
    page = response.content.decode()

    assert listed(response) == references([second, first])
    assert "Reject 2 requests?" in page
    assert accepted.reference in page.partition("Left out")[2]
    assert statuses([first, second, accepted]) == ["reviewing", "reviewing", "accepted"]


@pytest.mark.usefixtures("many_with_one_partner")
def test_reject_several_rejects_each_with_the_one_reason(reject, ask):
    first, second, other = ask(3)

    response = reject([first, second], note="From £4,000.")

    assert response["Location"] == "/portal/"
    assert told(response) == ["2 requests are rejected. Their sellers are told."]
    assert statuses([first, second, other]) == ["rejected", "rejected", "reviewing"]
    assert set(Share.objects.filter(status="rejected").values_list("reject_reason", "note")) == {
        ("budget", "From £4,000.")
    }
    assert list(offenders()) == []


@pytest.mark.usefixtures("many_with_one_partner")
def test_what_hinders_one_is_told_by_name_and_holds_up_no_other(reject, ask, seller, partner_owner):
    closed, accepted, _waiting = shares = ask(3)
    services.close_share(share_id=closed.pk, by=seller)
    services.accept_share(share_id=accepted.pk, by=partner_owner, version=1)

    response = reject(shares)

    assert statuses(shares) == ["closed", "accepted", "rejected"]
    said, *refused = told(response)
    assert said == "1 request is rejected. Its seller is told."
    assert [text.partition(" now")[0] for text in refused] == [
        f"{accepted.reference}, Lumen Skincare was not rejected. It is “Partner accepted”",
        f"{closed.reference}, Lumen Skincare was not rejected. It is “Closed”",
    ]


def test_reason_is_needed_and_the_choice_stays(portal, ask):
    shares = ask(2)

    response = portal.post(URL, {"share": references(shares), "reason": "", "note": "Sorry"})

    assert "Choose a reason." in response.content.decode()
    assert sorted(listed(response)) == sorted(references(shares))
    assert statuses(shares) == ["reviewing", "reviewing"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_choosing_none_leads_back_and_says_so(method, portal, ask):
    ask()

    for given in ({}, {"share": "SPS-2222222222"}, *([{"share": "\0"}] if method == "post" else [])):
        response = getattr(portal, method)(URL, given | {"reason": "budget"})

        assert response["Location"] == "/portal/"
        assert told(response)[-1].startswith("Choose requests that wait for your answer.")


def test_shares_of_others_are_out_of_reach(portal, ask, shop, other_agency):
    (own,) = ask()
    foreign = make_request(shop, picks=[other_agency]).shares.get()

    page = portal.get(URL, {"share": references([own, foreign])})
    portal.post(URL, {"share": references([own, foreign]), "reason": "budget"})

    assert listed(page) == [own.reference]
    assert statuses([own, foreign]) == ["rejected", "reviewing"]


@pytest.mark.usefixtures("many_with_one_partner")
def test_no_more_than_a_page_of_the_inbox_is_rejected_at_once(reject, ask):
    shares = ask(21)

    reject(shares)

    assert statuses(shares).count("rejected") == 20


@pytest.mark.parametrize("number", [1, 20])
@pytest.mark.usefixtures("many_with_one_partner")
def test_page_takes_one_query_for_any_number(number, portal, ask):
    shares = ask(number)

    with counted() as queries:
        portal.get(URL, {"share": references(shares)})

    assert len(queries) == FRAME + 1


@pytest.mark.usefixtures("many_with_one_partner")
def test_each_rejection_takes_the_same_queries(reject, ask):
    taken = []
    for number in (1, 3):
        shares = ask(number)
        with counted() as queries:
            reject(shares)
        taken.append(len(queries))

    one, three = taken
    assert (three - one) % 2 == 0
    assert (three - one) // 2 <= one
