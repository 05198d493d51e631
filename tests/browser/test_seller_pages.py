"""The seller's pages in a browser: the form with its picker and its checks, the list that refreshes itself."""

import pytest
from playwright.sync_api import expect

from requests_app import services
from requests_app.models import PartnerRequest
from tests.factories import PartnerFactory, fill_vocabularies, make_request
from tests.requests_app.seller.details import url
from tests.requests_app.seller.talks import propose, reply, say, share_url

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@pytest.fixture
def by_seller(new_context, sign_in, seller, shop):
    """`by_seller(**options)`: a page of the seller's."""
    fill_vocabularies()

    def by_seller(**options):
        context = new_context(**options)
        sign_in(context, seller)
        return context.new_page()

    return by_seller


@pytest.fixture
def paths(shop, partner, other_agency, partner_owner, seller):
    """Every kind of seller page, with a request in each state that draws it differently."""
    connected = make_request(shop, [partner, other_agency])
    share = connected.shares.get(partner=partner)
    services.open_contact(share_id=share.pk, by=partner_owner)
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    services.authorise_share(share_id=share.pk, by=seller, areas={"ads": "view", "products": "manage"}, days=30)
    rejected = make_request(shop, [partner])
    services.reject_share(share_id=rejected.shares.get().pk, by=partner_owner, reason="budget", note="From £4,000.")
    accepted = make_request(shop, [partner])
    waiting = accepted.shares.get()
    services.accept_share(share_id=waiting.pk, by=partner_owner, version=1)
    for text in ("We can start in March.", "Unbrechbar" * 40, "هل تشحنون إلى دبي؟", "🎉" * 1900):
        say(waiting, text)
    reply(waiting, seller, "Good.\n\nAnd <b>who</b> hosts?")
    propose(waiting)
    propose(waiting, seen=1, price="commission", amount=None, percent=12)
    referred = make_request(shop)
    asked = make_request(shop, PartnerFactory.create_batch(2), hide_contact=True)
    say(asked.shares.first(), "Do you ship to Ireland?")
    return [
        "/seller/",
        "/seller/apps-and-services/partner/",
        "/requests/",
        "/requests/?q=nothing",
        "/requests/new/",
        *(f"/requests/{request.reference}/" for request in (connected, rejected, referred, accepted, asked)),
        f"/requests/{accepted.reference}/proposals/",
        share_url(waiting),
        share_url(waiting, "authorise/?proposal=1"),
        share_url(rejected.shares.get()),
        f"/requests/{referred.reference}/edit/",
        f"/requests/{connected.reference}/close/",
        f"/requests/{accepted.reference}/partners/{waiting.reference}/authorise/",
        *(
            f"/requests/{connected.reference}/partners/{share.reference}/{verb}/"
            for verb in ("renew", "revoke", "close")
        ),
        "/accounts/signup/seller/",
    ]


@pytest.mark.parametrize(("viewport", "colours"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "desktop"])
def test_every_page_is_accessible_and_silent(by_seller, paths, assert_accessible, viewport, colours):
    page = by_seller(viewport=viewport, color_scheme=colours)

    for path in paths:
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
        assert_accessible(page)


def test_sign_up_is_accessible_and_takes_the_readers_zone(new_context, assert_accessible):
    fill_vocabularies()
    page = new_context(viewport=PHONE, timezone_id="Asia/Tokyo").new_page()
    page.goto("/accounts/signup/seller/")

    expect(page.locator("[name=time_zone]")).to_have_value("Asia/Tokyo")
    assert_accessible(page)
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert_accessible(page)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_form_with_errors_is_accessible_and_takes_the_focus(by_seller, partner, assert_accessible, viewport):
    page = by_seller(viewport=viewport)
    page.goto("/requests/new/")
    page.get_by_role("textbox", name="Budget").fill("9.999")
    page.get_by_role("button", name="Submit request").click()

    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(5)
    assert_accessible(page)
    summary.get_by_role("link", name="Budget").click()
    expect(page.get_by_role("textbox", name="Budget")).to_be_focused()
    expect(page.get_by_role("textbox", name="Budget")).to_have_value("9.999")


def fill_in(page):
    page.get_by_label("Company size").select_option("11-50")
    page.get_by_label("TikTok Shop sales GMV").fill("48000")
    page.get_by_role("textbox", name="Budget").fill("2000")
    page.get_by_label("Product category").select_option(label="Beauty & Personal Care")


def test_field_is_checked_after_it_is_left_and_amounts_are_echoed_while_they_are_typed(by_seller, partner):
    page = by_seller(viewport=DESKTOP)
    page.goto("/requests/new/")
    budget = page.get_by_role("textbox", name="Budget")

    budget.focus()
    page.keyboard.press("Tab")
    expect(page.locator(".invalid-feedback")).to_have_count(0)  # nothing was typed

    budget.fill("9.999")
    expect(page.locator("#id_budget_error")).to_have_count(0)  # not before it is left
    expect(page.get_by_role("status").and_(page.locator("#id_budget_echo"))).to_have_text("")
    page.keyboard.press("Tab")
    expect(page.locator("#id_budget_error")).to_have_text("This could be 9999 or 9.999. Enter it as 9999 or as 9.99.")
    expect(budget).to_have_attribute("aria-invalid", "true")
    assert "id_budget_error" in budget.get_attribute("aria-describedby")

    budget.fill("1,234.50")
    expect(page.locator("#id_budget_echo")).to_have_text("£1,234.50 a month")
    page.keyboard.press("Tab")
    expect(page.locator("#id_budget_error")).to_have_count(0)
    budget.fill("48,000")
    expect(page.locator("#id_budget_echo")).to_have_text("£48,000 a month")

    page.get_by_label("Currency").select_option("JPY")
    expect(page.locator("#id_budget_echo")).to_have_text("¥48,000 a month")
    budget.fill("1,234.50")
    page.keyboard.press("Tab")
    expect(page.locator("#id_budget_echo")).to_have_text("")
    expect(page.locator("#id_budget_error")).to_have_text("Enter a whole amount: this currency has no decimals.")


def test_counter_and_progress_follow_what_is_typed(by_seller, partner):
    page = by_seller(viewport=DESKTOP)
    page.goto("/requests/new/")
    step = page.locator("[data-steps] li")

    expect(step.nth(0)).to_have_attribute("data-state", "done")
    expect(step.nth(1)).to_have_attribute("data-state", "")
    fill_in(page)
    expect(step.nth(1)).to_have_attribute("data-state", "done")
    expect(step.nth(2)).to_have_attribute("data-state", "")
    page.get_by_text("Let TikTok Shop refer partners").click()
    expect(step.nth(2)).to_have_attribute("data-state", "done")
    page.get_by_label("Other details").fill("x" * 2001)
    expect(page.locator(".form-counter-over")).to_have_text("2,001 / 2,000")


def test_picker_searches_as_one_types_and_keeps_its_picks(by_seller, partner, other_agency):
    PartnerFactory(name="Full House", capacity=0)
    page = by_seller(viewport=DESKTOP)
    page.goto("/requests/new/")
    fill_in(page)
    chips, search = page.locator("[data-picker-chips] li"), page.get_by_label("Search by name")

    expect(page.get_by_label("Full House")).to_be_disabled()
    page.get_by_role("checkbox", name="Northlight Commerce").check()
    search.fill("harb")
    expect(page.locator(".pick")).to_have_count(1)
    page.get_by_role("checkbox", name="Harbour & Pine").check()
    search.fill("nobody at all")
    expect(page.locator(".picks-none")).to_have_text("No other partner of your market has a name with “nobody at all”.")
    search.press("Enter")  # searches, and does not submit
    expect(chips).to_have_text(["Northlight Commerce", "Harbour & Pine"])
    expect(page.locator("[data-picker-count]")).to_have_text("2 of 10 chosen")

    page.get_by_role("button", name="Remove Harbour & Pine").click()
    expect(page.get_by_role("button", name="Remove Northlight Commerce")).to_be_focused()
    page.get_by_role("button", name="Submit request").click()
    expect(page.locator(".messages")).to_contain_text("Your request is submitted.")
    assert [share.partner.name for share in PartnerRequest.objects.get().shares.select_related("partner")] == [
        "Northlight Commerce"
    ]


def test_tenth_pick_is_the_last(by_seller):
    for number in range(11):
        PartnerFactory(name=f"Agency {number:02}")
    page = by_seller(viewport=DESKTOP)
    page.goto("/requests/new/")

    for number in range(10):
        page.get_by_label(f"Agency {number:02}").check()

    expect(page.get_by_label("Agency 10")).to_be_disabled()
    page.get_by_role("button", name="Remove Agency 03").click()
    expect(page.get_by_label("Agency 10")).to_be_enabled()


def test_form_works_without_javascript(by_seller, partner, other_agency):
    page = by_seller(viewport=DESKTOP, java_script_enabled=False)
    page.goto("/requests/new/")
    fill_in(page)
    page.get_by_role("checkbox", name="Northlight Commerce").check()

    page.get_by_label("Search by name").fill("harb")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_label("Northlight Commerce")).to_be_checked()
    expect(page.get_by_role("textbox", name="Budget")).to_have_value("2000")
    page.get_by_role("checkbox", name="Harbour & Pine").check()
    page.get_by_role("button", name="Submit request").click()

    expect(page.locator(".messages")).to_contain_text("Your request is submitted.")
    assert PartnerRequest.objects.get().shares.count() == 2


def test_my_requests_refreshes_itself_and_keeps_the_focus(by_seller, open_request, share, partner_owner):
    page = by_seller(viewport=DESKTOP)
    page.clock.install()
    page.goto("/requests/")
    link = page.get_by_role("link", name=f"View Details of Beauty & Personal Care, {open_request.reference}")
    link.focus()
    with page.expect_response(lambda response: "seen=" in response.url) as unchanged:
        page.clock.run_for(31_000)
    services.accept_share(share_id=share.pk, by=partner_owner, version=1)

    with page.expect_response(lambda response: "seen=" in response.url):
        page.clock.run_for(31_000)

    assert unchanged.value.status == 204
    expect(page.locator("#request-rows")).to_contain_text("Your turn")
    news = f"Beauty & Personal Care, {open_request.reference} is “Partner accepted” now."
    expect(page.locator("#requests-news")).to_have_text(f"My Requests was updated. {news}")
    expect(page.locator("#requests-tabs a", has_text="Waiting for you")).to_have_text("Waiting for you 1")
    expect(link).to_be_focused()


def test_message_is_kept_while_it_is_typed_and_the_form_stands_still_while_others_come(by_seller, accepted_share):
    say(accepted_share, "First")
    page = by_seller(viewport=DESKTOP)
    page.clock.install()
    page.goto(url(accepted_share.request))
    text = page.get_by_label("Message")
    text.fill("Typed by hand")
    say(accepted_share, "Second")
    say(accepted_share, "Third")

    with page.expect_response(lambda response: "seen=" in response.url):
        page.clock.run_for(31_000)

    expect(page.locator(".message-text")).to_have_text(["First", "Second", "Third"])
    expect(page.locator("#conversation-news")).to_have_text("2 new messages")
    expect(text).to_have_value("Typed by hand")
    expect(text).to_be_focused()
    with page.expect_response(lambda response: "seen=" in response.url) as unchanged:
        page.clock.run_for(31_000)
    assert unchanged.value.status == 204

    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="Restore what you typed").click()
    page.get_by_role("button", name="Send message").click()
    expect(page.locator(".message-own .message-text")).to_have_text("Typed by hand")
    assert "#message-" in page.url
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))") == []


def test_next_act_stays_in_reach_on_a_phone_and_covers_neither_focus_nor_the_end(by_seller, share, open_request):
    say(share, "Do you ship to Ireland?")
    page = by_seller(viewport=PHONE, reduced_motion="reduce")
    page.goto(url(open_request))
    bar, end = page.locator(".act-bar"), page.locator(".footer")

    expect(bar.get_by_role("link", name="Reply to Northlight Commerce")).to_be_in_viewport()
    expect(page.locator(".next-act")).to_be_hidden()
    page.locator(".partner-cards a").last.focus()
    below = page.evaluate("document.activeElement.getBoundingClientRect().bottom")
    assert below <= bar.bounding_box()["y"]
    end.scroll_into_view_if_needed()
    assert bar.bounding_box()["y"] + bar.bounding_box()["height"] <= end.bounding_box()["y"]

    bar.get_by_role("link").click()
    expect(page.get_by_label("Message")).to_be_focused()
    expect(page.get_by_text("Do you ship to Ireland?")).to_be_in_viewport()
    page.keyboard.type("We do.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".message-own .message-text")).to_have_text("We do.")
    expect(bar).to_have_count(0)


def test_conversation_works_without_javascript(by_seller, share):
    say(share, "Do you ship to Ireland?")
    page = by_seller(viewport=DESKTOP, java_script_enabled=False)
    page.goto(share_url(share))

    page.get_by_label("Message").fill("We do.")
    page.get_by_role("button", name="Reply").click()

    expect(page.locator(".message-text")).to_have_text(["Do you ship to Ireland?", "We do."])
    expect(page.locator(".messages")).to_contain_text("Your message is sent.")
