"""A new request: every field of the form, both request types, who may submit it and how often."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse

from accounts import clock
from partners.models import Category, Market, Partner
from requests_app import services
from requests_app.models import PartnerRequest
from tests.cast import login
from tests.client import text_of
from tests.factories import ShopFactory, add_to_shop, fill_vocabularies, make_request
from tests.markup import elements_of, tree_of
from tests.queries import FRAME, counted
from tests.requests_app.seller.request_form import NEW, errors, only_request, shown

pytestmark = pytest.mark.once

LABELS = [
    "Subject*", "Contact email*", "Location", "Company size*", "Currency*", "TikTok Shop sales GMV*",
    "Sales GMV from other channels", "Budget*", "Product category*", "Hot sale product", "Other details",
    "Help needed", "When do you want to start", "Select partners*", "Hide my contact details until a partner accepts",
]  # fmt: skip


# The page


def test_form_shows_every_field_of_the_requirement_in_its_three_parts(seller_client, partner):
    html = seller_client.get(NEW).content.decode()
    elements = elements_of(tree_of(html))

    legends = [text_of(element) for element in elements if element.tag == "legend"]
    labels = [
        text_of(element)
        for element in elements
        if element.tag in {"label", "legend"}
        and {"form-label", "form-check-label"} & set(element.get("class", "").split())
    ]
    assert [legend for legend in legends if not legend.endswith("*")] == [
        "Contact information", "Business profile", "Request type", "Help needed",
    ]  # fmt: skip
    assert [label for label in labels if label in LABELS] == LABELS


def test_form_offers_the_company_sizes_and_all_currencies_and_categories(seller_client, partner):
    fill_vocabularies()
    form = seller_client.get(NEW).context["form"]

    assert [label for _code, label in form.fields["company_size"].choices][1:] == [
        "1-10", "11-50", "51-200", "201-500", "501-1,000", "1,001+",
    ]  # fmt: skip
    assert {code for code, _label in form.fields["currency"].choices} == set(
        Market.objects.values_list("currency", flat=True)
    )
    assert form.fields["category"].queryset.count() == Category.objects.count() > 25


def test_form_begins_with_who_asks_and_the_shops_currency(client, seller, partner):
    ShopFactory(owner=seller, name="Paris", currency="EUR")

    values = shown(login(client, seller).get(NEW))

    assert values["subject"] == "Sarah Seller"
    assert values["contact_email"] == "seller@example.com"
    assert values["currency"] == "EUR"
    assert values["request_type"] == "choose"
    assert not values["hide_contact"]


def test_form_takes_thirteen_queries(seller_client, partner, other_agency):
    with counted() as queries:
        seller_client.get(NEW)

    # what was entered last, who is out of reach, categories; keys of partners, these with traits, markets, categories
    assert len(queries) == FRAME + 8


# Submitting


def test_submit_with_a_chosen_partner_shares_the_request_with_it(seller_client, chosen, partner, shop, seller):
    response = seller_client.post(NEW, chosen, follow=True)

    request = only_request()
    assert response.redirect_chain == [(f"/requests/{request.reference}/", 302)]
    assert "Your request is submitted." in response.content.decode()
    assert (request.shop, request.created_by, request.version) == (shop, seller, 1)
    assert request.platform_gmv == Decimal(48000)
    assert request.other_gmv is None
    assert request.budget == Decimal(2000)
    assert [share.partner for share in request.shares.all()] == [partner]


def test_submit_with_referral_asks_partners_that_fit(seller_client, typed, partner, other_agency):
    seller_client.post(NEW, typed)

    assert {share.partner for share in only_request().shares.all()} == {partner, other_agency}
    assert {share.source for share in only_request().shares.all()} == {"referred"}


def test_submit_with_referral_leaves_out_partners_ticked_before(seller_client, chosen, partner):
    Partner.objects.filter(pk=partner.pk).update(capacity=0)

    seller_client.post(NEW, chosen | {"request_type": "refer"})

    assert only_request().shares.count() == 0


def test_submit_can_hide_the_contact_details(seller_client, chosen):
    seller_client.post(NEW, chosen | {"hide_contact": "on"})

    assert only_request().hide_contact is True


def test_submitting_twice_makes_one_request(seller_client, chosen):
    first = seller_client.post(NEW, chosen)
    second = seller_client.post(NEW, chosen)

    assert PartnerRequest.objects.count() == 1
    assert first["Location"] == second["Location"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"budget": "3000"}, ("Budget", "£2,000", "£3,000")),
        ({"subject": "Bo"}, ("Subject", "Ann Whitfield", "Bo")),
        ({"subject": ""}, ("Subject", "Ann Whitfield", "nothing")),
        ({"budget": "many"}, ("Budget", "£2,000", "many")),
        ({"hide_contact": "on"}, ("Hide my contact details until a partner accepts", "not ticked", "ticked")),
        ({"partners": "other"}, ("Partners", "Northlight Commerce", "Harbour & Pine")),
        ({"partners": []}, ("Partners", "Northlight Commerce", "nobody")),
        (
            {"request_type": "refer"},
            ("Select partners", "Choose partners myself", "Let TikTok Shop refer partners"),
        ),
    ],
    ids=str,
)
def test_submitting_again_with_other_content_offers_both_versions(change, line, seller_client, chosen, other_agency):
    seller_client.post(NEW, chosen)
    if change.get("partners") == "other":
        change = {"partners": [str(other_agency.pk)]}

    response = seller_client.post(NEW, chosen | change)

    request = only_request()
    assert response.status_code == 200
    assert [tuple(map(str, each)) for each in response.context["differences"]] == [line]
    assert (request.subject, request.budget) == ("Ann Whitfield", 2000)
    html = response.content.decode()
    assert f'href="{request.get_absolute_url()}"' in html
    assert f'formaction="{request.get_absolute_url()}edit/"' in html
    assert "Submit as a further request" in html
    for name, value in (chosen | change).items():
        if name not in {"form_token", "partners", "request_type", "hide_contact"}:
            assert response.context["form"][name].value() == value


def test_version_typed_now_is_saved_as_changes_of_the_request(seller_client, chosen, other_agency, partner):
    seller_client.post(NEW, chosen)
    again = chosen | {"budget": "3000", "partners": [str(partner.pk), str(other_agency.pk)]}
    page = seller_client.post(NEW, again)
    request = only_request()

    answer = seller_client.post(
        f"{request.get_absolute_url()}edit/", again | {"instead": "1", "version": page.context["submitted"].version}
    )

    assert answer["Location"] == request.get_absolute_url()
    request = only_request()
    assert (request.budget, request.version) == (3000, 2)
    assert set(request.shares.values_list("partner", flat=True)) == {partner.pk, other_agency.pk}


def test_version_typed_now_is_submitted_as_a_further_request(seller_client, chosen):
    seller_client.post(NEW, chosen)
    page = seller_client.post(NEW, chosen | {"budget": "3000"})
    token = page.context["form"]["form_token"].value()

    seller_client.post(NEW, chosen | {"budget": "3000", "form_token": token, "anyway": "on"})

    assert sorted(PartnerRequest.objects.values_list("budget", flat=True)) == [2000, 3000]


def test_closed_request_is_not_offered_to_be_changed(seller_client, chosen, seller):
    seller_client.post(NEW, chosen)
    services.close_request(request_id=only_request().pk, by=seller)

    response = seller_client.post(NEW, chosen | {"budget": "3000"})

    assert 'formaction="/requests/' not in response.content.decode()
    assert "Submit as a further request" in response.content.decode()


@pytest.mark.parametrize(("capacity", "most"), [(1, 20), (5, 1)], ids=["last place", "last of the hour"])
def test_submitting_again_what_would_be_refused_now_leads_to_the_request(
    capacity, most, seller_client, chosen, settings
):
    Partner.objects.update(capacity=capacity)
    settings.REQUESTS_PER_HOUR = most
    first = seller_client.post(NEW, chosen)

    again = seller_client.post(NEW, chosen)  # its sender never saw the first answer

    assert again.status_code == 302
    assert again["Location"] == first["Location"]
    assert PartnerRequest.objects.count() == 1


def test_submit_without_a_token_makes_a_request(seller_client, chosen):
    seller_client.post(NEW, chosen | {"form_token": "made up"})

    assert only_request().form_token.version == 4


def test_request_is_made_for_the_active_shop(client, seller, shop, chosen):
    other = ShopFactory(owner=seller, name="A second shop")
    login(client, seller).post(reverse("switch"), {"membership": f"shop:{other.pk}"})

    client.post(NEW, chosen)

    assert only_request().shop == other


# Where it begins


def test_coming_from_a_partners_page_it_is_chosen_already(seller_client, partner, other_agency):
    response = seller_client.get(NEW, {"partner": other_agency.slug})

    assert [option.name for option in response.context["form"].picker.options if option.picked] == ["Harbour & Pine"]


@pytest.mark.parametrize("slug", ["nobody", "", "é"])
def test_unknown_partner_in_the_address_is_ignored(slug, seller_client, partner):
    response = seller_client.get(NEW, {"partner": slug})

    assert response.status_code == 200
    assert not any(option.picked for option in response.context["form"].picker.options)


def test_request_again_begins_with_the_old_values(seller_client, shop, seller, partner, other_agency):
    old = make_request(shop, [partner, other_agency], hide_contact=True, budget=Decimal(750), location="York")
    services.reject_share(
        share_id=old.shares.get(partner=other_agency).pk, by=other_agency.members.get().user, reason="budget"
    )
    services.close_request(request_id=old.pk, by=seller)

    values = shown(seller_client.get(NEW, {"again": old.reference}))

    assert values["subject"] == "Ann Whitfield"
    assert values["location"] == "York"
    assert values["budget"] == "750"
    assert values["category"] == old.category_id
    assert values["request_type"] == "choose"
    assert values["hide_contact"] is True
    assert values["partners"] == [str(partner.pk)]
    assert values["form_token"] != old.form_token


@pytest.mark.parametrize("reference", ["SPR-2222222222", "x" * 500])
def test_request_again_of_an_unknown_request_begins_empty(reference, seller_client, partner):
    assert shown(seller_client.get(NEW, {"again": reference}))["location"] is None


def test_request_again_of_somebody_elses_request_begins_empty(seller_client, partner, other_shop):
    foreign = make_request(other_shop, [partner])

    response = seller_client.get(NEW, {"again": foreign.reference})

    assert shown(response)["subject"] == "Sarah Seller"
    assert "Vitamin C" not in response.content.decode()


# Who may, and how often


def test_editor_may_submit(client, editor, chosen):
    login(client, editor).post(NEW, chosen)

    assert only_request().created_by == editor


def test_viewer_is_told_whom_to_ask(client, viewer, chosen):
    login(client, viewer)

    for response in (client.get(NEW, follow=True), client.post(NEW, chosen, follow=True)):
        assert response.redirect_chain == [("/seller/apps-and-services/partner/", 302)]
        assert [str(message) for message in response.context["messages"]] == [
            "Only an owner or editor of the shop can do this. Ask one of them."
        ]
    assert PartnerRequest.objects.count() == 0


def test_who_has_no_shop_is_offered_to_add_one(client, partner_owner, partner):
    response = login(client, partner_owner).get(NEW, follow=True)

    assert response.redirect_chain == [("/accounts/signup/seller/", 302)]
    assert "Add yours to begin." in response.content.decode()


def test_submitting_is_limited_by_the_hour_and_keeps_what_was_typed(
    seller_client, chosen, seller, shop, partner, settings
):
    settings.REQUESTS_PER_HOUR = 2
    for _number in range(2):
        make_request(shop, [partner])

    response = seller_client.post(NEW, chosen | {"anyway": "on"})

    assert errors(response) == {
        "__all__": [
            "You have submitted 2 requests within an hour, the most that is possible. Try again a little later."
        ]
    }
    assert shown(response)["subject"] == "Ann Whitfield"
    assert PartnerRequest.objects.count() == 2


@pytest.mark.usefixtures("many_with_one_partner")
def test_limit_counts_the_person_and_the_last_hour(client, editor, chosen, shop, partner, settings, time_machine):
    settings.REQUESTS_PER_HOUR = 1
    make_request(shop, [partner])  # by the owner

    login(client, editor)
    chosen |= {"anyway": "on"}
    client.post(NEW, chosen)
    refused = client.post(NEW, chosen | {"form_token": str(uuid.uuid4())})
    time_machine.move_to(clock.now() + timedelta(minutes=61))
    client.post(NEW, chosen | {"form_token": str(uuid.uuid4())})

    assert "__all__" in errors(refused)
    assert PartnerRequest.objects.count() == 3


# While it is filled in


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("budget", "1,234.5", {"errors": []}),
        ("budget", "0", {"errors": ["Enter an amount above 0."]}),
        ("other_gmv", "", {"errors": []}),
        ("subject", "Ann", {"errors": []}),
        ("subject", "", {"errors": ["Enter your contact name."]}),
        ("contact_email", "ann@", {"errors": ["Enter a valid email address."]}),
        ("nothing", "x", {"errors": []}),
        ("form_token", "x", {"errors": []}),
    ],
)
def test_one_field_is_checked_as_it_is_left(field, value, told, seller_client, typed):
    response = seller_client.post(NEW, {"check": field, field: value, "currency": "GBP"})

    assert response.json() == told
    assert PartnerRequest.objects.count() == 0


def test_category_is_checked_alone_also_where_the_shop_has_a_request_of_it(seller_client, open_request):
    response = seller_client.post(NEW, {"check": "category", "category": open_request.category_id})

    assert response.json() == {"errors": []}


def test_form_says_how_far_each_part_has_come(seller_client, chosen):
    response = seller_client.post(NEW, chosen | {"budget": "", "partners": []})

    assert [(step["id"], step["state"]) for step in response.context["form"].steps] == [
        ("part-contact", ""), ("part-business", "error"), ("part-type", "error"),
    ]  # fmt: skip


def test_page_is_not_kept_by_the_browser(seller_client, partner):
    assert "no-store" in seller_client.get(NEW)["Cache-Control"]


def test_platform_is_the_setting_of_the_site():
    assert settings.PLATFORM_NAME == "TikTok Shop"


def test_member_of_two_shops_sees_for_which_one_he_asks(client, seller, shop, partner):
    second = add_to_shop(ShopFactory(name="Zebra Crossing"), seller, "editor").shop_members.get(
        shop__name="Zebra Crossing"
    )
    login(client, seller).post(reverse("switch"), {"membership": f"shop:{second.shop_id}"})

    assert "For Zebra Crossing, United Kingdom." in client.get(NEW).content.decode()
