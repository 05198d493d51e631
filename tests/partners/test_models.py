"""What partners keep about themselves, and what the database refuses."""

import pytest
from django.db import IntegrityError, transaction

from partners.models import ExchangeRate, Partner, PartnerTrait
from tests.factories import PartnerFactory

pytestmark = pytest.mark.django_db


@pytest.mark.once
@pytest.mark.parametrize(
    ("answered", "unanswered", "rank"), [(0, 0, -1), (4, 0, -1), (5, 0, 10_000), (11, 1, 9_166), (300_000, 0, 10_000)]
)
def test_response_rank_follows_the_answers(answered, unanswered, rank):
    partner = PartnerFactory()

    Partner.objects.filter(pk=partner.pk).update(shares_answered=answered, shares_unanswered=unanswered)

    assert Partner.objects.get(pk=partner.pk).response_rank == rank


def test_response_rank_is_fresh_after_saving():
    partner = PartnerFactory(shares_answered=5)

    partner.shares_unanswered = 5
    partner.save()

    assert partner.response_rank == 5_000


@pytest.mark.once
@pytest.mark.parametrize(("answered", "unanswered", "rate"), [(4, 4, None), (5, 0, 1), (9, 1, 0.9), (0, 7, None)])
def test_response_rate_is_blank_under_five_answers(answered, unanswered, rate):
    assert Partner(shares_answered=answered, shares_unanswered=unanswered).response_rate == rate


@pytest.mark.once
def test_answer_before_the_question_took_no_time():
    partner = Partner()

    partner.note_answer(-180)  # the machine's clock was set back

    assert partner.answer_minutes == [0]


@pytest.mark.parametrize(
    "bad", [{"smallest_budget": -1}, {"smallest_gmv": -1}, {"status": "listed"}, {"slug": "northlight-commerce"}]
)
def test_partner_that_breaks_a_rule_is_refused(partner, bad):
    other = PartnerFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Partner.objects.filter(pk=other.pk).update(**bad)


def test_trait_stands_once(partner):
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerTrait.objects.create(partner=partner, kind="service", code="ads")


@pytest.mark.parametrize("per_euro", [0, -1])
def test_rate_that_is_not_positive_is_refused(per_euro):
    with pytest.raises(IntegrityError), transaction.atomic():
        ExchangeRate.objects.create(currency="GBP", per_euro=per_euro, date="2026-11-01", source="test")
