"""The switch of languages, and the longest language on the smallest screen."""

import pytest
from playwright.sync_api import expect

from tests.factories import fill_vocabularies

PHONE = {"width": 360, "height": 780}


@pytest.mark.parametrize("with_scripts", [True, False])
def test_seller_switches_in_his_menu(with_scripts, new_context, sign_in, seller, share):
    context = new_context(viewport=PHONE, java_script_enabled=with_scripts)
    sign_in(context, seller)
    page = context.new_page()
    page.goto("/requests/?q=lumen")

    page.locator(".account-button").click()
    page.locator("#account-menu").get_by_role("button", name="Bahasa Indonesia").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Permintaan Saya")
    assert page.url.endswith("/requests/?q=lumen")
    page.goto("/notifications/")
    expect(page.locator("html")).to_have_attribute("lang", "id")


def test_visitor_switches_at_the_foot(new_context, partner):
    fill_vocabularies()
    page = new_context(viewport=PHONE, java_script_enabled=False).new_page()
    page.goto("/partners/")

    page.get_by_role("contentinfo").get_by_role("button", name="简体中文").click()

    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.goto("/accounts/login/")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


@pytest.mark.parametrize("language", ["de", "id"])  # the longest words
def test_pages_fit_a_phone_in_long_languages(
    language, new_context, sign_in, seller, partner_owner, share, assert_accessible
):
    reference = share.request.reference
    paths = {
        seller: [
            "/seller/",
            "/requests/",
            f"/requests/{reference}/",
            "/requests/new/",
            "/accounts/preferences/",
            "/seller/team/",
            "/seller/team/invite/",
        ],
        partner_owner: [
            "/portal/",
            share.get_absolute_url(),
            "/portal/insights/",
            "/portal/availability/",
            "/portal/team/",
        ],
        None: ["/", "/partners/", "/accounts/signup/partner/"],
    }
    for person, own in paths.items():
        context = new_context(viewport=PHONE, locale=language)
        if person:
            type(person).objects.filter(pk=person.pk).update(language=language)
            sign_in(context, person)
        page = context.new_page()
        for path in own:
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", language)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert_accessible(page)
