"""What the browser tests stand on: the listening works, and the pages anyone may open are sound."""

import re
import threading

import pytest
from playwright.sync_api import Error, expect

PUBLIC = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@pytest.mark.parametrize(("viewport", "colours"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", PUBLIC)
def test_public_page_is_accessible_and_silent(new_context, assert_accessible, path, viewport, colours):
    page = new_context(viewport=viewport, color_scheme=colours).new_page()
    page.goto(path)

    expect(page.locator("h1")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert_accessible(page)


def test_page_is_judged_when_its_style_sheets_are_there(new_context, assert_accessible):
    page = new_context().new_page()
    page.goto("/accounts/login/")
    is_judged = threading.Event()

    def come_late(route):
        while not is_judged.is_set():
            page.wait_for_timeout(20)
        page.wait_for_timeout(1000)
        route.continue_()

    page.route("**/bootstrap.min.*.css", come_late)
    page.get_by_role("link", name="Sign up", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("Sign up as a seller")

    is_judged.set()
    assert_accessible(page)  # a link without that sheet is too faint to be read


def test_static_files_are_hashed_compressed_and_kept(page):
    with page.expect_response(re.compile(r"/static/css/.*\.[0-9a-f]{12}\.css$")) as response:
        page.goto("/")

    headers = response.value.headers
    assert headers["content-encoding"] in {"br", "gzip"}
    assert "immutable" in headers["cache-control"]


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('broken')", "console: broken"),
        ("setTimeout(() => { throw new Error('thrown') })", "script: "),
        ("fetch('/nowhere').then(() => 0)", "console: Failed to load resource"),
        ("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>')", "console: "),
    ],
)
def test_complaint_of_a_page_is_heard(page, complaints, script, complaint):
    page.goto("/")
    page.evaluate(script)
    page.wait_for_timeout(300)

    assert any(heard.startswith(complaint) for heard in complaints), complaints
    complaints.clear()


def test_request_that_leaves_the_site_is_heard(page, complaints):
    with pytest.raises(Error):
        page.goto("http://127.0.0.1:9/x")

    assert "left: http://127.0.0.1:9/x" in complaints
    complaints.clear()
