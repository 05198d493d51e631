"""Equal partners are referred equally often."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts import clock
from partners import offers
from partners.matching import Criteria, find_partners
from partners.models import Partner
from tests.factories import BEAUTY, PartnerFactory, category


@pytest.mark.postgresql
def test_three_hundred_equal_requests_go_to_fifteen_equal_partners_alike(db):
    with time_machine.travel("2026-03-02 09:00", tick=False) as traveller:
        PartnerFactory.create_batch(15, city="Leeds")
        criteria = Criteria(
            market="GB",
            category_id=category().pk,
            category_name=BEAUTY,
            company_size="11-50",
            currency="GBP",
            budget=Decimal(2000),
            gmv=Decimal(1000),
            language="en",
        )
        referred = Counter()
        for _request in range(300):
            traveller.shift(timedelta(minutes=7))
            (match,) = find_partners(criteria, limit=1)
            referred[match.partner_id] += 1
            partner = Partner.objects.get(pk=match.partner_id)
            before = {partner.pk: offers.standing_of(partner)}
            partner.last_referred_at = clock.now()
            Partner.objects.filter(pk=partner.pk).update(last_referred_at=clock.now())
            offers.update_standing([partner], before)

    assert len(referred) == 15
    assert max(referred.values()) - min(referred.values()) <= 1
