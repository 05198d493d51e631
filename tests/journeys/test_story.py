"""The whole story on real pages, by links, buttons and mails alone: what the requirement tells step by step."""

import re

import pytest
from django.core import mail

from accounts import clock, outbox
from accounts.models import Notification
from partners.models import Partner
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest
from tests.cast import login
from tests.factories import BEAUTY, PASSWORD, PartnerFactory, category, fill_vocabularies
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.django_db(transaction=True)
LINK = re.compile(r"https?://\S+")
SECRETS = ("Ann Whitfield", "@lumen.example", "Leeds", "Vitamin C serum", "No livestreams so far")


@pytest.fixture
def mails(monkeypatch):
    """`mails(address)`: the new mails to it as (subject, link), after the outbox was sent."""
    read = []

    def mails(address):
        outbox.deliver.call()
        new = [message for message in mail.outbox if message.to == [address] and message not in read]
        read.extend(new)
        for message in new:
            assert not [secret for secret in SECRETS if secret in f"{message.subject}{message.body}"]
        return [(message.subject, LINK.findall(message.body)[0]) for message in new]

    return mails


@pytest.fixture
def sign_up(mails):
    """`sign_up(page, button, **fields)`: a visitor who signed up there, confirmed his address by mail and signed in."""

    def sign_up(page, button, **fields):
        visitor = Visitor().visit("/").follow(page)
        visitor.press(button, password1=PASSWORD, password2=PASSWORD, **fields)
        (link,) = [link for _subject, link in mails(fields["email"]) if "confirm" in link]
        visitor.visit(link).press("Confirm")
        if "login" in visitor.path:
            visitor.press("Sign in", login=fields["email"], password=PASSWORD)
        return visitor

    return sign_up


def test_story_of_a_request_that_the_platform_refers(sign_up, mails, staff):
    fill_vocabularies()

    # A seller and a partner sign up; staff approve the partner.
    seller = sign_up(
        "Sign up as a seller", "Sign up",
        shop_name="Lumen Skincare", market="GB", language="en", name="Ann W", email="ann.w@example.com",
    )  # fmt: skip
    partner = sign_up(
        "Apply as a partner", "Send application",
        name="Nora L", email="nora@example.com", partner_name="Northlight Commerce", tagline="Livestreams that sell",
        city="Leeds", types=["tsp"], services=["livestream"], categories=[category(BEAUTY).pk], markets=["GB"],
        languages=["en"], company_sizes=["11-50"], currency="GBP", smallest_budget="500",
    )  # fmt: skip
    assert "Northlight Commerce" not in Visitor().visit("/partners/").main
    desk = Visitor()
    login(desk.client, staff)
    agency = Partner.objects.get()
    desk.visit(f"/admin/partners/partner/{agency.pk}/change/").follow("Approve").press("Approve")
    assert "approved" in mails("nora@example.com")[0][0].lower()
    assert "Northlight Commerce" in Visitor().visit("/partners/").main

    # Seller Center > Apps and Services > TikTok Shop Partner > Request a Partner
    seller.visit("/").follow("TikTok Shop Partner").follow("Request a Partner")
    assert seller.texts("legend")[:1] == ["Contact information"]
    seller.press(
        "Submit request",
        subject="Ann Whitfield", contact_email="ann@lumen.example", location="Leeds", company_size="11-50",
        platform_gmv="48,000.00", other_gmv="", budget="2000", category=category(BEAUTY).pk,
        hot_sale_product="Vitamin C serum", other_details="No livestreams so far", request_type="refer",
    )  # fmt: skip
    request = PartnerRequest.objects.get()
    details = f"/requests/{request.reference}/"
    assert seller.path == details
    assert "The contact email is not confirmed yet" in seller.main
    outbox.deliver.call()
    (asked,) = (message for message in mail.outbox if message.to == ["ann@lumen.example"])
    Visitor().visit(LINK.findall(asked.body)[0]).press("Confirm the address")
    seller.visit(details)
    assert "Partner reviewing" in seller.main
    assert "The partner is reviewing your request" in seller.main
    assert "Specialises in Beauty & Personal Care" in seller.main  # a referral says why
    for _subject, link in mails("ann.w@example.com"):  # submitted, and going on
        assert link.endswith(details)

    # My Requests shows it; so does the partner's inbox, from the mail on, without the contact details.
    seller.follow("My Requests")
    assert "Partner reviewing" in seller.main
    ((_subject, link),) = mails("nora@example.com")
    share = request.shares.get()
    partner.visit(link)
    assert partner.path == f"/portal/requests/{share.reference}/"
    assert request.reference not in partner.text
    assert "Ann Whitfield" not in partner.text
    assert "No livestreams so far" in partner.main
    partner.press("Show contact details")
    assert "ann@lumen.example" in partner.main
    partner.follow("Back to the request").follow("Accept").press("Accept request")
    assert "Partner accepted" in partner.main

    # The seller is told, sees who opened his contact details, and authorises.
    ((_subject, link),) = mails("ann.w@example.com")
    seller.visit(link)
    assert "Partner accepted" in seller.main
    assert "The partner has accepted your request" in seller.main
    assert "Nora L, an owner at Northlight Commerce" in seller.main
    seller.follow("Authorise (Northlight Commerce)")
    seller.press("Authorise", area_livestreams="manage", days="90")
    assert "Confirm that you grant this authorisation." in seller.main  # the terms were not ticked
    seller.press("Authorise", terms="on")
    assert "You've granted authorisation and are connected with the partner" in seller.main
    ((_subject, link),) = mails("nora@example.com")
    assert "Livestreams Manage" in partner.visit(link).main

    # View Details > Edit Request
    seller.follow("My Requests").follow("View Details")
    seller.follow("Edit Request").press("Save changes", budget="3000", other_details="Two livestreams so far")
    assert "£3,000" in seller.heading
    Notification.objects.filter(mailed_at=None).update(next_mail_at=clock.now())  # some minutes later
    ((_subject, link),) = mails("nora@example.com")
    partner.visit(link)
    assert "Before: £2,000 Now: £3,000" in partner.main

    # Closing: what will end is told first; afterwards the partner has no contact details any more.
    seller.follow("Close request")
    assert "Northlight Commerce" in seller.main
    seller.press("Close request")
    assert "The request has been closed" in seller.main
    ((_subject, link),) = mails("nora@example.com")
    partner.visit(link)
    assert "Closed" in partner.main
    assert not [secret for secret in (*SECRETS, "Two livestreams so far") if secret in partner.text]
    assert "Show contact details" not in partner.texts("button")
    assert partner.client.post(f"{partner.path}contact/", follow=True).context["messages"]
    assert "£3,000" in partner.main  # what it was asked for, it keeps

    # Closed is final; the same can be asked again.
    seller.follow("Request again")
    assert seller.path == "/requests/new/"
    assert "Two livestreams so far" in seller.texts("textarea")
    assert [(event.kind, event.actor) for event in request.events.all()] == [
        ("submitted", "seller"), ("held", "platform"), ("contact_asked", "seller"), ("contact_confirmed", "platform"),
        ("released", "platform"), ("shared", "platform"), ("contact_opened", "partner"), ("accepted", "partner"),
        ("authorised", "seller"), ("edited", "seller"), ("request_closed", "seller"), ("share_closed", "seller"),
    ]  # fmt: skip
    assert list(offenders()) == []


def test_story_of_partners_that_the_seller_chooses_himself(
    seller, shop, partner, partner_owner, other_agency, other_partner, mails
):
    fill_vocabularies()
    third = PartnerFactory(name="Blackwater Digital")
    people = {}
    for name, person in {"seller": seller, "north": partner_owner, "harbour": other_partner}.items():
        people[name] = Visitor()
        people[name].visit("/accounts/login/").press("Sign in", login=person.email, password=PASSWORD)
    reader = people["seller"]

    # From a partner's own page that partner is picked already; another is found by its name; details stay hidden.
    reader.visit("/partners/").follow("Northlight Commerce").follow("Request this partner")
    reader.press("Search", q="harb", subject="Ann Whitfield")
    reader.press(
        "Submit request",
        contact_email="ann.whitfield@lumen.example", company_size="11-50", platform_gmv="48000", budget="9.999",
        category=category(BEAUTY).pk, partners=[partner.pk, other_agency.pk], hide_contact="on",
        other_details="No livestreams so far",
    )  # fmt: skip
    assert "This could be 9999 or 9.999" in reader.main
    assert PartnerRequest.objects.count() == 0
    reader.press("Submit request", budget="9999")  # all else was kept
    request = PartnerRequest.objects.get()
    of = {share.partner_id: share for share in request.shares.all()}
    assert set(of) == {partner.pk, other_agency.pk}
    assert third.pk not in of

    # One rejects with a note, the other accepts and is shown the contact details only then.
    harbour, north = people["harbour"], people["north"]
    harbour.visit("/portal/").follow("Beauty & Personal Care")
    assert "No livestreams so far" not in harbour.text
    harbour.follow("Reject").press("Reject request", reason="budget", note="From £15,000 only.")
    assert "Rejected" in harbour.main
    north.visit("/portal/").follow("Beauty & Personal Care")
    assert "Show contact details" not in north.texts("button")
    north.follow("Accept").press("Accept request")
    assert "No livestreams so far" in north.main
    assert "ann.whitfield@lumen.example" in north.press("Show contact details").main

    # Each partner's own status stands under the request's; the seller closes it for one partner alone.
    reader.visit("/requests/").follow("View Details")
    assert "From £15,000 only." in reader.main
    assert "The partner has rejected your request" in reader.main
    reader.follow("Close for this partner (Northlight Commerce)").press("Close for this partner")
    assert "Needs your decision" in reader.main
    assert "ann.whitfield@lumen.example" not in north.visit(f"/portal/requests/{of[partner.pk].reference}/").text
    assert "Show contact details" not in north.texts("button")

    # A third partner is added by editing; the others keep their ends.
    reader.follow("Edit Request", within="Edit the request and pick").press("Save changes", partners=[third.pk])
    assert sorted(request.shares.values_list("status", flat=True)) == ["closed", "rejected", "reviewing"]
    assert mails(partner_owner.email)[-1][0]
    assert list(offenders()) == []
