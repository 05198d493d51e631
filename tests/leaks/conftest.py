import pytest
from django.contrib.auth.models import Permission

from tests.factories import (
    UserFactory,
    with_second_factor,
)
from tests.leaks.secrets import brought
from tests.standing import standing


@standing
def conspirator(db):
    """The owner of the other partner that is asked for the same request."""
    return UserFactory(email="conspirator@example.com", name="Konrad Second")


@pytest.fixture
def bring(shop, seller, partner, partner_owner, staff, conspirator):
    """`bring(state)`: a request with secrets, edited, asked of two partners, in the state for `partner`."""
    return lambda state: brought(state, shop=shop, partner=partner, staff=staff, conspirator=conspirator)


@standing
def desk(db):
    """Staff who may look at and do everything, but not open contact details."""
    person = with_second_factor(UserFactory(email="desk@example.com", is_staff=True))
    person.user_permissions.set(Permission.objects.exclude(codename="view_contact_details"))
    return person
