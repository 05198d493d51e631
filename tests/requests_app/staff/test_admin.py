"""The admin's pages of requests and shares: who gets in, what is listed, and that nothing is changed past the verbs."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils.html import escape
from zeal import zeal_ignore

from accounts.models import Notification
from requests_app.models import PartnerRequest
from tests.cast import login
from tests.factories import PartnerFactory, ShopFactory, UserFactory, make_request
from tests.staff import messages_of, page

pytestmark = pytest.mark.once

# Getting in


def test_admin_sends_who_is_signed_out_to_sign_in(client, db):
    response = client.get(reverse("admin:index"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_admin_refuses_who_is_not_staff(client, seller):
    response = login(client, seller).get(reverse("admin:index"), follow=True)

    assert response.status_code == 403


def test_admin_asks_staff_for_a_second_factor(client, db):
    bare = UserFactory(is_staff=True, is_superuser=True)

    response = login(client, bare).get(reverse("admin:requests_app_partnerrequest_changelist"))
    response = client.get(response.url)

    assert response.url == reverse("mfa_index")
    assert messages_of(response) == [
        "Staff sign in with two steps. Set up the second one here, then go back to the admin."
    ]


def test_admin_asks_nobody_for_a_second_factor_in_the_demo(client, settings, db):
    settings.STAFF_NEED_SECOND_FACTOR = False

    response = login(client, UserFactory(is_staff=True)).get(reverse("admin:index"))

    assert response.status_code == 200


def test_admin_has_our_own_models_and_groups_alone(db):
    assert {model._meta.label for model in admin.site._registry} == {
        "accounts.User",
        "accounts.Notification",
        "accounts.AccountMail",
        "accounts.SitePage",
        "auth.Group",
        "partners.Market",
        "partners.Category",
        "partners.ExchangeRate",
        "accounts.FailedTask",
        "partners.Partner",
        "requests_app.Shop",
        "requests_app.Block",
        "requests_app.CompanyDomain",
        "requests_app.CompanySignIn",
        "requests_app.TeamEvent",
        "requests_app.PartnerRequest",
        "requests_app.Share",
    }


# Reading


def test_pages_are_drawn_when_all_of_them_is_read(desk):
    html = desk.get(reverse("admin:index")).content.decode()

    (awaited,) = re.findall('<link rel="expect" href="#([^"]+)" blocking="render">', html)
    assert html.index(f'id="{awaited}"') > html.index('<footer id="footer">')


def test_request_page_shows_partners_versions_and_history(desk, connected_share):
    text = desk.get(page(connected_share.request)).content.decode()

    for shown in (
        "Northlight Commerce",
        connected_share.reference,
        "£2,000",
        "Products (view)",
        "Authorisation granted",
    ):
        assert shown in text
    assert "Seller: Sarah Seller" in text
    assert "Partner: Petra Partner" in text


def test_pages_show_times_and_what_is_empty_in_one_way(desk, open_request, share, partner):
    for row in (open_request, open_request.shop, share, partner):
        shown = desk.get(page(row)).content.decode()
        assert re.search(r"[ap]\.m\.|>-<", shown) is None
        assert re.search(r"[A-Z][a-z]{2} \d+ [A-Z][a-z]{2}(?: \d{4})?, \d\d:\d\d", shown)


def test_share_page_shows_why_it_was_referred(desk, shop):
    PartnerFactory(name="Kestrel Live")
    share = make_request(shop).shares.get()

    text = desk.get(page(share)).content.decode()

    assert escape("Specialises in Beauty & Personal Care") in text


@pytest.mark.parametrize(("word", "found"), [("lum", 1), ("skincare", 1), ("umen", 0), ("ann.whitfield", 0)])
def test_request_list_searches_shop_names_by_word_beginnings(desk, open_request, word, found):
    response = desk.get(reverse("admin:requests_app_partnerrequest_changelist"), {"q": word})

    assert len(response.context["cl"].result_list) == found


def test_request_list_searches_references_of_requests_and_shares(desk, share, other_shop, other_agency):
    make_request(other_shop, [other_agency])

    for reference in (share.reference, share.request.reference.lower(), share.request.reference[:8]):
        response = desk.get(reverse("admin:requests_app_partnerrequest_changelist"), {"q": reference})
        assert list(response.context["cl"].result_list) == [share.request]


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize(("model", "queries"), [("partnerrequest", 6), ("share", 5), ("shop", 6)])
def test_list_costs_the_same_for_any_number_of_rows(desk, django_assert_num_queries, rows, model, queries):
    for _ in range(rows):
        make_request(ShopFactory(), [PartnerFactory()])

    with django_assert_num_queries(queries):
        response = desk.get(reverse(f"admin:requests_app_{model}_changelist"))

    assert len(response.context["cl"].result_list) == rows


@pytest.mark.parametrize("rows", [1, 9])
def test_request_page_costs_the_same_for_any_number_of_shares(desk, shop, django_assert_num_queries, rows):
    request = make_request(shop, PartnerFactory.create_batch(rows))

    with django_assert_num_queries(8):
        desk.get(page(request))


# Nothing else changes anything


@pytest.mark.parametrize("model", ["partnerrequest", "share"])
def test_row_cannot_be_added_or_deleted(desk, share, model):
    row = {"partnerrequest": share.request, "share": share}[model]

    assert desk.get(reverse(f"admin:requests_app_{model}_add")).status_code == 403
    assert desk.post(page(row, "delete"), {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", ["partnerrequest", "share"])
def test_posting_the_change_form_changes_nothing(desk, share, model):
    row = {"partnerrequest": share.request, "share": share}[model]

    response = desk.post(page(row), {"status": "closed", "headline": "closed", "budget": "1", "_save": "Save"})

    assert response.status_code == 403
    assert type(row).objects.get(pk=row.pk).status == row.status


def test_posting_an_action_to_the_list_changes_nothing(desk, share):
    data = {"action": "delete_selected", "_selected_action": [share.request_id], "post": "yes"}

    desk.post(reverse("admin:requests_app_partnerrequest_changelist"), data)

    assert PartnerRequest.objects.filter(pk=share.request_id).exists()


def test_shop_is_not_deleted(desk, shop):
    response = desk.post(page(shop, "delete"), {"post": "yes"})

    assert response.status_code == 403


def test_owner_of_a_shop_is_notified_of_staff_who_make_themselves_a_member(desk, staff, shop, seller):
    owner = shop.members.get()
    typed = {"name": shop.name, "market": shop.market_id, "currency": shop.currency, "language": "en"}
    typed |= {"members-TOTAL_FORMS": 2, "members-INITIAL_FORMS": 1, "members-0-id": owner.pk}
    typed |= {"members-0-shop": shop.pk, "members-0-user": seller.pk, "members-0-role": "owner"}
    typed |= {"members-1-shop": shop.pk, "members-1-user": staff.pk, "members-1-role": "viewer"}

    with zeal_ignore():  # a formset reads the person of each of its few rows
        desk.post(page(shop), typed)

    assert shop.members.get(user=staff).role == "viewer"
    told = Notification.objects.get()
    assert (told.user, told.template, told.context) == (seller, "staff_joined_for_owner", {"shop": shop.name})


def test_shop_keeps_an_owner(desk, shop):
    [owner] = shop.members.all()
    posted = {"name": "Lumen", "market": "GB", "currency": "GBP", "language": "en", "_save": "Save"}
    row = {"id": owner.pk, "shop": shop.pk, "user": owner.user_id, "role": "viewer"}
    management = {"members-TOTAL_FORMS": 1, "members-INITIAL_FORMS": 1}

    response = desk.post(page(shop), posted | management | {f"members-0-{name}": value for name, value in row.items()})

    assert "Somebody who can sign in has to be owner" in response.content.decode()
    assert shop.members.get().role == "owner"


@pytest.mark.parametrize(("code", "finds"), [("ads", True), ("livestream", True), ("training", False), ("", True)])
def test_requests_are_filtered_by_the_help_they_name(code, finds, desk, shop, partner):
    request = make_request(shop, [partner], services=["livestream", "ads"], start="now")

    page = desk.get(reverse("admin:requests_app_partnerrequest_changelist"), {"help": code} if code else {})
    own = desk.get(reverse("admin:requests_app_partnerrequest_change", args=[request.pk])).content.decode()

    assert (request.reference in page.content.decode()) == finds
    assert "Livestream selling and Advertising" in own
    assert "As soon as possible" in own
