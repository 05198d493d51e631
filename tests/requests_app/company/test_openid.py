"""Signing in through a real OpenID Connect provider: allauth's own, in a process of its own."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.cache import cache

from accounts.models import AccountMail, User
from requests_app.company import arriving, services
from requests_app.models import ShopMember
from requests_app.teams.models import TeamEvent
from tests.client import CheckedClient
from tests.factories import UserFactory
from tests.requests_app.company.conftest import at_provider, begin, callback, now, through_openid, told, user_of
from tests.requests_app.company.openid_provider import PEOPLE

ADA = "ada@acme.example"
pytestmark = [pytest.mark.once, pytest.mark.usefixtures("openid")]


ELSEWHERE = ("ada", "ben", "unconfirmed", "eve", "thin", "hosted", "deep", "lasting")  # have tests of their own


def nobody_came_in(client):
    return user_of(client) is None and not SocialAccount.objects.exists()


def test_new_person_becomes_a_member_with_the_role_that_the_owner_chose(client, openid, owner):
    services.choose(sign_in_id=openid.pk, by=owner, default_role="editor", password_off=False)

    assert through_openid(client, ADA)["Location"] == "/"

    user = User.objects.get(email=ADA)
    assert user_of(client) == user.pk
    assert (user.name, user.has_usable_password(), user.language) == ("Ada Acme", False, "en")
    assert EmailAddress.objects.get(user=user).verified
    assert ShopMember.objects.get(user=user).role == "editor"
    event = TeamEvent.objects.of("shop", openid.shop_id).get(kind="joined_by_provider")
    assert (event.by, event.person, event.data["role"]) == (user, user, "editor")


def test_person_who_comes_again_is_the_same_and_joins_once(client, openid):
    through_openid(client, ADA)
    again = CheckedClient()

    through_openid(again, ADA)

    assert user_of(again) == user_of(client)
    assert ShopMember.objects.filter(user__email=ADA).count() == 1
    assert TeamEvent.objects.filter(kind="joined_by_provider").count() == 1


def test_provider_whose_token_holds_the_key_alone_is_asked_for_the_address(client):
    through_openid(client, "thin@acme.example")

    assert User.objects.get(pk=user_of(client)).email == "thin@acme.example"
    assert User.objects.get(pk=user_of(client)).name == "Thin Acme"


def test_nothing_that_the_provider_said_is_kept_but_its_key(client):
    through_openid(client, ADA)

    account = SocialAccount.objects.get()
    assert (account.extra_data, account.uid, account.provider) == ({}, "1", "acme")
    assert not SocialToken.objects.exists()


def test_person_with_an_account_is_linked_and_told(client, openid):
    user = UserFactory(email="Ada@Acme.example", name="Ada before")

    through_openid(client, ADA)

    assert user_of(client) == user.pk
    user.refresh_from_db()
    assert (user.name, user.has_usable_password()) == ("Ada before", True)
    assert AccountMail.objects.get(user=user, template="account/email/company_linked").context == {
        "company": "Acme Goods"
    }


def test_account_that_nobody_confirmed_is_taken_from_whoever_made_it(client):
    user = UserFactory(email=ADA)
    EmailAddress.objects.filter(user=user).update(verified=False)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})
    squatter = CheckedClient()
    squatter.force_login(user)
    User.objects.filter(pk=user.pk).update(last_login=None)  # signing in takes a confirmed address

    through_openid(client, ADA)

    user.refresh_from_db()
    assert user_of(client) == user.pk
    assert not user.has_usable_password()
    assert not user.authenticator_set.exists()
    assert squatter.get("/accounts/preferences/").status_code == 302


def test_account_that_somebody_signed_in_to_is_not_emptied(client):
    user = UserFactory(email=ADA, last_login=now())
    EmailAddress.objects.filter(user=user).update(verified=False)

    through_openid(client, ADA)

    user.refresh_from_db()
    assert (user_of(client), user.has_usable_password()) == (None, True)
    assert "Sign in with your password to confirm it" in told(client)


def test_second_step_of_the_person_is_asked_for_all_the_same(client):
    user = UserFactory(email=ADA)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})

    assert through_openid(client, ADA)["Location"] == "/accounts/2fa/authenticate/"
    assert user_of(client) is None


def test_person_is_led_to_the_page_that_they_came_for_and_to_no_other_site(client):
    url = begin(client, ADA, next="/seller/settings/")
    assert client.get(at_provider(url, ADA))["Location"] == "/seller/settings/"

    url = begin(CheckedClient(), ADA, next="https://evil.example/")
    other = CheckedClient()
    url = begin(other, ADA, next="https://evil.example/")
    assert other.get(at_provider(url, ADA))["Location"] == "/"


def test_provider_is_asked_with_state_nonce_pkce_and_our_own_address(client):
    url = begin(client, ADA)

    for asked in ("state=", "nonce=", "code_challenge=", "code_challenge_method=S256", "response_type=code"):
        assert asked in url
    assert f"redirect_uri={callback('acme').replace(':', '%3A').replace('/', '%2F')}" in url
    assert "login_hint=ada%40acme.example" in url


def test_session_has_another_key_after_signing_in(client):
    url = begin(client, ADA)
    before = client.session.session_key

    client.get(at_provider(url, ADA))

    assert client.session.session_key != before


@pytest.mark.parametrize(
    "address",
    [address for address in PEOPLE if address.split("@")[0] not in ELSEWHERE],
)
def test_token_that_does_not_prove_it_signs_nobody_in(client, address):
    response = through_openid(client, address)

    assert response["Location"] == "/accounts/company/"
    assert nobody_came_in(client)
    assert "We could not make sure that this came from your company" in told(client)


@pytest.mark.parametrize("address", ["deep@acme.example", "lasting@acme.example"])
def test_answer_that_cannot_be_read_leads_to_our_page(client, address):
    response = through_openid(client, address)

    assert response["Location"] == "/accounts/company/"
    assert nobody_came_in(client)
    assert "does not answer as it should" in told(client)


def test_provider_is_not_asked_for_tokens_without_end(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"company_provider": "1/m/key"}
    through_openid(client, ADA)
    other = CheckedClient()

    through_openid(other, "ben@acme.example")

    assert user_of(other) is None
    assert "does not answer as it should" in told(other)


def test_address_that_the_provider_did_not_confirm_signs_nobody_in(client):
    through_openid(client, "unconfirmed@acme.example")

    assert nobody_came_in(client)
    assert "does not confirm your email address" in told(client)


def test_provider_of_everybody_has_to_name_the_companys_organisation(client, openid_provider, monkeypatch):
    monkeypatch.setattr(arriving, "SHARED_ISSUERS", {openid_provider})
    through_openid(client, ADA)
    assert nobody_came_in(client)

    through_openid(client, "hosted@acme.example")

    assert user_of(client)


def test_provider_that_was_changed_meanwhile_answers_nothing_that_was_asked_before(client):
    path = at_provider(begin(client, ADA), ADA)
    session = client.session
    states = session["socialaccount_states"]
    [(_state, kept)] = states.items()
    kept[0]["issuer"] = "https://before.example"
    session.save()

    client.get(path)

    assert nobody_came_in(client)
    assert "We could not make sure" in told(client)


def test_address_at_another_domain_signs_nobody_in(client):
    UserFactory(email="eve@elsewhere.example")

    through_openid(client, "eve@elsewhere.example", typed=ADA)

    assert nobody_came_in(client)
    assert "We do not know that as an address of your company" in told(client)


def test_provider_of_one_company_signs_in_nobody_of_another(client, other_openid):
    UserFactory(email=ADA)

    through_openid(client, ADA, typed="eve@elsewhere.example")

    assert nobody_came_in(client)


def test_answer_to_one_company_is_none_at_anothers_address(client, other_openid):
    path = at_provider(begin(client, ADA), ADA)

    response = client.get(path.replace("/oidc/acme/", "/oidc/other/"))

    assert response["Location"] == "/accounts/company/"
    assert nobody_came_in(client)


def test_staff_come_in_by_no_company(client):
    user = UserFactory(email=ADA, is_staff=True)

    through_openid(client, ADA)

    assert nobody_came_in(client)
    assert not ShopMember.objects.filter(user=user).exists()


def test_inactive_person_does_not_come_in(client):
    UserFactory(email=ADA, is_active=False)

    through_openid(client, ADA)

    assert nobody_came_in(client)


def test_answer_counts_once_and_in_the_browser_that_asked(client):
    path = at_provider(begin(client, ADA), ADA)
    thief = CheckedClient()

    thief.get(path)
    assert user_of(thief) is None
    client.get(path)
    assert user_of(client)
    client.post("/accounts/logout/")
    client.get(path)
    assert user_of(client) is None


def test_made_up_state_signs_nobody_in(client):
    path = at_provider(begin(client, ADA), ADA)

    client.get(path.replace("state=", "state=x"))

    assert nobody_came_in(client)


def test_answer_that_names_another_issuer_signs_nobody_in(client):
    path = at_provider(begin(client, ADA), ADA)

    client.get(f"{path}&iss=https://another.example")

    assert nobody_came_in(client)


def test_person_who_cancels_is_told_that_nobody_was_signed_in(client):
    url = begin(client, ADA)
    state = url.partition("state=")[2].partition("&")[0]

    client.get(f"/accounts/oidc/acme/login/callback/?error=access_denied&state={state}")

    assert "You did not go through with it" in told(client)


def test_account_whose_address_is_not_the_companys_any_more_is_not_opened(client):
    through_openid(client, ADA)
    user = User.objects.get(email=ADA)
    user.email = "ada@private.example"
    user.save()
    other = CheckedClient()

    through_openid(other, ADA)

    assert user_of(other) is None
    assert "not your company’s any more" in told(other)


def test_address_that_the_company_gave_to_somebody_else_opens_no_account(client):
    through_openid(client, ADA)
    SocialAccount.objects.update(uid="of who had the address before")
    other = CheckedClient()

    through_openid(other, ADA)

    assert user_of(other) is None
    assert "somebody else at your company" in told(other)


def test_discovery_and_keys_are_kept_for_an_hour(client, monkeypatch):
    from requests_app.company import oidc

    asked = []
    adapter = oidc.get_adapter
    monkeypatch.setattr(oidc, "get_adapter", lambda: asked.append(1) or adapter())
    through_openid(client, ADA)
    through_openid(CheckedClient(), ADA)

    assert len(asked) == 2 + 0  # what it is, and its keys
    cache.clear()
