"""The portal's page of availability: capacity and pause."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts import clock
from partners.models import Partner
from tests.cast import login
from tests.factories import PartnerFactory, ShopFactory
from tests.partners.directory import page_text
from tests.partners.portal import AVAILABILITY
from tests.queries import FRAME

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.usefixtures("vocabularies")]

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def jakarta(partner, partner_owner):
    partner_owner.time_zone = "Asia/Jakarta"
    partner_owner.save()
    return partner_owner


@time_machine.travel(NOON, tick=False)
def test_pause_ends_where_its_day_begins_for_the_reader(client, partner, jakarta):
    response = login(client, jakarta).post(AVAILABILITY, {"capacity": 7, "paused_until": "2026-12-01"}, follow=True)

    saved = Partner.objects.get(pk=partner.pk)
    assert (saved.capacity, saved.paused_until) == (7, datetime(2026, 11, 30, 17, tzinfo=UTC))
    text = page_text(response)
    assert f"The availability of {partner.name} was saved." in text
    assert "Paused until Tue 1 Dec" in text
    assert "(Asia/Jakarta)" in text
    assert 'value="2026-12-01"' in response.content.decode()


@time_machine.travel(datetime(2026, 11, 20, 20, tzinfo=UTC), tick=False)  # the 21st in Jakarta
@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2026-11-20", "past"),
        ("2026-11-21", "past"),
        ("1999-01-01", "past"),
        ("2027-11-22", "far"),
        ("9999-12-31", "far"),
        ("tomorrow", "invalid"),
        ("01/12/2026", "invalid"),
        ("2026-02-30", "invalid"),
        ("2026-12-01\x00", "invalid"),
    ],
)
def test_impossible_pause_has_an_error(client, partner, jakarta, day, code):
    response = login(client, jakarta).post(AVAILABILITY, {"capacity": 5, "paused_until": day})

    assert [error.code for error in response.context["form"].errors.as_data()["paused_until"]] == [code]
    assert Partner.objects.get(pk=partner.pk).paused_until is None


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("day", ["2026-11-21", "2027-11-20", "21.11.2026"])
def test_pause_may_end_tomorrow_or_in_a_year(client, partner, jakarta, day):
    login(client, jakarta).post(AVAILABILITY, {"capacity": 5, "paused_until": day})

    assert Partner.objects.get(pk=partner.pk).is_paused


@time_machine.travel(NOON, tick=False)
def test_pause_left_as_it_was_keeps_its_moment(client, partner, partner_owner):
    """Another owner, elsewhere, changes the capacity alone."""
    until = datetime(2026, 11, 30, 17, tzinfo=UTC)
    Partner.objects.filter(pk=partner.pk).update(paused_until=until)

    login(client, partner_owner).post(AVAILABILITY, {"capacity": 9, "paused_until": "2026-11-30"})

    saved = Partner.objects.get(pk=partner.pk)
    assert (saved.capacity, saved.paused_until) == (9, until)


def test_pause_is_cleared_by_leaving_it_blank(client, partner, partner_owner):
    Partner.objects.filter(pk=partner.pk).update(paused_until=clock.now() + timedelta(days=9))

    response = login(client, partner_owner).post(AVAILABILITY, {"capacity": 5, "paused_until": ""}, follow=True)

    assert Partner.objects.get(pk=partner.pk).paused_until is None
    assert "You have room for 5 more requests." in page_text(response)


def test_pause_that_is_over_is_not_offered_again(client, partner, partner_owner):
    Partner.objects.filter(pk=partner.pk).update(paused_until=clock.now() - timedelta(days=1))

    response = login(client, partner_owner).get(AVAILABILITY)

    assert response.context["form"]["paused_until"].value() is None
    assert "Available" in page_text(response)


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ({"load": 0}, "You have room for 5 more requests."),
        ({"load": 4}, "You have room for one more request."),
        ({"load": 5}, "Nobody can send you a new request until one of yours ends"),
        ({"load": 7}, "Nobody can send you a new request until one of yours ends"),
        ({"nobody_since": datetime(2026, 11, 1, tzinfo=UTC)}, "no owner or reviewer of yours can sign in"),
        ({"capacity": 0}, "Nobody can send you a new request until one of yours ends"),
    ],
)
def test_availability_says_what_the_load_means(client, partner, partner_owner, state, meaning):
    Partner.objects.filter(pk=partner.pk).update(**state)

    text = page_text(login(client, partner_owner).get(AVAILABILITY))

    assert meaning in text
    assert f"{state.get('load', 0)} of {state.get('capacity', 5)}" in text


@pytest.mark.parametrize("capacity", ["0", "-1", "1001", "", "many", "9" * 50])
def test_impossible_capacity_has_an_error(client, partner, partner_owner, capacity):
    response = login(client, partner_owner).post(AVAILABILITY, {"capacity": capacity, "paused_until": ""})

    assert "capacity" in response.context["form"].errors
    assert Partner.objects.get(pk=partner.pk).capacity == 5


def test_availability_page_costs_six_queries(client, partner, partner_owner, django_assert_num_queries):
    login(client, partner_owner)

    with django_assert_num_queries(FRAME + 2):  # the role; the shops that it blocked
        client.get(AVAILABILITY)


def test_shop_owner_of_two_partners_changes_the_one_acted_for(client, partner, partner_owner):
    ShopFactory(owner=partner_owner)
    other = PartnerFactory(name="Zenith", owner=partner_owner)
    login(client, partner_owner).post("/switch/", {"membership": f"partner:{other.pk}"})

    client.post(AVAILABILITY, {"capacity": 2, "paused_until": ""})

    assert Partner.objects.get(pk=partner.pk).capacity == 5
    assert Partner.objects.get(pk=other.pk).capacity == 2
