"""Pages as a person sees them: a real Chromium, a real server, static files collected as in production.

`page` and `new_context` are pytest-playwright's; every page is listened to, and what it complains of fails the test.
"""

import os
import threading
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.test.utils import override_settings
from pytest_django.live_server_helper import LiveServer

from scripts import chromium
from shoppartners.settings import STORAGES
from tests.client import SignedInClient

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's own loop runs in this thread
ACCESSIBILITY = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
WIDTHS = (320, 390, 768, 1440)
AT_REST = """() => Promise.allSettled(document.getAnimations()
    .filter((each) => each instanceof CSSTransition).map((each) => each.finished))"""
QUIET = ["--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = chromium.find(headless=True)
    assert path, chromium.MISSING
    return browser_type_launch_args | {"executable_path": path, "args": QUIET}


@pytest.fixture(scope="session")
def live_server():
    with override_settings(STORAGES=STORAGES):
        call_command("collectstatic", interactive=False, verbosity=0)
        server = LiveServer("localhost", start=False)
        server.thread.static_handler = lambda _: WSGIHandler()  # no handler of the tests': WhiteNoise serves the files
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def base_url(live_server):
    return live_server.url


@pytest.fixture(scope="session")
def answering():
    """The threads of the server that answer a request at this moment."""
    threads = set()

    def begin(**kwargs):
        threads.add(threading.get_ident())

    def end(**kwargs):
        threads.discard(threading.get_ident())

    request_started.connect(begin)
    request_finished.connect(end)
    yield threads
    request_started.disconnect(begin)
    request_finished.disconnect(end)


@pytest.fixture(autouse=True)
def _database(transactional_db, answering):
    """The server's threads see what is committed, and nothing else.

    A page that nobody waits for any more is answered to its end before the tables are emptied: a request that reads
    them meanwhile is a deadlock, and its connection would be that of no test.
    """
    yield
    threads, patience = answering - {threading.get_ident()}, time.monotonic() + 30
    while threads & answering:
        assert time.monotonic() < patience, "a request of this test is still being answered after 30 seconds"
        time.sleep(0.01)


@pytest.fixture
def complaints():
    """What the pages complained of so far. A test that provokes one takes it out: `complaints.clear()`."""
    heard = []
    yield heard
    assert heard == []


@pytest.fixture
def is_home(base_url):
    """`is_home(url)`: whether an address is the site's own."""
    return lambda url: url.startswith(f"{base_url}/")


@pytest.fixture
def new_context(new_context, is_home, complaints):
    def listened_to(**options):
        context = new_context(**options)
        context.on("console", lambda said: said.type == "error" and complaints.append(f"console: {said.text}"))
        context.on("weberror", lambda raised: complaints.append(f"script: {raised.error}"))
        context.on("request", lambda request: is_elsewhere(request.url) and complaints.append(f"left: {request.url}"))
        context.on("requestfailed", lambda request: complain_of_failure(request))
        return context

    def is_elsewhere(url):
        return not is_home(url) and not url.startswith(("data:", "blob:", "about:"))

    def complain_of_failure(request):
        if request.failure != "net::ERR_ABORTED":  # the reader went on before it was there
            complaints.append(f"{request.failure}: {request.url}")

    return listened_to


@pytest.fixture
def sign_in(base_url):
    """`sign_in(context, user)`: the pages of this context are that person's. The sign-in page has its own tests."""

    def sign_in(context, user):
        client = SignedInClient()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": base_url, "httpOnly": True}])

    return sign_in


@pytest.fixture
def assert_accessible():
    """`assert_accessible(page)`: axe finds nothing against WCAG 2.2 AA.

    After a click Playwright may find the words of a page whose style sheets are still on their way, and colours that
    change are between two for a moment: axe reads the page when all is there and at rest.
    """

    def assert_accessible(page):
        page.wait_for_load_state()
        page.evaluate(AT_REST)
        results = Axe().run(page, options={**ACCESSIBILITY, "resultTypes": ["violations"]})
        assert results.violations_count == 0, f"{page.url}: {results.generate_report()}"

    return assert_accessible


@pytest.fixture
def assert_menu_below_button():
    """`assert_menu_below_button(page, path)`: at every width the open account menu leaves its button free."""

    def assert_menu_below_button(page, path):
        button, menu = page.locator(".account-button"), page.locator("#account-menu")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 480})
            page.goto(path)
            for scrolled in (0, 400):
                page.evaluate("top => scrollTo({top, behavior: 'instant'})", scrolled)
                button.click()
                above, below = button.bounding_box(), menu.bounding_box()
                gap = below["y"] - (above["y"] + above["height"])
                assert 0 <= gap <= 24, f"{gap} px between button and menu at {width} px, scrolled by {scrolled} px"
                assert below["x"] >= 0, width
                assert below["x"] + below["width"] <= width, width
                assert below["y"] + below["height"] <= 480, width
                page.keyboard.press("Escape")

    return assert_menu_below_button
