"""allauth's pages come out in our frame and words. The client checks each page that it gets."""

import pytest

from tests.cast import login

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("url", "heading"),
    [
        ("/accounts/login/", "Sign in"),
        ("/accounts/password/reset/", "Reset your password"),
        ("/accounts/password/reset/done/", "Check your mail"),
        ("/accounts/password/reset/key/x-y/", "This link does not work any more"),
        ("/accounts/confirm-email/", "Confirm your email address"),
        ("/accounts/confirm-email/made-up/", "This link is too old"),
        ("/accounts/inactive/", "This account is not active"),
    ],
)
def test_page_for_everyone(client, db, url, heading):
    assert heading in client.get(url, follow=True).content.decode()


@pytest.mark.parametrize(
    ("url", "heading"),
    [
        ("/accounts/email/", "Email"),
        ("/accounts/password/change/", "Password"),
        ("/accounts/logout/", "Sign out"),
        ("/accounts/2fa/", "Two-step sign-in"),
        ("/accounts/sessions/", "Devices"),
    ],
)
def test_page_of_ones_own(client, seller, shop, url, heading):
    assert f"<h1>{heading}</h1>" in login(client, seller).get(url).content.decode()


@pytest.mark.parametrize("url", ["/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/", "/accounts/erase/"])
def test_what_is_dangerous_asks_for_the_password_first(client, seller, shop, url):
    html = login(client, seller).get(url, follow=True).content.decode()

    assert "Confirm that it is you" in html


def test_wrong_password_says_so_in_the_summary(client, seller):
    html = client.post("/accounts/login/", {"login": seller.email, "password": "wrong"}).content.decode()

    assert "There is a problem" in html
