"""Blocks: neither side is offered to the other again, live shares go on, and the other side never learns of it."""

import re

import pytest

from accounts.exceptions import NotAllowed, NotPossible
from accounts.models import Notification
from partners.models import Partner
from requests_app import blocking, services
from requests_app.blocks import Block
from requests_app.exceptions import PartnersUnavailable
from requests_app.integrity.invariants import offenders
from requests_app.models import Event, PartnerRequest, Share
from tests.at_once import at_once
from tests.cast import signed_in
from tests.factories import PartnerFactory, UserFactory, add_to_shop, make_request

SIDES = ["shop", "partner"]


def block(side, shop, partner):
    """Set by the owner of that side."""
    act, of = (blocking.block_partner, shop) if side == "shop" else (blocking.block_shop, partner)
    return act(shop_id=shop.pk, partner_id=partner.pk, by=of.members.get(role="owner").user)


@pytest.fixture(params=SIDES)
def side(request):
    return request.param


def test_block_is_kept_once_with_who_set_it(side, shop, partner, seller, partner_owner):
    first, again = block(side, shop, partner), block(side, shop, partner)

    assert first == again == Block.objects.get()
    by = seller if side == "shop" else partner_owner
    assert (first.side, first.by) == (side, by)
    assert [(row.history_type, row.history_user) for row in Block.history.all()] == [("+", by)]
    assert (Event.objects.count(), Notification.objects.count()) == (0, 0)


def test_blocked_partner_cannot_be_picked(side, shop, partner):
    block(side, shop, partner)

    with pytest.raises(PartnersUnavailable):
        make_request(shop, [partner])

    assert PartnerRequest.objects.count() == 0


def test_blocked_partner_is_not_referred_nor_a_successor(side, shop, partner):
    others = PartnerFactory.create_batch(4, languages=["de"])
    block(side, shop, partner)
    request = make_request(shop)
    share = request.shares.first()

    services.reject_share(share_id=share.pk, by=share.partner.members.get().user, reason="budget")

    assert sorted(request.shares.values_list("partner", flat=True)) == sorted(other.pk for other in others)


def test_staff_cannot_refer_a_blocked_partner_and_read_why(side, shop, partner, other_agency, staff):
    request = make_request(shop, [other_agency])
    block(side, shop, partner)

    with pytest.raises(NotPossible) as refused:
        services.refer_partner(request_id=request.pk, partner_id=partner.pk, by=staff)

    assert (
        refused.value.message
        == {
            "shop": "The shop has blocked this partner, so it cannot be referred.",
            "partner": "This partner has blocked the shop, so it cannot be referred.",
        }[side]
    )


def test_live_shares_go_on(side, share, shop, partner, partner_owner, seller):
    block(side, shop, partner)

    services.accept_share(share_id=share.pk, by=partner_owner, version=1)
    services.authorise_share(share_id=share.pk, by=seller, areas={"products": "view"}, days=30)

    assert Share.objects.get().status == "connected"
    assert list(offenders()) == []


def test_other_shops_and_partners_are_not_concerned(side, shop, partner, other_shop, other_agency):
    block(side, shop, partner)

    assert make_request(other_shop, [partner]).shares.count() == 1
    assert make_request(shop, [other_agency]).shares.count() == 1


def test_block_that_is_taken_back_opens_the_way_again(side, shop, partner, seller, partner_owner):
    held = block(side, shop, partner)

    blocking.unblock(block_id=held.pk, by=seller if side == "shop" else partner_owner)

    assert make_request(shop, [partner]).shares.count() == 1
    assert [row.history_type for row in Block.history.all()] == ["-", "+"]
    assert blocking.unblock(block_id=held.pk, by=seller) is None


def test_only_one_side_taking_back_leaves_the_other_block(shop, partner, seller):
    own, _theirs = block("shop", shop, partner), block("partner", shop, partner)

    blocking.unblock(block_id=own.pk, by=seller)

    with pytest.raises(PartnersUnavailable):
        make_request(shop, [partner])


@pytest.mark.parametrize("person", ["viewer", "other_seller", "partner_owner", "partner_viewer", "other_partner"])
def test_who_may_not_is_refused(person, request, shop, partner, seller):
    by = request.getfixturevalue(person)
    held = block("shop", shop, partner)

    with pytest.raises(NotAllowed):
        blocking.unblock(block_id=held.pk, by=by)
    with pytest.raises(NotAllowed):
        blocking.block_partner(shop_id=shop.pk, partner_id=partner.pk, by=by)
    if person != "partner_owner":
        with pytest.raises(NotAllowed):
            blocking.block_shop(shop_id=shop.pk, partner_id=partner.pk, by=by)


# The pages


def shown(client, path):
    """A page without what differs each time it is drawn."""
    page = client.get(path).content.decode()
    fields = "csrfmiddlewaretoken|form_token|token"
    return re.sub(rf'(name="({fields})" value|nonce|data-hx-headers)="?[^">]*', "", page)


def test_partner_sees_no_difference_when_a_shop_blocks_it(share, shop, partner, partner_owner):
    client, paths = signed_in(partner_owner), ["/portal/", share.get_absolute_url(), "/portal/availability/"]
    client.get(share.get_absolute_url())
    before = [shown(client, path) for path in paths]

    block("shop", shop, partner)

    assert [shown(client, path) for path in paths] == before


def test_seller_sees_no_difference_but_that_the_partner_takes_nothing_new(share, shop, partner, seller):
    client = signed_in(seller)
    request_page, profile = share.request.get_absolute_url(), partner.get_absolute_url()
    paths = [request_page, "/requests/", "/seller/settings/"]
    before = [shown(client, path) for path in paths]

    block("partner", shop, partner)

    assert [shown(client, path) for path in paths] == before
    assert "Northlight Commerce takes no new requests now." in client.get(profile).content.decode()
    assert "Takes no new requests now" in client.get("/requests/new/").content.decode()


def test_words_are_those_of_a_partner_that_is_paused(shop, partner, seller):
    client = signed_in(seller)
    block("partner", shop, partner)
    blocked = client.get(partner.get_absolute_url()).context["profile"].hindrance
    Block.objects.all().delete()
    Partner.objects.filter(pk=partner.pk).update(capacity=0, nobody_since="2026-01-01T00:00Z")

    assert client.get(partner.get_absolute_url()).context["profile"].hindrance == blocked


def test_picker_leaves_out_whom_the_shop_has_blocked(shop, partner, seller, other_agency):
    block("shop", shop, partner)

    page = signed_in(seller).get("/requests/new/")

    assert [option.id for option in page.context["form"].picker.options] == [other_agency.pk]


def test_directory_offers_neither(side, shop, partner, seller, other_agency):
    block(side, shop, partner)

    page = signed_in(seller).get("/partners/").content.decode()

    assert "Harbour &amp; Pine" in page
    assert "Northlight Commerce" not in page


def test_seller_blocks_from_the_profile_and_takes_it_back_in_the_settings(shop, partner, seller):
    client = signed_in(seller)
    assert f"/seller/settings/block/{partner.slug}/" in client.get(partner.get_absolute_url()).content.decode()

    client.post(f"/seller/settings/block/{partner.slug}/")
    page = client.get("/seller/settings/").content.decode()
    held = Block.objects.get()
    client.post("/seller/settings/unblock/", {"block": held.pk})

    assert "Northlight Commerce" in page
    assert "Blocked by Sarah Seller" in page
    assert Block.objects.count() == 0


@pytest.mark.parametrize("number", ["", "x", "٣", "-1", "9" * 30, "9" * 5000])
@pytest.mark.parametrize("path", ["/seller/settings/unblock/", "/portal/availability/unblock/"])
def test_number_that_is_none_finds_no_block(path, number, shop, partner, seller, partner_owner):
    client = signed_in(seller if path.startswith("/seller") else partner_owner)

    assert client.post(path, {"block": number}).status_code == 404


def test_seller_blocks_from_the_request(share, partner, seller):
    page = signed_in(seller).get(share.request.get_absolute_url()).content.decode()

    assert f"/seller/settings/block/{partner.slug}/?" in page


def test_partner_blocks_from_its_share_and_takes_it_back_under_availability(share, shop, reviewer):
    client = signed_in(reviewer)
    assert f"{share.get_absolute_url()}block/" in client.get(share.get_absolute_url()).content.decode()

    client.post(f"{share.get_absolute_url()}block/")
    page = client.get("/portal/availability/").content.decode()
    client.post("/portal/availability/unblock/", {"block": Block.objects.get().pk})

    assert "Lumen Skincare" in page
    assert Block.objects.count() == 0


def test_nobody_takes_back_the_other_sides_block(shop, partner, seller, partner_owner):
    theirs = block("partner", shop, partner)
    own = block("shop", shop, partner)

    by_seller = signed_in(seller).post("/seller/settings/unblock/", {"block": theirs.pk})
    by_partner = signed_in(partner_owner).post("/portal/availability/unblock/", {"block": own.pk})

    assert (by_seller.status_code, by_partner.status_code) == (404, 404)
    assert Block.objects.count() == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_block_and_submit_at_once_are_one_after_the_other(side, shop, partner):
    Partner.objects.update(capacity=50)
    for _again in range(10):
        people = [add_to_shop(shop, UserFactory(), "editor") for _each in range(2)]
        Block.objects.all().delete()
        at_once(
            lambda: block(side, shop, partner),
            *[lambda by=by: make_request(shop, [partner], by=by) for by in people],
        )
        held = Block.history.latest("history_id").history_date
        assert Block.objects.count() == 1
        assert not Share.objects.filter(shared_at__gt=held).exists()
        for request in PartnerRequest.objects.open():
            services.close_request(request_id=request.pk, by=shop.members.filter(role="owner").get().user)
    assert list(offenders()) == []
