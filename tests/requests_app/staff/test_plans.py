"""Every filter and search of the admin's lists reads an index: none looks through a large table."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AccountMail, Notification, User
from partners.models import Partner
from requests_app.models import PartnerRequest, Share, Shop

pytestmark = pytest.mark.postgresql
MODELS = (User, Notification, AccountMail, Partner, Shop, PartnerRequest, Share)
FILLED = (User, PartnerRequest, Share)  # of which the test has rows: for an empty table any index is as good
TYPED = ("lumen", "zzzz", "lumen media", "SPS-7K2M9XAB4C", "SPR-7K2M9XAB4C", "SPS-7K2M", "seller@example.com")
# What a table mostly is: the first rows that are read hold enough of it, for the page and for the capped count.
COMMON = re.compile(
    r"(status__exact=(closed|rejected|open)|headline__exact=closed|request_type__exact=|source__exact=(picked|referred)"
    r"|is_active__exact=1|is_staff__exact=0|is_superuser__exact=0|mail=sent)"
)
TABLES = {model._meta.db_table for model in MODELS}


def asked(desk, url):
    """The plans of what the page asks of large tables."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = on")
    with CaptureQueriesContext(connection) as queries:
        response = desk.get(url)
    assert response.status_code == 200
    statements = [each["sql"] for each in queries if each["sql"].startswith("SELECT")]
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(f"EXPLAIN {sql}")
            yield sql, "\n".join(line for (line,) in cursor.fetchall())


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def scanned(plan):
    return TABLES & set(re.findall(r"Seq Scan on (\w+)", plan))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("typed", TYPED)
def test_search_of_a_list_reads_an_index(desk, share, model, typed):
    if not admin.site.get_model_admin(model).search_fields:
        return
    for sql, plan in asked(desk, f"{list_of(model)}?q={typed}"):
        assert scanned(plan) == set(), f"{sql}\n{plan}"


@pytest.mark.parametrize("model", MODELS)
def test_filter_of_a_list_reads_an_index_of_its_own(desk, share, other_shop, model):
    page = desk.get(list_of(model)).context["cl"]
    choices = [choice["query_string"] for spec in page.filter_specs for choice in spec.choices(page)]
    choices = [choice for choice in choices if choice not in ("", "?")]
    assert len(choices) >= 2

    for choice in (choice for choice in choices if not COMMON.search(choice)):
        for sql, plan in asked(desk, list_of(model) + choice):
            assert scanned(plan) == set(), f"{choice} {sql}\n{plan}"
            key = f"{model._meta.db_table}_pkey"
            walks = (
                model in FILLED
                and f"using {key} on" in plan
                and f'FROM "{model._meta.db_table}" ' in sql
                and "Filter:" in plan
            )
            assert not walks or "Index Cond" in plan, f"{choice} {sql}\n{plan}"


@pytest.mark.parametrize("typed", ["whitfield", "Ann.Whit", "example.org", "ANN.WHITFIELD@EXAMPLE.ORG", "ann"])
def test_person_is_found_by_the_beginning_of_each_part_of_their_address(desk, typed):
    person = User.objects.create(email="ann.whitfield@example.org")

    response = desk.get(list_of(User), {"q": typed})

    assert list(response.context["cl"].result_list) == [person]


@pytest.mark.parametrize("typed", ["hitfield", "@", "whitfieldx", "%"])
def test_person_is_not_found_by_the_middle_of_a_word(desk, typed):
    User.objects.create(email="ann.whitfield@example.org")

    assert list(desk.get(list_of(User), {"q": typed}).context["cl"].result_list) == []


@pytest.mark.parametrize("most", [0, 500])
def test_lists_find_by_another_rows_name_however_many_have_it(desk, share, monkeypatch, most):
    monkeypatch.setattr("accounts.search.FEW_KEYS", most)

    for model, typed, found in ((Share, "northlight", share), (PartnerRequest, "lumen", share.request)):
        assert list(desk.get(list_of(model), {"q": typed}).context["cl"].result_list) == [found]
        assert list(desk.get(list_of(model), {"q": "zzzz"}).context["cl"].result_list) == []
