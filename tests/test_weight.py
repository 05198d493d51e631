"""What a first visit loads, and what `make audit` is installed from. The audit itself measures in a browser."""

import json
import re
from functools import cache
from pathlib import Path

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse

from tests.cast import login
from tests.client import MOST_HTML, faults

pytestmark = pytest.mark.once

AUDIT = settings.BASE_DIR / "audit"
MOST_TRANSFERRED = 100_000  # bytes of styles and scripts together
LOADED = re.compile(r'<(?:link rel="stylesheet"|script)[^>]* (?:href|src)="([^"]+)"')


def transferred(html):
    """Give {name: bytes} of the styles and scripts of a page, compressed as they are served."""
    names = [address.removeprefix(static("")) for address in LOADED.findall(html)]
    return {name: compressed(name) for name in names}


@cache
def compressed(name):
    """The bytes of a file as it is served."""
    return len(brotli.compress(Path(finders.find(name)).read_bytes()))


@pytest.mark.parametrize(
    ("reader", "page"),
    [
        (None, "home"),
        (None, "partners:directory"),
        (None, "account_login"),
        ("seller", "seller:request_new"),
        ("seller", "seller:my_requests"),
        ("seller", "seller:home"),
        ("partner_owner", "portal:inbox"),
        ("partner_owner", "portal:profile"),
        ("partner_owner", "portal:insights"),
    ],
)
def test_first_visit_is_light(client, request, open_request, reader, page):
    if reader:
        login(client, request.getfixturevalue(reader))

    loaded = transferred(client.get(reverse(page)).content.decode())

    assert "css/app.css" in loaded
    assert sum(loaded.values()) < MOST_TRANSFERRED, loaded


def test_page_of_too_much_html_is_a_fault():
    page = '<!doctype html><html lang="en"><head><title>x</title></head><body><h1>x</h1>{}'
    page += '<footer><a href="/help/">a</a><a href="/referrals/">d</a><a href="/privacy/">b</a><a href="/terms/">c</a>'
    page += f'<a href="mailto:{settings.SUPPORT_EMAIL}">d</a></footer></body></html>'

    assert faults(page.format("x" * (MOST_HTML - 400))) == []
    assert [fault.split()[1:] for fault in faults(page.format("ä" * (MOST_HTML // 2)))] == [["bytes", "of", "HTML"]]


def test_audit_is_installed_from_a_lock_with_hashes_and_without_addresses():
    wanted = json.loads((AUDIT / "package.json").read_text())["dependencies"]
    lock = json.loads((AUDIT / "package-lock.json").read_text())["packages"]
    packages = {name: package for name, package in lock.items() if name}

    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert "omit-lockfile-registry-resolved=true" in (AUDIT / ".npmrc").read_text().splitlines()
