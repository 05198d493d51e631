"""A request that the shop has open already is shown before the same is submitted once more."""

import uuid

import pytest

from requests_app import services
from requests_app.models import PartnerRequest
from tests.factories import PartnerFactory, category, make_request
from tests.queries import counted
from tests.requests_app.seller.request_form import NEW, errors, shown
from tests.standing import standing

ASK = ["You have an open request for the same help. Edit that one, or tick “Submit anyway”."]


@standing
def first(shop, other_agency):
    """An open request for livestreams and ads in Beauty."""
    return make_request(shop, [other_agency], services=["livestream", "ads"])


@pytest.mark.parametrize(
    ("held", "typed_now", "asks"),
    [
        (["livestream", "ads"], ["ads"], True),
        (["livestream"], ["livestream", "training"], True),
        (["livestream"], ["training"], False),
        (["livestream"], [], False),
        ([], ["livestream"], False),
        ([], [], True),
    ],
)
def test_same_category_and_a_service_in_common_are_asked_about(
    held, typed_now, asks, seller_client, shop, chosen, other_agency
):
    make_request(shop, [other_agency], services=held)

    response = seller_client.post(NEW, chosen | {"services": typed_now})

    assert PartnerRequest.objects.count() == (1 if asks else 2)
    if asks:
        assert errors(response) == {"anyway": ASK}


def test_page_links_to_what_is_alike_and_keeps_what_was_typed(seller_client, first, chosen):
    response = seller_client.post(NEW, chosen | {"services": ["ads"]})

    page = response.content.decode()
    assert f'href="/requests/{first.reference}/"' in page
    assert f'href="/requests/{first.reference}/edit/"' in page
    assert 'name="anyway"' in page
    values = shown(response)
    assert {name: values[name] for name in chosen} == chosen
    assert values["services"] == ["ads"]


def test_tick_submits_it_anyway(seller_client, first, chosen):
    seller_client.post(NEW, chosen | {"services": ["ads"], "anyway": "on"})

    assert PartnerRequest.objects.count() == 2


def test_form_that_is_sent_twice_with_the_tick_makes_one(seller_client, first, chosen):
    for _again in range(2):
        response = seller_client.post(NEW, chosen | {"services": ["ads"], "anyway": "on"})

    assert response.status_code == 302
    assert PartnerRequest.objects.count() == 2


def test_form_that_is_sent_twice_is_not_like_itself(seller_client, chosen):
    for _again in range(2):
        response = seller_client.post(NEW, chosen)

    assert response.status_code == 302
    assert PartnerRequest.objects.count() == 1


def test_other_category_closed_requests_and_other_shops_are_not_asked_about(
    seller_client, seller, shop, other_shop, chosen, first, other_agency
):
    make_request(other_shop, [other_agency], services=["ads"])
    make_request(shop, [other_agency], services=["ads"], category=category("Shoes"))
    services.close_request(request_id=first.pk, by=seller)

    seller_client.post(NEW, chosen | {"services": ["ads"]})

    assert PartnerRequest.objects.filter(shop=shop).count() == 3


def test_other_errors_come_first_and_the_tick_stays(seller_client, first, chosen):
    wrong = seller_client.post(NEW, chosen | {"services": ["ads"], "budget": "x"})
    ticked = seller_client.post(NEW, chosen | {"services": ["ads"], "budget": "x", "anyway": "on"})

    assert set(errors(wrong)) == {"budget"}
    assert 'name="anyway"' not in wrong.content.decode()
    assert set(errors(ticked)) == {"budget"}
    assert shown(ticked)["anyway"] is True


def test_tick_stays_while_partners_are_searched(seller_client, first, chosen):
    response = seller_client.post(NEW, chosen | {"anyway": "on", "search": "1", "q": "north"})

    assert shown(response)["anyway"] is True
    assert 'name="anyway"' in response.content.decode()


def test_first_form_shows_no_tick(seller_client, first):
    assert 'name="anyway"' not in seller_client.get(NEW).content.decode()


def test_edit_is_not_asked_about(seller_client, shop, first, chosen, partner):
    second = make_request(shop, [partner], services=["training"])

    seller_client.post(
        f"/requests/{second.reference}/edit/", chosen | {"services": ["ads"], "version": "1", "partners": []}
    )

    assert PartnerRequest.objects.get(pk=second.pk).services == ["ads"]


def test_further_request_after_one_form_said_two_things_needs_no_second_question(seller_client, chosen):
    seller_client.post(NEW, chosen)
    page = seller_client.post(NEW, chosen | {"budget": "2500"}).content.decode()
    assert 'name="anyway" value="on"' in page

    seller_client.post(NEW, chosen | {"budget": "2500", "form_token": str(uuid.uuid4()), "anyway": "on"})

    assert PartnerRequest.objects.count() == 2


def test_newest_ones_are_shown_where_many_are_alike(seller_client, shop, chosen):
    held = [make_request(shop, [agency], services=["ads"]) for agency in PartnerFactory.create_batch(6)]

    page = seller_client.post(NEW, chosen | {"services": ["ads"]}).content.decode()

    assert [f'href="/requests/{request.reference}/"' in page for request in held] == [False] + 5 * [True]


def test_question_is_one_query_however_many_are_open(seller_client, shop, chosen, typed):
    def asked():
        with counted() as queries:
            seller_client.post(NEW, typed | {"services": ["ads"], "form_token": str(uuid.uuid4())})
        return len([sql for sql in queries if '"requests_app_partnerrequest"."form_token" =' in sql and "NOT" in sql])

    made = PartnerFactory.create_batch(6)
    for agency in made[:1]:
        make_request(shop, [agency], services=["ads"])
    one = asked()
    for agency in made[1:]:
        make_request(shop, [agency], services=["ads"])

    assert one == asked() == 1
