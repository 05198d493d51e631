"""Secrets stay out of logs and error reports: keys, passwords, tokens of addresses, what was searched for or typed."""

import json
import logging
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.test import Client
from django.urls import path
from django.utils.http import int_to_base36
from fido2.utils import websafe_encode

from accounts import mail_preferences
from accounts.models import User
from requests_app.models import PartnerRequest
from shoppartners import masking
from tests.cast import signed_in
from tests.factories import PASSWORD, with_second_factor
from tests.mailboxes import mails_sent
from tests.shoppartners.test_settings import PRODUCTION, all_settings

pytestmark = pytest.mark.once


def breaks(request):
    secret = "a local one"  # noqa: F841  which a report of local variables would tell
    PartnerRequest.objects.filter(pk=request.GET["pk"]).update(version=None)


@login_not_required
def reads_a_number(request):
    try:
        int(request.GET["q"])
    except ValueError as error:
        raise LookupError(f"no row {request.GET['q']!r} and so on") from error


urlpatterns = [path("breaks/", breaks), path("reads-a-number/", reads_a_number)]


@pytest.fixture
def lines(caplog):
    """What the console's handler would have written by now, as one text."""
    options = settings.LOGGING["formatters"]["json"]
    once = masking.OneLine()
    formatter = options["()"](**{name: value for name, value in options.items() if name != "()"})

    def written():
        records = [record for record in caplog.records if record.name != "django.db.backends" and once.filter(record)]
        return "\n".join(formatter.format(record) for record in records)

    with caplog.at_level(logging.DEBUG):
        yield written


def test_logs_hold_no_password_token_or_search(seller, shop, lines):
    client = signed_in(seller)
    client.get("/requests/?q=whom-he-looked-for")
    token = mail_preferences.unsubscribe_token(seller, ["answers"])
    client.get(f"/accounts/unsubscribe/{token}/")
    Client(enforce_csrf_checks=True).post(f"/accounts/password/reset/key/1-{token}/")
    anonymous = Client()
    anonymous.post("/accounts/login/", {"login": seller.email, "password": "a-password-typed"})
    anonymous.post("/accounts/login/", {"login": seller.email, "password": PASSWORD})
    anonymous.post("/accounts/password/reset/", {"email": seller.email})
    link = re.search(r"/accounts/password/reset/key/\S+", mails_sent()[0].body)[0]
    anonymous.get(link, headers={"cookie": "sessionid=abcdefghijklmnop"})

    text = lines()
    planted = ("whom-he-looked-for", token, "a-password-typed", PASSWORD, link.rpartition("/key/")[2].strip("/"))
    planted += (seller.email, settings.SECRET_KEY * 2, "abcdefghijklmnop")
    assert "GET /accounts/unsubscribe/***/" in text
    assert "Forbidden" in text
    assert [secret for secret in planted if secret in text] == []


def test_logs_tell_who_signed_in_and_who_failed_by_number_and_from_where(seller, shop, lines):
    with_second_factor(seller)
    client = Client(headers={"x-forwarded-for": "203.0.113.9"})
    client.post("/accounts/login/", {"login": seller.email, "password": "wrong"})
    client.post("/accounts/login/", {"login": seller.email, "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    signed_in(seller).post("/accounts/logout/")

    told = [line for each in lines().splitlines() if (line := json.loads(each))["event"] in _EVENTS]
    assert told[0]["account"] == seller.pk
    assert [(line["event"], line["user"]) for line in told] == [
        ("sign_in_failed", None),
        ("second_factor_failed", seller.pk),
        ("signed_in", seller.pk),
        ("signed_out", seller.pk),
    ]
    assert told[0]["ip"] == "127.0.0.1"
    assert all({"timestamp", "level", "event"} <= line.keys() for line in told)


_EVENTS = {"signed_in", "sign_in_failed", "signed_out", "second_factor_failed"}


@pytest.mark.parametrize("tried", ["seller", "inactive", "nobody"])
def test_failed_sign_in_names_the_account_that_was_tried(tried, seller, shop, lines):
    if tried == "inactive":
        User.objects.filter(pk=seller.pk).update(is_active=False)
    email = "nobody@example.com" if tried == "nobody" else "SELLER@example.com"
    for _number in range(6):
        Client().post("/accounts/login/", {"login": email, "password": "wrong"})

    told = [line for each in lines().splitlines() if "account" in (line := json.loads(each))]
    account = None if tried == "nobody" else seller.pk
    assert [(line["event"], line["account"]) for line in told] == [
        *[("sign_in_failed", account)] * 5,
        ("sign_in_limited", account),
    ]
    assert email not in lines()


@pytest.mark.parametrize("tried", ["seller", "nobody"])
def test_failed_passkey_names_whose_it_claims_to_be(tried, seller, shop, lines):
    pk = seller.pk if tried == "seller" else 999999
    handle = websafe_encode(int_to_base36(pk).encode())
    shown = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {"userHandle": handle}}
    Client().post("/accounts/2fa/webauthn/login/", {"credential": json.dumps(shown)})
    Client().post("/accounts/2fa/webauthn/login/", {"credential": '{"id": 1}'})

    told = [line for each in lines().splitlines() if "account" in (line := json.loads(each))]
    assert [(line["event"], line["account"]) for line in told] == [
        ("sign_in_failed", seller.pk if tried == "seller" else None),
        ("sign_in_failed", None),
    ]


PORTAL = ["accept/", "reject/", "withdraw/", "close/"]


@pytest.mark.parametrize("verb", [*PORTAL, "reject several", "profile", "availability"])
def test_refusal_of_the_portal_is_logged(verb, partner_viewer, share, lines):
    client = signed_in(partner_viewer)
    if verb in PORTAL:
        client.post(f"{share.get_absolute_url()}{verb}", {"version": "1", "reason": "budget"})
    elif verb == "reject several":
        client.post(f"/portal/reject/?share={share.reference}")
    else:
        client.post(f"/portal/{verb}/", posted_by_an_owner(verb, share))

    told = [json.loads(line) for line in lines().splitlines()]
    assert [line["user_id"] for line in told if line["event"] == "refused"] == [partner_viewer.pk]


def posted_by_an_owner(verb, share):
    if verb == "availability":
        return {"capacity": "3"}
    return {
        "partner_name": "Northlight",
        "tagline": "Livestreams that sell",
        "types": ["tsp"],
        "services": ["ads"],
        "categories": [category.pk for category in share.partner.categories.all()],
        "markets": ["GB"],
        "languages": ["en"],
        "company_sizes": ["1-10"],
        "currency": "GBP",
        "capacity": "7",
    }


def test_refusal_is_logged(viewer, open_request, lines):
    signed_in(viewer).post(f"/requests/{open_request.reference}/close/")
    Client(enforce_csrf_checks=True).post("/accounts/logout/")

    told = [json.loads(line) for line in lines().splitlines()]
    assert [line["user_id"] for line in told if line["event"] == "refused"] == [viewer.pk]
    assert [line["code"] for line in told if line["event"] == "request_finished"] == [302, 403]


@pytest.mark.postgresql  # SQLite quotes none
def test_error_is_logged_without_the_row_that_the_database_quotes(open_request, seller, lines, settings):
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    client.force_login(seller)

    with transaction.atomic():
        response = client.get("/breaks/", {"pk": open_request.pk, "q": "whom-he-looked-for"})

    text = lines()
    assert response.status_code == 500
    assert "IntegrityError" in text
    assert "breaks" in text
    assert [secret for secret in (open_request.subject, open_request.contact_email, "whom-he") if secret in text] == []
    assert open_request.subject not in response.text


@pytest.mark.parametrize("typed", ["whom-he-looked-for", "it's \"whom-he\nlooked-for", "'whom-he-looked-for"])
def test_error_is_logged_once_without_what_was_typed(typed, lines, settings, db):
    settings.ROOT_URLCONF = __name__

    Client(raise_request_exception=False).get("/reads-a-number/", {"q": typed})

    told = [json.loads(line) for line in lines().splitlines()]
    assert [line["event"] for line in told] == ["request_started", "request_failed"]
    assert "ValueError: invalid literal for int() with base 10: ***\n\nAfter this came:" in told[1]["exception"]
    assert "LookupError: no row *** and so on" in told[1]["exception"]
    assert "reads_a_number" in told[1]["exception"]
    assert "whom-he" not in lines()
    assert "looked-for" not in lines()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"path": "/none/"}, ("request_finished", 404)),
        ({"path": "/", "headers": {"host": "typed.example"}}, ("Bad Request: /", None)),
        ({"path": "/", "data": b"x", "content_type": "text/plain; charset=typed"}, ("Bad Request: /", None)),
    ],
)
def test_refused_request_is_logged_once_without_what_was_typed(asked, said, lines, db):
    Client().generic("GET", **asked)

    told = [json.loads(line) for line in lines().splitlines()]
    assert [(line["event"], line.get("code")) for line in told if line["event"] != "request_started"] == [said]
    assert "typed" not in lines()


def test_quoted_row_is_left_out_to_its_end():
    said = "violates check\nDETAIL:  Failing row contains (1, secret\n\nsecret)."

    assert masking.masked(said) == "violates check\nDETAIL: ***"


def test_line_break_in_an_address_makes_no_line_of_its_own(lines, db):
    Client().get("/nothing/%0A%7B%22event%22:%22signed_in%22%7D/")

    assert {json.loads(line)["event"] for line in lines().splitlines()} >= {"request_finished"}
    assert "signed_in" not in {json.loads(line)["event"] for line in lines().splitlines()}


def test_report_says_where_it_broke_and_not_what_was_typed():
    event = {
        "transaction": "/accounts/unsubscribe/secret/",
        "request": {
            "url": "https://x.example/accounts/password/reset/key/1-secret/?q=secret",
            "query_string": "q=secret",
            "data": {"subject": "secret"},
            "cookies": {"sessionid": "secret"},
            "headers": {"Referer": "secret"},
            "method": "POST",
        },
        "exception": {
            "values": [
                {
                    "type": "IntegrityError",
                    "value": "violates check\nDETAIL:  Failing row contains (1, secret,\nsecret).",
                },
                {"type": "KeyError", "value": "'x'"},
            ]
        },
        "breadcrumbs": {"values": [{"message": "secret"}]},
    }

    scrubbed = masking.scrub(event, {})

    assert "secret" not in json.dumps(scrubbed)
    assert scrubbed["request"] == {"url": "https://x.example/accounts/password/reset/key/***/", "method": "POST"}
    assert scrubbed["exception"]["values"][0]["value"].startswith("violates check")
    assert scrubbed["exception"]["values"][1]["value"] == "***"


def test_reports_are_asked_for_without_bodies_and_variables(tmp_path):
    """Of a package that is an extra: a stand-in for it notes how it is asked."""
    (tmp_path / "sentry_sdk.py").write_text("def init(**options): global asked; asked = options\n")

    asked = _options_of_reports(tmp_path)

    assert asked["send_default_pii"] is False
    assert asked["include_local_variables"] is False
    assert asked["max_request_body_size"] == "never"
    assert asked["before_send"] == "scrub"


PROGRAM = """
import json, sentry_sdk
from shoppartners import settings
print(json.dumps(sentry_sdk.asked, default=lambda function: function.__name__))
"""


def _options_of_reports(folder):
    environment = PRODUCTION | {"SENTRY_DSN": "https://x@example.com/1", "PYTHONPATH": str(folder)}
    environment |= {"LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def test_nothing_of_production_is_told_to_readers():
    assert all_settings(**PRODUCTION)["DEBUG"] is False
    assert all_settings(**PRODUCTION)["DEMO"] is False
    assert not all_settings(**PRODUCTION).get("ADMINS")  # nobody is mailed tracebacks
