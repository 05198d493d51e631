"""Where a company has turned passwords off: who is led to it, who is not, and that nobody learns of an account."""

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress, get_emailconfirmation_model
from allauth.mfa.totp.internal import auth as totp
from django.urls import reverse

from requests_app.company import services
from requests_app.sign_ins import CompanyDomain, CompanySignIn
from requests_app.teams import services as teams
from requests_app.teams import tokens
from tests.client import CheckedClient
from tests.factories import PASSWORD, UserFactory, add_to_shop, with_second_factor
from tests.mailboxes import mails_sent
from tests.requests_app.company.conftest import set_up, told, user_of
from tests.standing import standing

LEADS = "At acme.example people sign in through their company"


@pytest.fixture
def off(sign_in, owner):
    """Passwords are off at Acme."""
    return turn_off(sign_in, owner)


def turn_off(sign_in, owner):
    CompanySignIn.objects.filter(pk=sign_in.pk).update(used_at=sign_in.created_at)
    return services.choose(sign_in_id=sign_in.pk, by=owner, default_role="viewer", password_off=True)


@standing
def ada(acme):
    return add_to_shop(acme, UserFactory(email="ada@acme.example"), "editor")


def sign_in_as(client, email, password=PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_member_is_led_to_their_company(client, off, ada):
    response = sign_in_as(client, "Ada@acme.example")

    assert response["Location"] == "/accounts/company/"
    assert user_of(client) is None
    assert LEADS in told(client)


@pytest.mark.parametrize(
    ("began", "led"),
    [
        (["passkey"], True),
        (["company", "passkey"], True),
        (["password", "second step"], True),
        (["company", "second step"], False),
    ],
)
def test_what_a_sign_in_began_with_decides(client, off, ada, began, led):
    """A passkey that begins a sign-in is on record as a second step is, but for one word."""
    request = client.get("/accounts/login/").wsgi_request
    passkey = {"id": 1, "type": "webauthn", "passwordless": True}
    records = {"passkey": ("mfa", passkey), "second step": ("mfa", {"id": 1, "type": "totp"})}
    records |= {"company": ("socialaccount", {"provider": "acme"}), "password": ("password", {"email": ada.email})}
    for name in began:
        method, said = records[name]
        record_authentication(request, ada, method, **said)
    login = {"email_verification": "none", "signal_kwargs": None, "email": None, "signup": False}

    response = get_adapter().pre_login(request, ada, redirect_url=None, **login)

    assert (response.url if response else None) == ("/accounts/company/" if led else None)


@pytest.mark.parametrize("email", ["ada@acme.example", "nobody@acme.example", "staff@acme.example"])
def test_wrong_password_is_answered_the_same_for_whoever_is_named(client, off, ada, email):
    UserFactory(email="staff@acme.example", is_staff=True)

    response = sign_in_as(client, email, "wrong")

    assert LEADS in response.text
    assert "/accounts/company/" in response.text


def test_new_password_is_answered_the_same_for_whoever_is_named(client, off, ada):
    UserFactory(email="staff@acme.example", is_staff=True)
    named = ("ada@acme.example", "nobody@acme.example", "staff@acme.example")

    answers = {client.post("/accounts/password/reset/", {"email": email})["Location"] for email in named}

    assert answers == {"/accounts/password/reset/done/"}


def test_mail_leads_to_the_company_instead_of_a_new_password(client, off, ada):
    client.post("/accounts/password/reset/", {"email": ada.email})

    mail = next(one for one in mails_sent() if "with your company" in one.subject)
    assert mail.to == [ada.email]
    assert LEADS in mail.body
    assert ("/accounts/company/" in mail.body, "/reset/key/" in mail.body) == (True, False)


@pytest.mark.parametrize("of_staff", [True, False])
def test_who_is_not_concerned_gets_a_new_password_by_mail(client, off, of_staff):
    UserFactory(email="other@acme.example", is_staff=of_staff)

    client.post("/accounts/password/reset/", {"email": "other@acme.example"})

    assert "/reset/key/" in mails_sent()[0].body


def test_staff_who_know_their_password_sign_in_with_it(client, off):
    user = UserFactory(email="staff@acme.example", is_staff=True)

    sign_in_as(client, user.email)

    assert user_of(client) == user.pk


def test_member_whose_address_is_elsewhere_signs_in_with_a_password(client, off, acme):
    user = add_to_shop(acme, UserFactory(email="freelancer@elsewhere.example"), "viewer")

    sign_in_as(client, user.email)

    assert user_of(client) == user.pk


def test_person_of_the_domain_who_is_no_member_signs_in_with_a_password(client, off):
    user = UserFactory(email="removed@acme.example")

    sign_in_as(client, user.email)

    assert user_of(client) == user.pk


def test_passwords_count_while_the_sign_in_is_switched_off(client, off, ada, staff):
    services.switch_off(sign_in_id=off.pk, by=staff)

    sign_in_as(client, ada.email)

    assert user_of(client) == ada.pk


def test_staff_let_passwords_count_again_where_the_provider_fails(client, off, ada, staff):
    services.allow_passwords(sign_in_id=off.pk, by=staff)

    sign_in_as(client, ada.email)

    assert user_of(client) == ada.pk


def test_who_joins_by_a_password_is_signed_out_everywhere(client, off, acme, owner, mailoutbox):
    user = UserFactory(email="new@acme.example")
    elsewhere = CheckedClient()
    elsewhere.force_login(user)
    client.force_login(user)
    invitation = teams.invite(kind="shop", of_id=acme.pk, by=owner, email=user.email, role="viewer")

    answer = client.post(f"/invitations/{tokens.token_of(invitation)}/")

    assert acme.members.filter(user=user).exists()
    assert (answer["Location"], user_of(client)) == ("/accounts/company/", None)
    assert "Sign in there through your company" in told(client)
    assert elsewhere.get("/accounts/preferences/").status_code == 302


@pytest.mark.parametrize("act", ["verify", "switch_on"])
def test_sessions_end_where_passwords_begin_to_be_off(client, off, ada, acme, staff, act):
    other = add_to_shop(acme, UserFactory(email="bo@group.example"), "viewer")
    named = CompanyDomain.objects.create(sign_in=off, domain="group.example")
    if act == "switch_on":
        services.switch_off(sign_in_id=off.pk, by=staff)
    user = other if act == "verify" else ada
    user.refresh_from_db()  # whoever is signed out loses what their sessions were proved with
    client.force_login(user)
    assert client.get("/accounts/preferences/").status_code == 200

    if act == "verify":
        services.verify_domain(domain_id=named.pk, by=staff)
    else:
        services.switch_on(sign_in_id=off.pk, by=staff)

    assert client.get("/accounts/preferences/").status_code == 302


def test_password_that_was_given_before_they_were_off_signs_nobody_in_after(client, sign_in, owner, ada):
    with_second_factor(ada)
    assert sign_in_as(client, ada.email)["Location"] == "/accounts/2fa/authenticate/"
    turn_off(sign_in, owner)
    code = totp.format_hotp_value(totp.hotp_value("JBSWY3DPEHPK3PXP", next(iter(totp.yield_hotp_counters_from_time()))))

    answer = client.post("/accounts/2fa/authenticate/", {"code": code})

    assert (answer["Location"], user_of(client)) == ("/accounts/company/", None)


def take_address(client, user, address):
    user.refresh_from_db()
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client.post("/accounts/email/", {"action_add": "", "email": address})


def confirm(client, user, address):
    confirmation = get_emailconfirmation_model().create(EmailAddress.objects.get(user=user, email=address))
    return client.post(reverse("account_confirm_email", args=[confirmation.key]))


def test_member_does_not_leave_the_rule_by_another_address(client, off, ada):
    answer = take_address(client, ada, "ada@private.example")

    assert "your new address has to be one of your company’s" in answer.text
    assert not EmailAddress.objects.filter(email="ada@private.example").exists()


def test_address_that_was_entered_before_passwords_were_off_is_not_confirmed_after(client, sign_in, owner, ada):
    take_address(client, ada, "ada@private.example")
    turn_off(sign_in, owner)

    confirm(client, ada, "ada@private.example")

    ada.refresh_from_db()
    assert ada.email == "ada@acme.example"
    assert not EmailAddress.objects.filter(verified=True, email="ada@private.example").exists()


def test_member_takes_another_address_at_a_domain_of_their_company(client, off, ada, staff):
    named = CompanyDomain.objects.create(sign_in=off, domain="acme-group.example")
    services.verify_domain(domain_id=named.pk, by=staff)

    take_address(client, ada, "ada@acme-group.example")
    confirm(client, ada, "ada@acme-group.example")

    ada.refresh_from_db()
    assert ada.email == "ada@acme-group.example"


def test_address_at_another_company_is_no_way_out_either(client, off, ada, other_shop, staff):
    other = set_up(
        other_shop, staff, name="other", domain="other.example", described={"server_url": "http://127.0.0.1:9"}
    )
    add_to_shop(other.of, ada, "viewer")

    assert "has to be one of your company’s" in take_address(client, ada, "ada@other.example").text


def test_turning_passwords_off_signs_the_others_at_the_domains_out(sign_in, owner, ada, acme):
    elsewhere = add_to_shop(acme, UserFactory(email="freelancer@elsewhere.example"), "viewer")
    people = {user: CheckedClient() for user in (owner, ada, elsewhere)}
    for user, client in people.items():
        client.force_login(user)
    CompanySignIn.objects.filter(pk=sign_in.pk).update(used_at=sign_in.created_at)

    services.choose(sign_in_id=sign_in.pk, by=owner, default_role="viewer", password_off=True)

    kept = [user for user, client in people.items() if client.get("/accounts/preferences/").status_code == 200]
    assert kept == [owner, elsewhere]
