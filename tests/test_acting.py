"""A form acts for the shop or partner that its page was shown for, though another was chosen in a second tab since."""

import pytest
from django.urls import NoReverseMatch, reverse

from partners.models import Partner, PartnerMember
from requests_app.models import PartnerRequest, ShopMember
from requests_app.portal import urls as portal_urls
from requests_app.seller import urls as seller_urls
from tests.factories import PartnerFactory, ShopFactory, add_to_partner, add_to_shop, make_request
from tests.journeys.visitor import Visitor
from tests.markup import squeezed
from tests.standing import standing

pytestmark = pytest.mark.once

TYPED = {
    "company_size": "11-50", "platform_gmv": "9000", "budget": "700", "request_type": "refer",
    "other_details": "Typed with care",
}  # fmt: skip
NAMES_NONE = {"seller:signup"}  # it adds a shop
NO_PAGES = {"seller:unblock", "portal:unblock"}  # their forms stand on the pages of settings


@standing
def two_shops(shop, seller):
    """Lumen Skincare, and Fern & Fable: each is the seller's."""
    return shop, ShopFactory(name="Fern & Fable", owner=seller, market=shop.market, currency=shop.currency)


@standing
def two_partners(partner, partner_owner):
    return partner, add_owner(PartnerFactory(name="Harbour & Pine"), partner_owner)


def add_owner(partner, user):
    add_to_partner(partner, user, "owner")
    return partner


def reader(user):
    visitor = Visitor()
    visitor.client.force_login(user)
    return visitor


def choose(visitor, kind, row):
    """What happens in the other tab: the session acts for another from then on."""
    answer = visitor.client.post(reverse("switch"), {"membership": f"{kind}:{row.pk}"})
    assert answer.status_code == 302
    return visitor


def category_of(visitor):
    (select,) = (each for each in visitor.page.iter("select") if each.get("name") == "category")
    return next(option.get("value") for option in select.iter("option") if option.get("value"))


def fill_in(visitor, **more):
    return visitor.press("Submit request", category=category_of(visitor), **TYPED | more)


def test_request_is_of_the_shop_whose_page_it_was(two_shops, seller):
    lumen, fern = two_shops
    visitor = choose(reader(seller), "shop", fern).visit("/requests/new/")
    assert "Fern & Fable" in visitor.main

    choose(visitor, "shop", lumen)
    fill_in(visitor)

    assert PartnerRequest.objects.get().shop == fern


def test_form_of_a_shop_that_was_left_comes_back_as_it_was_typed(two_shops, seller, other_seller):
    lumen, fern = two_shops
    visitor = choose(reader(seller), "shop", fern).visit("/requests/new/")
    add_to_shop(fern, other_seller, "owner")
    ShopMember.objects.filter(shop=fern, user=seller).delete()

    fill_in(visitor)

    assert not PartnerRequest.objects.exists()
    assert "You do not belong to the shop or partner of this form any more" in visitor.main
    assert "for Lumen Skincare now" in visitor.main
    assert "Typed with care" in visitor.texts("textarea")
    fill_in(visitor)
    assert PartnerRequest.objects.get().shop == lumen


def test_profile_and_availability_are_of_the_partner_whose_page_it_was(two_partners, partner_owner):
    northlight, harbour = two_partners
    visitor = choose(reader(partner_owner), "partner", harbour)

    choose(visitor.visit("/portal/profile/"), "partner", northlight).press("Save profile", tagline="Of the other")
    choose(visitor, "partner", harbour).visit("/portal/availability/")
    choose(visitor, "partner", northlight).press("Save availability", capacity="4")

    taglines = dict(Partner.objects.values_list("name", "tagline"))
    capacities = dict(Partner.objects.values_list("name", "capacity"))
    assert taglines["Harbour & Pine"] == "Of the other" != taglines["Northlight Commerce"]
    assert capacities["Harbour & Pine"] == 4 != capacities["Northlight Commerce"]


def test_profile_of_a_partner_that_was_left_comes_back_as_it_was_typed(two_partners, partner_owner, other_partner):
    _northlight, harbour = two_partners
    visitor = choose(reader(partner_owner), "partner", harbour).visit("/portal/profile/")
    PartnerMember.objects.filter(partner=harbour, user=partner_owner).delete()

    visitor.press("Save profile", tagline="Of the other")

    assert "for Northlight Commerce now" in visitor.main
    (tagline,) = (each for each in visitor.page.iter("input") if each.get("name") == "tagline")
    assert tagline.get("value") == "Of the other"
    assert not Partner.objects.filter(tagline="Of the other").exists()


def test_chosen_requests_are_rejected_for_the_partner_whose_inbox_it_was(two_partners, partner_owner, shop):
    northlight, harbour = two_partners
    request = make_request(shop, [harbour])
    visitor = choose(reader(partner_owner), "partner", harbour).visit("/portal/")

    choose(visitor, "partner", northlight)
    share = request.shares.get()
    visitor.visit(f"/portal/reject/?acting_for=partner:{harbour.pk}&share={share.reference}")
    visitor.press("Reject 1 request", reason="budget")

    assert request.shares.get().status == "rejected"


def test_inbox_names_its_partner_to_what_it_asks_for(two_partners, partner_owner, shop):
    """Its rows that refresh themselves, and the requests that are chosen in it."""
    northlight, harbour = two_partners
    make_request(shop, [northlight])
    make_request(shop, [harbour])
    visitor = choose(reader(partner_owner), "partner", harbour).visit("/portal/")
    choose(visitor, "partner", northlight)

    (rows,) = (each for each in visitor.page.iter("div") if each.get("id") == "inbox-rows")
    refreshed = visitor.client.get(rows.get("data-hx-get"), headers={"HX-Request": "true"})

    shown = harbour.shares.get()
    assert shown.reference in squeezed(refreshed.content.decode())
    (chosen,) = (each for each in visitor.page.iter("form") if each.get("id") == "reject-several")
    assert [each.get("value") for each in chosen.iter("input") if each.get("name") == "acting_for"] == [
        f"partner:{harbour.pk}"
    ]


@pytest.mark.parametrize("named", ["shop:0", "partner:1", "shop:", "x", "shop:1' OR 1=1"])
def test_shop_of_somebody_else_is_never_acted_for(named, shop, seller, other_shop):
    client = reader(seller).client

    for value in (named, f"shop:{other_shop.pk}"):
        page = client.get("/requests/new/", {"acting_for": value})
        assert "Fern & Fable" not in page.content.decode()
        answer = client.post("/requests/new/", TYPED | {"acting_for": value})
        assert "nothing was saved" in answer.content.decode()


def own_pages():
    """Pages whose address names no request: what they act for is chosen elsewhere."""
    for namespace, urls in (("seller", seller_urls), ("portal", portal_urls)):
        for pattern in urls.urlpatterns:
            try:
                yield f"{namespace}:{pattern.name}", reverse(f"{namespace}:{pattern.name}")
            except NoReverseMatch:
                continue


def test_every_form_without_an_address_of_its_own_names_whom_it_is_for(shop, seller, partner, share):
    add_owner(partner, seller)
    visitor, forms = reader(seller), 0
    for name, path in own_pages():
        if name in NO_PAGES:
            continue
        visitor.visit(f"{path}?share={share.reference}" if name == "portal:reject_several" else path)
        for form in visitor.page.find(".//main").iter("form"):
            if form.get("method") == "post" and not form.get("action") and name not in NAMES_NONE:
                fields = [each.get("name") for each in form.iter("input")]
                assert "acting_for" in fields, name
                forms += 1
    assert forms == 7
