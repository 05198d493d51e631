"""The partners of a new request: whom one may choose, and the picker that finds them."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import clock
from partners.models import ExchangeRate, Partner
from requests_app import services
from requests_app.exceptions import PartnersUnavailable
from requests_app.models import PartnerRequest
from requests_app.seller.picker import AT_ONCE, MOST_SHOWN
from tests.factories import PartnerFactory
from tests.requests_app.seller.request_form import NEW, errors, only_request, shown

pytestmark = pytest.mark.once


def test_choosing_nobody_is_told_at_the_partners(seller_client, typed):
    response = seller_client.post(NEW, typed | {"request_type": "choose"})

    assert errors(response) == {"partners": ["Choose at least one partner, or let TikTok Shop refer partners."]}
    assert 'href="#partner-search"' in response.content.decode()


def test_each_drawing_stands_once_in_the_page_however_many_partners_use_it(seller_client):
    PartnerFactory.create_batch(5)

    page, _, sheet = seller_client.get(NEW).content.decode().partition('id="icon-sheet"')

    assert page.count('href="#icon-micro-check"') >= 5
    assert sheet.count('id="icon-micro-check"') == 1
    assert "<svg viewBox" not in page


def test_eleven_partners_are_refused_and_stay_chosen(seller_client, typed):
    picks = [str(partner.pk) for partner in PartnerFactory.create_batch(11)]

    response = seller_client.post(NEW, typed | {"request_type": "choose", "partners": picks})

    assert errors(response) == {"partners": ["You can choose at most 10 here. Take one off."]}
    assert [option.id for option in response.context["form"].picker.options if option.picked] == sorted(
        map(int, picks), key=lambda pk: Partner.objects.get(pk=pk).name
    )


def test_ten_partners_are_asked(seller_client, typed):
    picks = [str(partner.pk) for partner in PartnerFactory.create_batch(10)]

    seller_client.post(NEW, typed | {"request_type": "choose", "partners": picks})

    assert only_request().shares.count() == 10


def test_partner_chosen_twice_is_asked_once(seller_client, chosen, partner):
    seller_client.post(NEW, chosen | {"partners": [str(partner.pk)] * 2})

    assert only_request().shares.count() == 1


@pytest.mark.parametrize("made_up", ["999999", "0", "-1", "x", "1.5", "", "9" * 40, "１"])
def test_unknown_partner_is_refused(made_up, seller_client, chosen, partner):
    response = seller_client.post(NEW, chosen | {"partners": [str(partner.pk), made_up]})

    assert list(errors(response)) == ["partners"]
    assert PartnerRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"capacity": 0}, "Northlight Commerce: Fully booked."),
        ({"paused_until": "later"}, "Northlight Commerce: Takes no new requests until {day}."),
        ({"status": "suspended"}, "One of the partners cannot be asked any more and was taken off your choice."),
        ({"status": "applied"}, "One of the partners cannot be asked any more and was taken off your choice."),
    ],
)
def test_partner_that_cannot_be_asked_is_told_at_the_partners(change, said, seller_client, chosen, partner):
    from accounts.formats import day

    until = clock.now() + timedelta(days=3)
    change = {name: until if value == "later" else value for name, value in change.items()}
    Partner.objects.filter(pk=partner.pk).update(**change)

    response = seller_client.post(NEW, chosen)

    assert errors(response) == {"partners": [said.format(day=day(until))]}
    assert response.context["form"]["subject"].value() == "Ann Whitfield"


def test_partner_of_another_market_cannot_be_asked(seller_client, chosen):
    abroad = PartnerFactory(markets=["DE"], name="Spree")

    response = seller_client.post(NEW, chosen | {"partners": [str(abroad.pk)]})

    assert errors(response) == {"partners": ["Spree: Does not serve your market."]}


def test_unapproved_partner_is_not_named_to_who_guesses_its_number(seller_client, chosen):
    applied = PartnerFactory(status="applied", name="Secret Agency")

    response = seller_client.post(NEW, chosen | {"partners": [str(applied.pk)]})

    assert "Secret Agency" not in response.content.decode()


def test_partner_that_fills_up_at_the_last_moment_leaves_the_form_filled_in(
    seller_client, chosen, partner, monkeypatch
):
    def refuse(**_values):
        raise PartnersUnavailable("These partners cannot be asked now: Northlight Commerce.", ["Northlight"])

    monkeypatch.setattr(services, "submit_request", refuse)

    response = seller_client.post(NEW, chosen)

    assert errors(response) == {"partners": ["These partners cannot be asked now: Northlight Commerce."]}
    assert shown(response)["budget"] == "2000"


def test_picker_tells_services_markets_fit_and_who_is_fully_booked(seller_client, partner):
    PartnerFactory(name="Full House", capacity=0)

    page = seller_client.get(NEW, {"category": partner.categories.get().pk})

    html = " ".join(page.content.decode().split())
    assert "Livestream selling, Advertising" in html
    assert "Leeds · United Kingdom" in html
    assert "Speaks English" in html
    assert "Fully booked" in html
    assert re.search(r'value="\d+"\s+data-name="Full House"\s+disabled', html)


def test_picker_offers_partners_of_the_shops_market_alone(seller_client, partner):
    PartnerFactory(name="Spree", markets=["DE"])
    PartnerFactory(name="Applicant", status="applied")

    names = [option.name for option in seller_client.get(NEW).context["form"].picker.options]

    assert names == ["Northlight Commerce"]


@pytest.fixture
def few_at_once(monkeypatch):
    monkeypatch.setattr("requests_app.seller.picker.MOST_SHOWN", 5)
    monkeypatch.setattr("requests_app.seller.picker.AT_ONCE", 2)


def test_picker_shows_many_partners_a_few_at_a_time_in_one_order(seller_client, partner, few_at_once):
    for number in range(6):
        PartnerFactory(name=f"Agency {number}")

    pages = [seller_client.get(NEW, {"more": start}, headers={"HX-Request": "true"}) for start in ("", "2", "4")]

    names = [option.name for page in pages for option in page.context["picker"].options]
    assert names == [f"Agency {number}" for number in range(5)]
    assert [page.context["picker"].next_start for page in pages] == [2, 4, 0]
    said = [page.content.decode() for page in pages]
    assert ["Show more partners" in html for html in said] == [True, True, False]
    assert ["There are more. Search by name to see them." in html for html in said] == [False, False, True]
    assert ["Back to the first partners" in html for html in said] == [False, False, True]
    assert (MOST_SHOWN, AT_ONCE) == (60, 20)


def test_more_partners_without_javascript_keep_everything_typed_and_chosen(seller_client, chosen, few_at_once):
    for number in range(4):
        PartnerFactory(name=f"Agency {number}")

    response = seller_client.post(NEW, chosen | {"more": "2", "subject": ""})

    options = response.context["form"].picker.options
    assert [option.name for option in options] == ["Northlight Commerce", "Agency 2", "Agency 3"]
    assert [option.picked for option in options] == [True, False, False]
    assert "data-error-summary" not in response.content.decode()
    assert PartnerRequest.objects.count() == 0


def test_those_with_room_come_first_and_those_of_the_category_before_them(seller_client, few_at_once):
    """Far more than are shown stand before them by name."""
    for number in range(7):
        PartnerFactory(name=f"Aaa {number}", capacity=0)
    toys = PartnerFactory(name="Zzz", categories=["Toys & Hobbies"])
    others = [PartnerFactory(name=f"Mmm {number}") for number in range(2)]

    found = offered(seller_client, category=toys.categories.get().pk) + offered(
        seller_client, category=toys.categories.get().pk, more="2"
    )

    assert [option.name for option in found] == ["Zzz", *(other.name for other in others), "Aaa 0"]


def test_search_without_javascript_keeps_everything_typed_and_judges_nothing(seller_client, chosen, other_agency):
    typed = chosen | {"search": "1", "q": "harb", "budget": "9.999", "subject": "", "hide_contact": "on"}

    response = seller_client.post(NEW, typed)

    values = shown(response)
    assert [option.name for option in response.context["form"].picker.options] == [
        "Northlight Commerce", "Harbour & Pine",
    ]  # fmt: skip
    assert values["budget"] == "9.999"
    assert values["partners"] == chosen["partners"]
    assert values["form_token"] == chosen["form_token"]
    assert values["hide_contact"] is True
    assert "data-error-summary" not in response.content.decode()
    assert PartnerRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("comm", ["Northlight Commerce"]),
        ("NORTH", ["Northlight Commerce"]),
        ("light", []),
        ("harbour pi", ["Harbour & Pine"]),
        ("&", ["Harbour & Pine", "Northlight Commerce"]),
        ("%", ["Harbour & Pine", "Northlight Commerce"]),
        ("'; drop table", []),
    ],
)
def test_search_as_one_types_finds_beginnings_of_words(query, found, seller_client, partner, other_agency):
    response = seller_client.get(NEW, {"q": query}, headers={"HX-Request": "true"})

    assert [option.name for option in response.context["picker"].options] == found
    assert "<html" not in response.content.decode()


def test_search_as_one_types_takes_no_contact_details_into_the_address(seller_client, partner):
    html = seller_client.get(NEW).content.decode()

    included = re.search(r'hx-include="([^"]+)"', html).group(1)
    assert included == "#id_acting_for, #id_category, #id_company_size, #id_budget, #id_currency, #id_services input"


def test_chosen_category_brings_who_works_in_it_first(seller_client, partner, other_agency):
    toys = PartnerFactory(name="Toy Story", categories=["Toys & Hobbies"])

    response = seller_client.get(NEW, {"category": toys.categories.get().pk}, headers={"HX-Request": "true"})

    first = response.context["picker"].options[0]
    assert first.name == "Toy Story"
    assert first.fits[0] == "Specialises in Toys & Hobbies"


def offered(client, **so_far):
    return client.get(NEW, so_far, headers={"HX-Request": "true"}).context["picker"].options


def test_partners_stand_in_the_order_of_what_is_filled_in(seller_client, partner):
    PartnerFactory(name="All sizes, dear", smallest_budget=Decimal(3000))
    PartnerFactory(name="Big shops", company_sizes=["1001+"])
    PartnerFactory(name="Room for none", capacity=0)

    untouched = [option.name for option in offered(seller_client)]
    so_far = offered(seller_client, company_size="11-50", budget="2,000.00", currency="GBP")

    assert untouched == ["All sizes, dear", "Big shops", "Northlight Commerce", "Room for none"]
    assert [option.name for option in so_far] == [
        "Northlight Commerce", "Big shops", "All sizes, dear", "Room for none",
    ]  # fmt: skip
    assert "Your budget is well above its minimum" in so_far[0].fits
    assert "Works with companies of your size" in so_far[0].fits
    assert [option.against for option in so_far] == ["", "", "From £3,000 a month", ""]


@pytest.mark.parametrize("budget", ["9.999", "much", ""])
def test_budget_that_cannot_be_read_judges_no_partner(budget, seller_client, partner):
    (option,) = offered(seller_client, budget=budget, currency="GBP")

    assert not option.against
    assert not any("budget" in fit for fit in option.fits)


def test_budget_in_another_currency_is_compared_where_there_is_a_rate(seller_client, partner):
    (without,) = offered(seller_client, budget="400", currency="EUR")
    ExchangeRate.objects.create(currency="GBP", per_euro="0.85", date="2026-11-01", source="test")
    (compared,) = offered(seller_client, budget="400", currency="EUR")

    assert (without.against, compared.against) == ("", "From £500 a month")


def test_option_tells_how_soon_the_partner_answers(seller_client, partner):
    Partner.objects.filter(pk=partner.pk).update(shares_answered=5, answer_minutes=[300] * 5)

    assert "Answers within 5 hours" in seller_client.get(NEW).content.decode()
