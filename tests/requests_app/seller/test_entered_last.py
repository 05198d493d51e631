"""What a shop entered last is filled in for its next request."""

from datetime import timedelta
from decimal import Decimal

from accounts import clock
from requests_app import erasure, services
from requests_app.models import PartnerRequest
from requests_app.request_details import RequestDetails
from tests.cast import signed_in
from tests.factories import ShopFactory, category, details_of, make_request
from tests.queries import counted
from tests.requests_app.seller.request_form import NEW, shown
from tests.standing import standing

LAST = {
    "subject": "Bea Whitfield", "contact_email": "bea@lumen.example", "location": "York", "company_size": "51-200",
    "currency": "EUR", "platform_gmv": Decimal(9000), "other_gmv": None, "budget": Decimal(1200),
}  # fmt: skip


@standing
def last(shop, partner):
    """The newest of two requests."""
    with clock.at(clock.now() - timedelta(days=3)):
        make_request(shop, [partner], budget=Decimal(7))
    return make_request(shop, [partner], category=category("Shoes"), hide_contact=True, **LAST)


def test_form_begins_with_what_the_shop_entered_last(seller_client, last):
    values = shown(seller_client.get(NEW))

    asked = LAST | {"platform_gmv": "9000", "budget": "1200"}
    assert {name: values[name] for name in LAST} == asked
    assert values["category"] == last.category_id


def test_free_text_help_and_partners_are_not_filled_in(seller_client, last):
    values = shown(seller_client.get(NEW))

    assert {values[name] for name in RequestDetails.FREE_TEXT_FIELDS} == {None}
    assert not values["partners"]
    assert (values["request_type"], values["hide_contact"]) == ("choose", None)


def test_closed_request_gives_its_values_too(seller_client, seller, last):
    services.close_request(request_id=last.pk, by=seller)

    assert shown(seller_client.get(NEW))["location"] == "York"


def test_colleague_and_who_edited_it_share_what_was_entered(editor, seller, last):
    services.edit_request(
        request_id=last.pk, by=seller, version=1, details=details_of(**LAST | {"budget": Decimal(1300)}),
        request_type="choose", hide_contact=False,
    )  # fmt: skip

    assert shown(signed_in(editor).get(NEW))["budget"] == "1300"


def test_shop_without_a_request_begins_with_the_person(seller_client, seller):
    values = shown(seller_client.get(NEW))

    assert (values["subject"], values["contact_email"], values["currency"]) == (seller.name, seller.email, "GBP")
    assert values["budget"] is None


def test_erased_request_gives_nothing(seller_client, seller, last):
    services.close_request(request_id=last.pk, by=seller)
    erasure.erase_request(request_id=last.pk)

    values = shown(seller_client.get(NEW))

    assert (values["subject"], values["location"], values["budget"]) == (seller.name, None, None)


def test_category_that_is_offered_no_more_is_chosen_anew(seller_client, last):
    type(last.category).objects.filter(pk=last.category_id).update(active=False)

    assert shown(seller_client.get(NEW))["category"] is None


def test_other_shops_requests_give_nothing(seller, seller_client, last):
    young = ShopFactory(owner=seller)

    assert shown(seller_client.get(NEW, {"acting_for": f"shop:{young.pk}"}))["location"] is None


def test_old_request_asked_again_begins_with_its_own_values(seller_client, last):
    first = PartnerRequest.objects.exclude(pk=last.pk).get()

    assert shown(seller_client.get(NEW, {"again": first.reference}))["budget"] == "7"


def test_form_takes_one_query_more_whatever_was_entered(seller_client, partner, shop):
    seller_client.get(NEW)
    with counted() as without:
        seller_client.get(NEW)
    make_request(shop, [partner])
    with counted() as with_one:
        seller_client.get(NEW)

    assert len([sql for sql in with_one if "contact_email" in sql]) == 1
    assert len(with_one) <= len(without) + 1  # rates, now that there is a budget
