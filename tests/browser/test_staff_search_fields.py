"""The fields of the admin that search while one types: each has a name, also before anything is chosen."""

from playwright.sync_api import expect


def test_empty_search_field_is_named_also_when_cleared_and_in_a_row_that_is_added(new_context, sign_in, staff, shop):
    context = new_context()
    sign_in(context, staff)
    page = context.new_page()
    page.goto("/admin/requests_app/companysignin/add/")
    for label in ("Shop", "Partner"):
        expect(page.get_by_role("textbox", name=label, exact=True)).to_be_visible()

    page.get_by_role("textbox", name="Shop", exact=True).click()
    page.get_by_role("searchbox").fill(shop.name)
    page.get_by_role("option", name=shop.name).click()
    expect(page.get_by_role("textbox", name=shop.name)).to_be_visible()
    page.locator(".field-shop .select2-selection__clear").click()
    expect(page.get_by_role("textbox", name="Shop", exact=True)).to_be_visible()

    page.goto(f"/admin/requests_app/shop/{shop.pk}/change/")
    page.locator(".add-row a").click()
    expect(page.locator(".dynamic-members .select2-selection__rendered").last).to_have_attribute("title", "User")
