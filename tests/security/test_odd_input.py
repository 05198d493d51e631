"""What nobody types: null bytes, numbers without end, markup, ten megabytes. Nothing of it is an error of the site."""

import json
from urllib.parse import quote, urlencode

import pytest
from django.core.cache import cache
from django.test import Client

from tests.access import QUERIES, ROLES, TABLE, odd_queries
from tests.client import SignedInClient
from tests.factories import PASSWORD, with_second_factor

pytestmark = pytest.mark.postgresql  # which refuses null bytes and large numbers; SQLite takes them

NAMES = (
    "q", "status", "sort", "due", "show", "seen", "before", "after", "partner", "share", "again", "currency",
    "category", "market", "service", "type", "budget", "next", "page", "p", "o", "mail", "is_active", "user__email",
    "term", "app_label", "model_name", "field_name", "_to_field", "_changelist_filters", "_popup", "all", "e",
)  # fmt: skip
MARKUP = "\"'><svg/onload=alert(1)>"
VALUES = ("a\0b", "-9223372036854775809-" + "9" * 4000, "\u2028\u202e{{ x }}%(x)s{0}" + MARKUP, "㌖" * 120)
PATHS = (
    "/partners/a%00b/", "/requests/SPR-%00/", "/requests/SPR-%00/partners/SPS-%00/close/", "/portal/requests/%00/",
    "/accounts/unsubscribe/%00/", "/accounts/unsubscribe/" + "a" * 9000, "/accounts/password/reset/key/%00-%00/",
    "/accounts/password/reset/key/" + "z" * 300 + "-x/", "/accounts/confirm-email/%00/", "/notifications/%00/read/",
    "/notifications/99999999999999999999999/read/", "/%ED%A0%80/", "/%FF/", "/" + "a" * 9000,
    "/admin/partners/market/%00/change/", "/admin/accounts/user/99999999999999999999999/change/",
    "/admin/accounts/user/_00/change/", "/admin/requests_app/partnerrequest/%00/close/",
    "/admin/r/99999999999999999999/1/", f"/{quote(MARKUP)}", f"/partners/{quote(MARKUP)}/", f"/admin/{quote(MARKUP)}",
)  # fmt: skip
ANSWER = dict.fromkeys(("clientDataJSON", "authenticatorData", "signature", "attestationObject", "userHandle"), "MQ")
CREDENTIALS = (
    "[" * 100_000, '{"a":' * 100_000, "", "{", "null", "[]", "{}", '"x"', "7", "1e999", '{"response": []}',
    '{"id": 1, "response": {"userHandle": 7}}', '{"id": "\\u0000", "response": {"userHandle": "AAAA"}}',
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "clientExtensionResults": [], "response": ANSWER}),
)  # fmt: skip


def reader_of(name):
    """Who is answered with the page itself, if anybody is."""
    cells = TABLE[name]
    return ROLES[cells.index("200")] if "200" in cells else ROLES[-1]


def values_for(name):
    """All where a page of ours reads its query; the pages of others give back what they are asked."""
    if name.startswith("admin:") and not name.endswith(("changelist", "unmatched", "refer", "autocomplete", "index")):
        return ()
    return VALUES if ":" in name else VALUES[2:3]


@pytest.fixture
def clients(people):
    """A client of each, past their second factor, which is given error pages as a browser is."""
    found = {}
    for role, person in people.items():
        found[role] = SignedInClient(raise_request_exception=False)
        if person:
            found[role].force_login(person)
    return found


def test_odd_queries_are_no_errors_and_never_markup(clients, urls):
    found = []

    for name, url in urls.items():
        for value in values_for(name) if "200" in TABLE[name] else ():
            for query in (dict.fromkeys(NAMES, value), *odd_queries(name, value)):
                response = clients[reader_of(name)].get(f"{url.partition('?')[0]}?{urlencode(query)}")
                if response.status_code >= 500 or MARKUP in response.text:
                    found.append((name, value[:9], len(query), response.status_code))

    assert found == []


def test_good_queries_are_answered_and_with_a_null_byte_refused(clients, urls):
    """Good ones reach what reads them: else the odd ones above would say nothing."""
    answers, refusals = {}, {}

    for name, query in QUERIES.items():
        client, path = clients["staff" if name.startswith("admin:") else reader_of(name)], urls[name].partition("?")[0]
        answers[name] = client.get(path, query).status_code
        refusals[name] = {client.get(path, odd).status_code for odd in odd_queries(name, "a\0b")}

    assert answers == dict.fromkeys(QUERIES, 200)
    assert refusals == {name: {400} for name in QUERIES}
    assert clients["seller"].get("/requests/?a%00b=1").status_code == 400


def test_odd_paths_are_no_errors_and_never_markup(clients, seller):
    found = []

    for role in ("seller", "partner_owner", "staff"):
        for path in PATHS:
            for method in ("get", "post"):
                response = getattr(clients[role], method)(path)
                if response.status_code >= 500 or MARKUP in response.text:
                    found.append((role, method, path[:60], response.status_code))

    assert found == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sessionid", '"abcdefghijkl\\000"'),
        ("sessionid", "a" * 4000),
        ("csrftoken", '"\\000"'),
        ("messages", '"\\000"'),
        ("django_language", '"\\000"'),
        ("django_language", "x" * 4000),
    ],
)
def test_odd_cookies_are_no_errors(name, value, db):
    client = Client(raise_request_exception=False)

    response = client.get("/requests/", headers={"cookie": f"{name}={value}"})

    assert response.status_code in (302, 400)


def test_odd_passkeys_are_refused(clients, seller):
    with_second_factor(seller)
    half = Client(raise_request_exception=False)
    half.post("/accounts/login/", {"login": seller.email, "password": PASSWORD})
    fresh = clients["viewer"]
    viewer = {"login": "viewer@example.com", "password": PASSWORD}
    fresh.post("/accounts/logout/")
    fresh.post("/accounts/login/", viewer)
    fresh.get("/accounts/2fa/webauthn/add/")
    fresh.post("/accounts/reauthenticate/", viewer)
    found = []

    for client, path in (
        (clients["anonymous"], "/accounts/2fa/webauthn/login/"),
        (half, "/accounts/2fa/authenticate/"),
        (fresh, "/accounts/2fa/webauthn/add/"),
    ):
        for credential in CREDENTIALS:
            cache.clear()  # rate limits
            client.get(path)
            response = client.post(path, {"credential": credential, "name": "x"})
            if response.status_code >= 500:
                found.append((path, credential[:40], len(credential), response.status_code))

    assert found == []


def test_large_bodies_are_refused_before_they_are_read(clients):
    part = '--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n' + "a" * 10_000_000 + "\r\n--x--\r\n"

    for client in (clients["anonymous"], clients["seller"]):
        for body, kind in (
            ("a=" + "a" * 10_000_000, "application/x-www-form-urlencoded"),
            (part, "multipart/form-data; boundary=x"),
            (json.dumps("a" * 10_000_000), "application/json"),
        ):
            assert client.post("/accounts/login/", body, content_type=kind).status_code == 413


@pytest.mark.parametrize("head", ['name="a{}"', 'name="a{}"; filename="b"'])
def test_many_fields_and_files_are_refused(head, clients):
    parts = "".join(f"--x\r\nContent-Disposition: form-data; {head.format(n)}\r\n\r\n1\r\n" for n in range(600))
    fields = "&".join(f"a{n}=1" for n in range(600))

    for client in (clients["anonymous"], clients["seller"]):
        for body, kind in (
            (f"{parts}--x--\r\n", "multipart/form-data; boundary=x"),
            (fields, "application/x-www-form-urlencoded"),
        ):
            assert client.post("/accounts/login/", body, content_type=kind).status_code in (400, 302)
