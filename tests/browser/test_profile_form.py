"""A partner's profile and application: steps, and lists that are searched."""

import pytest
from playwright.sync_api import expect

from partners.models import Partner
from tests.factories import fill_vocabularies

PROFILE, APPLICATION = "/portal/profile/", "/accounts/signup/partner/"
PHONE = {"width": 320, "height": 700}


@pytest.fixture
def page(new_context, sign_in, partner_owner, partner):
    fill_vocabularies()
    context = new_context()
    sign_in(context, partner_owner)
    return context.new_page()


def test_list_is_searched_chosen_and_read_with_the_keyboard(page, partner):
    page.goto(PROFILE)
    page.get_by_role("button", name="Continue").press("Enter")
    expect(page.get_by_label("Tagline")).to_be_hidden()
    box = page.locator("#div_id_categories")
    box.locator("summary").press("Enter")
    box.get_by_label("Search in Product categories").fill("shoes")
    expect(box.get_by_role("status")).to_contain_text("1 of ")
    expect(box.get_by_role("checkbox")).to_have_count(1)
    page.keyboard.press("Enter")  # searches, and sends nothing
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    box.get_by_label("Search in Product categories").fill("nothing like it")
    expect(box.get_by_role("status")).to_contain_text("0 of ")
    expect(box.locator("summary")).to_contain_text("Shoes")
    page.get_by_role("button", name="Save profile").click()
    expect(page.locator(".messages")).to_contain_text("The profile of Northlight Commerce was saved.")

    names = {category.name for category in Partner.objects.get(pk=partner.pk).categories.all()}
    assert names == {"Beauty & Personal Care", "Shoes"}


def test_steps_go_on_and_back_and_a_link_leads_into_one(page):
    page.goto(PROFILE)
    place = page.locator("[data-pages-place]")
    expect(place).to_have_text("Step 1 of 4")
    expect(page.get_by_role("button", name="Back")).to_be_hidden()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#part-services legend").first).to_be_focused()
    page.get_by_role("button", name="Back").click()
    expect(place).to_have_text("Step 1 of 4")
    page.get_by_role("link", name="Your terms").click()
    expect(place).to_have_text("Step 4 of 4")
    expect(page.get_by_role("button", name="Continue")).to_be_hidden()
    expect(page.get_by_role("link", name="Your terms")).to_have_attribute("aria-current", "step")


def test_errors_open_the_step_and_lead_to_their_fields(page):
    page.goto(PROFILE)
    page.get_by_role("link", name="Your terms").click()
    page.get_by_label("Minimum monthly budget").fill("much")
    page.get_by_role("link", name="What you do").click()
    page.locator("#div_id_services summary").click()
    for box in reversed(page.locator("#div_id_services").get_by_role("checkbox", checked=True).all()):
        box.uncheck()
    expect(page.locator("#div_id_services summary")).to_contain_text("Nothing chosen yet")
    page.get_by_role("button", name="Save profile").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("[data-pages-place]")).to_have_text("Step 2 of 4")
    expect(page.locator("#div_id_services").get_by_role("checkbox").first).to_be_visible()
    page.get_by_role("link", name="Minimum monthly budget").click()

    expect(page.get_by_label("Minimum monthly budget")).to_be_focused()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_each_step_of_an_application_is_accessible_on_a_small_phone(new_context, assert_accessible, colours, db):
    fill_vocabularies()
    page = new_context(viewport=PHONE, color_scheme=colours).new_page()
    page.goto(APPLICATION)
    for step in range(1, 6):
        expect(page.locator("[data-pages-place]")).to_have_text(f"Step {step} of 5")
        for summary in page.locator(".form-part:not([hidden]) summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert_accessible(page)
        assert page.get_by_role("button", name="Send application").is_visible() == (step == 5)
        if step < 5:
            page.get_by_role("button", name="Continue").click()


def test_without_scripts_every_step_stands_on_the_page(new_context, sign_in, partner_owner, partner):
    context = new_context(java_script_enabled=False)
    sign_in(context, partner_owner)
    page = context.new_page()
    page.goto(PROFILE)
    page.locator("#div_id_services summary").click()
    page.locator("#div_id_services").get_by_label("Advertising").check()
    page.get_by_label("Minimum monthly budget").fill("700")
    page.get_by_role("button", name="Save profile").click()
    expect(page.locator(".messages")).to_contain_text("The profile of Northlight Commerce was saved.")

    saved = Partner.objects.get(pk=partner.pk)
    assert "ads" in saved.codes_of("service")
    assert saved.smallest_budget == 700
