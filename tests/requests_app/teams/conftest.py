from datetime import timedelta

import pytest

from accounts import clock
from accounts.acting import PARTNER, SHOP
from tests.teams import make_team


@pytest.fixture(params=[SHOP, PARTNER])
def team(request, db):
    return make_team(request.param)


@pytest.fixture(params=[SHOP, PARTNER])
def old_team(request, db):
    """One that was founded long enough ago that it is new no more."""
    with clock.at(clock.now() - timedelta(days=8)):
        return make_team(request.param)
