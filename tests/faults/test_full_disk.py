"""On SQLite a full disk is a database that may have no more pages; `make faults` fills that of PostgreSQL."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from requests_app.integrity.invariants import offenders
from requests_app.models import PartnerRequest
from tests.cast import login
from tests.factories import details_of
from tests.world import world

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(settings.ON_POSTGRESQL, reason="make faults does it on PostgreSQL"),
]


def pages(pragma):
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
        return cursor.fetchone()[0]


@pytest.fixture
def no_space():
    """`no_space()`: not one page more; `no_space(False)`: as many as it takes."""
    most = pages("max_page_count")
    yield lambda full=True: pages(f"max_page_count = {pages('page_count') if full else most}")
    pages(f"max_page_count = {most}")


def test_full_disk_is_a_plain_page_and_nothing_half_written(many_with_one_partner, no_space, seller, shop, partner):
    client = login(Client(raise_request_exception=False), seller)
    form = {name: value or "" for name, value in details_of(other_details="long " * 390).items()}
    form |= {"category": form["category"].pk, "request_type": "choose", "partners": [partner.pk], "anyway": "on"}
    before = world()

    no_space()
    while (full := client.post("/requests/new/", form)).status_code == 302:  # what room its last pages had
        before = world()
    no_space(False)

    assert full.status_code == 500
    assert "Something went wrong on our side" in full.content.decode()
    assert world() == before
    assert client.post("/requests/new/", form).status_code == 302
    assert PartnerRequest.objects.count() == len(before["PartnerRequest"]) + 1
    assert list(offenders()) == []
