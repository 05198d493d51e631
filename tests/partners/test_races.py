"""Applications sent at once, on real connections."""

import pytest

from partners.models import Partner
from partners.services import apply_as_partner
from tests.factories import UserFactory
from tests.partners.test_services import profile
from tests.requests_app.test_races import at_once, refused

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_same_person_applying_in_several_tabs_at_once_applies_once():
    user, offer = UserFactory(), profile()

    results = at_once(*[lambda: apply_as_partner(by=user, profile=offer)] * 4)

    assert sorted(refused(results)) == [False, True, True, True]
    assert Partner.objects.count() == 1


def test_partners_of_one_name_applying_at_once_each_get_an_address():
    users, offer = UserFactory.create_batch(3), profile()

    at_once(*[lambda user=user: apply_as_partner(by=user, profile=offer) for user in users])

    assert sorted(Partner.objects.values_list("slug", flat=True)) == [
        "harbour-pine",
        "harbour-pine-2",
        "harbour-pine-3",
    ]
