"""View Details: one panel says where the request stands, whose turn it is, and holds the one next act."""

import pytest

from requests_app import services
from requests_app.models import PartnerRequest
from tests.cast import login
from tests.factories import PartnerFactory, make_request, owner_of, put_on_hold
from tests.requests_app.seller.details import url, words
from tests.requests_app.seller.talks import propose, reply, say, share_url

pytestmark = pytest.mark.once


def act(client, request, person=None):
    """What the panel holds, as (label, where it leads); None for nothing."""
    found = (login(client, person) if person else client).get(url(request)).context["act"]
    return found and (str(found["label"]), found["url"])


def panel(client, request):
    html = client.get(url(request)).text
    return words("<" + html.partition('class="card next-panel')[2].partition("</section>")[0])


def test_nothing_is_to_do_while_partners_review_and_until_when_is_said(seller_client, open_request):
    said = panel(seller_client, open_request)

    assert act(seller_client, open_request) is None
    assert "Northlight Commerce has until" in said
    assert "act-bar" not in seller_client.get(url(open_request)).text


def test_reply_to_the_oldest_question_comes_first(seller_client, seller, shop):
    accepted, second, third = PartnerFactory.create_batch(3)
    request = make_request(shop, [accepted, second, third])
    shares = {share.partner: share for share in request.shares.select_related("partner")}
    services.accept_share(share_id=shares[accepted].pk, by=owner_of(accepted), version=1)
    say(shares[third])
    say(shares[second])

    found = [act(seller_client, request)]
    said = panel(seller_client, request)
    reply(shares[third], seller)
    found.append(act(seller_client, request))
    reply(shares[second], seller)
    found.append(act(seller_client, request))

    assert found == [
        (f"Reply to {third.name}", f"{url(request)}?with={shares[third].reference}#id_text"),
        (f"Reply to {second.name}", f"{url(request)}?with={shares[second].reference}#id_text"),
        (f"Authorise {accepted.name}", share_url(shares[accepted], "authorise/")),
    ]
    assert "ask you something" in said


def test_who_may_not_is_told_who_may(client, editor, viewer, share, open_request, partner_owner):
    say(share)
    asked = [act(client, open_request, person) for person in (editor, viewer)]
    waits = panel(login(client, viewer), open_request)
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    accepted = [act(client, open_request, person) for person in (editor, viewer)]

    assert asked == [("Reply to Northlight Commerce", f"{url(open_request)}?with={share.reference}#id_text"), None]
    assert "for an owner or editor of your shop to reply to Northlight Commerce" in waits
    assert accepted == [None, None]


def test_authorising_takes_the_proposal_that_holds(seller_client, accepted_share, open_request):
    propose(accepted_share)

    assert act(seller_client, open_request)[1] == share_url(accepted_share, "authorise/?proposal=1")


def test_nobody_left_is_a_decision_within_the_panel(seller_client, share, open_request, partner_owner):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")

    said = panel(seller_client, open_request)

    assert act(seller_client, open_request) == ("Choose other partners", f"{url(open_request)}edit/#part-type")
    assert "What would you like to do? 1 partner was asked. 1 rejected." in said
    assert "Let TikTok Shop refer others" in said


def test_contact_on_hold_is_confirmed_from_the_panel(seller_client, shop, partner):
    request = make_request(shop, [partner], contact_email="new@lumen.example", confirmed=False)

    page = seller_client.get(url(request))

    assert act(seller_client, request) == ("Send the link again", f"{url(request)}confirm/")
    assert page.context["act"]["method"] == "post"
    assert "Send the link again" in panel(seller_client, request)


def test_screening_asks_nothing_of_the_seller(seller_client, shop, partner, share, open_request, partner_owner):
    services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    put_on_hold(open_request)

    assert act(seller_client, open_request) is None


@pytest.mark.parametrize("end", ["connected", "closed"])
def test_nothing_is_to_do_once_connected_or_closed(end, seller_client, seller, accepted_share, open_request):
    if end == "connected":
        services.authorise_share(share_id=accepted_share.pk, by=seller, areas={"ads": "view"}, days=30)
    else:
        services.close_request(request_id=open_request.pk, by=seller)

    assert act(seller_client, open_request) is None


def test_words_of_the_request_stand_between_the_conversation_and_the_partners(seller_client, accepted_share):
    say(accepted_share, "We can start in March.")

    html = seller_client.get(url(accepted_share.request)).text
    marks = ("next-title", "We can start in March.", "Vitamin C serum, 30 ml", "partners-title", 'class="timeline"')

    assert sorted(marks, key=html.index) == list(marks)


def test_partners_for_whom_it_ended_are_folded_unless_nobody_else_has_it(seller_client, seller, shop):
    request = make_request(shop, PartnerFactory.create_batch(2))
    first, second = request.shares.order_by("pk")
    services.close_share(share_id=first.pk, by=seller)
    folded = seller_client.get(url(request))
    services.close_share(share_id=second.pk, by=seller)
    unfolded = seller_client.get(url(request))

    assert [card.reference for card in folded.context["ended_cards"]] == [first.reference]
    assert '<details class="disclosure">' in folded.text
    assert "1 partner for whom it ended" in words(folded.text)
    assert '<details class="disclosure" open>' in unfolded.text


def test_conversation_of_one_that_ended_is_shown_where_it_is_asked_for(seller_client, seller, shop):
    request = make_request(shop, PartnerFactory.create_batch(2))
    first = request.shares.order_by("pk")[0]
    say(first, "Which budget?")
    services.close_share(share_id=first.pk, by=seller)

    by_default = seller_client.get(url(request))
    asked_for = seller_client.get(url(request), {"with": first.reference})

    assert "Which budget?" not in by_default.text
    assert "Which budget?" in asked_for.text
    assert asked_for.context["conversation"]["form"] is None


def test_request_on_hold_shows_no_conversation(seller_client, shop, partner):
    request = make_request(shop, [partner], contact_email="new@lumen.example", confirmed=False)

    assert PartnerRequest.objects.get().hold == "contact"
    assert seller_client.get(url(request)).context["conversation"] is None
