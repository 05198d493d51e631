"""Search of My Requests and the inbox: what is rare is read alone, whatever the list holds."""

import uuid

import pytest
from django.db import connection
from django.utils import translation

from accounts.paging import page_of
from requests_app import services
from requests_app.models import PartnerRequest
from requests_app.portal.filters import InboxFilter
from requests_app.portal.inbox import rows_of
from requests_app.references import new_request_reference
from requests_app.seller.filters import GROUPS
from requests_app.seller.my_requests import found_for, keys_of
from tests.factories import PartnerFactory, ShopFactory, make_request, owner_of, write_as_partner
from tests.faults.race_world import copy_of
from tests.standing import standing

pytestmark = pytest.mark.django_db
LIMITS = [  # keys as a list, as an array, and neither; the newest rows fill a page or do not
    (500, 50_000, 20),
    (0, 50_000, 1),
    (0, 50_000, 20),
    (0, 0, 20),
]


@pytest.fixture(params=LIMITS, ids=["few", "many", "many, not new", "too many"])
def limits(request, monkeypatch):
    few, most, page = request.param
    monkeypatch.setattr("accounts.search.FEW_KEYS", few)
    monkeypatch.setattr("accounts.search.MOST_KEYS", most)
    monkeypatch.setattr("requests_app.pages.searching.FEW_ROWS", few)
    monkeypatch.setattr("requests_app.pages.searching.A_PAGE", page)
    monkeypatch.setattr("requests_app.seller.filters.FEW_SHARES", few)
    monkeypatch.setattr("requests_app.seller.filters.FEW_PARTNERS", few)


@standing
def world(shop, partner, partner_owner):
    """A request in a shop and one in another, each with a partner of its own and one that both have."""
    other_shop, other = ShopFactory(name="Zephyr Ltd."), PartnerFactory(name="Umber Media")
    own = make_request(shop, [partner, other], services=["livestream", "ads"])
    return own, make_request(other_shop, [partner, other], services=["compliance"])


def found(rows):
    return [row.reference for row in rows.order_by("pk")]


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        ("umber", True), ("UMBER media", True), ("umber north", True), ("lumen", True), ("beauty umber", True),
        ("livestream", True), ("live sell", True), ("advert", True), ("kingdom", True), ("advert umber", True),
        ("compliance", False), ("indonesia", False), ("training", False), ("advert compliance", False),
        ("zephyr", False), ("umber zephyr", False), ("zzzz", False), ("umber zzzz", False), ("beauty zzzz", False),
    ],
)  # fmt: skip
def test_my_requests_finds_the_same_by_every_way(limits, world, seller, typed, finds):
    own, _of_another = world
    for text in (typed, f"{typed} {own.reference[:8]}", f"{own.reference[4:9]} {typed}"):
        rows = found_for(seller, {"q": text}).qs

        assert found(rows) == [own.reference] * finds


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        ("lumen", "a"), ("zephyr", "b"), ("ltd", "b"), ("beauty", "ab"), ("lumen beauty", "a"),
        ("livestream", "a"), ("compl", "b"), ("kingdom", "ab"), ("compl zephyr", "b"), ("compl lumen", ""),
        ("indonesia", ""), ("training", ""), ("umber", ""), ("lumen zephyr", ""), ("zzzz", ""), ("beauty zzzz", ""),
    ],
)  # fmt: skip
def test_inbox_finds_the_same_by_every_way(limits, world, partner, partner_owner, typed, finds):
    shares = {name: request.shares.get(partner=partner) for name, request in zip("ab", world, strict=True)}

    rows = InboxFilter({"q": typed}, queryset=rows_of(partner_owner, partner)).qs

    assert found(rows) == [shares[name].reference for name in finds]


def test_inbox_finds_by_the_beginning_of_a_reference(limits, world, partner, partner_owner):
    share = world[0].shares.get(partner=partner)
    for typed in (share.reference, share.reference[:10], share.reference[4:], share.reference[4:10]):
        assert found(InboxFilter({"q": typed}, queryset=rows_of(partner_owner, partner)).qs) == [share.reference]


@pytest.mark.postgresql
@pytest.mark.parametrize("typed", ["umber", "zephyr", "zzzz", "umber zzzz", "zephyr beauty"])
def test_rare_word_reads_the_few_rows_by_their_keys(world, seller, partner, partner_owner, typed):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    lists = {
        "requests_app_partnerrequest": found_for(seller, {"q": typed}).qs,
        "requests_app_share": InboxFilter({"q": typed}, queryset=rows_of(partner_owner, partner)).qs,
    }
    for table, rows in lists.items():
        assert f"Seq Scan on {table}" not in rows.explain()
    assert PartnerRequest.objects.count() == 2


@pytest.mark.postgresql
@pytest.mark.parametrize("status", GROUPS)
def test_group_of_my_requests_reads_no_row_in_vain(status, shop, seller):
    """A shop may have any number of requests of the other group, all newer."""
    asked, accepted, other = (make_request(shop, [of]) for of in PartnerFactory.create_batch(3))
    if status == "waiting":
        write_as_partner(asked.shares.get())
    share = accepted.shares.get()
    services.accept_share(share_id=share.pk, by=owner_of(share.partner), version=1)
    asked, accepted, other = PartnerRequest.objects.order_by("pk")
    of_group, newer = ([asked, accepted], other) if status == "waiting" else ([asked, other], accepted)
    PartnerRequest.objects.bulk_create(
        copy_of(newer, reference=new_request_reference(), form_token=uuid.uuid4()) for _number in range(2_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; ANALYZE requests_app_partnerrequest")
    found = found_for(seller, {"status": status})

    plans = [rows.order_by("-created_at", "-id").values_list("pk")[:21].explain(analyze=True)
             for rows in keys_of(seller, found)]  # fmt: skip

    assert {*page_of(found.qs, {}, keys=keys_of(seller, found)).rows} == {*of_group}
    assert [plan for plan in plans if "Removed by Filter" in plan or "Seq Scan" in plan or "Sort" in plan] == []


def test_searches_know_services_and_markets_in_the_readers_language(world, seller, partner, partner_owner):
    own, _of_another = world
    share = own.shares.get(partner=partner)
    with translation.override("de"):
        for typed in ("werb", "advertising", "vereinigtes", "kingdom"):
            assert own.reference in found(found_for(seller, {"q": typed}).qs)
            assert share.reference in found(InboxFilter({"q": typed}, queryset=rows_of(partner_owner, partner)).qs)


def test_inbox_searches_the_services_of_the_version_it_shows(world, seller, partner, partner_owner, reviewer):
    share = world[0].shares.get(partner=partner)
    services.reject_share(share_id=share.pk, by=reviewer, reason="budget")
    details = world[0].details() | {"services": ["training"]}
    services.edit_request(
        request_id=world[0].pk, by=seller, version=1, details=details, request_type="choose", hide_contact=False
    )

    rows = rows_of(partner_owner, partner)
    assert found(InboxFilter({"q": "training"}, queryset=rows).qs) == []
    assert found(InboxFilter({"q": "advert"}, queryset=rows).qs) == [share.reference]
