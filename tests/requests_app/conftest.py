import pytest

from tests.factories import PartnerFactory, make_request
from tests.requests_app.confirming import ask_unconfirmed
from tests.standing import standing


@standing
def agencies(db):
    """Eight partners that fit, the best first: each smallest budget is nearer to the request's 2,000 than the last."""
    return [PartnerFactory(name=f"Agency {n}", smallest_budget=1400 + 40 * n) for n in range(8)]


@standing
def referred(agencies, shop):
    return make_request(shop)


@pytest.fixture
def waiting(shop, partner):
    """A request to one partner that waits until its address is confirmed."""
    return ask_unconfirmed(shop, [partner])


@pytest.fixture
def shared(shop, partner):
    """A request that a partner has, before it is given another address."""
    return make_request(shop, [partner])
