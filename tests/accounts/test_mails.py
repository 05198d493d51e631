"""allauth's mails bear our layout and lead to our site, whatever Host header the request came with."""

import re

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory

from accounts import mails
from tests.mailboxes import mails_sent

pytestmark = pytest.mark.once

CHANGES = [
    ("account/email/email_changed", {"from_email": "old@example.com", "to_email": "new@example.com"}),
    ("account/email/email_confirm", {}),
    ("account/email/email_deleted", {"deleted_email": "old@example.com"}),
    ("account/email/password_changed", {}),
    ("account/email/password_reset", {}),
    ("account/email/password_set", {}),
    ("mfa/email/totp_activated", {}),
    ("mfa/email/totp_deactivated", {}),
    ("mfa/email/recovery_codes_generated", {}),
    ("mfa/email/webauthn_added", {}),
    ("mfa/email/webauthn_removed", {}),
]


def of_nobody(request):
    request.user = AnonymousUser()
    return request


def links_of(sent):
    return re.findall(r"https?://\S+", sent.body)


def test_reset_mail_leads_to_our_site(client, seller):
    client.post("/accounts/password/reset/", {"email": seller.email}, headers={"host": "localhost"})

    sent = mails_sent()[0]
    assert sent.to == ["seller@example.com"]
    assert sent.subject == "Set a new password for Shop Partners"
    assert sent.from_email == settings.DEFAULT_FROM_EMAIL
    assert sent.message()["Auto-Submitted"] == "auto-generated"
    [link] = links_of(sent)
    assert link.startswith(f"{settings.SITE_URL}/accounts/password/reset/key/")
    assert f'href="{link}"' in sent.alternatives[0].content
    assert client.get(link.removeprefix(settings.SITE_URL), follow=True).status_code == 200


def test_mail_to_an_unknown_address_offers_to_sign_up(client, db):
    client.post("/accounts/password/reset/", {"email": "nobody@example.com"}, headers={"host": "localhost"})

    sent = mails_sent()[0]
    assert sent.to == ["nobody@example.com"]
    assert sent.subject == "No account with this email address on Shop Partners"
    assert links_of(sent) == [f"{settings.SITE_URL}/accounts/signup/"]


def test_mail_of_a_second_sign_up_offers_a_new_password(rf, db):
    with allauth_context.request_context(of_nobody(rf.get("/", headers={"host": "localhost"}))):
        get_adapter().send_account_already_exists_mail("seller@example.com")

    sent = mails_sent()[0]
    assert sent.subject == "You have an account on Shop Partners already"
    assert links_of(sent) == [f"{settings.SITE_URL}/accounts/password/reset/"]


@pytest.mark.parametrize("signup", [True, False])
def test_confirmation_mail_leads_to_our_site(rf, seller, signup):
    address = seller.emailaddress_set.get()
    address.verified = False
    address.save()
    request = of_nobody(rf.get("/", headers={"host": "localhost"}))
    with allauth_context.request_context(request):
        address.send_confirmation(request, signup=signup)

    sent = mails_sent()[0]
    assert sent.subject == "Confirm your email address for Shop Partners"
    assert "seller@example.com" in sent.body
    [link] = links_of(sent)
    assert link.startswith(f"{settings.SITE_URL}/accounts/confirm-email/")


@pytest.mark.parametrize(("template", "values"), CHANGES)
def test_change_of_an_account_is_told_with_when_and_where(template, values, seller, time_machine):
    time_machine.move_to("2026-12-03T22:05:00+00:00")
    seller.time_zone = "Asia/Jakarta"
    seller.save()
    request = of_nobody(RequestFactory().get("/", headers={"user-agent": "Firefox & Co"}))
    with allauth_context.request_context(request):
        get_adapter().send_notification_mail(template, seller, values)

    sent = mails_sent()[0]
    assert sent.to == ["seller@example.com"]
    assert "on Friday 4 December 2026, 05:05 WIB from the address 127.0.0.1 with Firefox & Co." in sent.body
    assert "Firefox &amp; Co" in sent.alternatives[0].content
    assert [value for value in values.values() if value not in sent.body] == []
    assert links_of(sent) == [f"{settings.SITE_URL}/accounts/password/reset/"]


def test_changing_the_password_is_notified(client, seller):
    client.force_login(seller)

    client.post(
        "/accounts/password/change/",
        {"oldpassword": "shop-partners-demo", "password1": "a-quite-new-one", "password2": "a-quite-new-one"},
    )

    assert [sent.subject for sent in mails_sent()] == ["Your password was changed"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/requests/", "https://partners.example.com/requests/"),
        ("http://evil.example/accounts/reset/?a=1#b", "https://partners.example.com/accounts/reset/?a=1#b"),
    ],
)
def test_link_leads_to_site_url(settings, url, expected):
    settings.SITE_URL = "https://partners.example.com/"

    assert mails.on_site(url) == expected


def plain_text(source, **values):
    return mails.plain_text(Template(source).render(Context(values)))


def test_text_holds_paragraphs_and_lists_of_the_body():
    body = "\n  <p>\n    One <b>and</b>\n two\n  </p>\n <ul>\n <li>a</li><li>b</li>\n</ul>\n<p>three</p>\n"

    assert plain_text(body).strip() == "One and two\n- a\n- b\n\nthree"


@pytest.mark.parametrize(
    "name",
    [
        "R&D",
        "<p>",
        "</p><li>x",
        "a < b > c",
        "&amp;",
        "&lt;b&gt;",
        "&#65;",
        "\"x\" 'y'",
        "- x",
        "<!-- x",
        "1\u00a0000 €",
    ],
)
def test_text_holds_what_was_typed_as_it_was_typed(name):
    assert plain_text("<p>{{ name }} asks</p><ul><li>{{ name }}</li></ul>", name=name) == f"\n\n{name} asks\n- {name}"


@pytest.mark.parametrize("name", ["- x", "  - x", "\n- x", "\n\n- x", "\r\n- x"])
def test_name_makes_no_list_in_the_text(name):
    assert plain_text("<p>{{ name }} asks</p><p>{{ name }}</p>", name=name) == "\n\n- x asks\n\n- x"


def test_values_are_escaped_in_the_html_alone():
    address = "o'neil&<li>@example.com"

    sent = mails.compose("a@example.com", "account/email/email_deleted.html", {"deleted_email": address})

    assert f"The email address {address} was removed" in sent.body
    assert "The email address o&#x27;neil&amp;&lt;li&gt;@example.com was removed" in sent.alternatives[0].content


def test_button_stands_where_there_is_something_to_open():
    template = "account/email/password_changed.html"

    bare, linked = (mails.compose("a@example.com", template, context) for context in ({}, {"url": "/a/?b=1&c=2"}))

    assert "Set a new password:\n/a/?b=1&c=2\n\n-- \n" in linked.body
    assert '<a class="button" href="/a/?b=1&amp;c=2">Set a new password</a>' in linked.alternatives[0].content
    assert "Set a new password" not in f"{bare.body}{bare.alternatives[0].content}"
