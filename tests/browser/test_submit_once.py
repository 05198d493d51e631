"""A form takes one submit at a time, and the next one when the first came to nothing."""

import pytest
from playwright.sync_api import expect

from partners.models import Partner

AVAILABILITY = "/portal/availability/"
MOMENT = 7_000  # milliseconds: a little more than static/js/submit-once.js waits


@pytest.fixture
def page(new_context, sign_in, partner_owner, partner):
    context = new_context()
    sign_in(context, partner_owner)
    page = context.new_page()
    page.clock.install()
    page.goto(AVAILABILITY)
    return page


@pytest.fixture
def posts(page):
    """The submits that left the browser; the first of them gets no answer."""
    seen = []

    def hold(route):
        if route.request.method == "POST":
            seen.append(route.request.post_data)
            if len(seen) == 1:
                return  # the reader waits, in vain
        route.continue_()

    page.route(f"**{AVAILABILITY}", hold)
    return seen


def submit_and_stop(page, *, times=1):
    """Press the button so often and then the browser's Stop: all in the page, since a driver waits for an answer."""
    page.evaluate(
        """times => {
            const button = document.querySelector("main form [type=submit]");
            for (let each = 0; each < times; each += 1) setTimeout(() => button.click(), 50 * each);
            setTimeout(() => window.stop(), 500);
        }""",
        times,
    )
    page.wait_for_timeout(700)


def save(page):
    page.get_by_role("button", name="Save availability").click()


def test_second_submit_is_ignored_while_the_first_is_on_its_way(page, posts):
    page.get_by_label("Requests you handle").fill("7")
    submit_and_stop(page, times=3)

    assert len(posts) == 1
    expect(page.get_by_role("button", name="Save availability")).to_have_attribute("aria-busy", "true")


def test_form_that_was_stopped_can_be_submitted_again_with_what_was_corrected(page, posts, partner):
    page.get_by_label("Requests you handle").fill("7")
    submit_and_stop(page)
    page.clock.fast_forward(MOMENT)
    expect(page.get_by_role("button", name="Save availability")).not_to_have_attribute("aria-busy", "true")
    page.get_by_label("Requests you handle").fill("8")
    save(page)
    expect(page.locator(".messages")).to_contain_text("The availability of Northlight Commerce was saved.")

    assert len(posts) == 2
    assert Partner.objects.get(pk=partner.pk).capacity == 8


def test_what_was_typed_into_a_form_that_was_stopped_is_asked_about_and_kept(page, posts):
    asked = []
    page.get_by_label("Requests you handle").fill("7")
    submit_and_stop(page)
    page.clock.fast_forward(MOMENT)
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/portal/")
    page.goto(AVAILABILITY)
    page.get_by_role("button", name="Restore what you typed").click()

    assert asked == ["beforeunload"]
    expect(page.get_by_label("Requests you handle")).to_have_value("7")


def test_form_is_free_when_the_page_is_shown_again(page, posts):
    submit_and_stop(page)
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    save(page)

    expect(page.locator(".messages")).to_contain_text("The availability of Northlight Commerce was saved.")
    assert len(posts) == 2
