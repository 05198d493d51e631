"""Who becomes a member by the word of a company's provider, and who does not."""

from dataclasses import replace

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp

from accounts.exceptions import NotAllowed
from accounts.models import Notification, User
from requests_app.company import services
from requests_app.company.arriving import arrive
from requests_app.company.claims import Claims, name_of
from requests_app.erasure import erase_person
from requests_app.models import Shop
from requests_app.sign_ins import OIDC, CompanyDomain, CompanyLeaver, CompanySignIn, issuer_in
from requests_app.teams import services as teams
from requests_app.teams.models import TeamEvent
from tests.factories import UserFactory, add_to_partner, add_to_shop
from tests.requests_app.company.conftest import set_up

GOOGLE = "https://accounts.google.com"
ADA = Claims("17", "ada@acme.example", True, "Ada Acme")


def come(sign_in, claims=ADA):
    said = replace(claims, issuer=claims.issuer or issuer_in(SocialApp.objects.get(company=sign_in).settings))
    return arrive(sign_in_id=sign_in.pk, claims=said, language="en")


def test_person_makes_no_shop_of_their_own(sign_in):
    arrival = come(sign_in)

    assert (arrival.joined, Shop.objects.visible_to(arrival.user).get()) == (True, sign_in.shop)


def test_member_who_was_removed_comes_in_but_joins_no_more(sign_in, owner, acme):
    user = come(sign_in).user
    teams.remove_member(kind="shop", member_id=acme.members.get(user=user).pk, by=owner)

    again = come(sign_in)

    assert (again.user, again.joined, again.is_member) == (user, False, False)


def test_member_who_was_removed_before_there_was_a_provider_does_not_join(sign_in, owner, acme):
    user = add_to_shop(acme, UserFactory(email=ADA.email), "viewer")
    teams.remove_member(kind="shop", member_id=acme.members.get(user=user).pk, by=owner)

    assert not come(sign_in).joined


@pytest.mark.parametrize("linked", [True, False])
def test_member_who_was_removed_does_not_join_anew_by_erasing_their_account(sign_in, owner, acme, settings, linked):
    user = come(sign_in).user if linked else add_to_shop(acme, UserFactory(email=ADA.email), "viewer")
    teams.remove_member(kind="shop", member_id=acme.members.get(user=user).pk, by=owner)
    erase_person(user_id=user.pk)
    settings.AUDIT_KEY, settings.AUDIT_KEY_FALLBACKS = "another", [settings.AUDIT_KEY]

    again = come(sign_in)

    assert (again.user != user, again.joined, again.is_member) == (True, False, False)
    assert come(sign_in, Claims("18", "ben@acme.example", True)).joined


def test_account_of_no_company_leaves_nothing_of_it_when_it_is_erased(sign_in, other_shop):
    erase_person(user_id=add_to_shop(other_shop, UserFactory(email=ADA.email), "viewer").pk)

    assert not CompanyLeaver.objects.exists()


def test_member_who_was_removed_comes_back_by_invitation(sign_in, owner, acme):
    user = come(sign_in).user
    teams.remove_member(kind="shop", member_id=acme.members.get(user=user).pk, by=owner)
    add_to_shop(acme, user, "editor")

    again = come(sign_in)

    assert (again.joined, again.is_member, acme.members.get(user=user).role) == (False, True, "editor")


def test_member_keeps_their_role(sign_in, acme):
    user = add_to_shop(acme, UserFactory(email=ADA.email), "editor")

    assert (come(sign_in).joined, acme.members.get(user=user).role) == (False, "editor")


def test_partners_people_join_too(partner, staff):
    of_partner = set_up(
        partner, staff, name="north", domain="acme.example", described={"server_url": "http://127.0.0.1:9"}
    )
    services.choose(
        sign_in_id=of_partner.pk, by=partner.members.get(role="owner").user, default_role="reviewer", password_off=False
    )

    user = come(of_partner).user

    assert partner.members.get(user=user).role == "reviewer"
    assert TeamEvent.objects.of("partner", partner.pk).filter(kind="joined_by_provider").count() == 1


@pytest.mark.parametrize(
    "claims",
    [
        Claims("", "ada@acme.example", True),
        Claims("17", "ada@acme.example", False),
        Claims("17", "", True),
        Claims("17", "ada@sub.acme.example", True),
        Claims("17", "ada@acme.example.evil.example", True),
        Claims("17", "ada@notacme.example", True),
    ],
)
def test_claims_that_are_not_enough_change_nothing(sign_in, claims):
    with pytest.raises(NotAllowed):
        come(sign_in, claims)

    assert not SocialAccount.objects.exists()
    assert not User.objects.filter(email__startswith="ada").exists()


def test_domain_that_is_not_verified_lets_nobody_in(sign_in):
    CompanyDomain.objects.create(sign_in=sign_in, domain="other.example")

    with pytest.raises(NotAllowed):
        come(sign_in, Claims("17", "ada@other.example", True))


def test_sign_in_that_is_switched_off_lets_nobody_in(sign_in, staff):
    services.switch_off(sign_in_id=sign_in.pk, by=staff)

    with pytest.raises(NotAllowed):
        come(sign_in)

    assert not User.objects.filter(email=ADA.email).exists()


def test_another_provider_finds_people_anew(sign_in, staff):
    user = come(sign_in).user
    services.set_up(
        sign_in=sign_in,
        by=staff,
        name="New",
        protocol=OIDC,
        described={"server_url": "https://new.example"},
        client_id="c",
    )

    assert not SocialAccount.objects.exists()
    other = come(sign_in, Claims("17", "ben@acme.example", True)).user
    assert other != user


def test_another_provider_was_tried_by_nobody_so_passwords_count_again(sign_in, staff, owner):
    come(sign_in)
    services.choose(sign_in_id=sign_in.pk, by=owner, default_role="viewer", password_off=True)

    services.set_up(
        sign_in=CompanySignIn.objects.get(),
        by=staff,
        name="New",
        protocol=OIDC,
        described={"server_url": "https://new.example"},
        client_id="c",
    )

    left = CompanySignIn.objects.get()
    assert (left.enabled, left.used_at, left.password_off) == (True, None, False)
    told = Notification.objects.filter(user=owner, template="sign_in_changed_for_owner").latest("pk")
    assert told.context["changed"] == ["password_off", "provider"]


def test_what_the_provider_of_before_said_lets_nobody_in(sign_in):
    with pytest.raises(NotAllowed, match="another provider"):
        come(sign_in, replace(ADA, issuer="https://before.example"))

    assert not User.objects.filter(email=ADA.email).exists()


@pytest.mark.parametrize("hosted_domain", ["", "other.example", "sub.acme.example"])
def test_google_speaks_only_for_accounts_of_the_companys_own_organisation(acme, staff, hosted_domain):
    google = set_up(acme, staff, name="acme", domain="acme.example", described={"server_url": GOOGLE})

    with pytest.raises(NotAllowed, match="does not confirm your email address"):
        come(google, replace(ADA, hosted_domain=hosted_domain))

    assert come(google, replace(ADA, hosted_domain="Acme.example")).joined


def test_key_of_the_same_name_at_two_companies_is_two_people(sign_in, other_shop, staff):
    other = set_up(
        other_shop, staff, name="other", domain="other.example", described={"server_url": "http://127.0.0.1:9"}
    )

    assert come(sign_in).user != come(other, Claims("17", "eve@other.example", True)).user


def test_reviewer_of_a_partner_is_let_in_by_it_alone(sign_in, partner):
    user = add_to_partner(partner, UserFactory(email=ADA.email), "reviewer")

    assert come(sign_in).user == user
    assert partner.members.get(user=user).role == "reviewer"


@pytest.mark.parametrize(
    ("parts", "name"),
    [(["Ada", "Acme"], "Ada Acme"), ([None, "Acme"], "Acme"), (["A\nb"], ""), (["x" * 300], "x" * 120), ([7], "7")],
)
def test_name_is_one_line_that_fits(parts, name):
    assert name_of(*parts) == name
