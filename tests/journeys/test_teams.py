"""People of a team on real pages, by links, buttons and mails alone, without JavaScript."""

import re

import pytest
from django.core import mail

from accounts import outbox
from requests_app.integrity.invariants import offenders
from requests_app.models import Shop
from tests.cast import login
from tests.factories import PASSWORD, UserFactory
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
LINK = re.compile(r"https?://\S+")
COLLEAGUE = "colleague@example.com"


def reader(user):
    visitor = Visitor()
    login(visitor.client, user)
    return visitor


def mailed(address):
    """The subject and the link of the newest mail to it."""
    outbox.deliver.call()
    newest = next(message for message in reversed(mail.outbox) if message.to == [address])
    return newest.subject, LINK.findall(newest.body)[0]


def test_sole_owner_hands_a_shop_over_to_a_colleague_who_had_no_account(shop, seller):
    owner = reader(seller).visit("/seller/")
    owner.follow("Team").follow("Invite")
    owner.press("Send invitation", email=COLLEAGUE, role="editor")
    assert COLLEAGUE in owner.main

    # A scanner opens the link first; then the colleague does, on a phone where nobody is signed in.
    subject, link = mailed(COLLEAGUE)
    assert "Lumen Skincare" in subject
    Visitor().visit(link)
    colleague = Visitor().visit(link)
    assert colleague.heading == "Join Lumen Skincare"
    assert "Sarah Seller" in colleague.main
    colleague.follow("Sign up and join")
    colleague.press("Sign up and join", name="Cora Colleague", password1=PASSWORD, password2=PASSWORD)
    assert colleague.path == "/seller/"
    assert "You belong to Lumen Skincare now, in the role Editor." in colleague.main

    # The owner hands over; the colleague is told by mail and accepts.
    owner.follow("Team").follow("Hand over")
    member = shop.members.get(user__email=COLLEAGUE)
    owner.press("Go on", member=str(member.pk))
    assert owner.heading == "Hand over Lumen Skincare to Cora Colleague?"
    owner.press("Offer hand-over")
    assert "A hand-over waits for Cora Colleague" in owner.main
    _subject, link = mailed(COLLEAGUE)
    colleague.visit(link).follow("See what follows").press("Take over")
    assert "You are an owner of Lumen Skincare now." in colleague.main

    # The one who was owner leaves, and finds nothing of the shop any more.
    owner.follow("Team").follow("Leave").press("Leave")
    assert "You left Lumen Skincare." in owner.text
    assert owner.client.get("/seller/team/").status_code == 302
    assert dict(shop.members.values_list("user__email", "role")) == {COLLEAGUE: "owner"}
    assert Shop.objects.count() == 1
    colleague.visit("/seller/team/history/")
    for line in ("Cora Colleague became owner", "Sarah Seller handed over", "Sarah Seller left"):
        assert line in colleague.main
    assert list(offenders()) == []


def test_member_of_another_partner_joins_by_signing_out_and_in_again(partner, partner_owner, other_seller):
    invited = UserFactory(email=COLLEAGUE, name="Cora Colleague")
    owner = reader(partner_owner).visit("/portal/")
    owner.follow("Team").follow("Invite")
    owner.press("Send invitation", email=COLLEAGUE, role="reviewer")

    visitor = reader(other_seller).visit(mailed(COLLEAGUE)[1])
    assert "You are signed in as Oscar Otherseller" in visitor.main
    visitor.press("Sign out", within="Oscar Otherseller, but the invitation")
    visitor.follow("Sign in", within="There is an account with the address")
    visitor.press("Sign in", login=COLLEAGUE, password=PASSWORD)
    visitor.press("Join Northlight Commerce")

    assert visitor.path == "/portal/"
    assert partner.members.get(user=invited).role == "reviewer"


def test_invitation_is_withdrawn_and_says_so(shop, seller):
    owner = reader(seller).visit("/seller/team/").follow("Invite")
    owner.press("Send invitation", email=COLLEAGUE, role="viewer")
    _subject, link = mailed(COLLEAGUE)

    owner.follow(f"Withdraw ({COLLEAGUE})").press("Withdraw invitation")

    assert "Nobody is invited at the moment." in owner.main
    assert "This invitation was withdrawn." in Visitor().visit(link).main
