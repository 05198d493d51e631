from tests.factories import PartnerFactory, make_request
from tests.standing import standing


@standing
def agencies(db):
    """Eight partners that fit, the best first: each smallest budget is nearer to the request's 2,000 than the last."""
    return [PartnerFactory(name=f"Agency {n}", smallest_budget=1400 + 40 * n) for n in range(8)]


@standing
def referred(agencies, shop):
    return make_request(shop)
