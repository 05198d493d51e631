"""`make demo` as a visitor meets it: the script itself, in a folder of its own, with nothing prepared."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from django.conf import settings
from playwright.sync_api import expect

PASSWORD = "shop-partners-demo"
PEOPLE = ["seller", "editor", "other-seller", "partner", "reviewer", "other-partner", "staff"]
START_SECONDS = 600


class Demo:
    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"

    def start(self):
        environment = os.environ | {"VAR_DIR": str(self.folder), "PORT": self.url.rpartition(":")[2]}
        self.said = (self.folder / "said").open("w+")
        self.process = subprocess.Popen(
            [settings.BASE_DIR / "scripts/demo.sh"], env=environment, stdout=self.said, stderr=subprocess.STDOUT
        )
        begun = time.monotonic()
        until = begun + START_SECONDS
        while not self.is_ready():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < until, self.output()
            time.sleep(0.2)
        self.took = time.monotonic() - begun

    def is_ready(self):
        try:
            return urllib.request.urlopen(f"{self.url}/readyz").status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def output(self):
        return (self.folder / "said").read_text()


# Of a module it would be made twice: pytest-playwright brings tests without a browser to the front.
@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    demo = Demo(tmp_path_factory.mktemp("demo"))
    try:
        demo.start()
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.end()


@pytest.fixture
def is_home(demo):
    return lambda url: url.startswith(demo.url)


def sign_in(page, demo, person):
    page.goto(f"{demo.url}/accounts/login/")
    page.locator("input[name=login]").fill(f"{person}@example.com")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) [type=submit]").click()


def test_demo_tells_its_address_and_its_people(demo):
    said = demo.output()

    assert demo.url in said
    assert re.findall(r"([a-z-]+)@example\.com", said) == PEOPLE
    assert PASSWORD in said


@pytest.mark.parametrize("person", PEOPLE)
def test_person_of_the_demo_signs_in_to_his_home(demo, page, person):
    sign_in(page, demo, person)

    expect(page).not_to_have_url(f"{demo.url}/accounts/login/")
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("path", ["/styleguide/", "/demo/mail/", "/partners/"])
def test_demo_shows_its_tools(demo, page, path):
    response = page.goto(demo.url + path)

    assert response.status == 200
    assert "DEBUG" not in page.title()


def test_mail_shows_its_html_part_with_its_own_styles(demo, page, complaints):
    page.goto(f"{demo.url}/demo/mail/")
    page.locator("main .row-title a").first.click()

    mail = page.frame_locator(".mail-frame")
    expect(mail.locator(".mail")).to_have_css("border-radius", "12px")
    assert mail.locator("h1").inner_text() == page.locator("h1").inner_text()
    mail.locator("a.button").click()
    assert mail.locator("h1").inner_text() == page.locator("h1").inner_text()
    assert len(page.context.pages) == 1
    assert any("'allow-popups' permission is not set" in complaint for complaint in complaints)
    assert all("sandboxed" in complaint for complaint in complaints)
    complaints.clear()


def test_account_menu_hangs_from_its_button_under_the_bar_of_the_demo(demo, page, assert_menu_below_button):
    sign_in(page, demo, "seller")
    expect(page.locator(".account-button")).to_be_visible()

    for path in ("/requests/", "/partners/"):
        assert_menu_below_button(page, demo.url + path)
        expect(page.locator(".demo-bar")).to_have_count(1)


def test_demo_ends_well_and_keeps_its_world(demo, page):
    page.goto(f"{demo.url}/partners/")
    partners = page.locator("main").inner_text()

    assert demo.end() == 0
    assert not demo.is_ready()
    with_a_new_world = demo.took
    demo.start()

    assert demo.took < with_a_new_world / 2
    page.goto(f"{demo.url}/partners/")
    assert page.locator("main").inner_text() == partners
