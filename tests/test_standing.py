"""Rows that stand for several tests: each test reads them as they were made, and leaves nothing behind."""

import pytest

from accounts.models import User
from requests_app import services
from requests_app.models import Event, Share
from tests import standing
from tests.factories import UserFactory

made = []


@standing.standing
def counted_seller(seller):
    """Notes how often it is made."""
    made.append(seller.pk)
    return seller


@pytest.mark.parametrize("number", range(3))
def test_fixture_is_made_once_and_each_test_reads_it_anew(number, counted_seller, seller):
    assert counted_seller is seller  # one object, as if it had been made here
    assert (seller.name, User.objects.get().name) == ("Sarah Seller", "Sarah Seller")
    assert len(made) == 1

    seller.name = "Somebody Else"
    seller.save()
    UserFactory()


@pytest.mark.parametrize("number", range(2))
def test_act_on_what_stands_is_taken_back(number, share, partner_owner):
    assert (share.status, Event.objects.filter(kind="accepted").count()) == ("reviewing", 0)

    services.accept_share(share_id=share.pk, by=partner_owner, version=1)

    assert Share.objects.get().status == "accepted"


@standing.standing
def stranger(db):
    return UserFactory()


def test_names_go_on_after_those_of_the_rows_that_stand(stranger):
    assert UserFactory().name != stranger.name


def test_test_that_asks_for_no_rows_finds_none(db):
    assert not User.objects.exists()
    assert standing.levels == []


@pytest.fixture
def frozen(time_machine):
    time_machine.move_to("2026-12-03T12:00:00+00:00", tick=False)


def test_rows_are_made_anew_where_the_clock_stands(frozen, seller):
    assert standing.given == {}
    assert f"{seller.date_joined:%Y-%m-%d %H:%M}" == "2026-12-03 12:00"


@pytest.mark.django_db(transaction=True)
def test_rows_are_made_anew_where_transactions_are_real(seller):
    assert standing.given == {}
    assert User.objects.get() == seller


def test_tests_of_a_file_that_ask_for_the_same_stand_beside_each_other(request):
    items = [item for item in request.session.items if item.path == request.path]

    asked = [tuple(function for function, _arguments in standing.wanted(item)) for item in items]

    changes = [asked[n] for n in range(len(asked)) if not n or asked[n - 1] != asked[n]]
    assert len(changes) <= len(set(asked)) + 1  # those with real transactions come last
