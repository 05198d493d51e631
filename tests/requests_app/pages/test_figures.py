"""How far requests came and how soon they were answered, counted by hand in made-up worlds."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts import clock
from requests_app import rollups, services
from requests_app.pages import figures
from requests_app.slots import RequestSlot, ShareSlot
from tests.cast import login
from tests.factories import PartnerFactory, lapse, make_request, owner_of
from tests.queries import counted
from tests.staff import allow

FIGURES = "/admin/figures/"
NOW = "2026-12-02T12:00Z"  # a Wednesday; the twelve weeks begin on Monday 14 September


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def agencies(frozen):
    return [PartnerFactory(name=name, capacity=50) for name in ("Ash", "Birch", "Cedar")]


def asked(shop, *partners, days):
    """A request shared that many days ago, and its shares in the order of the partners."""
    with time_machine.travel(clock.now() - timedelta(days=days), tick=False):
        request = make_request(shop, picks=partners)
    shares = {share.partner_id: share for share in request.shares.all()}
    return [shares[partner.pk] for partner in partners]


def later(share, hours, act, **how):
    with time_machine.travel(share.shared_at + timedelta(hours=hours), tick=False):
        return act(share_id=share.pk, **how)


def accepted(share, hours):
    return later(share, hours, services.accept_share, by=owner_of(share.partner), version=1)


def rejected(share, hours):
    return later(share, hours, services.reject_share, by=owner_of(share.partner), reason="budget")


def connected(share, hours):
    later(share, hours, services.authorise_share, by=owner_of(share.request.shop), areas={"orders": "view"}, days=30)


def revoked(share, hours):
    later(share, hours, services.revoke_share, by=owner_of(share.request.shop))


@pytest.fixture
def world(shop, agencies):
    """Four requests within the weeks, and one before them.

    1: Ash accepts in 2 h, is connected and revoked; Birch rejects in 30 h.  2: Ash withdraws what it accepted in 10 h.
    3: Ash does not answer.  4: Cedar rejects in 4 days; Birch has not answered yet.
    """
    ash, birch, cedar = agencies
    first, second = asked(shop, ash, birch, days=40)
    accepted(first, 2), rejected(second, 30), connected(first, 50), revoked(first, 60)
    (withdrawn,) = asked(shop, ash, days=30)
    accepted(withdrawn, 10)
    later(withdrawn, 20, services.withdraw_share, by=owner_of(ash), reason="budget")
    lapse(asked(shop, ash, days=20)[0])
    late, _waiting = asked(shop, cedar, birch, days=5)
    rejected(late, 96)
    accepted(asked(shop, ash, days=85)[0], 1)
    rollups.count()


def counts_of(slots):
    weeks = figures.total_of(figures.weeks_of(slots.objects))
    assert figures.sum_of(slots.objects) == weeks
    return weeks


def test_shares_are_counted_by_how_far_they_came_and_how_soon(world):
    assert counts_of(ShareSlot) == {
        "received": 6, "answered": 4, "accepted": 2, "connected": 1, "waiting": 1, "unanswered": 1,
        "under_4_hours": 1, "under_a_day": 1, "under_3_days": 1, "longer": 1,
    }  # fmt: skip


def test_requests_are_counted_by_the_first_answer_of_any_partner(world):
    assert counts_of(RequestSlot) == {
        "received": 4, "answered": 3, "accepted": 2, "connected": 1, "waiting": 1,
        "under_4_hours": 1, "under_a_day": 1, "under_3_days": 0, "longer": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "bucket"),
    [
        (3.99, "under_4_hours"),
        (4, "under_a_day"),
        (23.99, "under_a_day"),
        (24, "under_3_days"),
        (71.99, "under_3_days"),
        (72, "longer"),
    ],
)
def test_time_to_answer_falls_into_one_bucket(hours, bucket, shop, agencies):
    rejected(asked(shop, agencies[0], days=10)[0], hours)
    rollups.count()

    counts = counts_of(ShareSlot)

    assert [name for name in (each.name for each in figures.BUCKETS) if counts[name]] == [bucket]


def test_nothing_counted_is_told_without_a_picture(frozen, db):
    counts = counts_of(ShareSlot)
    funnel, times = figures.funnel_of(counts), figures.times_of(counts)

    assert (funnel["picture"], times["picture"]) == (None, None)
    assert [row["cells"] for row in funnel["rows"]] == [["0", "–", "–"]] * 4
    assert [row["cells"] for row in times["rows"]] == [["0", "–"]] * 6


def test_funnel_and_times_tell_what_was_counted(world):
    counts = counts_of(ShareSlot)

    assert [(row["label"], *row["cells"]) for row in figures.funnel_of(counts)["rows"]] == [
        ("Received", "6", "–", "100%"),
        ("Answered", "4", "67%", "67%"),
        ("Accepted", "2", "50%", "33%"),
        ("Connected", "1", "50%", "17%"),
    ]
    assert [(row["label"], *row["cells"]) for row in figures.times_of(counts)["rows"]] == [
        ("Under 4 hours", "1", "17%"),
        ("4 to 24 hours", "1", "17%"),
        ("1 to 3 days", "1", "17%"),
        ("3 days or more", "1", "17%"),
        ("Ended without an answer", "1", "17%"),
        ("Waiting for one", "1", "17%"),
    ]


def test_weeks_begin_on_a_monday_of_the_reader(frozen):
    assert figures.beginning().isoformat() == "2026-09-14T00:00:00+00:00"


# On the staff desk


def test_figures_of_the_desk_tell_of_everybody(world, desk):
    page = desk.get(FIGURES).content.decode()

    assert "How far requests came. Submitted: 4; Answered: 3; Accepted: 2; Connected: 1" in page
    assert "How far requests came. Received: 6; Answered: 4; Accepted: 2; Connected: 1" in page
    assert page.count('<svg class="chart-drawing"') == 5
    assert page.count('<table class="table staff-table">') == 5


def test_figures_of_the_desk_name_nobody(world, desk):
    page = desk.get(FIGURES).content.decode()

    assert "How far requests came" in page
    assert re.findall(r"\b(?:Lumen|Ash|Birch|Ann Whitfield|SP[RS]-\w+)\b", page) == []  # no part of a token is a word


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.usefixtures("many_with_one_partner")
def test_figures_of_the_desk_take_three_queries_for_any_number(rows, shop, agencies, desk):
    for _number in range(rows):
        asked(shop, agencies[0], days=3)
    rollups.count()

    with counted() as statements:
        desk.get(FIGURES)

    told = [sql for sql in statements if "requests_app_" in sql]
    assert len(told) == 3
    assert not [sql for sql in told if '"requests_app_share"' in sql or '"requests_app_partnerrequest"' in sql]


@pytest.mark.once
def test_figures_say_of_which_moment_they_are(frozen, desk):
    before = desk.get(FIGURES).content.decode()
    rollups.count()
    after = desk.get(FIGURES).content.decode()

    assert "Not counted yet" in before
    assert "Counted once a minute, last" in after
    assert 'datetime="2026-12-02T12:00' in after


def test_figures_are_linked_from_the_desk_for_who_may_see_them(client, clerk):
    login(client, clerk)
    link = f'href="{reverse("admin:figures")}"'

    assert link not in client.get("/admin/").content.decode()
    assert client.get(FIGURES).status_code == 403

    allow(clerk, "requests_app.view_partnerrequest", "requests_app.view_share")

    assert link in client.get("/admin/").content.decode()
    assert client.get(FIGURES).status_code == 200


def test_figures_are_for_staff_alone(client, seller):
    assert login(client, seller).get(FIGURES).status_code == 302
