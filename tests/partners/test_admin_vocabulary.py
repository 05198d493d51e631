"""The admin's pages of markets, categories and rates."""

from decimal import Decimal

import pytest
from django.urls import reverse

from partners.choices import Currency
from partners.models import Category, ExchangeRate, Market
from tests.cast import login
from tests.factories import BEAUTY, PartnerFactory, category, market
from tests.staff import allow, messages_of, page

pytestmark = pytest.mark.once

VIEW = "partners.view_partner"


@pytest.mark.parametrize(
    ("url", "data", "made"),
    [
        (
            "market",
            {"code": "se", "name": "Sweden", "currency": "EUR", "active": "on"},
            lambda: Market.objects.get(pk="SE"),
        ),
        ("category", {"name": "Kites", "external_id": "", "active": "on"}, lambda: Category.objects.get(name="Kites")),
        (
            "exchangerate",
            {"currency": "GBP", "per_euro": "0.86", "date": "2026-11-20", "source": "ECB"},
            lambda: ExchangeRate.objects.get(per_euro=Decimal("0.86")),
        ),
    ],
    ids=["market", "category", "rate"],
)
def test_row_is_added_with_its_author_in_the_history(desk, staff, url, data, made):
    desk.post(reverse(f"admin:partners_{url}_add"), data)

    assert made().history.get().history_user == staff


def test_category_in_use_is_not_deleted_and_says_what_to_do(desk, open_request):
    response = desk.post(page(category(), "delete"), {"post": "yes"})

    assert response.url == page(category())
    assert messages_of(response) == [
        f"“{BEAUTY}” is in use and cannot be deleted. Untick “Active” to offer it no more."
    ]
    assert Category.objects.filter(name=BEAUTY).exists()


def test_category_that_partners_alone_work_in_is_not_deleted(desk):
    """The link between them would go without a word."""
    partner = PartnerFactory()

    desk.post(page(category(), "delete"), {"post": "yes"})

    assert list(partner.categories.all()) == [category()]


def test_market_in_use_is_not_deleted(desk, shop):
    desk.post(page(market(), "delete"), {"post": "yes"})

    assert Market.objects.filter(pk="GB").exists()


def test_category_that_nobody_uses_is_deleted(desk):
    kites = Category.objects.create(name="Kites")

    desk.post(page(kites, "delete"), {"post": "yes"})

    assert not Category.objects.filter(name="Kites").exists()


@pytest.mark.parametrize("url", ["market", "category", "exchangerate"])
def test_vocabulary_is_changed_with_permission_alone(client, clerk, url):
    login(client, allow(clerk, VIEW, f"partners.view_{url}"))

    assert client.post(reverse(f"admin:partners_{url}_add"), {"name": "Kites", "code": "KT"}).status_code == 403
    assert not Category.objects.filter(name="Kites").exists()


@pytest.mark.parametrize("rows", [1, 28])
@pytest.mark.parametrize("url", ["category", "market", "exchangerate"])
def test_vocabulary_costs_the_same_for_any_number_of_rows(desk, django_assert_num_queries, url, rows):
    for currency in Currency.values[:rows]:
        ExchangeRate.objects.create(currency=currency, per_euro=Decimal("0.86"), date="2026-01-01", source="ECB")

    with django_assert_num_queries(5):
        desk.get(reverse(f"admin:partners_{url}_changelist"))
