"""Requests that no browser sends: every URL in every method, encoding and odd header; every form field with garbage.

Each is answered with a 4xx in our own frame and with our headers, or as if nothing was odd; never with a 500.
"""

import random
from urllib.parse import quote, urlencode

from django.core.cache import cache
from django.db import transaction
from zeal import zeal_ignore

from requests_app import services
from tests.access import POST_TABLE, ROLES, TABLE, odd_queries
from tests.client import SignedInClient
from tests.factories import (
    PartnerFactory,
    ShopFactory,
    UserFactory,
    fill_vocabularies,
    make_request,
    with_second_factor,
)
from tests.journeys.visitor import filled
from tests.markup import tree_of
from tests.test_access import addresses

HEADERS = {
    "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
}  # fmt: skip
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
PART = b'--x\r\nContent-Disposition: form-data; name="name"%s\r\n\r\n%s\r\n--x--\r\n'
CHARSETS = ("latin-1", "utf-16", "utf-7", "hex", "idna", "punycode", "undefined", "unicode_escape", "x" * 900, '"', "")
BODIES = [  # (content type, body)
    *((f"{kind}; charset={charset}", b"name=1") for charset in CHARSETS for kind in (FORM, "application/json")),
    *((f"{MULTIPART}; boundary=x; charset={charset}", PART % (b"", b"1")) for charset in CHARSETS),
    (FORM, b"name=\xff\xfe%ff%fe%00%ed%a0%80"),
    (FORM, b"&&==&=&%&%zz=%"),
    (FORM, b"&".join(b"a%d=1" % number for number in range(600))),
    (FORM, b"next=" + b"a" * 100_000),
    (MULTIPART, b"name=1"),
    (f"{MULTIPART}; boundary=", PART % (b"", b"1")),
    (f"{MULTIPART}; boundary=\xff", PART % (b"", b"1")),
    (f"{MULTIPART}; boundary={'x' * 300}", PART % (b"", b"1")),
    (f"{MULTIPART}; boundary=x", b""),
    (f"{MULTIPART}; boundary=x", b"no part at all"),
    (f"{MULTIPART}; boundary=x", PART[:40]),
    (f"{MULTIPART}; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
    (f"{MULTIPART}; boundary=x", b'--x\r\nContent-Disposition: form-data; name*=hex\'\'%41\r\n\r\n1\r\n--x--\r\n'),
    (f"{MULTIPART}; boundary=x", PART % (b'; filename="a"', b"\0" * 1000)),
    (f"{MULTIPART}; boundary=x", PART % (b'; filename*=hex\'\'a', b"1")),
    (f"{MULTIPART}; boundary=x", PART % (b"\r\nContent-Transfer-Encoding: base64", b"!!!")),
    (f"{MULTIPART}; boundary=x", PART % (b"\r\nContent-Type: text/plain; charset=hex", b"\xff")),
    (f"{MULTIPART}; boundary=x", PART % (b"\r\nX: " + b"a" * 5000, b"1")),
    (f"{MULTIPART}; boundary=x", PART % (b"", b"1") * 600),
    ("application/json", b'{"a":' * 5000),
    ("text/plain", b"name=1"),
    ("text/plain; a*=hex''%41", b"name=1"),
    ("text/plain; a=" + "b" * 20_000, b"name=1"),
    ("", b"name=1"),
    ("\xff/\xff; ;=;", b"name=1"),
]  # fmt: skip
ODD_HEADERS = [
    *({"host": host} for host in ("", "evil.example", "[::", "a b", "testserver:x", "\xff", "x" * 5000)),
    *({"cookie": f"{name}={value}"} for name in ("sessionid", "csrftoken", "messages", "django_language", "=")
      for value in ("", "\xff\xfe", '"\\000"', '"\\377\\400', "a" * 5000)),
    *({"accept-language": value} for value in ("\xff", "a" * 5000, "en;q=x,de;q=1e999", ",;,;", "../../x")),
    *({"content-length": value} for value in ("x", "-1", "9" * 30, "1_0", "٣")),
    *({"referer": value, "origin": value} for value in ("\xff", "http://[", "null", "https://[::1]:x/")),
    *({"hx-request": "true", "hx-current-url": value, "hx-target": value, "hx-trigger": value,
       "hx-current-url-uri-autoencoded": "true", "triggering-event": value, "triggering-event-uri-autoencoded": "true"}
      for value in ("\xff", "http://[", "{", "%ff%zz", "//[::")),
    *({"x-forwarded-for": value, "x-forwarded-proto": value} for value in ("\xff", "999.1", "a, b", ",")),
    *({"if-modified-since": value, "if-none-match": value, "range": value} for value in ("\xff", "Mon, 99 Foo 9", "(")),
    {"x-csrftoken": "\xff"}, {"x-requested-with": "\xff"}, {"user-agent": "\xff" * 3000}, {"accept": "\xff;q=x"},
    {"accept": "a/b; c*=hex''%41"}, {"content-encoding": "gzip"}, {"x-http-method-override": "DELETE"},
    {"authorization": "Basic \xff"},
]  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW", "get", "\xff")
NAMES = (
    "q", "status", "sort", "due", "show", "seen", "before", "after", "partner", "share", "again", "currency",
    "category", "market", "service", "type", "budget", "next", "page", "p", "o", "mail", "unmatched", "headline",
    "is_active__exact", "market__code__exact", "markets__code__exact", "shop__market__code__exact", "active__exact",
    "term", "app_label", "model_name", "field_name", "_to_field", "_changelist_filters", "_popup", "all", "e", "id",
    "pk__in", "id__range", "created_at__date", "status__isnull", "is_active__isnull", "shop__market__isnull",
)  # fmt: skip
GARBAGE = (
    "", "x", "-1", "0", "1.5", "1e999", "NaN", "Infinity", "9" * 30, "-" + "9" * 4000, "٣", "a\0b", "\ud7ff\u202e",
    "2026-99-99", "None", "[]", "{}", "SPR-", "shop:", "partner:x", "shop:" + "9" * 30, "00000000-0000", "\r\n", " ",
    "㌖" * 120,
)  # fmt: skip
VERB_FIELDS = (
    "membership", "until", "version", "language", "next", "credential", "share", "reason", "days", "partners",
    "category", "form_token", "code", "action", "session", "email", "login", "password", "url",
)  # fmt: skip


class Site:
    """A shop with shares in three statuses, everybody whom they concern, and the URL of each name."""

    def __init__(self):
        fill_vocabularies()
        people = {"seller": UserFactory(), "partner_owner": UserFactory(), "anonymous": None}
        people["staff"] = with_second_factor(UserFactory(is_staff=True, is_superuser=True))
        shop, partner = ShopFactory(owner=people["seller"]), PartnerFactory(owner=people["partner_owner"])
        shares = {}
        for status in ("reviewing", "accepted", "connected"):
            shares[status] = share = make_request(shop, [partner]).shares.select_related("request").get()
            if status != "reviewing":
                services.accept_share(share_id=share.pk, by=people["partner_owner"], version=1)
            if status == "connected":
                services.authorise_share(share_id=share.pk, by=people["seller"], areas={"products": "view"}, days=30)
        self.people, self.clients = people, {}
        self.urls = addresses(shares, people["seller"], shop, partner) | {
            "none": "/nothing/",
            "file": "/static/none.css",
        }

    def readers_of(self, name):
        """The roles that are answered with the page itself, or the anonymous where none is."""
        cells = {role: (TABLE.get(name), POST_TABLE.get(name)) for role in self.people}
        found = [
            role for role, tables in cells.items()
            if any(table and table[ROLES.index(role)].rstrip("*") in {"200", "302", "told"} for table in tables)
        ]  # fmt: skip
        return found or ["anonymous"]

    def ask(self, role, method, url, body=b"", kind="", *, token=False, **headers):
        """Give the response; nothing of it stays. With a `token` it is asked as a browser does, with its cookie."""
        cache.clear()  # rate limits
        client = self._client_of(role, token)
        if token:
            headers.setdefault("x-csrftoken", client.cookies["csrftoken"].value)
        with transaction.atomic(), zeal_ignore():
            response = client.generic(method, url, body, content_type=kind, headers=headers)
            response.streaming or response.text  # noqa: B018  the page is read while its rows are there
            transaction.set_rollback(True)
        return response

    def _client_of(self, role, token):
        """A client of that role as it was when it first asked."""
        if (role, token) not in self.clients:
            client = SignedInClient(raise_request_exception=False, enforce_csrf_checks=token)
            if person := self.people[role]:
                client.force_login(person)
            if token:
                client.get("/partners/signup/" if person is None else "/accounts/preferences/")
            self.clients[role, token] = client, client.cookies.output(header="")
        client, cookies = self.clients[role, token]
        client.cookies.clear()
        client.cookies.load(cookies)
        return client


def questions(site):
    """Yield (what is odd, arguments of `Site.ask`)."""
    for name, url in site.urls.items():
        for role in site.readers_of(name):
            for kind, body in BODIES:
                for token in (True, False):
                    yield f"{name} {kind[:60]!r} {body[:30]!r}", (role, "POST", url, body, kind), {"token": token}
                yield f"{name} GET {kind[:60]!r}", (role, "GET", url, body, kind), {}
            for headers in ODD_HEADERS:
                for method in ("GET", "POST"):
                    yield f"{name} {method} {str(headers)[:90]}", (role, method, url, b"name=1", FORM), headers
            for method in METHODS:
                yield f"{name} {method!r}", (role, method, url), {}
            for value in GARBAGE:
                for query in odd_queries(name, value):
                    odd = f"{url.partition('?')[0]}?{_encoded(query).decode()}"
                    yield f"{name}?{query}"[:90], (role, "GET", odd), {}
                query = "&".join(f"{each}={quote(value)}" for each in NAMES)
                yield f"{name}?…={value[:20]!r}", (role, "GET", f"{url.partition('?')[0]}?{query}"), {}
                for each in NAMES:
                    odd = f"{url.partition('?')[0]}?{each}={quote(value)}"
                    yield f"{name}?{each}={value[:20]!r}", (role, "GET", odd), {}


def forms(site):
    """Yield (name, role, url, what its form holds) of every page that has one, and the fields of formsets twice."""
    for name, url in site.urls.items():
        for role in site.readers_of(name) if name != "file" else ():
            page = tree_of(site.ask(role, "GET", url).content)
            for form in page.iter("form"):
                if form.get("method", "").lower() == "post":
                    yield name, role, form.get("action") or url, filled(form)


def garbled(site):
    """Yield the same for every field of every form, with each kind of garbage, missing, and twice."""
    for name, role, url, data in forms(site):
        for field in data:
            for value in GARBAGE:
                yield f"{name} {field}={value[:20]!r}", (role, "POST", url, _encoded(data | {field: value}), FORM), {}
            twice = _encoded(data | {field: ["x", data[field], "-1"] if isinstance(data[field], str) else ["x", "-1"]})
            yield f"{name} {field} twice", (role, "POST", url, twice, FORM), {}
            without = _encoded({each: value for each, value in data.items() if each != field})
            yield f"{name} without {field}", (role, "POST", url, without, FORM), {}
        for value in GARBAGE:
            everywhere = _encoded(dict.fromkeys(data, value))
            yield f"{name} all {value[:20]!r}", (role, "POST", url, everywhere, FORM), {}
        for rows in [field.removesuffix("-TOTAL_FORMS") for field in data if field.endswith("-TOTAL_FORMS")]:
            for value in GARBAGE:
                for initial in ("0", "9"):
                    counts = {f"{rows}-TOTAL_FORMS": "9", f"{rows}-INITIAL_FORMS": initial}
                    more = {f"{rows}-{n}-{field}": value for n in range(9) for field in ("id", "user", "role", "shop")}
                    yield (
                        f"{name} 9 {rows} {value[:20]!r}",
                        (role, "POST", url, _encoded(data | more | counts), FORM),
                        {},
                    )
    for name in (name for name in site.urls if name in POST_TABLE):
        for role in site.readers_of(name):
            for value in GARBAGE:
                everywhere = _encoded(dict.fromkeys(VERB_FIELDS, value))
                yield f"{name} verb {value[:20]!r}", (role, "POST", site.urls[name], everywhere, FORM), {}


def _encoded(data):
    return urlencode(data, doseq=True, errors="surrogatepass").encode()


def fault_of(response, method=""):
    """What is wrong with the answer, in words; "" if nothing is."""
    if response.status_code >= 500:
        return f"{response.status_code} {getattr(response, 'exc_info', ('',) * 2)[1]!r}"[:200]
    if response.status_code < 400:
        return ""
    if missing := HEADERS - set(response.headers):
        return f"{response.status_code} without {missing}"
    if response.headers.get("Content-Type") == "application/json":
        return ""
    if method != "HEAD" and "css/tokens" not in response.text:
        return f"{response.status_code} in another frame: {response.text[:60]!r}"
    return ""


def faults(site, asked):
    """Give (what was odd, what is wrong with its answer) of these questions."""
    for what, arguments, options in asked:
        try:
            found = fault_of(site.ask(*arguments, **options), arguments[1])
        except Exception as error:  # the server's own bare 500
            found = f"raised {error!r}"[:200]
        if found:
            yield f"{arguments[0]}: {what}", found


def run(rounds):
    """Give rows of (what, number, wanted): a hundred questions of each kind for each round, drawn at random."""
    rows = []
    with transaction.atomic():
        site = Site()
        for label, make in (("odd requests", questions), ("forms with garbage", garbled)):
            every = list(make(site))
            asked = random.sample(every, min(len(every), 100 * rounds))
            found = list(faults(site, asked))
            rows += [(label, len(asked), None), (f"{label}: wrongly answered", len(found), 0)]
            rows += [(f"  {what}: {fault}"[:150], 1, 0) for what, fault in found[:10]]
        transaction.set_rollback(True)
    return rows
