"""Fair use: how many requests a young shop may have open, and how many any shop may have with one partner."""

from datetime import timedelta

import pytest

from accounts import clock
from accounts.exceptions import NotPossible
from partners.models import Partner
from requests_app import automatic, availability, blocking, contacts, holds, services
from requests_app.exceptions import StandsInTheWay
from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest, Share
from tests.at_once import at_once
from tests.factories import (
    PartnerFactory,
    ShopFactory,
    UserFactory,
    add_to_shop,
    category,
    details_of,
    make_request,
    more_like,
    owner_of,
)
from tests.queries import counted
from tests.requests_app.confirming import FOREIGN

pytestmark = pytest.mark.django_db


def made_or_refused(shop, partner):
    try:
        return make_request(shop, [partner])
    except StandsInTheWay as refused:
        return refused


def test_fresh_account_with_six_like_requests_gets_two_shares_and_a_clear_message(partner):
    shop = ShopFactory(days=0)

    first, second, *others = [made_or_refused(shop, partner) for _again in range(6)]

    assert Share.objects.filter(partner=partner).count() == PartnerRequest.objects.count() == 2
    assert Partner.objects.get(pk=partner.pk).load == 2
    said = (
        "You have as many requests with Northlight Commerce as possible: "
        f"{first.reference} (Beauty & Personal Care) and {second.reference} (Beauty & Personal Care). "
        "Close one of them for this partner, or wait until one ends."
    )
    assert [refused.message for refused in others] == [said] * 4
    assert [refused.requests for refused in others] == [[first, second]] * 4
    assert list(offenders()) == []


@pytest.mark.parametrize(("days", "most"), [(0, 3), (6.99, 3), (7, 5)])
def test_young_shop_has_at_most_three_open_requests(days, most, db):
    shop, partners = ShopFactory(days=days), PartnerFactory.create_batch(5)

    results = [made_or_refused(shop, partner) for partner in partners]

    made, refused = results[:most], results[most:]
    assert {type(result) for result in made} == {PartnerRequest}
    assert [each.requests for each in refused] == [made[::-1]] * len(refused)
    for each in refused:
        assert "A shop can have 3 open requests in its first 7 days." in each.message
        assert all(request.reference in each.message for request in made)


def test_young_shop_that_closes_one_can_submit_another(db):
    shop, partners = ShopFactory(days=1), PartnerFactory.create_batch(4)
    first, *_others = [make_request(shop, [partner]) for partner in partners[:3]]

    services.close_request(request_id=first.pk, by=owner_of(shop))

    assert make_request(shop, [partners[3]]).is_open


def test_same_form_again_gives_a_young_shop_the_request_it_made(db):
    shop, partners = ShopFactory(days=1), PartnerFactory.create_batch(3)
    made = [make_request(shop, [partner]) for partner in partners]

    again = make_request(shop, [partners[2]], form_token=made[2].form_token)

    assert again == made[2]


@pytest.mark.parametrize("end", ["reject", "close", "close request"])
def test_share_that_ended_makes_room_for_another(end, shop, seller, partner, partner_owner):
    first, _second = make_request(shop, [partner]), make_request(shop, [partner])
    share = first.shares.get()
    if end == "reject":
        services.reject_share(share_id=share.pk, by=partner_owner, reason="budget")
    elif end == "close":
        services.close_share(share_id=share.pk, by=seller)
    else:
        services.close_request(request_id=first.pk, by=seller)

    assert make_request(shop, [partner]).shares.count() == 1


def test_connected_and_accepted_shares_count_too(connected_share, shop, partner):
    make_request(shop, [partner])

    with pytest.raises(StandsInTheWay):
        make_request(shop, [partner])


def test_other_shops_requests_do_not_count(shop, other_shop, partner):
    for _again in range(2):
        make_request(shop, [partner])

    assert make_request(other_shop, [partner]).shares.count() == 1


def test_picks_of_an_edit_are_refused_likewise(shop, seller, partner, other_agency):
    first, second = make_request(shop, [partner]), make_request(shop, [partner])
    third = make_request(shop, [other_agency])

    with pytest.raises(StandsInTheWay) as refused:
        services.edit_request(
            request_id=third.pk, by=seller, version=1, details=details_of(), request_type="choose",
            hide_contact=False, picks=[partner.pk],
        )  # fmt: skip

    assert refused.value.requests == [first, second]
    assert third.shares.count() == 1


def test_referral_passes_over_a_partner_with_two(shop, partner):
    others = PartnerFactory.create_batch(3, languages=["de"])
    assert partner in [share.partner for share in make_request(shop).shares.all()]
    make_request(shop, [partner])

    request = make_request(shop)

    assert sorted(request.shares.values_list("partner", flat=True)) == sorted(other.pk for other in others)


def test_referral_that_nobody_else_fits_waits_until_there_is_room(shop, partner, partner_owner):
    first, _second = make_request(shop, [partner]), make_request(shop, [partner])
    request = make_request(shop)
    assert (request.headline, request.shares.count()) == ("finding", 0)

    services.reject_share(share_id=first.shares.get().pk, by=partner_owner, reason="budget")
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        assert automatic.try_again(request_id=request.pk)

    assert request.shares.get().partner == partner


def test_successor_of_a_rejection_is_nobody_with_two(shop):
    partners = PartnerFactory.create_batch(4, languages=["de"])
    held = PartnerFactory(name="Held")
    for _again in range(2):
        make_request(shop, [held])
    request = make_request(shop)
    share = request.shares.first()

    services.reject_share(share_id=share.pk, by=owner_of(share.partner), reason="budget")

    assert sorted(request.shares.values_list("partner", flat=True)) == sorted(partner.pk for partner in partners)


def test_staff_cannot_refer_a_partner_with_two(shop, partner, other_agency, staff):
    first, second = make_request(shop, [partner]), make_request(shop, [partner])
    third = make_request(shop, [other_agency])

    with pytest.raises(NotPossible) as refused:
        services.refer_partner(request_id=third.pk, partner_id=partner.pk, by=staff)

    assert refused.value.message.startswith("The shop has as many requests with Northlight Commerce as possible: ")
    assert first.reference in refused.value.message
    assert second.reference in refused.value.message


def test_asking_who_is_out_of_reach_is_one_query(shop, partner):
    for _again in range(2):
        make_request(shop, [partner])

    with counted() as queries:
        found = availability.hindrances(shop.pk)

    assert found == {partner.pk: "You have 2 requests with them already"}
    assert len(queries) == 1


def test_shares_beyond_two_are_an_offence_since_the_rule_came(open_request, partner):
    more_like(open_request, 2)

    assert f"shop {open_request.shop_id}: 3 live shares with partner {partner.pk}" in list(offenders())


def test_shares_from_before_the_rule_are_none(open_request):
    more_like(open_request, 2)
    Share.objects.update(shared_at=clock.now() - timedelta(days=4000))

    assert not [line for line in offenders() if "live shares with" in line]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_twenty_submits_of_a_shop_at_once_give_a_partner_two_shares(shop, partner):
    Partner.objects.update(capacity=20)
    people = [add_to_shop(shop, UserFactory(), "editor") for _each in range(20)]

    results = at_once(*[lambda by=by: make_request(shop, [partner], by=by) for by in people])

    assert Share.objects.count() == PartnerRequest.objects.count() == Partner.objects.get().load == 2
    assert sum(isinstance(result, StandsInTheWay) for result in results) == 18
    assert list(offenders()) == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_twenty_submits_of_a_young_shop_at_once_make_three_requests(db):
    shop, partners = ShopFactory(days=1), PartnerFactory.create_batch(20)
    people = [add_to_shop(shop, UserFactory(), "owner") for _each in range(20)]
    category()

    results = at_once(
        *[lambda by=by, of=of: make_request(shop, [of], by=by) for by, of in zip(people, partners, strict=True)]
    )

    assert PartnerRequest.objects.count() == 3
    assert sum(isinstance(result, StandsInTheWay) for result in results) == 17
    assert list(offenders()) == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_twenty_referrals_of_a_shop_at_once_give_each_partner_two_shares(shop):
    PartnerFactory.create_batch(4, capacity=20)
    people = [add_to_shop(shop, UserFactory(), "editor") for _each in range(20)]

    at_once(*[lambda by=by: make_request(shop, by=by) for by in people])

    assert PartnerRequest.objects.count() == 20
    assert list(Partner.objects.values_list("load", flat=True)) == [2] * 4
    assert list(offenders()) == []


# On hold


def held_with(shop, *partners):
    """A request that waits for its contact email, with these picks kept."""
    return make_request(shop, partners, contact_email=FOREIGN, confirmed=False)


def test_pick_of_a_request_on_hold_that_is_crowded_at_its_release_is_left_out_and_counted(shop, partner, other_agency):
    request = held_with(shop, partner, other_agency)
    for _each in range(2):
        make_request(shop, [partner])

    holds.confirm_contact(token=contacts.token_for(request))

    assert [share.partner for share in request.shares.all()] == [other_agency]
    assert request.events.get(kind="released").data["missed"] == 1
    assert list(offenders()) == []


@pytest.mark.parametrize("side", ["shop", "partner"])
def test_pick_of_a_request_on_hold_that_is_blocked_at_its_release_is_left_out_and_counted(
    side, shop, partner, other_agency
):
    request = held_with(shop, partner, other_agency)
    act, of = (blocking.block_partner, shop) if side == "shop" else (blocking.block_shop, partner)
    act(shop_id=shop.pk, partner_id=partner.pk, by=owner_of(of))

    holds.confirm_contact(token=contacts.token_for(request))

    assert [share.partner for share in request.shares.all()] == [other_agency]
    assert request.events.get(kind="released").data["missed"] == 1


def test_requests_on_hold_count_among_the_three_of_a_young_shop(db):
    shop, partners = ShopFactory(days=1), PartnerFactory.create_batch(4)
    held = [held_with(shop, partner) for partner in partners[:3]]

    with pytest.raises(StandsInTheWay) as refused:
        make_request(shop, [partners[3]])

    assert [request.hold for request in held] == ["contact"] * 3
    assert set(refused.value.requests) == set(held)
