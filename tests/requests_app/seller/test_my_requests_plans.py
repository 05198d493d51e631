"""By which index My Requests finds what it lists."""

import pytest
from django.db import connection

from requests_app.models import PartnerRequest
from requests_app.seller.filters import RequestFilter
from requests_app.seller.my_requests import requests_of
from tests.factories import make_request, more_like


def bury_in_others(request):
    """A hundred requests that no partner has yet, and the database knows how many they are."""
    others = [each.pk for each in more_like(request, 100)]
    PartnerRequest.objects.filter(pk__in=others).update(headline="finding", seeking=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE requests_app_partnerrequest")


@pytest.mark.parametrize("way", ["-", ""])
@pytest.mark.parametrize(
    ("status", "index"),
    [
        ("", "request_newest"),
        ("waiting", "request_open"),
        ("with-partners", "request_open"),
        ("reviewing", "request_by_headline"),
    ],
)
@pytest.mark.usefixtures("many_with_one_partner")
def test_my_requests_is_served_by_its_index(status, index, way, shop, partner, seller):
    for _number in range(3):
        make_request(shop, [partner])
    if status == "reviewing":
        bury_in_others(PartnerRequest.objects.first())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
            )
    rows = RequestFilter({"status": status}, queryset=requests_of(seller)).qs

    plan = rows.order_by(f"{way}created_at", f"{way}id")[:21].explain()

    assert index in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
