"""Which statements PostgreSQL plans once for a connection: those of acts, not those of lists."""

import pytest
from django.db import connection

from accounts.models import User
from accounts.prepared import AFTER, prepared
from requests_app import services
from tests.factories import PartnerFactory, make_request

pytestmark = pytest.mark.postgresql


def planned(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor if f'"{table}"' in statement]


@pytest.fixture(autouse=True)
def fresh(db):
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    connection.connection._prepared.clear()


def ask(times, name):
    for _time in range(times):
        list(User.objects.filter(name=name).order_by("-date_joined"))


def test_what_a_block_asks_often_is_planned_once(db):
    with prepared():
        ask(AFTER, "a")
        assert planned("accounts_user") == []
        ask(1, "b")

        assert len(planned("accounts_user")) == 1


def test_what_is_asked_outside_is_planned_each_time(db):
    with prepared():
        pass
    ask(AFTER + 2, "a")

    assert planned("accounts_user") == []


def test_block_that_fails_leaves_nothing_switched_on(db):
    with pytest.raises(ZeroDivisionError), prepared():
        ask(1 // 0, "a")
    ask(AFTER + 2, "a")

    assert planned("accounts_user") == []


def test_acts_are_prepared(shop, seller):
    for _time in range(AFTER + 2):
        request = make_request(shop, [PartnerFactory()], by=seller)
        services.close_request(request_id=request.pk, by=seller)

    assert [sql for sql in planned("requests_app_partnerrequest") if "FOR NO KEY UPDATE" in sql]
    assert [sql for sql in planned("requests_app_event") if sql.startswith("INSERT")]
