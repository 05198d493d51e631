"""What is typed into a form is not lost, and does not stay where others could read it."""

from dataclasses import dataclass

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from partners.models import Partner
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


# Every form into which people write


@dataclass(frozen=True)
class Written:
    """A form: who opens which page, the field they write into, and their words."""

    who: str | None
    path: str
    name: str
    words: str = "Words that are not lost"


FORMS = {
    "profile": Written("partner_owner", "/portal/profile/", "tagline"),
    "application": Written("seller", "/accounts/signup/partner/", "tagline"),
    "application of somebody new": Written(None, "/accounts/signup/partner/", "name"),
    "availability": Written("partner_owner", "/portal/availability/", "capacity", "37"),
    "rejection": Written("partner_owner", "/portal/requests/{share}/reject/", "note"),
    "withdrawal": Written("partner_owner", "/portal/requests/{accepted}/withdraw/", "note"),
    "sign-up": Written(None, "/accounts/signup/seller/", "shop_name"),
    "further shop": Written("seller", "/accounts/signup/seller/", "shop_name"),
}


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def written(request, new_context, sign_in, base_url, share, other_shop):
    """A form, what is written into it, and its page."""
    form = request.param
    path = form.path
    if "{share}" in path or "{accepted}" in path:
        name = "share" if "{share}" in path else "accepted_share"
        path = path.replace("{share}", share.reference).replace("{accepted}", request.getfixturevalue(name).reference)
    context = new_context()
    if form.who:
        sign_in(context, request.getfixturevalue(form.who))
    page = context.new_page()
    page.goto(path)
    field = page.locator(f"[name={form.name}]")
    return page, path, field, form.words


def test_each_form_asks_before_it_is_left_and_offers_its_draft(written):
    page, path, field, words = written
    field.fill(words)
    if page.get_by_label("Password").count():
        page.get_by_label("Password").first.fill("not to be kept")
    wait_until_kept(page, words)
    assert leave(page, "/partners/")

    assert "not to be kept" not in drafts(page)
    page.goto(path)
    expect(field).not_to_have_value(words)
    page.get_by_role("button", name="Restore what you typed").click()
    expect(field).to_have_value(words)


def test_each_form_keeps_its_draft_when_the_sign_in_ended(written):
    page, _path, field, words = written
    field.fill(words)
    Session.objects.all().delete()
    with page.expect_navigation():
        page.locator("form[data-draft]").evaluate("form => form.requestSubmit()")

    wait_until(page, lambda kept: words in kept and '"sent"' not in kept.replace("\\", ""))


def test_draft_of_a_profile_ends_with_saving_and_undoes_nobody_elses_change(
    new_context, sign_in, partner, partner_owner
):
    context = new_context()
    sign_in(context, partner_owner)
    page = context.new_page()
    page.goto("/portal/profile/")
    page.get_by_label("Tagline").fill("Livestreams that sell")
    wait_until_kept(page, "Livestreams that sell")
    leave(page)
    Partner.objects.filter(pk=partner.pk).update(city="York")
    page.goto("/portal/profile/")
    page.get_by_role("button", name="Restore what you typed").click()
    city = page.get_by_label("City").input_value()
    page.get_by_role("button", name="Save profile").click()
    expect(page.locator(".messages")).to_contain_text("The profile of Northlight Commerce was saved.")

    saved = Partner.objects.get(pk=partner.pk)
    assert (city, saved.city, saved.tagline) == ("York", "York", "Livestreams that sell")
    wait_until_none_is_kept(page)  # though the page is the form's own again
    expect(page.locator("[data-draft-offer]")).to_be_hidden()


def test_draft_of_an_application_without_an_account_ends_when_it_was_taken(new_context, db):
    fill_vocabularies()
    page = new_context().new_page()
    page.goto("/accounts/signup/partner/")
    page.get_by_label("Your name").fill("Livestreams that sell")
    wait_until_kept(page, "Livestreams that sell")
    page.evaluate("document.querySelector('form[data-draft]').requestSubmit()")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    wait_until_kept(page, "Livestreams that sell")
    page.evaluate(
        "() => { for (const [key, value] of Object.entries(localStorage))"
        " localStorage.setItem(key, JSON.stringify({...JSON.parse(value), sent: true})) }"
    )
    leave(page, "/accounts/confirm-email/")

    wait_until_none_is_kept(page)
