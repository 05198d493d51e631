"""Two partners and a seller agree inside the product, in a browser: asked, replied, accepted, proposed, compared."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from accounts import clock
from requests_app.integrity.invariants import offenders
from tests.factories import make_request

QUESTION = "Do you have a room where we can stream?"
REPLY = "We have a small studio beside the lab."
GREETING = "We would love to do this."
INCLUDED = "Six streams of two hours"
SHIFTED = """() => new Promise((done) => {
  const shifts = [];
  const name = (source) => source.node && (source.node.outerHTML || source.node.textContent).slice(0, 80);
  const add = (shift) => { if (!shift.hadRecentInput) shifts.push([shift.value, shift.sources.map(name)]); };
  new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(shifts), 100);
})"""  # what stood on the page and moved by itself, and by how much


@pytest.fixture
def enter(new_context, sign_in):
    """`enter(user, **looks)`: a page of a person who is signed in."""

    def enter(user, **looks):
        context = new_context(**looks)
        sign_in(context, user)
        return context.new_page()

    return enter


@pytest.mark.parametrize(
    ("width", "scheme", "scripts"), [(390, "dark", True), (1440, "light", True), (768, "light", False)]
)
def test_seller_and_partners_agree_by_messages_and_proposals(
    width, scheme, scripts, enter, assert_accessible, seller, shop, partner, partner_owner, other_agency, other_partner
):
    looks = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "java_script_enabled": scripts}
    request = make_request(shop=shop, by=seller, picks=[partner, other_agency])
    share, other = (request.shares.get(partner=of) for of in (partner, other_agency))
    ann, nora, ola = (enter(person, **looks) for person in (seller, partner_owner, other_partner))

    def shows(page, *texts):
        for text in texts:
            expect(page.get_by_role("main")).to_contain_text(text)
        page.wait_for_load_state()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        if scripts:
            assert page.evaluate(SHIFTED) == []
            page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")  # there the bar covers no target
            assert_accessible(page)

    def proposes(page, amount):
        page.get_by_role("link", name="Write a proposal").first.click()
        page.get_by_role("checkbox").first.check()
        page.get_by_label("Monthly fee").check()
        page.get_by_label("Amount").fill(amount)
        page.get_by_label("What is included").fill(INCLUDED)
        page.get_by_label("Earliest start").fill(str((clock.now() + timedelta(days=20)).date()))
        page.get_by_label("Shortest term in months").fill("3")
        shows(page)
        page.get_by_role("button", name="Send proposal").click()
        expect(page.get_by_role("link", name="Write a proposal")).to_have_count(0)
        shows(page, INCLUDED)

    # While it reviews, the partner asks. That is no answer, and the seller has the turn.
    nora.goto(share.get_absolute_url())
    nora.get_by_label("Message").fill(QUESTION)
    nora.get_by_role("button", name="Ask the seller").click()
    shows(nora, QUESTION, "Waiting for")
    ann.goto("/requests/")
    shows(ann, "Your turn", f"{partner.name} asks you something")
    ann.get_by_role("link", name="View Details").first.click()
    shows(ann, f"{partner.name} asks you something", QUESTION)

    # The reply gives the partner 48 hours more, and both read that.
    ann.get_by_label("Message").fill(REPLY)
    ann.get_by_role("button", name="Reply").click()
    shows(ann, REPLY, f"{partner.name} has 48 hours more to answer" if "with=" in ann.url else REPLY)
    nora.reload()
    shows(nora, REPLY, "48 hours more")

    # Both accept, one with a message, and send proposals.
    for page, of in ((nora, share), (ola, other)):
        page.goto(f"{of.get_absolute_url()}accept/")
        if page is nora:
            page.get_by_label("Message").fill(GREETING)
        shows(page, "What you accept")
        page.get_by_role("button", name="Accept request").click()
        shows(page, "Partner accepted")
    shows(nora, GREETING)
    proposes(nora, "1800")
    proposes(ola, "1650")

    # The seller compares, and authorises on one of them.
    ann.goto(f"/requests/{request.reference}/proposals/")
    shows(ann, "£1,800", "£1,650", INCLUDED)
    for of in (partner, other_agency):
        ann.locator("thead").get_by_role("link", name=of.name).click(trial=True)  # nothing hides it
    ann.get_by_role("link", name=re.compile(f"Authorise.*{partner.name}")).click()
    ann.locator("[name=area_livestreams][value=manage]").check()
    ann.get_by_label(f"I authorise {partner.name}").check()
    shows(ann, "£1,800")
    ann.get_by_role("button", name="Authorise").click()
    shows(ann, "Connected")
    assert request.shares.get(pk=share.pk).authorisations.get().proposal_number == 1

    # Closed: the partner sees none of it any more.
    ann.goto(f"/requests/{request.reference}/close/")
    ann.get_by_role("button", name="Close request").click()
    for page, of in ((nora, share), (ola, other)):
        page.goto(of.get_absolute_url())
        shows(page, "Closed")
        for text in (QUESTION, REPLY, GREETING, INCLUDED, "£1,800", "£1,650"):
            expect(page.get_by_text(text)).to_have_count(0)
    ann.goto(f"/requests/{request.reference}/partners/{share.reference}/")
    shows(ann, QUESTION, REPLY, GREETING)
    assert list(offenders()) == []
