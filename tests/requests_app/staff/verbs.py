"""What the tests of staff post."""

from tests.factories import PartnerFactory

VIEW = ("requests_app.view_partnerrequest", "requests_app.view_share")


def refer_to_harbour():
    return {"partner": PartnerFactory(name="Harbour & Pine").pk}
