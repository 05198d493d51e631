"""Two-step sign-in that a shop or partner requires: who may require it, and that nothing opens without it."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import required_factor
from accounts.exceptions import NotAllowed
from accounts.models import Notification, User
from partners.models import Partner
from requests_app import erasure, rollups
from requests_app.blocks import Block
from requests_app.models import PartnerRequest, Share, Shop
from requests_app.slots import PartnerSlot
from requests_app.teams import services as teams
from requests_app.teams.models import Invitation, TeamEvent
from requests_app.teams.settings import require_second_factor, without_second_factor
from tests.cast import login, signed_in
from tests.client import CheckedClient, SignedInClient
from tests.factories import PASSWORD, ShopFactory, UserFactory, add_to_partner, add_to_shop, with_second_factor
from tests.queries import FRAME, counted

INDEX = "/accounts/2fa/"


def require(of, by, required=True):
    kind = "shop" if isinstance(of, Shop) else "partner"
    return require_second_factor(kind=kind, of_id=of.pk, by=fresh(by), required=required)


def fresh(user):
    """The person as a new request loads them."""
    return User.objects.get(pk=user.pk)


@pytest.fixture
def strict_shop(shop, seller):
    return require(shop, with_second_factor(seller))


@pytest.fixture
def strict_partner(partner, partner_owner):
    return require(partner, with_second_factor(partner_owner))


# Who may require it


def test_owner_who_uses_one_requires_it_and_stops_it(shop, seller):
    with_second_factor(seller)

    require(shop, seller)
    assert Shop.objects.get(pk=shop.pk).second_factor_required
    require(shop, seller, required=False)

    assert not Shop.objects.get(pk=shop.pk).second_factor_required
    kinds = list(TeamEvent.objects.filter(log__shop=shop).order_by("pk").values_list("kind", "by"))[-2:]
    assert kinds == [("second_factor_required", seller.pk), ("second_factor_not_required", seller.pk)]


def test_owner_without_one_does_not_shut_themself_out(shop, seller):
    with pytest.raises(NotAllowed, match="Sign in with two steps yourself first"):
        require(shop, seller)

    assert not Shop.objects.get(pk=shop.pk).second_factor_required


def test_session_that_used_none_requires_none(shop, seller):
    """As of who learned the password of an owner and has a session from before."""
    with_second_factor(seller)
    by = fresh(seller)
    by.session_factors = ()

    with pytest.raises(NotAllowed):
        require_second_factor(kind="shop", of_id=shop.pk, by=by, required=True)


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_owners_of_a_shop_require_it(shop, role):
    with pytest.raises(NotAllowed, match="Only an owner"):
        require(shop, with_second_factor(add_to_shop(shop, UserFactory(), role)))


@pytest.mark.parametrize("role", ["reviewer", "viewer"])
def test_only_owners_of_a_partner_require_it(partner, role):
    with pytest.raises(NotAllowed, match="Only an owner"):
        require(partner, with_second_factor(add_to_partner(partner, UserFactory(), role)))


def test_all_other_members_are_notified_when_it_begins_and_owners_when_it_ends(shop, seller, editor, viewer):
    second = add_to_shop(shop, UserFactory(), "owner")
    require(shop, with_second_factor(seller))
    began = {(row.user, row.template) for row in Notification.objects.all()}
    require(shop, seller)  # twice is once
    seen = list(Notification.objects.values_list("pk", flat=True))
    require(shop, seller, required=False)

    assert began == {(user, "second_factor_required_for_member") for user in (editor, viewer, second)}
    ended = Notification.objects.exclude(pk__in=seen).get()
    assert (ended.user, ended.context["changed"]) == (second, ["second_factor"])


def test_those_who_have_none_are_named(shop, seller, editor, viewer):
    with_second_factor(editor)
    gone = add_to_shop(shop, UserFactory(is_active=False), "viewer")

    assert gone not in without_second_factor(shop)
    assert set(without_second_factor(shop)) == {seller, viewer}


# Rows


def test_rows_are_shut_to_members_without_one_and_open_to_the_others(strict_shop, open_request, seller, editor):
    assert PartnerRequest.objects.visible_to(fresh(seller)).count() == 1
    for rows in (PartnerRequest, Shop):
        assert not rows.objects.visible_to(fresh(editor)).exists()

    with_second_factor(editor)
    assert PartnerRequest.objects.visible_to(fresh(editor)).count() == 1


def test_rows_of_a_partner_are_shut_likewise(strict_partner, share, partner_owner, reviewer):
    assert Share.objects.visible_to(fresh(partner_owner)).count() == 1
    rollups.count()
    Block.objects.create(shop=share.request.shop, partner=share.partner, side="partner", by=partner_owner)
    for rows in (Share, Partner, PartnerSlot, Block):
        assert rows.objects.visible_to(fresh(partner_owner)).exists()
        assert not rows.objects.visible_to(fresh(reviewer)).exists()


def test_rows_of_the_team_are_shut_likewise(strict_shop, seller, editor):
    teams.invite(kind="shop", of_id=strict_shop.pk, by=seller, email="new@example.com", role="viewer")

    assert Invitation.objects.visible_to(fresh(seller)).count() == 1
    assert not Invitation.objects.visible_to(fresh(editor)).exists()


def test_recovery_codes_alone_are_no_second_factor(strict_shop, open_request, editor):
    editor.authenticator_set.create(type="recovery_codes", data={})

    assert not PartnerRequest.objects.visible_to(fresh(editor)).exists()
    assert not required_factor.is_met(fresh(editor))


def test_session_that_used_none_sees_nothing_though_its_person_has_one(strict_shop, open_request, seller):
    by = fresh(seller)
    by.session_factors = ()
    assert not PartnerRequest.objects.visible_to(by).exists()

    by.session_factors = (by.authenticator_set.get().pk,)
    assert PartnerRequest.objects.visible_to(by).count() == 1


def test_factor_that_was_removed_opens_nothing(strict_shop, open_request, seller):
    by = fresh(seller)
    by.session_factors = (by.authenticator_set.get().pk,)
    by.authenticator_set.all().delete()

    assert not PartnerRequest.objects.visible_to(by).exists()


def test_condition_asks_no_statement_of_its_own(strict_shop, open_request, seller):
    by = fresh(seller)
    by.session_factors = (by.authenticator_set.get().pk,)

    with counted() as statements:
        list(PartnerRequest.objects.visible_to(by))

    assert len(statements) == 1


# Pages


def pages_of_seller(request, share):
    own = ("home", "partner_hub", "my_requests", "request_new", "settings", "second_factor")
    yield from (reverse(f"seller:{name}") for name in own)
    yield reverse("seller:block", args=[share.partner.slug])
    own = ("request", "request_edit", "request_close")
    yield from (reverse(f"seller:{name}", args=[request.reference]) for name in own)
    verbs = ("authorise", "renew", "revoke", "close")
    yield from (reverse(f"seller:share_{verb}", args=[request.reference, share.reference]) for verb in verbs)


def pages_of_portal(share):
    own = ("inbox", "reject_several", "profile", "partner_contact", "second_factor", "availability", "insights")
    yield from (reverse(f"portal:{name}") for name in own)
    verbs = ("share", "contact", "accept", "reject", "withdraw", "close", "block")
    yield from (reverse(f"portal:{name}", args=[share.reference]) for name in verbs)


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_of_a_shop_leads_a_member_without_one_to_set_it_up(method, strict_shop, open_request, share, editor):
    client = login(SignedInClient(), editor)

    answers = {page: ask(client, method, page) for page in pages_of_seller(open_request, share)}

    assert {page: answer for page, answer in answers.items() if answer not in {(302, INDEX), (405, None)}} == {}


@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_of_a_partner_leads_a_member_without_one_to_set_it_up(method, strict_partner, share, reviewer):
    client = login(SignedInClient(), reviewer)

    answers = {page: ask(client, method, page) for page in pages_of_portal(share)}

    assert {page: answer for page, answer in answers.items() if answer not in {(302, INDEX), (405, None)}} == {}


def ask(client, method, page):
    cache.clear()
    response = getattr(client, method)(page)
    return response.status_code, response.headers.get("Location")


def test_page_that_one_is_led_to_says_who_requires_it(strict_shop, editor, client):
    shown = login(client, editor).get("/requests/", follow=True).text

    assert "Lumen Skincare requires two-step sign-in" in shown
    assert "Your other shops and partners are open as before." in shown


def test_lists_that_refresh_themselves_lead_there_too(strict_partner, share, reviewer, client):
    response = login(client, reviewer).get("/portal/?seen=x", headers={"HX-Request": "true"})

    assert response.headers["HX-Redirect"] == INDEX


def test_made_up_reference_is_not_found_in_a_shop_that_requires_one(strict_shop, editor, client):
    login(client, editor)

    assert client.get("/requests/SPR-2222222222/").status_code == 404
    assert client.get("/portal/requests/SPS-2222222222/").status_code == 404


def test_strangers_requests_stay_unknown(strict_shop, open_request, other_seller, client):
    assert login(client, other_seller).get(open_request.get_absolute_url()).status_code == 404


def test_other_shops_of_the_member_stay_open_and_show_nothing_of_this_one(strict_shop, open_request, editor, client):
    own = ShopFactory(name="Own Label", owner=editor)
    login(client, editor).post("/switch/", {"membership": f"shop:{own.pk}"})

    shown = client.get("/requests/")

    assert shown.status_code == 200
    assert open_request.reference not in shown.text
    assert client.get("/seller/").status_code == 200
    assert client.get(f"/requests/new/?again={open_request.reference}").status_code == 200


def test_directory_says_nothing_of_a_shop_that_is_shut(strict_shop, open_request, editor, client, partner):
    shown = login(client, editor).get(partner.get_absolute_url()).text

    assert "takes two-step sign-in" in shown


def test_member_with_one_whose_session_used_none_is_asked_for_it_and_led_on(strict_shop, editor):
    client = CheckedClient()
    login(client, editor)
    with_second_factor(editor)  # set up elsewhere

    answer = client.get("/requests/")

    assert answer.headers["Location"] == "/accounts/2fa/reauthenticate/?next=%2Frequests%2F"


def test_member_who_used_one_goes_on_as_before(strict_shop, open_request, editor):
    with_second_factor(editor)

    assert open_request.reference in signed_in(editor).get("/requests/").text


def test_recovery_code_counts_in_the_session_that_used_it(strict_shop, open_request, editor):
    """Who lost their device would else be led to enter one code after the other, until none is left."""
    with_second_factor(editor)
    codes, client = RecoveryCodes.activate(editor), CheckedClient()
    client.post("/accounts/login/", {"login": editor.email, "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": codes.get_unused_codes()[0]})

    shown = client.get("/requests/")

    assert shown.status_code == 200
    assert open_request.reference in shown.text
    codes.instance.refresh_from_db()
    assert len(codes.get_unused_codes()) == 9


@pytest.mark.parametrize("method", ["get", "post"])
def test_row_pages_of_the_team_lead_to_it_and_not_into_nothing(method, strict_shop, seller, editor):
    invitation = teams.invite(kind="shop", of_id=strict_shop.pk, by=seller, email="new@example.com", role="viewer")
    own = strict_shop.members.get(user=editor)
    offer = teams.offer_hand_over(kind="shop", of_id=strict_shop.pk, by=seller, member_id=own.pk)
    client = login(SignedInClient(), editor)
    pages = [reverse(f"seller:team_{act}", args=[own.pk]) for act in ("role", "remove", "leave", "hand_over")]
    pages += [reverse(f"seller:team_{act}", args=[offer.pk]) for act in ("take_over", "decline", "keep")]
    pages += [reverse(f"seller:team_{act}", args=[invitation.pk]) for act in ("renew", "withdraw")]

    answers = {page: ask(client, method, page) for page in pages}

    assert {page: answer for page, answer in answers.items() if answer not in {(302, INDEX), (405, None)}} == {}
    assert client.get(reverse("seller:team_leave", args=[own.pk + 1000])).status_code == 404


def test_row_pages_of_others_teams_stay_unknown(strict_shop, seller, other_seller):
    own = strict_shop.members.get(user=seller)

    assert login(SignedInClient(), other_seller).get(reverse("seller:team_role", args=[own.pk])).status_code == 404


def test_page_of_the_factors_tells_who_has_one_to_use_it(strict_shop, editor):
    client = CheckedClient()
    login(client, editor)
    with_second_factor(editor)

    shown = client.get(INDEX).text

    assert "You are asked for yours when you go there" in shown
    assert "Set it up here" not in shown


def test_first_factor_that_a_shop_requires_takes_a_mailed_link(strict_shop, editor, client):
    """Else a stolen password would be enough to set one up."""
    login(client, editor)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert client.get("/accounts/2fa/totp/activate/").headers["Location"] == "/accounts/2fa/first/"


def test_address_is_not_changed_before_the_factor_that_a_shop_requires_is_there(strict_shop, editor, client):
    login(client, editor)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    answer = client.post("/accounts/email/", {"action_add": "", "email": "thief@example.com"})

    assert "Set up the second one first." in answer.text


@pytest.mark.parametrize("path", ["/accounts/data/download/", "/accounts/data/file/"])
def test_file_of_ones_data_is_not_given_before_the_factor_that_a_shop_requires(strict_shop, editor, client, path):
    without = login(client, editor).post(path)
    assert without.headers["Location"] == INDEX

    with_second_factor(editor)
    unused = login(Client(), editor).post(path)
    assert unused.headers["Location"].startswith("/accounts/2fa/reauthenticate/")


def test_requirement_costs_those_pages_one_query(strict_shop, seller, django_assert_num_queries):
    client = signed_in(seller)

    with django_assert_num_queries(
        FRAME + 3
    ):  # those of the settings page, and whether the session's factor is still there
        client.get("/seller/settings/")


# The page that requires it


def test_page_names_who_is_shut_out_and_requires_it(shop, seller, editor, client):
    login(client, with_second_factor(seller))

    asked = client.get("/seller/settings/second-factor/")
    answer = client.post("/seller/settings/second-factor/", follow=True)

    assert "Have not set it up: Edith Editor." in asked.text
    assert "Lumen Skincare requires two-step sign-in of its members now." in answer.text
    assert Shop.objects.get(pk=shop.pk).second_factor_required


def test_page_of_a_partner_stops_it(strict_partner, partner_owner):
    client = signed_in(partner_owner)

    asked = client.get("/portal/profile/second-factor/")
    client.post("/portal/profile/second-factor/")

    assert "Stop requiring two-step sign-in?" in asked.text
    assert not Partner.objects.get(pk=strict_partner.pk).second_factor_required


def test_owner_without_one_reads_why_they_cannot_require_it(shop, seller, client):
    login(client, seller)

    shown = client.get("/seller/settings/").text
    answer = client.post("/seller/settings/second-factor/", follow=True).text

    assert "Sign in with two steps yourself first" in shown
    assert "Sign in with two steps yourself first" in answer
    assert not Shop.objects.get(pk=shop.pk).second_factor_required


def test_erasing_a_member_who_is_shut_out_forgets_nothing_of_the_shop(strict_shop, open_request, editor, seller):
    erasure.erase_person(user_id=editor.pk)

    assert not strict_shop.members.filter(user=editor).exists()
    assert PartnerRequest.objects.get(pk=open_request.pk).is_open
