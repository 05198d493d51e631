"""Signing in through a company in a browser, which obeys the Content-Security-Policy: there and back."""

import pytest
from django.contrib.auth import get_user_model

from requests_app.models import ShopMember
from tests.factories import ShopFactory, UserFactory
from tests.requests_app.company.conftest import ACME, running_provider, set_up
from tests.requests_app.company.openid_provider import PASSWORD

ADA = "ada@acme.example"


@pytest.fixture
def provider(base_url, settings, tmp_path):
    """Acme's sign-in, and its provider at another address, which a page may not be posted to."""
    settings.SITE_URL, settings.PRIVATE_PROVIDERS = base_url, True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    staff = UserFactory(is_staff=True, is_superuser=True)
    with running_provider(tmp_path, {ACME: f"{base_url}/accounts/oidc/acme/login/callback/"}) as issuer:
        set_up(ShopFactory(), staff, name=ACME, domain="acme.example", described={"server_url": issuer})
        yield issuer


@pytest.mark.parametrize("scripts", [True, False])
def test_person_goes_to_their_company_and_comes_back_signed_in(new_context, base_url, provider, complaints, scripts):
    page = new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 800}).new_page()
    page.goto(f"{base_url}/accounts/login/?next=/seller/settings/")
    page.get_by_role("link", name="Sign in with your company").click()
    page.get_by_label("Work email").fill(ADA)
    page.keyboard.press("Enter")

    page.wait_for_url(f"{provider}/accounts/login/**")
    page.locator("[name=login]").fill(ADA)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")

    page.wait_for_url(f"{base_url}/seller/settings/")
    assert ShopMember.objects.get(user=get_user_model().objects.get(email=ADA)).role == "viewer"
    assert [said for said in complaints if not said.startswith(f"left: {provider}/")] == []
    complaints.clear()


def test_pages_on_the_way_are_accessible(new_context, base_url, provider, complaints, assert_accessible):
    context = new_context()
    context.route(f"{provider}/**", lambda route: route.abort())
    page = context.new_page()
    page.goto(f"{base_url}/accounts/company/")
    assert_accessible(page)
    page.get_by_label("Work email").fill("ada@nowhere.example")
    page.keyboard.press("Enter")
    page.get_by_text("There is a problem").wait_for()
    assert_accessible(page)


def test_owners_page_is_accessible(new_context, base_url, provider, sign_in, assert_accessible):
    context = new_context(viewport={"width": 390, "height": 800})
    sign_in(context, ShopMember.objects.get(role="owner").user)
    page = context.new_page()
    page.goto(f"{base_url}/seller/settings/sign-in/")

    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
