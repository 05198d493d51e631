"""Whom to write to for help is said wherever people are stuck: on every page, on every error page, in every mail."""

import re
from pathlib import Path

import pytest
from django.conf import settings as site
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts import mails, support
from partners import services as partner_services
from partners.models import Partner
from partners.workflow import DeclineReason
from requests_app.reasons import ClosedReason, RejectReason, ReleaseReason
from shoppartners.checks import people_can_write_to_the_programme
from tests.cast import login
from tests.client import faults, feet_of, text_of
from tests.factories import PartnerFactory, UserFactory
from tests.markup import elements_of, tree_of
from tests.requests_app.test_mails import CONTEXT
from tests.shoppartners.test_settings import PRODUCTION, setting

pytestmark = pytest.mark.once

TEMPLATES = Path(site.BASE_DIR) / "templates"
ADDRESS = "help@programme.example"  # of tests/settings.py
LINKS = ["/help/", "/referrals/", "/privacy/", "/terms/", f"mailto:{ADDRESS}"]
ERROR_PAGES = sorted(path.name for path in TEMPLATES.glob("[45]*.html"))
NEED_NOTHING = sorted(
    path.name for path in TEMPLATES.glob("[45]*.html") if '{% extends "error_base.html" %}' in path.read_text()
)
MAILS = sorted(
    str(path.relative_to(TEMPLATES))
    for path in TEMPLATES.rglob("*.html")
    if {"email", "emails"} & set(path.parts) and "partialdef subject" in path.read_text()
)
STUCK = {  # mails that leave somebody with a question say it in their own words, too
    "account/email/company_linked.html",
    "emails/sign_in_changed_for_owner.html",
    "account/email/account_erasing.html",
    "emails/partner_applied_for_partner.html",
    "emails/partner_declined_for_partner.html",
    "emails/partner_suspended_for_partner.html",
    "emails/staff_joined_for_owner.html",
    "emails/team_handed_over_for_owner.html",
    "emails/team_joined_for_member.html",
}


def main_of(html):
    return next(text_of(element) for element in elements_of(tree_of(html)) if element.tag == "main")


def links_at_the_foot(html):
    [foot] = feet_of(elements_of(tree_of(html)))
    return [link.get("href") for link in foot.iter("a")]


# The setting


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({**PRODUCTION}, ""),
        ({**PRODUCTION, "SUPPORT_EMAIL": " help@partners.example.com "}, "help@partners.example.com"),
        ({"SECRET_KEY": "x", "DEMO": "1"}, "support@example.com"),
        ({"SECRET_KEY": "x", "DEMO": "1", "SUPPORT_EMAIL": "me@example.com"}, "me@example.com"),
    ],
)
def test_address_comes_from_the_environment(environment, expected):
    assert setting("SUPPORT_EMAIL", **environment) == expected


@pytest.mark.parametrize(
    ("address", "demo", "found"),
    [
        ("", False, ["shoppartners.W003"]),
        ("nobody", False, ["shoppartners.W003"]),
        ("Help <help@programme.example>", False, ["shoppartners.W003"]),
        ("a@b.example, c@d.example", False, ["shoppartners.W003"]),
        ("help@programme.example", False, []),
        ("hilfe@bücher.example", False, []),
        ("", True, []),
    ],
)
def test_deployment_without_an_address_is_warned_of(address, demo, found, settings):
    settings.SUPPORT_EMAIL, settings.DEMO = address, demo

    assert [warning.id for warning in people_can_write_to_the_programme(None)] == found


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("help@programme.example", "mailto:help@programme.example"),
        ("a+b&c?subject=x@programme.example", "mailto:a%2Bb%26c%3Fsubject%3Dx@programme.example"),
        ("", ""),
    ],
)
def test_link_holds_the_address_and_nothing_else(address, link, settings):
    settings.SUPPORT_EMAIL = address

    assert support.mailto() == link


# Error pages


def test_error_pages_are_all_here():
    assert set(ERROR_PAGES) == {f"{n}.html" for n in (400, 403, 404, 405, 413, 429, 500, 503)} | {
        "403_csrf.html",
        "503_too_slow.html",
    }
    assert set(ERROR_PAGES) - set(NEED_NOTHING) == {"403.html", "404.html", "429.html"}


def drawn(name, rf):
    """An error page as it is answered: those that know the reader with a request, the others with nothing."""
    if name in NEED_NOTHING:
        return render_to_string(name)
    request = rf.get("/")
    request.user, request.session, request.resolver_match = UserFactory(), {}, None
    return render_to_string(name, request=request)


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_page_says_whom_to_write_to(name, rf, db):
    html = drawn(name, rf)

    assert f"If you need help, write to {ADDRESS}." in main_of(html)
    assert set(LINKS) <= set(links_at_the_foot(html))
    assert faults(html) == []


@pytest.mark.parametrize("name", NEED_NOTHING)
@pytest.mark.parametrize("language", ["en", "de"])
def test_error_page_needs_neither_request_nor_database(name, language):
    """No test database is asked for: a query would fail."""
    with translation.override(language):
        assert f'href="mailto:{ADDRESS}"' in render_to_string(name)


@pytest.mark.parametrize("name", NEED_NOTHING)
def test_error_page_needs_no_url(name, settings):
    settings.ROOT_URLCONF = "a.module.that.is.not.there"

    assert 'href="/help/"' in render_to_string(name)


@pytest.mark.parametrize("name", ["help", "privacy", "terms"])
def test_paths_at_the_foot_are_those_of_the_pages(name):
    assert reverse(name) == f"/{name}/"


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_page_without_an_address_says_none(name, rf, db, settings):
    settings.SUPPORT_EMAIL = ""

    html = drawn(name, rf)

    assert "mailto:" not in html
    assert "write to" not in html
    assert [link for link in links_at_the_foot(html) if link in LINKS] == LINKS[:-1]
    assert faults(html) == []


def too_many_tries(client):
    return [client.post("/accounts/login/", {"login": "a@example.com", "password": "wrong"}) for _try in range(40)][-1]


ANSWERS = {
    400: lambda client: client.get("/", headers={"host": "a b"}),
    403: lambda client: Client(enforce_csrf_checks=True).post("/accounts/login/"),
    404: lambda client: client.get("/nothing/here/"),
    405: lambda client: client.put("/"),
    413: lambda client: client.post("/accounts/login/", {"login": "x" * 1_000_001}),
    429: too_many_tries,
}


@pytest.mark.parametrize("status", ANSWERS)
def test_refusal_says_whom_to_write_to(status, client, db):
    response = ANSWERS[status](client)

    assert response.status_code == status
    assert ADDRESS in main_of(response.text)


def test_page_of_an_error_says_whom_to_write_to(monkeypatch, db):
    def fail(request):
        raise ValueError

    monkeypatch.setattr("requests_app.pages.views.render", lambda *args, **kwargs: fail(None))

    response = Client(raise_request_exception=False).get("/")

    assert response.status_code == 500
    assert ADDRESS in main_of(response.text)


def test_short_answers_of_the_proxy_lead_to_help():
    rules = (Path(site.BASE_DIR) / "deploy" / "nginx" / "site.conf").read_text()
    answers = re.findall(r'return 4\d\d "([^"]*)"', rules)

    assert len(answers) == 2
    assert all("/help/ says whom to write to" in answer for answer in answers)


# Pages


def test_inactive_account_is_told_whom_to_write_to(client, db):
    assert f"write to {ADDRESS}" in main_of(client.get(reverse("account_inactive")).text)


@pytest.mark.parametrize("standing", ["applied", "declined", "suspended"])
@pytest.mark.parametrize("name", ["portal:inbox", "portal:profile"])
def test_partner_that_waits_is_told_whom_to_write_to(client, standing, name, staff):
    owner = UserFactory()
    partner = PartnerFactory(owner=owner)
    if standing == "suspended":
        partner_services.suspend_partner(partner_id=partner.pk, by=staff)
    else:
        Partner.objects.filter(pk=partner.pk).update(status="applied", approved_at=None)
    if standing == "declined":
        partner_services.decline_partner(partner_id=partner.pk, by=staff, reason=DeclineReason.values[0], note="")

    text = main_of(login(client, owner).get(reverse(name)).text)

    assert f"If you have a question about this, write to {ADDRESS}." in text


@pytest.mark.parametrize("name", ["admin:index", "admin:accounts_user_changelist"])
def test_foot_of_the_admin_leads_to_help(client, staff, name):
    assert links_at_the_foot(login(client, staff).get(reverse(name)).text) == LINKS


def test_page_without_its_foot_is_a_fault(client, db):
    html = client.get("/help/").text

    assert faults(html) == []
    assert faults(html.replace('href="/privacy/"', 'href="/"')) == ["no link to /privacy/ at the foot"]
    assert len(faults(html.replace("<footer", "<div").replace("</footer", "</div"))) == 1


# Mails


def composed(name):
    reasons = ClosedReason
    if "declined" in name or "rejected" in name or "withdrawn" in name:
        reasons = DeclineReason if "declined" in name else RejectReason
    if "held" in name or "released" in name:
        reasons = ReleaseReason
    context = CONTEXT | {
        "reason": reasons.values[0],
        "updates": 2,
        "first": "Volta accepted",
        "more": 1,
        "requests": 1,
        "groups": [{"reference": "SPR-1", "url": "https://x.example/", "lines": ["Volta accepted"], "then": ""}],
        "url": "https://x.example/" if "partialdef button" in (TEMPLATES / name).read_text() else "",
        "timestamp": "2026-12-03T22:05:00+00:00",
        "email": "a@example.com",
    }
    return mails.compose("reader@example.com", name, context)


def test_mails_are_all_here():
    assert {"emails/digest.html", "mfa/email/totp_activated.html", "account/email/first_factor.html"} <= set(MAILS)
    assert len(MAILS) > 40
    assert set(MAILS) >= STUCK


@pytest.mark.parametrize("name", MAILS)
def test_mail_says_whom_to_write_to_in_text_and_html(name):
    sent = composed(name)
    body, _line, foot = sent.body.rpartition("\n-- \n")

    assert f"If you need help, write to {ADDRESS}." in " ".join(foot.split())
    [html] = [content for content, kind in sent.alternatives if kind == "text/html"]
    assert f'<a href="mailto:{ADDRESS}">{ADDRESS}</a>' in html
    assert (f"write to {ADDRESS}" in " ".join(body.split())) is (name in STUCK)


@pytest.mark.parametrize("name", MAILS)
def test_mail_without_an_address_names_who_it_is(name, settings):
    settings.SUPPORT_EMAIL = ""

    sent = composed(name)
    body, _line, foot = sent.body.rpartition("\n-- \n")

    assert "write to" not in foot
    assert "mailto:" not in sent.alternatives[0].content
    assert ("write to the staff of the programme" in " ".join(body.split())) is (name in STUCK)
