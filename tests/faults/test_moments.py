import random

import pytest
from django.db import connection

from accounts.models import User
from accounts.moment import one_moment
from tests.factories import UserFactory
from tests.faults import moments

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("many_with_one_partner")]


@pytest.mark.once_on_postgresql
def test_page_that_a_verb_comes_between_is_no_error():
    world, chance = moments.World(), random.Random(7)

    loads = list(moments.walk(world, moments.kinds_of(world)[::3], lambda: [chance.randrange(3, 14)]))

    assert [what for what, code in loads if code >= 500] == []
    assert len(loads) > 50


@pytest.mark.once_on_postgresql  # View Details, renew by GET and by POST, revoke, the portal's close page
@pytest.mark.parametrize("number", [0, 5, 6, 7, 13])
def test_page_that_an_end_of_the_connection_comes_between_is_no_error_at_any_place(number):
    world = moments.World()
    kinds = [("connected", verb, number) for verb in ("revoke", "end", "close")]

    loads = list(moments.walk(world, kinds, lambda: range(1, moments.MOST_QUERIES)))

    assert [what for what, code in loads if code >= 500] == []
    assert len(loads) > 15


def test_block_sees_one_moment_though_others_write():
    before = UserFactory(name="Before")

    def rename():
        User.objects.filter(pk=before.pk).update(name="After")

    with one_moment():
        first = User.objects.get(pk=before.pk).name
        moments.Between(1, rename)._do()
        second = User.objects.get(pk=before.pk).name

    assert (first, second) == ("Before", "Before")
    assert User.objects.get(pk=before.pk).name == "After"
    assert getattr(connection, "transaction_mode", "IMMEDIATE") == "IMMEDIATE"
