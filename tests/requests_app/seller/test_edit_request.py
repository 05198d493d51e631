from decimal import Decimal

import pytest

from partners.models import Category
from requests_app import services
from requests_app.models import PartnerRequest, RequestVersion
from tests.cast import login, signed_in
from tests.factories import PartnerFactory, details_of, make_request
from tests.markup import squeezed
from tests.queries import FRAME, counted

pytestmark = pytest.mark.once


@pytest.fixture
def edited(typed, open_request):
    """What an editor of `open_request` sends: its own values, with another budget."""
    details = open_request.details()
    values = {name: value if name == "services" else str(value) for name, value in details.items()}
    values |= {"category": str(open_request.category_id)}
    return values | {"budget": "2750", "request_type": "choose", "version": "1"}


def url(request):
    return f"/requests/{request.reference}/edit/"


def now(request):
    return PartnerRequest.objects.get(pk=request.pk)


def test_edit_begins_with_the_current_values_and_nobody_chosen(seller_client, open_request):
    form = seller_client.get(url(open_request)).context["form"]

    assert form["subject"].value() == "Ann Whitfield"
    assert form["budget"].value() == "2000"
    assert form["other_gmv"].value() == "12500.50"
    assert form["category"].value() == open_request.category_id
    assert form["version"].value() == 1
    assert not form["partners"].value()


def test_partners_asked_already_are_named_and_not_offered(seller_client, open_request, other_agency):
    response = seller_client.get(url(open_request))

    assert "Asked already: Northlight Commerce." in response.content.decode()
    assert [option.name for option in response.context["form"].picker.options] == ["Harbour & Pine"]


def test_saving_makes_the_next_version_and_keeps_the_partners(seller_client, open_request, edited):
    response = seller_client.post(url(open_request), edited, follow=True)

    assert response.redirect_chain == [(f"/requests/{open_request.reference}/", 302)]
    assert "Your changes are saved." in response.content.decode()
    assert (now(open_request).version, now(open_request).budget) == (2, Decimal(2750))
    assert open_request.shares.count() == 1


def test_saving_unchanged_values_makes_no_version(seller_client, open_request, edited):
    seller_client.post(url(open_request), edited | {"budget": "2000"})

    assert now(open_request).version == 1


def test_partners_can_be_added(seller_client, open_request, edited, other_agency):
    seller_client.post(url(open_request), edited | {"budget": "2000", "partners": [str(other_agency.pk)]})

    assert {share.partner.name for share in open_request.shares.all()} == {"Northlight Commerce", "Harbour & Pine"}
    assert now(open_request).version == 1


def test_request_type_can_be_changed(seller_client, open_request, edited, other_agency):
    seller_client.post(url(open_request), edited | {"request_type": "refer"})

    assert open_request.shares.get(partner=other_agency).source == "referred"


def test_partner_that_was_asked_before_cannot_be_added(seller_client, open_request, edited, partner):
    response = seller_client.post(url(open_request), edited | {"partners": [str(partner.pk)]})

    assert list(response.context["form"].errors) == ["partners"]
    assert now(open_request).version == 1


def test_chosen_partners_are_at_most_ten_at_a_time(seller_client, shop, edited):
    asked = PartnerFactory.create_batch(9)
    request = make_request(shop, asked)
    more = [str(PartnerFactory().pk) for _number in range(2)]

    response = seller_client.post(url(request), edited | {"partners": more})

    assert response.context["form"].errors == {"partners": ["You can choose at most 1 here. Take one off."]}
    assert request.shares.count() == 9


def test_no_more_can_be_chosen_beside_ten(seller_client, shop):
    request = make_request(shop, PartnerFactory.create_batch(10))

    html = seller_client.get(url(request)).content.decode()

    assert "Ten chosen partners have this request" in html
    assert 'id="partner-search"' not in html


def test_category_that_staff_retired_stays_with_the_request(seller_client, open_request, edited):
    Category.objects.filter(pk=open_request.category_id).update(active=False)

    seller_client.post(url(open_request), edited)

    assert now(open_request).version == 2


def test_service_that_left_the_list_stays_until_it_is_taken_off(seller_client, open_request, edited):
    for rows in (PartnerRequest.objects, RequestVersion.objects):
        rows.update(services=["ads", "skywriting"])

    page = seller_client.get(url(open_request)).content.decode()
    seller_client.post(url(open_request), edited | {"services": ["skywriting", "livestream"]})

    assert 'value="skywriting"' in page
    assert "is not offered any more" not in page
    assert now(open_request).services == ["livestream", "skywriting"]
    seller_client.post(url(open_request), edited | {"services": ["livestream"], "version": "2"})
    refused = seller_client.post(url(open_request), edited | {"services": ["skywriting"], "version": "3"})
    assert list(refused.context["form"].errors) == ["services"]
    assert now(open_request).services == ["livestream"]


def test_bad_value_keeps_everything_typed(seller_client, open_request, edited):
    response = seller_client.post(url(open_request), edited | {"budget": "9.999", "subject": "Bea"})

    assert list(response.context["form"].errors) == ["budget"]
    assert response.context["form"]["subject"].value() == "Bea"
    assert now(open_request).version == 1


def test_search_while_editing_keeps_everything_typed(seller_client, open_request, edited, other_agency):
    response = seller_client.post(url(open_request), edited | {"search": "1", "q": "harb", "subject": "Bea"})

    form = response.context["form"]
    assert (form["subject"].value(), form["version"].value()) == ("Bea", "1")
    assert [option.name for option in form.picker.options] == ["Harbour & Pine"]
    assert now(open_request).version == 1


# Two at once


def save_meanwhile(request, editor, **changes):
    services.edit_request(
        request_id=request.pk, by=editor, version=1, details=details_of(**changes), request_type="choose",
        hide_contact=False,
    )  # fmt: skip


def test_stale_edit_shows_what_changed_and_loses_nothing(seller_client, open_request, edited, editor):
    save_meanwhile(open_request, editor, location="York", budget=Decimal(5000))

    response = seller_client.post(url(open_request), edited | {"subject": "Bea"})

    html = squeezed(response.content.decode())
    assert "Somebody else changed this request while you were editing" in html
    assert "<dt>Location</dt><dd><del>Unit 4, Kirkstall Forge, Leeds</del><ins>York</ins></dd>" in html
    assert "<dt>Budget</dt><dd><del>£2,000</del><ins>£5,000</ins></dd>" in html
    form = response.context["form"]
    assert (form["subject"].value(), form["budget"].value()) == ("Bea", "2750")
    assert form["version"].value() == 2
    assert now(open_request).budget == Decimal(5000)


def test_same_edit_sent_twice_is_saved_once_and_is_no_conflict(seller_client, open_request, edited):
    first = seller_client.post(url(open_request), edited)
    second = seller_client.post(url(open_request), edited)

    assert first["Location"] == second["Location"] == f"/requests/{open_request.reference}/"
    assert now(open_request).version == 2


def test_stale_edit_is_saved_once_it_is_confirmed(seller_client, open_request, edited, editor):
    save_meanwhile(open_request, editor, budget=Decimal(5000))
    seller_client.post(url(open_request), edited)

    seller_client.post(url(open_request), edited | {"version": "2"})

    assert (now(open_request).version, now(open_request).budget) == (3, Decimal(2750))


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "99", "1" * 30, "１"])
def test_made_up_version_saves_nothing_over_a_newer_one(version, seller_client, open_request, edited, editor):
    save_meanwhile(open_request, editor, budget=Decimal(5000))

    response = seller_client.post(url(open_request), edited | {"version": version})

    assert response.context["is_conflict"]
    assert now(open_request).budget == Decimal(5000)
    assert RequestVersion.objects.filter(request=open_request).count() == 2


def test_request_that_is_closed_meanwhile_keeps_what_was_typed(seller_client, open_request, edited, seller):
    form = seller_client.get(url(open_request))
    services.close_request(request_id=open_request.pk, by=seller)

    response = seller_client.post(url(open_request), edited, follow=True)

    assert form.status_code == 200
    assert "This request is closed and cannot be edited." in response.content.decode()
    assert now(open_request).version == 1


def test_editing_a_closed_request_offers_to_request_again(seller_client, open_request, seller):
    services.close_request(request_id=open_request.pk, by=seller)

    response = seller_client.get(url(open_request), follow=True)

    assert response.redirect_chain == [(f"/requests/{open_request.reference}/", 302)]
    html = squeezed(response.content.decode())
    assert "This request is closed and cannot be edited. You can request again with its values." in html
    assert ">Request again</a>" in html


def test_viewer_is_told_whom_to_ask(client, viewer, open_request, edited):
    login(client, viewer)

    for response in (client.get(url(open_request), follow=True), client.post(url(open_request), edited, follow=True)):
        assert "Only an owner or editor of the shop can do this. Ask one of them." in response.content.decode()
    assert now(open_request).version == 1


def test_editor_may_edit_what_the_owner_submitted(editor, open_request, edited):
    signed_in(editor).post(url(open_request), edited)

    assert RequestVersion.objects.get(request=open_request, number=2).created_by == editor


@pytest.mark.parametrize("partners", [1, 9])
def test_edit_page_takes_the_same_queries_for_any_number_of_partners(partners, seller_client, shop, other_agency):
    request = make_request(shop, PartnerFactory.create_batch(partners))

    with counted() as queries:
        seller_client.get(url(request))

    # frame; request, shares, authorisations, own details, categories
    # rates, keys of partners, partners with traits, markets, categories
    assert len(queries) == FRAME + 5 + 7
