"""From signing in to Connected by keyboard alone, seller and partner: Tab, Enter, Space, arrows and typing.

Wherever the focus comes to stand, it can be seen: in the window, and drawn.
"""

import pytest
from playwright.sync_api import expect

from requests_app.models import Share
from tests.factories import BEAUTY, PASSWORD, fill_vocabularies

MOST_STEPS = 90
FOCUSED = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const isOutlined = (box) => {
        const style = getComputedStyle(box);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    };
    // What is drawn round may be a box about it: a row, a choice, an option of the picker.
    const boxes = [".pick", ".choice", ".row-item", ".card-link"].map((box) => at.closest(box)).filter(Boolean);
    const drawn = isOutlined(at) || getComputedStyle(at).boxShadow !== "none" || boxes.some(isOutlined);
    const place = at.getBoundingClientRect();
    const inside = place.bottom > 0 && place.top < innerHeight && place.right > 0 && place.left < innerWidth;
    const labels = [...(at.labels || [])].map((label) => label.textContent).join(" ");
    const name = (at.getAttribute("aria-label") || labels || at.textContent || "").replace(/\\s+/g, " ").trim();
    return {name, value: at.value ?? "", tag: at.tagName, drawn, inside};
}"""


class Keyboard:
    """A person at a page who has no mouse."""

    def __init__(self, page):
        self.page = page
        self.press = page.keyboard.press
        self.type = page.keyboard.type

    def at(self):
        focused = self.page.evaluate(FOCUSED)
        if focused and focused["tag"] not in {"MAIN", "DIV"}:
            assert focused["drawn"], f"the focus is not drawn: {focused}"
            assert focused["inside"], f"the focus is outside of the window: {focused}"
        return focused

    def go(self, name, key="Tab", *, value=None, exact=False):
        """Tab on until the focus stands on what is called so."""
        passed = []
        for _step in range(MOST_STEPS):
            self.press(key)
            at = self.at()
            if at is None:
                continue
            named = at["name"] == name if exact else name in at["name"]
            if named and value in (None, at["value"]):
                return
            passed.append(at["name"][:30])
        pytest.fail(f"{name} is not reached by {key}: {passed}")

    def open(self, name, **how):
        """Go to a link or button and press it, and wait for its page."""
        self.go(name, **how)
        with self.page.expect_navigation():
            self.press("Enter")

    def fill(self, name, text):
        self.go(name)
        self.press("Control+a")
        self.type(text)

    def skip(self):
        """The first thing on the page leads past the frame to the content."""
        self.press("Tab")
        assert self.at()["name"] == "Skip to the content"
        self.press("Enter")
        expect(self.page.locator("#main")).to_be_focused()


@pytest.fixture
def enter(new_context):
    """`enter(user)`: a keyboard at the home of a person who signed in with it."""

    def enter(user):
        page = new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce").new_page()
        page.goto("/accounts/login/")
        keys = Keyboard(page)
        keys.fill("Email", user.email)
        keys.fill("Password", PASSWORD)
        with page.expect_navigation():
            keys.press("Enter")
        return keys

    return enter


def test_request_comes_to_connected_by_keyboard_alone(enter, seller, shop, partner, partner_owner, other_agency):
    fill_vocabularies()
    ann = enter(seller)
    ann.open("TikTok Shop Partner")
    ann.skip()
    ann.open("Request a Partner")

    # The form: selects by typing, a radio group by arrows, the picker by its search, a pick taken off and chosen again.
    ann.skip()
    ann.fill("Subject", "Ann Whitfield")
    ann.go("Company size")
    ann.type("11")
    ann.fill("TikTok Shop sales GMV", "48000")
    ann.fill("Budget", "2000")
    ann.go("Product category")
    ann.type(BEAUTY[:6])
    ann.go("Choose partners myself")
    ann.press("ArrowDown")
    ann.at()
    ann.press("ArrowUp")
    ann.go("Search by name")
    ann.type("north")
    expect(ann.page.locator(".pick")).to_have_count(1)
    ann.go("Northlight Commerce")
    ann.press("Space")
    ann.go("Remove Northlight Commerce", key="Shift+Tab")
    ann.press("Enter")
    expect(ann.page.get_by_label("Search by name")).to_be_focused()
    ann.go("Northlight Commerce")
    ann.press("Space")
    ann.open("Submit request")
    expect(ann.page.locator(".messages")).to_contain_text("Your request is submitted.")

    # The partner: from the inbox to the contact details and the acceptance.
    nora = enter(partner_owner)
    nora.skip()
    nora.open(BEAUTY, exact=True)
    nora.skip()
    nora.go("Show contact details")
    nora.press("Enter")
    expect(nora.page.get_by_role("heading", name="Contact details")).to_be_focused()
    nora.open("Accept", key="Shift+Tab", exact=True)
    nora.skip()
    nora.open("Accept request", exact=True)
    expect(nora.page.locator(".messages")).to_contain_text("You accepted the request.")

    # The seller: My Requests, View Details, Authorise.
    ann.open("My Requests", exact=True)
    ann.skip()
    ann.open("View Details")
    ann.skip()
    ann.open("Authorise")
    ann.skip()
    for _area in range(MOST_STEPS):
        ann.press("Tab")
        ann.at()
        if ann.page.evaluate("document.activeElement.name") == "area_livestreams":
            break
    ann.press("ArrowRight")
    ann.go("I authorise Northlight Commerce")
    ann.press("Space")
    ann.open("Authorise", exact=True)
    expect(ann.page.get_by_role("main")).to_contain_text("You've granted authorisation")
    assert Share.objects.get().status == "connected"


def test_account_menu_opens_and_closes_by_keyboard(enter, seller, shop):
    ann = enter(seller)
    ann.go("Account menu")
    ann.press("Enter")
    ann.go("Preferences")
    ann.press("Escape")

    expect(ann.page.locator("#account-menu")).to_be_hidden()
    assert "Account menu" in ann.at()["name"]


def test_account_menu_hangs_from_its_button(new_context, sign_in, seller, shop, assert_menu_below_button):
    context = new_context()
    sign_in(context, seller)
    assert_menu_below_button(context.new_page(), "/seller/")
