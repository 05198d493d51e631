"""My Requests and the inbox are read in the order of an index, whatever is few and whatever is much of a list."""

import pytest
from django.db import connection

from requests_app import services
from requests_app.models import PartnerRequest
from requests_app.portal.filters import ORDERS, InboxFilter
from requests_app.portal.inbox import keys_of, rows_of
from requests_app.seller.filters import RequestFilter
from requests_app.seller.my_requests import requests_of
from tests.factories import PartnerFactory, ShopFactory, make_request, more_like, owner_of

MUCH, FEW = 100, 10
OF_MY_REQUESTS = {
    "": "request_newest",
    "waiting": "request_open",
    "with-partners": "request_open",
    "reviewing": "request_by_headline",
}
OF_INBOX = (
    ({}, "share_to_answer"),
    ({"sort": "newest"}, "share_by_status"),
    ({"status": "in-progress"}, "share_live"),
    ({"status": "in-progress", "sort": "oldest"}, "share_live"),
    ({"status": "done"}, "share_newest"),
    ({"status": "all", "sort": "oldest"}, "share_newest"),
    ({"status": "rejected"}, "share_by_status"),
)


@pytest.fixture
def lists(shop, seller, partner, partner_owner):
    """A shop and a partner most of whose requests have ended, among many of others."""
    others, elsewhere = PartnerFactory.create_batch(2), ShopFactory()
    ended = make_request(shop, [partner, *others])
    rejected, waiting = (make_request(shop, [other]) for other in others)
    accepted, asked = make_request(elsewhere, [partner]), make_request(elsewhere, [partner])
    refused = make_request(ShopFactory(), [partner])
    services.close_request(request_id=ended.pk, by=seller)
    services.reject_share(share_id=rejected.shares.get().pk, by=owner_of(others[0]), reason="budget")
    services.reject_share(share_id=refused.shares.get().pk, by=partner_owner, reason="budget")
    services.accept_share(share_id=accepted.shares.get(partner=partner).pk, by=partner_owner, version=1)
    for request, many in ((ended, MUCH), (accepted, FEW), (rejected, FEW), (waiting, FEW), (asked, FEW)):
        more_like(PartnerRequest.objects.get(pk=request.pk), many)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off"
            )
            cursor.execute("ANALYZE requests_app_share; ANALYZE requests_app_partnerrequest")


@pytest.mark.usefixtures("lists")
@pytest.mark.parametrize("way", ["-", ""])
def test_my_requests_is_served_by_its_indexes(way, seller):
    for status, index in OF_MY_REQUESTS.items():
        rows = RequestFilter({"status": status}, queryset=requests_of(seller)).qs
        assert_served(rows, f"{way}created_at", f"{way}id", index=index)


@pytest.mark.usefixtures("lists")
def test_inbox_is_served_by_its_indexes(partner, partner_owner):
    for asked, index in OF_INBOX:
        found = InboxFilter(asked, queryset=rows_of(partner_owner, partner))
        order = ORDERS[found.order]
        way = "" if order.get("ascending") else "-"
        (keys,) = keys_of(partner_owner, partner, found)
        assert_served(keys.values("pk"), f"{way}{order['at']}", f"{way}id", index=index)


def assert_served(rows, *order, index):
    plan = rows.order_by(*order)[:21].explain()
    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
