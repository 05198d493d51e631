"""Partners that open contact details and then reject, more often than others: named on the staff desk."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import clock
from partners.models import Partner
from requests_app import contact_misuse, medians, rollups, services
from requests_app.models import Share
from requests_app.slots import DoorMisuse
from tests.cast import login
from tests.factories import PartnerFactory, make_request, owner_of
from tests.queries import counted
from tests.staff import allow

OFTEN = "opens contact details and rejects"


@pytest.fixture
def agencies(db):
    return [PartnerFactory(name=f"Agency {letter}") for letter in "ABC"]


@pytest.fixture
def refuse(shop, agencies):
    """Have a partner open contact details of a request and end it, some times, some days ago."""

    def refuse(partner, times, *, days=1, opens=True, reason="budget", accepts=False):
        for _each in range(times):
            with clock.at(clock.now() - timedelta(days=days)):
                share = make_request(shop, [partner]).shares.get()
                given = {"share_id": share.pk, "by": owner_of(partner)}
                if opens:
                    services.open_contact(**given)
                if accepts:
                    services.accept_share(**given, version=1)
                end = services.withdraw_share if accepts else services.reject_share
                end(**given, reason=reason)

    return refuse


def count():
    rollups.count()
    contact_misuse.count()
    return {row.partner.name: (row.times, row.received, row.median) for row in contact_misuse.named()}


@pytest.mark.parametrize(
    ("times", "middle", "is_named"),
    [
        (4, 0, False), (5, 0, True), (4, 1, False), (5, 1, True), (5, 1.5, True), (5, 2, False), (6, 2, True),
        (29, 10, False), (30, 10, True), (31, 10.5, False), (32, 10.5, True),
    ],
)  # fmt: skip
def test_partner_is_named_from_five_and_three_times_the_median_on(times, middle, is_named):
    assert contact_misuse.is_misuse(times, middle) is is_named


def test_fifth_rejection_names_a_partner_where_the_median_is_zero(refuse, agencies):
    refuse(agencies[0], 4)
    refuse(agencies[1], 1, opens=False)
    refuse(agencies[2], 1, opens=False)
    before = count()

    refuse(agencies[0], 1)

    assert before == {}
    assert count() == {"Agency A": (5, 5, 0)}


def test_partner_is_named_at_three_times_the_median_and_not_below(refuse, agencies):
    refuse(agencies[0], 5)
    refuse(agencies[1], 2)
    refuse(agencies[2], 2)
    before = count()

    refuse(agencies[0], 1)

    assert before == {}  # 2.5 times
    assert count() == {"Agency A": (6, 6, 2)}


def test_withdrawals_count_and_neither_spam_nor_closed_doors_nor_what_is_long_ago_do(refuse, agencies):
    refuse(agencies[0], 4)
    refuse(agencies[0], 1, opens=False)
    refuse(agencies[0], 1, reason="spam")
    refuse(agencies[0], 1, days=30)
    refuse(agencies[1], 1, opens=False)
    refuse(agencies[2], 1, opens=False)
    before = count()

    refuse(agencies[0], 1, accepts=True, reason="no_capacity")

    assert before == {}
    assert count() == {"Agency A": (5, 6, 0)}  # rejected as spam it is no request of the figures


def test_who_stops_is_named_no_longer(refuse, agencies, time_machine):
    time_machine.move_to("2026-06-15T12:00Z", tick=False)
    refuse(agencies[0], 5)
    refuse(agencies[1], 1, opens=False)
    refuse(agencies[2], 1, opens=False)
    rollups.count()
    medians.count()
    first = [row.partner.name for row in contact_misuse.named()]

    time_machine.shift(timedelta(days=29))
    medians.count()

    assert first == ["Agency A"]
    assert not DoorMisuse.objects.exists()


def test_desk_names_the_partner_with_its_figures_and_a_link(desk, refuse, agencies):
    refuse(agencies[0], 6)
    refuse(agencies[1], 1, opens=False)
    refuse(agencies[2], 1, opens=False)
    count()

    task = desk.get(reverse("admin:index")).context["desk"][-1]

    assert (task.label, task.count) == (f"Agency A {OFTEN}", "6")
    assert task.text == (
        "It did so 6 times within 30 days. The middle partner did so: 0. Requests that it received meanwhile: 6."
    )
    assert task.url == reverse("admin:partners_partner_change", args=[agencies[0].pk])


def test_suspended_partner_is_not_named(refuse, agencies):
    refuse(agencies[0], 5)
    refuse(agencies[1], 1, opens=False)
    refuse(agencies[2], 1, opens=False)

    Partner.objects.filter(pk=agencies[0].pk).update(status="suspended", suspended_at=clock.now())

    assert count() == {}


def test_who_may_not_see_partners_reads_of_none(client, clerk, agencies):
    DoorMisuse.objects.create(partner=agencies[0], times=5, received=5, median=0)

    login(client, allow(clerk, "requests_app.view_partnerrequest"))

    assert OFTEN not in client.get(reverse("admin:index")).content.decode()


def test_desk_costs_the_same_for_one_partner_and_for_ten(desk):
    costs = []
    for number in (1, 9):
        for partner in PartnerFactory.create_batch(number):
            DoorMisuse.objects.create(partner=partner, times=5, received=9, median=1)
        with counted() as queries:
            response = desk.get(reverse("admin:index"))
        costs.append((len(queries), response.content.decode().count(OFTEN)))

    assert [shown for _queries, shown in costs] == [1, 10]
    assert costs[0][0] == costs[1][0]


def test_most_that_are_named_are_the_worst_ones(monkeypatch, refuse, agencies):
    monkeypatch.setattr(contact_misuse, "MOST_NAMED", 1)
    refuse(agencies[0], 5)
    refuse(agencies[1], 6)
    PartnerFactory.create_batch(2)
    for partner in Partner.objects.exclude(pk__in=[agency.pk for agency in agencies]):
        refuse(partner, 1, opens=False)
    refuse(agencies[2], 1, opens=False)

    assert list(count()) == ["Agency B"]


@pytest.mark.postgresql
def test_counting_reads_the_rejections_of_thirty_days_along_an_index(refuse, agencies):
    refuse(agencies[0], 2)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with CaptureQueriesContext(connection) as queries:
        contact_misuse.count()
    (sql,) = [each["sql"] for each in queries if f'FROM "{Share._meta.db_table}"' in each["sql"]]

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "share_rejected_at" in plan
    assert "SubPlan" in plan
    assert "Seq Scan" not in plan
