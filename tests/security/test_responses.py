"""What every answer bears, whoever asks and however: headers, methods, where it leads, what it links to."""

import re

import pytest
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from shoppartners.http_limits import HttpLimitsMiddleware
from tests.access import ROLES, TABLE
from tests.cast import signed_in
from tests.factories import PASSWORD
from tests.mailboxes import mails_sent
from tests.shoppartners.test_settings import PRODUCTION, setting
from tests.test_access import answer_of
from tests.urls import paths_without_arguments

pytestmark = pytest.mark.once

ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "https:evil.example",
    "https:///evil.example", "javascript:alert(1)", "\tjavascript:alert(1)", "http://testserver@evil.example/",
    "/\t/evil.example/", "///evil.example", " //evil.example",
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
}  # fmt: skip


def breaks(request):
    raise RuntimeError("secret of the machine")


urlpatterns = [path("breaks/", breaks)]


# Headers


def test_every_kind_of_answer_bears_the_headers(db, seller, shop, settings):
    client = Client(raise_request_exception=False)
    client.force_login(seller)
    static = settings.STATIC_ROOT / "x.css"
    static.write_text("p {}")
    settings.WHITENOISE_AUTOREFRESH = True
    asked = {
        "page": client.get("/requests/"),
        "public page": Client().get("/"),
        "redirect": Client().get("/requests/"),
        "file": Client().get("/static/x.css"),
        "health": Client().get("/healthz"),
        "download": client.post("/accounts/data/download/"),
        "not found": client.get("/nothing/"),
        "method": client.put("/requests/"),
        "size": client.post("/requests/", "a" * 2_000_000, content_type="text/plain"),
        "null byte": Client().get("/", headers={"cookie": 'x="\\000"'}),
        "null byte asked for": Client().get("/?a=%00"),
        "host": client.get("/", headers={"host": "evil.example"}),
        "token": Client(enforce_csrf_checks=True).post("/language/"),
        "admin": client.get("/admin/login/"),
    }
    settings.ROOT_URLCONF = __name__
    asked["error"] = client.get("/breaks/")

    statuses = [response.status_code for response in asked.values()]
    lacking = {name: HEADERS - set(response.headers) for name, response in asked.items()}
    assert statuses == [200, 200, 302, 200, 200, 200, 404, 405, 413, 400, 400, 400, 403, 403, 500]
    assert {name: missing for name, missing in lacking.items() if missing} == {}
    assert [name for name, response in asked.items() if "Access-Control-Allow-Origin" in response.headers] == []
    assert "secret of the machine" not in asked["error"].text
    policy = asked["page"]["Content-Security-Policy"]
    for part in ("default-src 'self'", "object-src 'none'", "base-uri 'self'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy


def test_every_url_is_answered_to_head_as_to_get_and_what_is_personal_is_not_stored(people, urls):
    clients = {role: signed_in(person) if person else Client() for role, person in people.items()}
    wrong = []

    for name, url in urls.items():
        role = ROLES[TABLE[name].index("200")] if "200" in TABLE[name] else "seller"
        cache.clear()
        response = clients[role].head(url)
        if answer_of(response) != TABLE[name][ROLES.index(role)] or response.content:
            wrong.append((name, response.status_code))
        if role != "anonymous" and "no-store" not in response.headers.get("Cache-Control", ""):
            wrong.append((name, response.headers.get("Cache-Control")))

    assert wrong == []


def test_pages_that_carry_a_token_are_not_stored(client, seller, db):
    client.post("/accounts/password/reset/", {"email": seller.email})
    link = re.search(r"/accounts/password/reset/key/\S+", mails_sent()[0].body)[0]

    first = client.get(link)
    form = client.get(first.url)

    assert form.status_code == 200
    for response in (first, form):
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "same-origin"


def test_methods_that_no_page_takes_are_refused_before_anything_else():
    refuse = HttpLimitsMiddleware(lambda request: HttpResponse("taken"))
    asked = [*paths_without_arguments(), "/static/x.css", "/nothing/"]

    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"):
        answers = {refuse(RequestFactory().generic(method, each)).status_code for each in asked}
        assert answers == ({200} if method == "get" else {405}), method


def test_post_to_any_url_needs_a_token_or_a_signed_one(people, urls):
    """The sign-in and sign-out forms too; what takes no POST refuses it before it is known that it takes none."""
    clients = {role: Client(enforce_csrf_checks=True) for role in ("anonymous", "seller", "partner_owner", "staff")}
    for role, client in clients.items():
        if people[role]:
            client.force_login(people[role])

    answers = {
        (role, name): client.post(url).status_code
        for role, client in clients.items()
        for name, url in urls.items()
        if role == "anonymous" or TABLE[name][ROLES.index(role)] in {"200", "405"}
    }

    assert {name for (_role, name), status in answers.items() if status != 403} == {
        "accounts:unsubscribe", "company:saml_acs",
    }  # fmt: skip
    cache.clear()


# Where it leads


def test_no_address_leads_elsewhere(people, other_shop):
    seller = people["seller"]
    credentials = {"login": seller.email, "password": PASSWORD}

    led = []
    for target in ELSEWHERE:
        for address in ("/accounts/login/", "/language/", "/accounts/signup/seller/"):
            led.append(
                Client().post(address, credentials | {"language": "de", "next": target}, query_params={"next": target})
            )
        for address, data in (
            ("/accounts/logout/", {}),
            ("/switch/", {"membership": "shop:1"}),
            ("/accounts/reauthenticate/", credentials),
            ("/accounts/login/", {}),
            ("/admin/login/", {}),
            ("/admin/logout/", {}),
        ):
            client = Client()
            client.force_login(seller)
            for response in (
                client.get(address, {"next": target}),
                client.post(address, data | {"next": target}, query_params={"next": target}),
            ):
                led.append(response)
        cache.clear()

    assert {
        response.headers["Location"] for response in led if not _stays(response.headers.get("Location", "/"))
    } == set()
    links = re.compile(r'(?:href|action|src)="(?:[^"?]*evil|\s*javascript:)[^"]*')
    assert [found for response in led if response.status_code == 200 for found in links.findall(response.text)] == []


def _stays(address):
    return re.match(r"/(?![/\\\s])[^\\]*$", address) is not None


def test_links_follow_no_header_of_the_reader(client, seller, shop):
    headers = {"x-forwarded-host": "evil.example", "x-forwarded-port": "666", "forwarded": "host=evil.example"}
    signed = signed_in(seller)

    pages = [
        signed_in(seller).get(address, headers=headers) for address in ("/requests/", "/partners/", "/requests/new/")
    ]
    pages += [client.get(address, headers=headers) for address in ("/", "/partners/", "/accounts/login/")]
    client.post("/accounts/password/reset/", {"email": seller.email}, headers=headers)
    signed.post("/accounts/email/", {"email": "new@example.com", "action_add": ""}, headers=headers)

    assert [page.status_code for page in pages] == [200] * 6
    assert [page.request["PATH_INFO"] for page in pages if "evil" in page.text] == []
    assert mails_sent()
    assert [sent.body for sent in mails_sent() if "evil" in str(sent.message())] == []
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_public_pages_are_kept_apart_by_language_and_sign_in(client, db):
    for address in ("/", "/partners/"):
        vary = client.get(address)["Vary"]
        assert "Cookie" in vary
        assert "Accept-Language" in vary


def test_signing_out_leaves_nothing_in_the_browser(client, seller, shop):
    client.force_login(seller)

    shown = client.get("/requests/")
    signed_out = client.post("/accounts/logout/")
    back = client.get("/requests/")

    assert "no-store" in shown["Cache-Control"]
    assert signed_out["Clear-Site-Data"] == '"storage"'
    assert back.status_code == 302


def test_cookies_of_production_are_of_this_host_alone():
    for name in ("SESSION", "CSRF", "LANGUAGE"):
        assert setting(f"{name}_COOKIE_NAME", **PRODUCTION).startswith("__Host-")
        assert setting(f"{name}_COOKIE_SECURE", **PRODUCTION) is True
        assert getattr(settings, f"{name}_COOKIE_HTTPONLY") is True
        assert getattr(settings, f"{name}_COOKIE_SAMESITE") == "Lax"


def test_browsers_insist_on_https_in_production():
    assert setting("SECURE_HSTS_SECONDS", **PRODUCTION) >= 31_536_000
    assert setting("SECURE_HSTS_INCLUDE_SUBDOMAINS", **PRODUCTION) is True
    assert setting("SECURE_SSL_REDIRECT", **PRODUCTION) is True


def test_scripts_write_text_and_never_markup_or_code():
    scripts = list((settings.BASE_DIR / "static/js").glob("*.js"))

    assert len(scripts) > 5
    for script in scripts:
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|postMessage",
            script.read_text(),
        )
