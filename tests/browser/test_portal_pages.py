"""What the portal's pages do with scripts, and that they do without."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect
from zeal import zeal_ignore

from requests_app.models import Event, Share
from requests_app.portal import bulk_reject
from tests.factories import BEAUTY, ShopFactory, make_request

CONTACT = "ann.whitfield@lumen.example"
SIGNING_IN = re.compile(r"/accounts/login/\?next=/portal/")


@pytest.fixture
def page(new_context, sign_in, reviewer, share):
    context = new_context()
    sign_in(context, reviewer)
    return context.new_page()


def url_of(share, verb="share"):
    return reverse(f"portal:{verb}", args=[share.reference])


def refresh_every_second(page):
    page.eval_on_selector("[data-live]", "list => { list.dataset.live = '1' }")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_portal_pages_are_accessible(scheme, new_context, sign_in, reviewer, share, assert_accessible):
    context = new_context(color_scheme=scheme, viewport={"width": 390, "height": 844})
    sign_in(context, reviewer)
    page = context.new_page()

    for url in (
        "/portal/",
        "/portal/?q=zebra",
        "/portal/insights/",
        url_of(share),
        *(url_of(share, v) for v in ("accept", "reject")),
    ):
        page.goto(url)
        assert_accessible(page)


@pytest.mark.parametrize("language", ["en", "de", "id", "zh-hans"])
def test_tables_of_the_insights_are_cut_off_nowhere(language, new_context, sign_in, reviewer, share):
    reviewer.language = language
    reviewer.save()
    context = new_context()
    sign_in(context, reviewer)
    page = context.new_page()
    cut = {}

    for width in (320, 390, 768, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/portal/insights/")
        tables = page.locator(".table-wrap:visible")
        assert tables.count() > 0
        wider = tables.evaluate_all(
            "all => all.map(each => each.scrollWidth - each.clientWidth).filter(more => more > 0)"
        )
        cut |= {width: wider} if wider else {}

    assert cut == {}


def test_inbox_draws_what_came_meanwhile_and_says_so(page, share, shop, partner):
    page.goto("/portal/?status=reviewing")
    page.focus(f"#{share.reference}")
    refresh_every_second(page)
    with page.expect_response(lambda response: "seen=" in response.url) as unchanged:
        pass
    make_request(shop, picks=[partner])
    expect(page.locator(".row-item")).to_have_count(2)

    assert unchanged.value.status == 204
    assert page.inner_text("#inbox-news").startswith(
        f"Your inbox was updated. New: {BEAUTY}, Lumen Skincare. 2 requests wait"
    )
    assert page.evaluate("document.activeElement.id") == share.reference
    assert "Partner reviewing 2" in page.inner_text("#inbox-tabs").replace("\n", " ")


@pytest.fixture
def each_rejection_asks_anew(monkeypatch):
    """Each of several is rejected in a transaction of its own, which zeal takes for a page that asks once a row."""
    monkeypatch.setattr(bulk_reject, "reject_each", zeal_ignore()(bulk_reject.reject_each))


@pytest.mark.usefixtures("each_rejection_asks_anew")
def test_several_are_chosen_kept_while_the_list_refreshes_and_rejected(page, share, shop, partner, assert_accessible):
    second = make_request(shop, picks=[partner]).shares.get()
    other_shop = ShopFactory(name="Pine & Co")  # a shop may have two with a partner
    third = make_request(other_shop, picks=[partner]).shares.get()
    page.goto("/portal/")
    page.get_by_label(f"Choose {BEAUTY}, Lumen Skincare, {second.reference}").check()
    expect(page.locator("[data-tick-count]")).to_have_text("1 chosen")
    refresh_every_second(page)
    newest = make_request(other_shop, picks=[partner]).shares.get()
    expect(page.locator(".row-item")).to_have_count(4)
    expect(page.get_by_label(f"Choose {BEAUTY}, Lumen Skincare, {second.reference}")).to_be_checked()
    expect(page.locator("[data-tick-count]")).to_have_text("1 chosen")
    assert_accessible(page)
    page.get_by_label("Choose all").check()
    expect(page.locator("[data-tick-count]")).to_have_text("4 chosen")
    page.get_by_label(f"Choose {BEAUTY}, Pine & Co, {newest.reference}").uncheck()
    page.get_by_role("button", name="Reject chosen").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Reject 3 requests?")
    assert_accessible(page)
    page.get_by_label("Reason").select_option("budget")
    page.get_by_role("button", name="Reject 3 requests").click()
    expect(page.locator("#messages")).to_contain_text("3 requests are rejected. Their sellers are told.")
    rejected = Share.objects.filter(status="rejected").values_list("pk", flat=True)
    assert set(rejected) == {share.pk, second.pk, third.pk}


def test_inbox_left_open_leads_to_signing_in_when_the_session_ended(page):
    page.goto("/portal/")
    Session.objects.all().delete()
    refresh_every_second(page)

    page.wait_for_url(SIGNING_IN)


def test_contact_details_appear_in_their_place_and_take_the_focus(page, share):
    page.goto(url_of(share))
    page.click("text=Show contact details")
    expect(page.get_by_text(CONTACT)).to_be_visible()
    expect(page.get_by_role("heading", name="Contact details")).to_be_focused()
    opened = Event.objects.filter(kind="contact_opened").count()
    page.goto("/portal/")
    page.go_back()

    assert opened == 1
    assert CONTACT not in page.content()


def test_contact_details_asked_for_after_the_session_ended_lead_to_signing_in(page, share):
    page.goto(url_of(share))
    Session.objects.all().delete()
    page.click("text=Show contact details")

    page.wait_for_url(SIGNING_IN)
    assert Event.objects.filter(kind="contact_opened").count() == 0


def test_portal_works_without_scripts(new_context, sign_in, reviewer, share, shop, partner):
    context = new_context(java_script_enabled=False)
    sign_in(context, reviewer)
    page = context.new_page()

    unwanted = make_request(shop, picks=[partner]).shares.get()
    page.goto("/portal/?sort=due")
    page.get_by_label(f"Choose {BEAUTY}, Lumen Skincare, {unwanted.reference}").check()
    page.get_by_role("button", name="Reject chosen").click()
    page.get_by_label("Reason").select_option("budget")
    page.get_by_role("button", name="Reject 1 request").click()
    assert "1 request is rejected." in page.inner_text("#messages")

    page.goto("/portal/?q=lumen&status=reviewing")
    page.get_by_role("link", name=BEAUTY, exact=True).click()
    page.click("text=Show contact details")
    assert CONTACT in page.content()
    page.click("text=Back to the request")
    page.get_by_role("link", name="Accept", exact=True).click()
    page.get_by_role("button", name="Accept request").click()

    assert "You accepted the request." in page.inner_text("#messages")
    assert CONTACT not in page.content()
