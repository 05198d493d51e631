"""What the head of a page says: where one is, whether it may be found, how its link is told elsewhere."""

import re
import struct
from pathlib import Path

import pytest
from django.conf import settings

from tests.cast import login

pytestmark = pytest.mark.once

BEAUTY = "Beauty &amp; Personal Care"
IMAGES = Path(settings.BASE_DIR) / "static" / "img"


def title_of(response):
    """As a browser reads it, which makes one blank of many."""
    return " ".join(re.search(r"<title>(.*?)</title>", response.text, re.DOTALL).group(1).split())


def noindex(response):
    return '<meta name="robots" content="noindex">' in response.text


def test_titles_of_a_sellers_pages_say_where_one_is(client, seller, share):
    login(client, seller)
    spr, sps = share.request.reference, share.reference

    titles = {
        "/seller/": "Home – Seller Center",
        "/requests/": "My Requests – Seller Center",
        "/requests/new/": "Request a Partner – Seller Center",
        f"/requests/{spr}/": f"{BEAUTY}, {spr} – My Requests",
        f"/requests/{spr}/edit/": f"Edit Request, {BEAUTY}, {spr} – My Requests",
        f"/requests/{spr}/close/": f"Close request, {BEAUTY}, {spr} – My Requests",
        f"/requests/{spr}/partners/{sps}/close/": f"Close for Northlight Commerce, {BEAUTY}, {spr} – My Requests",
        "/accounts/password/change/": "Password – Your account",
        "/accounts/sessions/": "Devices – Your account",
        "/accounts/data/": "Your data – Your account",
    }

    assert {path: title_of(client.get(path)) for path in titles} == {
        path: f"{title} – Shop Partners" for path, title in titles.items()
    }
    assert all(noindex(client.get(path)) for path in titles)


def test_titles_of_a_partners_pages_say_where_one_is(client, partner_owner, share):
    login(client, partner_owner)
    page, name = f"/portal/requests/{share.reference}/", share.reference

    titles = {
        "/portal/": "Inbox – Partner portal",
        "/portal/profile/": "Profile – Partner portal",
        page: f"{BEAUTY}, {share.request.shop.name}, {name} – Inbox",
        f"{page}accept/": f"Accept request, {BEAUTY}, {name} – Inbox",
        f"{page}reject/": f"Reject request, {BEAUTY}, {name} – Inbox",
    }

    assert {path: title_of(client.get(path)) for path in titles} == {
        path: f"{title} – Shop Partners" for path, title in titles.items()
    }
    assert all(noindex(client.get(path)) for path in titles)


@pytest.mark.parametrize("path", ["/", "/partners/", "/accounts/signup/seller/", "/accounts/signup/partner/"])
def test_page_for_everyone_may_be_found_and_is_told_to_previews(client, db, path):
    response = client.get(path)

    assert not noindex(response)
    for name in ("og:title", "og:description", "og:image"):
        assert f'<meta property="{name}" content="' in response.text
    assert f'<link rel="canonical" href="{settings.SITE_URL}{path}">' in response.text
    assert '<meta name="description" content="' in response.text


@pytest.mark.parametrize(
    "path",
    ["/accounts/login/", "/accounts/password/reset/", "/partners/compare/", "/nothing/here/", "/accounts/inactive/"],
)
def test_page_that_is_no_ones_aim_may_not(client, db, path):
    assert noindex(client.get(path))


def test_robots_read_what_may_be_found_and_nothing_else(client, partner):
    response = client.get("/robots.txt")
    rules = re.findall(r"^(Allow|Disallow): (\S+)$", response.text, re.MULTILINE)

    def may_read(path):
        """As robots do: the longest rule that fits."""
        fitting = [rule for rule in rules if re.match(re.escape(rule[1]).replace(r"\$", "$"), path)]
        return max(fitting, key=lambda rule: len(rule[1]))[0] == "Allow"

    sign_up = ("/accounts/signup/", "/accounts/signup/seller/", "/accounts/signup/partner/")
    public = ("/", "/partners/", partner.get_absolute_url(), *sign_up)
    private = ("/requests/", "/portal/", "/seller/", "/admin/", "/accounts/login/", "/partners/compare/", "/healthz")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert [path for path in (*public, *private) if may_read(path)] == [*public]
    assert [path for path in public if noindex(client.get(path))] == []


def test_what_asks_for_the_favicon_is_given_one(client):
    assert client.get("/favicon.ico").url == "/static/img/favicon.ico"


@pytest.mark.parametrize(
    ("name", "most"), [("favicon.ico", 10_000), ("apple-touch-icon.png", 10_000), ("social.png", 60_000)]
)
def test_pictures_are_small(name, most):
    assert (IMAGES / name).stat().st_size < most


def test_pictures_have_the_sizes_that_are_told():
    def size(name):
        return struct.unpack(">II", (IMAGES / name).read_bytes()[16:24])

    assert size("social.png") == (1200, 630)
    assert size("apple-touch-icon.png") == (180, 180)
