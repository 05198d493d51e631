"""allauth's mails bear our layout and lead to our site, whatever Host header the request came with."""

import re

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context as allauth_context
from django.conf import settings
from django.core import mail
from django.test import RequestFactory

from accounts import mails

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


def links_of(sent):
    return re.findall(r"https?://\S+", sent.body)


def test_reset_mail_leads_to_our_site(client, seller):
    client.post("/accounts/password/reset/", {"email": seller.email}, headers={"host": "localhost"})

    sent = mail.outbox[0]
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

    sent = mail.outbox[0]
    assert sent.to == ["nobody@example.com"]
    assert sent.subject == "No account with this e-mail address on Shop Partners"
    assert links_of(sent) == [f"{settings.SITE_URL}/accounts/signup/"]


def test_mail_of_a_second_sign_up_offers_a_new_password(rf, db):
    with allauth_context.request_context(rf.get("/", headers={"host": "localhost"})):
        get_adapter().send_account_already_exists_mail("seller@example.com")

    sent = mail.outbox[0]
    assert sent.subject == "You have an account on Shop Partners already"
    assert links_of(sent) == [f"{settings.SITE_URL}/accounts/password/reset/"]


@pytest.mark.parametrize("signup", [True, False])
def test_confirmation_mail_leads_to_our_site(rf, seller, signup):
    address = seller.emailaddress_set.get()
    address.verified = False
    address.save()
    request = rf.get("/", headers={"host": "localhost"})
    with allauth_context.request_context(request):
        address.send_confirmation(request, signup=signup)

    sent = mail.outbox[0]
    assert sent.subject == "Confirm your e-mail address for Shop Partners"
    assert "seller@example.com" in sent.body
    [link] = links_of(sent)
    assert link.startswith(f"{settings.SITE_URL}/accounts/confirm-email/")


@pytest.mark.parametrize(("template", "values"), CHANGES)
def test_change_of_an_account_is_told_with_when_and_where(template, values, seller, time_machine):
    time_machine.move_to("2026-12-03T22:05:00+00:00")
    seller.time_zone = "Asia/Jakarta"
    request = RequestFactory().get("/", headers={"user-agent": "Firefox & Co"})
    with allauth_context.request_context(request):
        get_adapter().send_notification_mail(template, seller, values)

    sent = mail.outbox[0]
    assert sent.to == ["seller@example.com"]
    assert "on Friday 4 December 2026, 05:05 WIB from the address 127.0.0.1 with Firefox & Co." in sent.body
    assert "Firefox &amp; Co" in sent.alternatives[0].content
    assert [value for value in values.values() if value not in sent.body] == []
    assert links_of(sent) == [f"{settings.SITE_URL}/accounts/password/reset/"]


def test_changing_the_password_is_told(client, seller):
    client.force_login(seller)

    client.post(
        "/accounts/password/change/",
        {"oldpassword": "shop-partners-demo", "password1": "a-quite-new-one", "password2": "a-quite-new-one"},
    )

    assert [sent.subject for sent in mail.outbox] == ["Your password was changed"]


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
