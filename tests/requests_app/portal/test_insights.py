from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts import clock
from partners.models import Partner, ProgrammeMedians
from requests_app import rollups, services
from requests_app.models import Share
from requests_app.timers import run_timers
from tests.cast import login
from tests.factories import PartnerFactory, lapse, make_request, owner_of
from tests.queries import FRAME

INSIGHTS = "/portal/insights/"


@pytest.fixture
def insights(client, reviewer, partner):
    Partner.objects.filter(pk=partner.pk).update(capacity=200)
    login(client, reviewer)

    def get():
        rollups.count()
        return client.get(INSIGHTS)

    return get


def received(shop, partner, *, days):
    with time_machine.travel(clock.now() - timedelta(days=days)):
        return make_request(shop, picks=[partner]).shares.get()


def rows_of(response, name):
    return [[str(row["label"]), *row["cells"]] for row in response.context[name]["rows"]]


def figures(response):
    return {str(stat["label"]): stat["value"] for stat in response.context["stats"]}


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.usefixtures("many_with_one_partner")
def test_insights_take_four_queries_for_any_number(
    rows, client, insights, shop, partner, reviewer, django_assert_num_queries
):
    shares = [make_request(shop, picks=[partner]).shares.get() for _number in range(rows)]
    services.accept_share(share_id=shares[0].pk, by=reviewer, version=1)

    rollups.count()

    with django_assert_num_queries(FRAME + 4):  # weeks, as of when, by status, medians of all
        client.get(INSIGHTS)


def test_insights_of_a_new_partner_say_nothing_they_do_not_know(insights):
    response = insights()

    assert figures(response) == {
        "Response rate": "–",
        "Acceptance": "–",
        "Answered": "0",
        "Left unanswered": "0",
        "Median time to answer": "–",
    }
    assert "Shown from 5 answers on." in response.content.decode()
    assert '<svg class="chart-drawing"' not in response.content.decode()


def test_insights_draw_how_far_and_how_soon_with_the_numbers_beside(insights, shop, partner, reviewer):
    share = received(shop, partner, days=3)
    received(shop, partner, days=90)  # beyond the twelve weeks
    with time_machine.travel(share.shared_at + timedelta(hours=6)):
        services.accept_share(share_id=share.pk, by=reviewer, version=1)

    response = insights()

    assert rows_of(response, "funnel") == [
        ["Received", "1", "–", "100%"],
        ["Answered", "1", "100%", "100%"],
        ["Accepted", "1", "100%", "100%"],
        ["Connected", "0", "0%", "0%"],
    ]
    assert [row[1] for row in rows_of(response, "times")] == ["0", "1", "0", "0", "0", "0"]
    page = response.content.decode()
    assert page.count('<svg class="chart-drawing"') == 3
    assert "<title>How far requests came. Received: 1; Answered: 1; Accepted: 1; Connected: 0</title>" in page


def test_insights_give_the_rate_from_five_answers_on(insights, partner):
    Partner.objects.filter(pk=partner.pk).update(shares_answered=4, shares_unanswered=4)
    four = figures(insights())
    Partner.objects.filter(pk=partner.pk).update(shares_answered=6, shares_unanswered=2)
    six = figures(insights())

    assert (four["Response rate"], four["Answered"], four["Left unanswered"]) == ("–", "4", "4")
    assert (six["Response rate"], six["Answered"], six["Left unanswered"]) == ("75%", "6", "2")


def test_insights_give_the_median_time_to_the_first_answer(insights, shop, partner, reviewer):
    for hours, verb in ((2, "accept"), (6, "reject"), (90, "withdraw")):
        share = received(shop, partner, days=10)
        with time_machine.travel(share.shared_at + timedelta(hours=hours)):
            if verb == "reject":
                services.reject_share(share_id=share.pk, by=reviewer, reason="budget")
            else:
                services.accept_share(share_id=share.pk, by=reviewer, version=1)
        if verb == "withdraw":
            services.withdraw_share(share_id=share.pk, by=reviewer, reason="budget")

    assert figures(insights())["Median time to answer"] == "6 hours"


@pytest.mark.usefixtures("many_with_one_partner")
def test_insights_count_by_status(insights, shop, partner, reviewer):
    first, second, _third = (received(shop, partner, days=1) for _number in range(3))
    services.accept_share(share_id=first.pk, by=reviewer, version=1)
    services.reject_share(share_id=second.pk, by=reviewer, reason="budget")

    rows = insights().context["statuses"]

    assert {row["code"]: row["count"] for row in rows} == {
        "reviewing": "1", "accepted": "1", "connected": "0", "closed": "0", "rejected": "1",
    }  # fmt: skip


@pytest.mark.usefixtures("many_with_one_partner")
def test_insights_count_twelve_weeks_newest_first(insights, shop, partner, reviewer):
    with time_machine.travel("2026-12-02T12:00Z", tick=False):  # a Wednesday
        this_week, last_week = received(shop, partner, days=1), received(shop, partner, days=3)
        received(shop, partner, days=79)
        received(shop, partner, days=81)  # beyond
        services.accept_share(share_id=this_week.pk, by=reviewer, version=1)
        lapse(last_week)
        response = insights()

    weeks = rows_of(response, "weeks")
    assert len(weeks) == 3
    assert weeks[0] == ["30 Nov", "1", "1", "0"]
    assert weeks[1] == ["23 Nov", "1", "0", "1"]
    assert weeks[-1] == ["14 Sep", "1", "0", "0"]
    assert sum(int(week[1]) for week in weeks) == 3


def test_insights_cut_weeks_in_the_readers_zone(insights, shop, partner, reviewer):
    with time_machine.travel("2026-11-29T23:30Z"):  # Sunday here, Monday in Tokyo
        make_request(shop, picks=[partner])
    with time_machine.travel("2026-12-02T12:00Z"):
        here = rows_of(insights(), "weeks")[0][0]
        reviewer.time_zone = "Asia/Tokyo"
        reviewer.save()
        there = rows_of(insights(), "weeks")[0][0]

    assert (here, there) == ("23 Nov", "30 Nov")


def test_insights_tell_of_the_active_partner_alone(insights, shop, other_agency, partner):
    make_request(shop, picks=[other_agency])

    assert [row[1:] for row in rows_of(insights(), "funnel")] == [["0", "–", "–"]] * 4
    assert Share.objects.count() == 1


def test_insights_of_who_belongs_to_no_partner_lead_home(client, seller, shop):
    assert login(client, seller).get(INSIGHTS)["Location"] == "/"


def test_insights_begin_the_picture_with_the_first_week_that_had_a_request(insights, shop, partner):
    with time_machine.travel("2026-12-02T12:00Z", tick=False):
        received(shop, partner, days=0), received(shop, partner, days=15)
        weeks = insights().context["weeks"]

    assert [row["label"] for row in weeks["rows"]] == ["30 Nov", "16 Nov"]
    assert weeks["ends"] == ["16 Nov", "30 Nov"]
    assert len(weeks["picture"]["bars"]) == 3  # the empty one between them shows that time passed


def test_insights_fold_the_tables_of_pictures(insights, shop, partner):
    received(shop, partner, days=1)

    page = insights().content.decode()

    assert page.count('<details class="disclosure">') == 3
    assert page.count("The numbers as a table") == 3


@pytest.mark.usefixtures("many_with_one_partner")
def test_insights_show_acceptance_beside_the_median_of_all_partners(insights, shop, partner):
    rates = {partner: 4, **{PartnerFactory(capacity=50): accepted for accepted in (0, 1, 2, 5)}}
    for each, accepted in rates.items():
        by = owner_of(each)
        for number in range(5):
            share = received(shop, each, days=2)
            if number < accepted:
                services.accept_share(share_id=share.pk, by=by, version=1)
            else:
                services.reject_share(share_id=share.pk, by=by, reason="budget")
    suspended = PartnerFactory(status="suspended")
    Partner.objects.filter(pk=suspended.pk).update(shares_answered=5, shares_unanswered=100)

    before = insights().content.decode()
    run_timers()
    stats = {str(stat["label"]): (stat["value"], stat["help"]) for stat in insights().context["stats"]}

    assert "Median of all partners" not in before  # no page counts it
    assert stats["Acceptance"] == ("80%", "Of 5 answers in 12 weeks. Median of all partners: 40%.")
    assert stats["Response rate"][0] == "100%"
    assert stats["Response rate"][1].endswith("Median of all partners: 100%.")


def test_insights_show_no_median_of_a_few_partners(insights, partner):
    Partner.objects.filter(pk=partner.pk).update(shares_answered=6)
    run_timers()

    assert "Median of all partners" not in insights().content.decode()


def test_medians_are_counted_once_an_hour_by_the_timers(db, time_machine):
    time_machine.move_to("2026-12-02T12:00Z", tick=False)
    counted = []
    for minutes in (0, 59, 1, 1):
        time_machine.shift(timedelta(minutes=minutes))
        run_timers()
        counted.append(f"{ProgrammeMedians.objects.get().counted_at:%H:%M}")

    assert counted == ["12:00", "12:00", "13:00", "13:00"]


@override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "kept"}})
def test_insights_write_nothing_not_even_to_a_cache_in_the_database(client, insights):
    """A page is one snapshot: two readers whose pages wrote the same row would fail each other."""
    call_command("createcachetable")
    with CaptureQueriesContext(connection) as asked:
        client.get(INSIGHTS)

    assert {query["sql"].split()[0].lstrip("(") for query in asked} == {"SELECT"}


def test_insights_lead_from_a_status_to_its_requests(insights, client, shop, partner, reviewer):
    share = received(shop, partner, days=1)
    services.accept_share(share_id=share.pk, by=reviewer, version=1)

    urls = {row["code"]: row["url"] for row in insights().context["statuses"]}

    assert [row.reference for row in client.get(urls["accepted"]).context["rows"]] == [share.reference]
