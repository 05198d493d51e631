import pytest

from accounts.acting import PARTNER, SHOP
from tests.teams import make_team


@pytest.fixture(params=[SHOP, PARTNER])
def team(request, db):
    return make_team(request.param)
