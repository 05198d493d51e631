"""The matching index follows whatever changes a partner, and says when it does not."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import clock
from partners import listings, offers, services
from partners.choices import SIZE_BITS, CompanySize
from partners.matching import Criteria, find_partners
from partners.matching_index import Listing, Offer, ServiceOffer
from partners.models import Partner
from requests_app import services as request_services
from tests.factories import BEAUTY, PartnerFactory, ShopFactory, category, fill_vocabularies, make_request, owner_of
from tests.queries import counted


def cells(partner):
    return set(Offer.objects.filter(partner=partner).values_list("category__name", "market"))


@pytest.fixture
def agency(db):
    return PartnerFactory(markets=("GB", "DE"), categories=(BEAUTY, "Womenswear & Underwear"), capacity=2)


def test_partner_has_a_row_for_each_category_and_market(agency):
    assert cells(agency) == {(name, code) for name in (BEAUTY, "Womenswear & Underwear") for code in ("GB", "DE")}


def test_pause_takes_it_out_and_its_end_brings_it_back(agency):
    by = owner_of(agency)
    services.set_availability(partner_id=agency.pk, by=by, capacity=2, paused_until=clock.now() + timedelta(days=2))
    paused = cells(agency)

    with clock.at(clock.now() + timedelta(days=3)):
        assert services.end_pause(partner_id=agency.pk)
        assert not services.end_pause(partner_id=agency.pk)

    assert (paused, len(cells(agency))) == (set(), 4)


def test_pause_that_goes_on_is_not_ended(agency):
    until = clock.now() + timedelta(days=2)
    services.set_availability(partner_id=agency.pk, by=owner_of(agency), capacity=2, paused_until=until)

    assert not services.end_pause(partner_id=agency.pk)
    assert Partner.objects.get(pk=agency.pk).paused_until == until


def test_fully_booked_partner_has_none_until_a_place_is_free(agency):
    shares = [make_request(ShopFactory(), [agency]).shares.get() for _number in range(2)]
    booked = cells(agency)

    request_services.reject_share(share_id=shares[0].pk, by=owner_of(agency), reason="budget")

    assert (booked, len(cells(agency))) == (set(), 4)
    assert list(offers.offenders()) == []


def test_suspension_takes_it_out_and_reinstating_brings_it_back(agency, staff):
    services.suspend_partner(partner_id=agency.pk, by=staff)
    suspended = cells(agency)
    services.reinstate_partner(partner_id=agency.pk, by=staff)

    assert (suspended, len(cells(agency))) == (set(), 4)


def test_rank_and_last_referral_follow_in_one_statement(agency, shop):
    Partner.objects.filter(pk=agency.pk).update(shares_answered=4, answer_minutes=[60] * 4)
    request = make_request(shop)
    share = request.shares.get()
    before = set(Offer.objects.filter(partner=agency).values_list("rank", "referred_at"))

    with counted() as statements:
        request_services.accept_share(share_id=share.pk, by=owner_of(agency), version=1)

    touching = [sql for sql in statements if "partners_offer" in sql]
    after = set(Offer.objects.filter(partner=agency).values_list("rank", "referred_at"))
    assert len(touching) == 1
    assert before == {(173 + 50, share.shared_at)}
    assert after == {(173 + 100, share.shared_at)}
    assert list(offers.offenders()) == []


def test_share_that_changes_neither_touches_no_offer(shop, partner):
    with counted() as statements:
        make_request(shop, [partner])

    assert [sql for sql in statements if "partners_offer" in sql] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: Offer.objects.first().delete(),
        lambda: Offer.objects.update(band=9),
        lambda: Offer.objects.update(rank=1),
        lambda: ServiceOffer.objects.first().delete(),
        lambda: ServiceOffer.objects.update(rank=1),
        lambda: Partner.objects.update(capacity=0),
        lambda: Partner.objects.update(last_referred_at=clock.now()),
    ],
)
def test_wrong_offers_are_found(spoil, agency):
    assert list(offers.offenders()) == []

    spoil()

    assert [line.startswith(f"partner {agency.pk}: ") for line in offers.offenders()] == [True]


def test_wrong_listings_are_found_and_mended(agency):
    for spoil in (
        lambda: Listing.objects.first().delete(),
        lambda: Listing.objects.update(available=False),
        lambda: Listing.objects.update(answered=9),
        lambda: Listing.objects.update(name_order="zz"),
        lambda: Offer.objects.update(name_order="zz"),
        lambda: Partner.objects.update(shares_answered=2),
    ):
        spoil()
        found = list(offers.offenders())

        assert offers.mend() == 1
        assert [line.startswith(f"partner {agency.pk}: ") for line in found] == [True]
        assert list(offers.offenders()) == []


def test_listings_follow_answers_and_stay_while_booked(agency):
    share = make_request(ShopFactory(), [agency]).shares.get()
    request_services.reject_share(share_id=share.pk, by=owner_of(agency), reason="budget")
    for _number in range(2):
        make_request(ShopFactory(), [agency])

    listed = set(Listing.objects.values_list("partner", "market", "available", "answered"))

    assert listed == {(agency.pk, code, False, 1) for code in ("GB", "DE")}
    assert list(offers.offenders()) == []


@pytest.mark.postgresql
def test_lists_of_a_market_read_a_few_entries_of_an_index(agency):
    """Whatever the database thinks of tables this small, an index serves each part in its order."""
    parts = [
        (listings.in_category("GB", 1), "offer_by_name"),
        (listings.in_market("GB", available=True), "listing_by_name"),
        (listings.in_market("GB", available=False), "listing_by_name"),
        (listings.most_experienced("GB"), "listing_answered"),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")

    plans = [(rows.values_list("partner")[:61].explain(), index) for rows, index in parts]

    assert [index in plan and "Sort" not in plan for plan, index in plans] == [True] * 4


def test_fitting_partner_is_found_behind_any_number_that_ask_too_much(db):
    """All are in the band of the budget; those with the better rank ask for more than it."""
    PartnerFactory.create_batch(40, currency="EUR", smallest_budget=2400)
    cheap = PartnerFactory(currency="EUR", smallest_budget=1600, categories=(BEAUTY, "Womenswear & Underwear"))

    wanted = Criteria("GB", category().pk, BEAUTY, "11-50", "EUR", Decimal(1700), Decimal(0))

    with counted() as statements:
        found = find_partners(wanted, limit=3)

    assert [match.partner_id for match in found] == [cheap.pk]
    assert sum("partners_offer" in sql for sql in statements) == 1  # however many they are


def test_partners_without_a_rate_are_compared_within_their_own_currency_alone(db):
    PartnerFactory.create_batch(30, currency="IDR", smallest_budget=1)
    dear, cheap = (PartnerFactory(currency="VND", smallest_budget=amount) for amount in (30_000_000, 20_000_000))
    free = PartnerFactory(currency="THB", smallest_budget=0)
    wanted = Criteria("GB", category().pk, BEAUTY, "11-50", "VND", Decimal(25_000_000), Decimal(0))

    found = find_partners(wanted, limit=5)

    assert {match.partner_id for match in found} == {cheap.pk, free.pk}
    assert dear.pk not in {match.partner_id for match in found}


@pytest.mark.parametrize("size", CompanySize.values)
def test_each_company_size_has_an_index_of_its_own(size, db):
    """The index of a size holds those that serve it alone, so that nobody else is read on the way."""
    partner = PartnerFactory(company_sizes=[size])
    sizes = Offer.objects.get(partner=partner).sizes

    served = {index.name for index in Offer._meta.indexes if f"Value({sizes})" in repr(index.condition)}

    assert served == {f"offer_matching_{CompanySize.values.index(size)}"}
    assert sizes == SIZE_BITS[size]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_benchmark_measures_and_leaves_nothing():
    fill_vocabularies()
    out = StringIO()

    call_command("benchmark_matching", "--partners", "1000", "--plan", stdout=out)

    row = next(line for line in out.getvalue().splitlines() if line.startswith("| 1,000 | 3,000 |"))
    times = [float(taken) for cell in row.split("|")[3:9] for taken in cell.split()]
    assert max(times) < 5  # a busy machine; docs/performance.md has what a quiet one takes
    assert "Index Only Scan" in out.getvalue()
    assert "benchmark_offer" not in connection.introspection.table_names()


@pytest.mark.django_db
@pytest.mark.skipif(settings.ON_POSTGRESQL, reason="it measures there")
def test_benchmark_is_of_postgresql_alone():
    with pytest.raises(CommandError, match="Only PostgreSQL"):
        call_command("benchmark_matching")
