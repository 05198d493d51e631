"""The portal's page of the partner's own profile, and who may change that or the availability."""

import pytest
from django.test import Client

from partners.models import Partner
from tests.cast import login
from tests.client import text_of
from tests.markup import elements_of, tree_of
from tests.partners.directory import page_text
from tests.partners.portal import AVAILABILITY, PROFILE, SIGNUP, messages_of
from tests.partners.test_forms import filled
from tests.queries import FRAME

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("vocabularies")]


def test_owner_changes_the_profile(client, partner, partner_owner):
    response = login(client, partner_owner).post(PROFILE, filled(), follow=True)

    changed = Partner.objects.get(pk=partner.pk)
    assert (changed.name, changed.slug, changed.capacity) == ("Harbour & Pine", "northlight-commerce", 5)
    assert messages_of(response) == ["The profile of Harbour & Pine was saved."]


def test_capacity_is_asked_on_one_page_alone(client, partner, partner_owner):
    login(client, partner_owner)
    asking = [
        url
        for url in (PROFILE, AVAILABILITY, SIGNUP)
        if b'name="capacity"' in (client if url != SIGNUP else Client()).get(url).content
    ]

    assert asking == [AVAILABILITY]


def test_lists_say_what_is_chosen_and_hold_a_search(client, partner, partner_owner):
    page = login(client, partner_owner).get(PROFILE)
    lists = [each for each in elements_of(tree_of(page.content)) if "data-multi" in each.attrib]
    said = {text_of(next(each.iter("legend"))).rstrip("*"): text_of(next(each.iter("summary"))) for each in lists}

    assert list(said) == [
        "Partner types", "Services", "Product categories", "Markets", "Languages", "Company sizes",
    ]  # fmt: skip
    assert said["Languages"] == "Languages: English"
    for each in lists:
        assert any(field.get("type") == "search" and "name" not in field.attrib for field in each.iter("input"))


def test_list_with_an_error_is_open(client, partner, partner_owner):
    page = login(client, partner_owner).post(PROFILE, filled(services=[]))
    boxes = [
        each
        for each in elements_of(tree_of(page.content))
        if each.tag == "details" and "multi-box" in each.get("class", "")
    ]

    assert ["open" in each.attrib for each in boxes] == [False, True, False, False, False, False]


def test_bad_profile_is_shown_again_and_not_saved(client, partner, partner_owner):
    response = login(client, partner_owner).post(PROFILE, filled(smallest_budget="9.999"))

    assert "This could be 9999 or 9.999." in page_text(response)
    assert response.context["form"]["partner_name"].value() == "Harbour & Pine"
    assert Partner.objects.get(pk=partner.pk).name == "Northlight Commerce"


@pytest.mark.parametrize("url", [PROFILE, AVAILABILITY])
@pytest.mark.parametrize("person", ["reviewer", "partner_viewer"])
def test_colleague_reads_who_may_change_it(client, partner, person, url, request):
    login(client, request.getfixturevalue(person))

    response = client.get(url)
    assert "Only an owner of the partner can change this." in page_text(response)
    assert b"Save" not in response.content

    response = client.post(url, filled(), follow=True)
    assert messages_of(response) == ["Only an owner of the partner can change this. Ask one of your owners."]
    assert Partner.objects.get(pk=partner.pk).name == "Northlight Commerce"
    assert Partner.objects.get(pk=partner.pk).capacity == 5


@pytest.mark.parametrize("url", [PROFILE, AVAILABILITY])
def test_person_without_a_partner_is_led_away(client, seller, shop, url):
    assert login(client, seller).get(url).status_code == 302


@pytest.mark.parametrize("url", [PROFILE, AVAILABILITY])
def test_other_partner_changes_only_its_own(client, partner, other_partner, other_agency, url):
    login(client, other_partner).post(url, filled(partner=partner.pk, partner_id=partner.pk))

    assert Partner.objects.get(pk=partner.pk).name == "Northlight Commerce"
    assert Partner.objects.get(pk=partner.pk).capacity == 5
    assert Partner.objects.get(pk=other_agency.pk).capacity == (4 if url == AVAILABILITY else 5)


def test_profile_page_costs_eleven_queries(client, partner, partner_owner, django_assert_num_queries):
    login(client, partner_owner)

    # its traits, markets and categories; what is offered, twice; the role; the contact
    with django_assert_num_queries(FRAME + 7):
        client.get(PROFILE)
