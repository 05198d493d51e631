"""The directory in a browser: filters without a reload, partners compared side by side, with JavaScript and without."""

import pytest
from playwright.sync_api import expect

from tests.factories import PartnerFactory, fill_vocabularies

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@pytest.fixture
def partners(partner):
    fill_vocabularies()
    others = [
        PartnerFactory(name=f"Agency {letter}", slug=f"agency-{letter.lower()}", services=["ads"], city="Leeds")
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXY"
    ]
    PartnerFactory(name="Zenith", services=["logistics"], paused_until=None, load=5)
    return [partner, *others]


def marked(page):
    """Whether the page is the one that was marked: a reload would have taken the mark off."""
    return page.evaluate("window.marked === true")


def test_filters_narrow_without_a_reload_and_go_back(new_context, partners, assert_accessible):
    page = new_context(viewport=DESKTOP).new_page()
    page.goto("/partners/")
    page.evaluate("window.marked = true")
    count = page.locator("#count")
    expect(count).to_have_text("27 partners")
    expect(count).to_have_attribute("role", "status")

    page.get_by_label("Logistics", exact=True).check()
    expect(count).to_have_text("1 partner")
    expect(page).to_have_url("/partners/?service=logistics")
    expect(page.get_by_role("heading", level=2, name="Zenith")).to_be_visible()
    drawn = page.evaluate(
        "[...document.querySelectorAll('use')].every((use) => document.querySelector(use.getAttribute('href')))"
    )
    assert drawn  # also what the first list had no need of
    assert_accessible(page)

    page.get_by_label("Search by name, category, service, market or city").fill("agency")
    expect(page.get_by_text("No partner fits all of this")).to_be_visible()
    assert marked(page)

    page.go_back()
    expect(page).to_have_url("/partners/?service=logistics")
    expect(page.locator("#count")).to_have_text("1 partner")
    page.go_back()
    expect(page).to_have_url("/partners/")
    expect(page.locator("#count")).to_have_text("27 partners")


def test_budget_is_echoed_while_it_is_typed_in_the_currency_of_the_market(new_context, partners, assert_accessible):
    page = new_context(viewport=DESKTOP).new_page()
    page.goto("/partners/?market=GB")
    echo = page.locator("#id_budget_echo")

    page.get_by_label("Amount", exact=True).press_sequentially("48,000")
    expect(echo).to_have_text("£48,000 a month")
    page.get_by_label("Currency", exact=True).select_option("JPY")
    expect(echo).to_have_text("¥48,000 a month")
    expect(page.get_by_text("Up to ¥48,000 a month")).to_be_visible()
    assert_accessible(page)


def test_ticks_are_kept_over_pages_and_filters_and_compared(new_context, partners, assert_accessible):
    page = new_context(viewport=DESKTOP).new_page()
    page.goto("/partners/")
    page.evaluate("window.marked = true")

    page.get_by_label("Compare Agency A", exact=True).check()
    expect(page.locator("#chosen")).to_have_text("1 of 4 chosen to compare")
    expect(page.get_by_label("Compare Agency A", exact=True)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.get_by_label("Compare Agency B").focus()
    page.keyboard.press("Space")
    expect(page).to_have_url("/partners/?partner=agency-a&partner=agency-b")
    assert marked(page)
    assert_accessible(page)

    page.get_by_role("link", name="Next").click()
    page.get_by_label("Compare Northlight Commerce").check()
    expect(page.locator("#chosen")).to_have_text("3 of 4 chosen to compare")
    expect(page.get_by_label("Compare Northlight Commerce")).to_be_checked()
    page.get_by_label("Logistics", exact=True).check()
    page.get_by_label("Compare Zenith").check()
    expect(page.locator("#chosen")).to_have_text("4 of 4 chosen to compare")
    page.get_by_role("button", name="Compare 4 partners").click()

    expect(page.get_by_role("columnheader")).to_have_count(4)
    expect(page).to_have_url(
        "/partners/compare/?partner=agency-a&partner=agency-b&partner=northlight-commerce&partner=zenith"
        "&service=logistics"
    )
    assert_accessible(page)


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_those_compared_are_requested_together(scripts, new_context, sign_in, seller, shop, partners):
    context = new_context(viewport=PHONE, java_script_enabled=scripts)
    sign_in(context, seller)
    page = context.new_page()
    page.goto("/partners/?q=agency")
    bar = page.get_by_role("group", name="Comparison")
    expect(bar).to_be_hidden()

    page.get_by_label("Compare Agency C").check()
    expect(bar).to_be_visible()
    page.get_by_label("Compare Agency D").check()
    if scripts:
        expect(page.locator("#chosen")).to_have_text("2 of 4 chosen to compare")
    bar.get_by_role("button", name="Compare").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Compare partners")
    expect(page).to_have_url("/partners/compare/?partner=agency-c&partner=agency-d")
    page.get_by_role("link", name="Request these partners").click()
    if scripts:
        expect(page.locator("[data-picker-chips] li")).to_have_count(2)
    else:
        expect(page.get_by_label("Agency C")).to_be_checked()
        expect(page.get_by_label("Agency D")).to_be_checked()


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_comparison_scrolls_within_itself(viewport, new_context, partners, assert_accessible):
    page = new_context(viewport=viewport, color_scheme="dark").new_page()

    for path in (
        "/partners/compare/?partner=agency-a&partner=agency-b&partner=northlight-commerce&partner=zenith",
        "/partners/compare/",
        "/partners/northlight-commerce/",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
        assert_accessible(page)
