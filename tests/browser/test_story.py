"""The whole story in a browser: a seller and a partner, each in a context of his own, with JavaScript and without."""

import pytest
from playwright.sync_api import expect

from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest
from tests.factories import BEAUTY, PASSWORD, confirm_contact, fill_vocabularies

EMAIL = "ann@lumen.example"
TEXT = "No livestreams so far"


@pytest.fixture
def enter(new_context):
    """`enter(user, **options)`: the page of a person who signed in by the form."""

    def enter(user, **options):
        page = new_context(viewport={"width": 1280, "height": 900}, **options).new_page()
        page.goto("/")
        page.get_by_role("link", name="Sign in").click()
        page.get_by_label("Email").fill(user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        return page

    return enter


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_request_is_asked_accepted_authorised_edited_and_closed(
    scripts, enter, assert_accessible, seller, shop, partner, partner_owner, other_agency
):
    fill_vocabularies()
    confirm_contact(shop, EMAIL)
    ann, nora = (enter(person, java_script_enabled=scripts) for person in (seller, partner_owner))

    def shows(page, *texts, heading=None):
        """The page that stands there now has these texts, and nothing against it."""
        if heading:
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        for text in texts:
            expect(page.get_by_role("main")).to_contain_text(text)
        if scripts:  # axe is a script itself
            assert_accessible(page)

    # Seller Center > Apps and Services > TikTok Shop Partner > Request a Partner
    shows(ann)
    ann.get_by_role("navigation", name="Main").get_by_role("link", name="TikTok Shop Partner").click()
    shows(ann, "Partner reviewing", "The partner is reviewing your request")
    ann.get_by_role("main").get_by_role("link", name="Request a Partner").first.click()
    shows(ann, "Contact information", "Business profile", "Request type", heading="Request a Partner")
    ann.get_by_label("Subject").fill("Ann Whitfield")
    ann.get_by_label("Contact email").fill(EMAIL)
    ann.get_by_label("Company size").select_option("11-50")
    ann.get_by_label("TikTok Shop sales GMV").fill("48000")
    ann.get_by_role("textbox", name="Budget").fill("2000")
    ann.get_by_label("Product category").select_option(label=BEAUTY)
    ann.get_by_label("Other details").fill(TEXT)
    ann.get_by_label("Choose partners myself").check()
    ann.get_by_role("checkbox", name="Northlight Commerce").check()
    ann.get_by_role("button", name="Submit request").click()
    shows(ann, "Partner reviewing", "The partner is reviewing your request", EMAIL)
    ann.get_by_role("navigation", name="Main").get_by_role("link", name="My Requests").click()
    shows(ann, "Partner reviewing", "Northlight Commerce", heading="My Requests")

    # The partner opens the contact details, on record, and accepts.
    shows(nora, "Nothing waits for your answer.", heading="Inbox")
    nora.reload()
    shows(nora, "Lumen Skincare")
    nora.get_by_role("link", name=BEAUTY, exact=True).click()
    shows(nora, TEXT)
    expect(nora.get_by_text(EMAIL)).to_have_count(0)
    nora.get_by_role("button", name="Show contact details").click()
    shows(nora, EMAIL)
    if not scripts:
        nora.get_by_role("link", name="Back to the request").click()
    nora.get_by_role("link", name="Accept", exact=True).click()
    shows(nora, "You can withdraw as long as you are not connected.")
    nora.get_by_role("button", name="Accept request").click()
    shows(nora, "Partner accepted")

    # The seller sees it and authorises.
    ann.reload()
    shows(ann, "Partner accepted")
    ann.get_by_role("link", name="View Details").click()
    shows(ann, "The partner has accepted your request", "Petra Partner")
    ann.get_by_role("link", name="Authorise Northlight Commerce").click()
    shows(ann, "For how long")
    ann.locator("[name=area_livestreams][value=manage]").check()
    ann.get_by_label("I authorise Northlight Commerce").check()
    ann.get_by_role("button", name="Authorise").click()
    shows(ann, "Connected", "You've granted authorisation and are connected with the partner")

    # View Details > Edit Request; the partner sees the difference.
    ann.get_by_role("link", name="Edit Request").click()
    shows(ann, heading="Edit Request")
    ann.get_by_role("textbox", name="Budget").fill("3000")
    ann.get_by_role("button", name="Save changes").click()
    shows(ann, "£3,000", "version 2")
    nora.reload()
    shows(nora, "What the seller changed", "£2,000", "£3,000", "Your authorisation")

    # Closed: the contact details are gone at once, also from the page that is still open.
    ann.get_by_role("link", name="Close request").click()
    shows(ann, "Northlight Commerce", heading="Close request")
    ann.get_by_role("button", name="Close request").click()
    shows(ann, "The request has been closed")
    nora.get_by_role("button", name="Show contact details").click()
    shows(nora, "The contact details are not available to you now.")
    expect(nora.get_by_role("button", name="Show contact details")).to_have_count(0)
    for text in (EMAIL, TEXT, "Ann Whitfield"):
        expect(nora.get_by_text(text)).to_have_count(0)
    nora.go_back()
    expect(nora.get_by_text(EMAIL)).to_have_count(0)

    ann.get_by_role("link", name="Request again").click()
    expect(ann.get_by_label("Other details")).to_have_value(TEXT)
    assert PartnerRequest.objects.get().status == "closed"
    assert list(offenders()) == []
