"""What is typed into the request form is not lost, and does not stay where others could read it."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from requests_app.models import PartnerRequest
from tests.factories import PASSWORD, fill_vocabularies

NEW = "/requests/new/"
DAY = 24 * 60 * 60 * 1000
DRAFTS = "JSON.stringify(Object.entries(localStorage).filter(([key]) => key.startsWith('draft:')))"


@pytest.fixture
def page(new_context, sign_in, seller, shop, partner):
    fill_vocabularies()
    context = new_context(viewport={"width": 1280, "height": 900})
    sign_in(context, seller)
    return context.new_page()


def type_something(page):
    page.goto(NEW)
    page.get_by_label("Subject").fill("Ann of Lumen")
    page.get_by_role("textbox", name="Budget").fill("2000")
    page.get_by_label("Hide my contact details").check()
    page.get_by_role("checkbox", name="Northlight Commerce").check()
    wait_until_kept(page, "Ann of Lumen", "Northlight Commerce")


def drafts(page):
    return page.evaluate(DRAFTS)


def wait_until(page, is_so):
    """Until the drafts are so; the page may be on its way to another."""
    for _try in range(100):
        if is_so(drafts(page)):
            return
        page.wait_for_timeout(50)
    pytest.fail(drafts(page))


def wait_until_kept(page, *texts):
    wait_until(page, lambda kept: all(text in kept for text in texts))


def wait_until_none_is_kept(page):
    wait_until(page, lambda kept: kept == "[]")


def leave(page, path="/requests/"):
    """Go there, and give whether the page asked first."""
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(path)
    return asked == ["beforeunload"]


def test_page_asks_before_typed_text_is_left_and_only_then(page):
    page.goto(NEW)
    page.get_by_label("Subject").click()
    untouched = leave(page)
    type_something(page)
    typed = leave(page)
    page.goto(NEW)
    page.get_by_role("textbox", name="Budget").fill("1")
    page.get_by_role("textbox", name="Budget").fill("")
    undone = leave(page)

    assert (untouched, typed, undone) == (False, True, False)


def test_draft_is_offered_back_whole_and_ends_with_the_submit(page, assert_accessible):
    type_something(page)
    leave(page)
    page.goto(NEW)
    offer = page.locator("[data-draft-offer]")
    expect(offer).to_contain_text("You began this form before")
    assert_accessible(page)
    page.get_by_role("button", name="Restore what you typed").click()

    expect(offer).to_be_hidden()
    expect(page.get_by_label("Subject")).to_be_focused()
    expect(page.get_by_label("Subject")).to_have_value("Ann of Lumen")
    expect(page.get_by_label("Hide my contact details")).to_be_checked()
    expect(page.locator("[data-picker-chips] li")).to_have_text(["Northlight Commerce"])
    page.get_by_role("button", name="Submit request").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert "Ann of Lumen" in drafts(page)  # it was not taken
    page.get_by_label("Company size").select_option("11-50")
    page.get_by_label("TikTok Shop sales GMV").fill("48000")
    page.get_by_label("Product category").select_option(label="Beauty & Personal Care")
    page.get_by_role("button", name="Submit request").click()
    expect(page.locator(".messages")).to_contain_text("Your request is submitted.")
    wait_until_none_is_kept(page)
    page.goto(NEW)
    expect(offer).to_be_hidden()


def test_going_back_gives_what_was_typed_without_being_asked(page):
    type_something(page)
    leave(page)
    page.go_back()

    expect(page.get_by_role("textbox", name="Budget")).to_have_value("2000")
    expect(page.get_by_label("Subject")).to_have_value("Ann of Lumen")
    expect(page.locator("[data-picker-chips] li")).to_have_text(["Northlight Commerce"])
    expect(page.locator("[data-draft-offer]")).to_be_hidden()


def test_discarded_and_old_drafts_are_gone(page):
    type_something(page)
    leave(page)
    page.goto(NEW)
    page.get_by_role("button", name="Discard it").click()
    discarded = drafts(page)
    type_something(page)
    leave(page)
    page.evaluate(
        "age => Object.keys(localStorage).forEach(key => localStorage.setItem(key,"
        " JSON.stringify({...JSON.parse(localStorage.getItem(key)), at: Date.now() - age})))",
        7 * DAY,
    )
    page.goto("/seller/")

    assert (discarded, drafts(page)) == ("[]", "[]")


def test_draft_is_its_persons_alone_and_ends_with_signing_out(page, editor, sign_in):
    type_something(page)
    sign_in(page.context, editor)
    leave(page, NEW)
    expect(page.locator("[data-draft-offer]")).to_be_hidden()
    assert "Ann of Lumen" in drafts(page)

    page.get_by_role("button", name="Account menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert drafts(page) == "[]"


def test_draft_outlives_a_session_that_ended_before_the_submit(page, seller):
    type_something(page)
    Session.objects.all().delete()
    page.get_by_role("button", name="Submit request").click()
    page.get_by_label("Email").fill(seller.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Restore what you typed").click()

    expect(page.get_by_label("Subject")).to_have_value("Ann of Lumen")
    assert PartnerRequest.objects.count() == 0


def test_draft_of_an_edit_belongs_to_its_version(page, open_request):
    page.goto(f"/requests/{open_request.reference}/edit/")
    page.get_by_role("textbox", name="Budget").fill("2500")
    wait_until_kept(page, "2500")

    assert f":{open_request.reference}:1" in drafts(page)
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".messages")).to_contain_text("Your changes are saved.")
    wait_until_none_is_kept(page)
