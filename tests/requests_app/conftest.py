import pytest

from tests.factories import PartnerFactory, make_request


@pytest.fixture
def agencies(db):
    """Eight partners that fit, the best first: each smallest budget is nearer to the request's 2,000 than the last."""
    return [PartnerFactory(name=f"Agency {n}", smallest_budget=1400 + 40 * n) for n in range(8)]


@pytest.fixture
def referred(agencies, shop):
    return make_request(shop)
