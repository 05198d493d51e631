"""The pages: where one begins, what an owner chooses, and what staff set up."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.urls import reverse

from accounts.models import Notification
from requests_app.company import services
from requests_app.models import ShopMember
from requests_app.sign_ins import CompanyDomain, CompanySignIn
from requests_app.teams.models import TeamEvent
from tests.cast import login, signed_in
from tests.factories import UserFactory, add_to_shop
from tests.queries import FRAME, counted
from tests.requests_app.company.conftest import begin, told
from tests.requests_app.company.openid_provider import SECRET

OWNERS_PAGE = "/seller/settings/sign-in/"


# Where one begins


def test_sign_in_page_leads_to_it_and_keeps_where_one_goes(client, db):
    page = client.get("/accounts/login/?next=/seller/settings/")

    assert 'href="/accounts/company/?next=/seller/settings/"' in page.text


def test_address_of_no_company_is_told_what_to_do(client, sign_in):
    page = client.post("/accounts/company/", {"email": "ada@nowhere.example"})

    assert "No company sign-in is set up for addresses at nowhere.example" in page.text
    assert 'value="ada@nowhere.example"' in page.text


def test_answer_is_the_same_whether_the_address_has_an_account(client, openid):
    UserFactory(email="ada@acme.example")

    known, unknown = (
        re.sub(r"(state|nonce|code_challenge)=[^&]+", r"\1=", begin(client, f"{name}@acme.example"))
        for name in ("ada", "ben")
    )

    assert known.replace("ada%40", "ben%40") == unknown


def test_page_that_leads_on_needs_no_script_and_names_the_host(client, openid, openid_provider):
    page = client.post("/accounts/company/", {"email": "ada@acme.example"})

    assert f"<strong>{openid_provider.removeprefix('http://')}</strong>" in page.text
    assert f'http-equiv="refresh" content="0;url={openid_provider}/identity/o/authorize?' in page.text


def test_provider_that_cannot_be_reached_says_what_to_do(client, sign_in):
    client.post("/accounts/company/", {"email": "ada@acme.example"})

    assert "Your company’s provider does not answer as it should" in told(client)


def test_provider_that_describes_another_issuer_is_not_believed(client, openid, openid_provider):
    SocialApp.objects.update(settings={"server_url": f"{openid_provider}/"})

    client.post("/accounts/company/", {"email": "ada@acme.example"})

    assert "does not answer as it should" in told(client)


def test_asking_is_limited_by_network_address(client, sign_in):
    answers = [client.post("/accounts/company/", {"email": "a@b.example"}).status_code for _each in range(31)]

    assert answers == [200] * 30 + [429]


def test_pages_of_allauth_for_accounts_elsewhere_are_not_there(client, seller):
    for path in (
        "3rdparty/",
        "3rdparty/signup/",
        "social/signup/",
        "oidc/acme/login/",
        "saml/acme/login/",
        "saml/acme/sls/",
    ):
        assert login(client, seller).get(f"/accounts/{path}").status_code == 404


# What an owner chooses


def test_shop_without_one_reads_how_to_get_it(client, seller, shop):
    assert "Staff set it up with you" in login(client, seller).get(OWNERS_PAGE).text


def test_owner_reads_how_it_is_and_who_came_in(client, sign_in, owner, acme):
    user = add_to_shop(acme, UserFactory(name="Ada Acme"), "viewer")
    SocialAccount.objects.create(user=user, provider="acme", uid="1")

    page = login(client, owner).get(OWNERS_PAGE).text

    for text in ("acme.example", "Acme (OpenID Connect)", "Switched on", "Ada Acme"):
        assert text in page
    assert SECRET not in page


def test_owner_chooses_and_the_other_owners_are_told(client, sign_in, owner, acme):
    other = add_to_shop(acme, UserFactory(), "owner")
    before = Notification.objects.filter(user=owner).count()

    login(client, owner).post(OWNERS_PAGE, {"default_role": "editor", "acting_for": f"shop:{acme.pk}"})

    sign_in.refresh_from_db()
    assert (sign_in.default_role, sign_in.password_off) == ("editor", False)
    event = TeamEvent.objects.of("shop", acme.pk).filter(kind="sign_in_changed").last()
    assert (event.by, event.actor, event.data["new"]) == (owner, "member", {"default_role": "editor"})
    assert Notification.objects.get(user=other).template == "sign_in_changed_for_owner"
    assert Notification.objects.filter(user=owner).count() == before


def test_what_is_not_changed_is_no_act(client, sign_in, owner, acme):
    before = TeamEvent.objects.count()

    login(client, owner).post(OWNERS_PAGE, {"default_role": "viewer", "acting_for": f"shop:{acme.pk}"})

    assert TeamEvent.objects.count() == before


def test_passwords_cannot_be_turned_off_before_somebody_came_in(client, sign_in, owner, acme):
    form = {"default_role": "viewer", "password_off": "on", "acting_for": f"shop:{acme.pk}"}

    page = login(client, owner).post(OWNERS_PAGE, form, follow=True)

    assert "Nobody has signed in through your company yet" in page.text
    assert not CompanySignIn.objects.get().password_off


def test_nobody_is_made_owner_by_a_provider(client, sign_in, owner, acme):
    page = login(client, owner).post(OWNERS_PAGE, {"default_role": "owner", "acting_for": f"shop:{acme.pk}"})

    assert page.status_code == 200
    assert CompanySignIn.objects.get().default_role == "viewer"


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_others_read_and_do_not_choose(client, sign_in, acme, role):
    user = add_to_shop(acme, UserFactory(), role)
    own = login(client, user)

    assert "Only an owner chooses how people sign in" in own.get(OWNERS_PAGE).text
    own.post(OWNERS_PAGE, {"default_role": "editor", "acting_for": f"shop:{acme.pk}"})
    assert CompanySignIn.objects.get().default_role == "viewer"


def test_owners_page_asks_the_same_queries_for_one_and_for_twenty(client, sign_in, owner, acme):
    own = login(client, owner)

    def came_in(count):
        for number in range(count):
            user = add_to_shop(acme, UserFactory(), "viewer")
            SocialAccount.objects.create(user=user, provider="acme", uid=f"{user.pk}-{number}")
        own.get(OWNERS_PAGE)
        with counted() as statements:
            own.get(OWNERS_PAGE)
        return len(statements)

    assert came_in(1) == came_in(30) == FRAME + 3


# What staff set up


def test_search_for_the_company_says_what_it_is(desk):
    page = desk.get("/admin/requests_app/companysignin/add/").text

    assert page.count('data-placeholder="Search"') == 2
    assert "js/staff-autocomplete" in page


def provider_form(**other):
    inline = {"domains-TOTAL_FORMS": "1", "domains-INITIAL_FORMS": "0", "domains-0-domain": "Straße.example"}
    oidc = {
        "name": "Acme Entra",
        "protocol": "openid_connect",
        "issuer": "https://login.acme.example",
        "client_id": "c",
    }
    return oidc | {"secret": SECRET} | inline | other


def test_staff_set_up_verify_and_switch_on(desk, acme, staff):
    desk.post("/admin/requests_app/companysignin/add/", provider_form(shop=acme.pk))
    made = CompanySignIn.objects.get()
    named = CompanyDomain.objects.get()
    assert (made.of, made.app.secret, made.enabled, named.domain) == (acme, SECRET, False, "xn--strae-oqa.example")

    switch_on = f"/admin/requests_app/companysignin/{made.pk}/switch-on/"
    desk.post(switch_on)
    assert not CompanySignIn.objects.get().enabled  # no domain is verified

    assert named.proof in desk.get(f"/admin/requests_app/companydomain/{named.pk}/change/").text
    desk.post(f"/admin/requests_app/companydomain/{named.pk}/verify/")
    desk.post(switch_on)

    named.refresh_from_db()
    assert (CompanySignIn.objects.get().enabled, named.verified_by) == (True, staff)
    kinds = TeamEvent.objects.of("shop", acme.pk).filter(kind="sign_in_changed").values_list("actor", "data__changed")
    assert [(actor, changed) for actor, [changed] in kinds] == [
        ("staff", "provider"), ("staff", "domain_verified"), ("staff", "enabled"),
    ]  # fmt: skip


def test_secret_is_never_shown_again_and_stays_when_left_empty(desk, sign_in):
    path = f"/admin/requests_app/companysignin/{sign_in.pk}/change/"
    form = provider_form(secret="", issuer="http://127.0.0.1:9", client_id="acme") | {"domains-0-domain": ""}

    pages = [
        desk.get(path).text,
        desk.post(path, form, follow=True).text,
        desk.get(path.replace("change", "history")).text,
    ]

    assert not [page for page in pages if SECRET in page]
    assert SocialApp.objects.get().secret == SECRET
    assert SocialApp.objects.get().name == "Acme Entra"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"issuer": "http://login.acme.example"}, "issuer"),
        ({"issuer": "https://user@login.acme.example"}, "issuer"),
        ({"issuer": "javascript:alert(1)"}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"secret": ""}, "secret"),
        ({"protocol": "saml"}, "metadata"),
        ({"partner": "also"}, "__all__"),
        ({"shop": ""}, "__all__"),
    ],
)
def test_what_cannot_be_right_is_refused(desk, acme, partner, wrong, field, settings):
    settings.PRIVATE_PROVIDERS = False
    form = provider_form(shop=acme.pk) | {
        name: partner.pk if value == "also" else value for name, value in wrong.items()
    }

    page = desk.post("/admin/requests_app/companysignin/add/", form)

    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == [field]
    assert not CompanySignIn.objects.exists()


@pytest.mark.parametrize("domain", ["acme", "a b.example", "", "-.example"])
def test_what_is_no_domain_is_refused(desk, acme, domain):
    desk.post("/admin/requests_app/companysignin/add/", provider_form(shop=acme.pk) | {"domains-0-domain": domain})

    assert not CompanyDomain.objects.exists()


def test_domain_of_one_company_is_verified_for_no_other(desk, sign_in, other_shop, staff):
    other = CompanySignIn(shop=other_shop)
    services.set_up(
        sign_in=other,
        by=staff,
        name="O",
        protocol="openid_connect",
        described={"server_url": "https://o.example"},
        client_id="o",
    )
    named = CompanyDomain.objects.create(sign_in=other, domain="acme.example")

    page = desk.post(f"/admin/requests_app/companydomain/{named.pk}/verify/", follow=True)

    assert "verified already, for this company or another" in page.text
    assert not CompanyDomain.objects.get(pk=named.pk).verified_at


def test_staff_without_the_permission_change_nothing(client, sign_in, clerk):
    own = signed_in(clerk)

    for path in ("companysignin/{}/switch-off/", "companysignin/{}/change/"):
        assert own.post("/admin/requests_app/" + path.format(sign_in.pk)).status_code == 403
    assert CompanySignIn.objects.get().enabled


def test_owners_page_of_another_shop_is_not_reached(client, sign_in, seller, shop):
    page = login(client, seller).get(f"{OWNERS_PAGE}?acting_for=shop:{sign_in.shop_id}")

    assert "Not set up yet" in page.text
    assert not ShopMember.objects.filter(shop=sign_in.shop, user=seller).exists()


def test_addresses_for_the_provider_are_our_own(desk, sign_in, settings):
    page = desk.get(reverse("admin:requests_app_companysignin_change", args=[sign_in.pk])).text

    assert f"{settings.SITE_URL}/accounts/oidc/acme/login/callback/" in page
