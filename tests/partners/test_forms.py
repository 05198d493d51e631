"""What a partner may fill in: to apply, to change its profile, and to say when it has room."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser

from partners.forms import PartnerProfileForm, PartnerSignupForm
from tests.factories import BEAUTY, PartnerFactory, category, fill_vocabularies

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def _vocabularies(db):
    fill_vocabularies()


def filled(**changes):
    """A form filled in as a browser posts it."""
    return {
        "partner_name": "Harbour & Pine",
        "tagline": "Livestreams that sell",
        "about": "We run studios.\r\nAsk us.",
        "website": "harbour.example",
        "city": "Leeds",
        "types": ["tsp"],
        "services": ["livestream", "ads"],
        "categories": [str(category().pk)],
        "markets": ["GB", "IE"],
        "languages": ["en"],
        "company_sizes": ["1-10", "11-50"],
        "currency": "GBP",
        "smallest_budget": "1,500.50",
        "smallest_gmv": "",
        "capacity": "4",  # that of the availability form; the profile's ignores it
    } | changes


def errors(form):
    return {name: [error.code for error in found] for name, found in form.errors.as_data().items()}


def test_profile_is_what_the_services_take():
    form = PartnerProfileForm(filled())

    assert errors(form) == {}
    assert form.profile == {
        "name": "Harbour & Pine",
        "tagline": "Livestreams that sell",
        "about": "We run studios.\nAsk us.",
        "website": "https://harbour.example",
        "city": "Leeds",
        "types": ["tsp"],
        "services": ["livestream", "ads"],
        "categories": [category().pk],
        "markets": ["GB", "IE"],
        "languages": ["en"],
        "company_sizes": ["1-10", "11-50"],
        "currency": "GBP",
        "smallest_budget": Decimal("1500.50"),
        "smallest_gmv": Decimal(0),
    }


@pytest.mark.parametrize("name", ["about", "website", "city", "smallest_budget", "smallest_gmv"])
def test_field_may_be_left_out(name):
    assert errors(PartnerProfileForm(filled(**{name: ""}))) == {}


@pytest.mark.parametrize(
    "name",
    [
        "partner_name",
        "tagline",
        "types",
        "services",
        "categories",
        "markets",
        "languages",
        "company_sizes",
        "currency",
    ],
)
def test_field_must_be_filled_in(name):
    data = {key: value for key, value in filled().items() if key != name}

    assert errors(PartnerProfileForm(data)) == {name: ["required"]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"partner_name": "n" * 121}, {"partner_name": ["max_length"]}),
        ({"partner_name": "x" * 100_000}, {"partner_name": ["max_length"]}),
        ({"partner_name": "Two\nlines"}, {"partner_name": ["line_break"]}),
        ({"partner_name": "nul\x00"}, {"partner_name": ["null_characters_not_allowed"]}),
        ({"partner_name": "\u202e\u2066"}, {"partner_name": ["required"]}),
        ({"partner_name": "   "}, {"partner_name": ["required"]}),
        ({"tagline": "t" * 141}, {"tagline": ["max_length"]}),
        ({"about": "a" * 100_000}, {"about": ["max_length"]}),
        ({"about": "nul\x00"}, {"about": ["null_characters_not_allowed"]}),
        ({"city": "c" * 81}, {"city": ["max_length"]}),
        ({"website": "javascript:alert(1)"}, {"website": ["invalid"]}),
        ({"website": "ftp://harbour.example"}, {"website": ["invalid"]}),
        ({"website": "data:text/html,x"}, {"website": ["invalid"]}),
        ({"website": "//harbour.example\x00"}, {"website": ["invalid", "null_characters_not_allowed"]}),
        ({"website": "https://harbour.example/" + "x" * 200}, {"website": ["max_length"]}),
        ({"website": "not a site"}, {"website": ["invalid"]}),
        ({"types": ["tsp", "xyz"]}, {"types": ["invalid_choice"]}),
        ({"services": ["tsp"]}, {"services": ["invalid_choice"]}),
        ({"languages": ["xx"]}, {"languages": ["invalid_choice"]}),
        ({"company_sizes": ["1-11"]}, {"company_sizes": ["invalid_choice"]}),
        ({"markets": ["XX"]}, {"markets": ["invalid_choice"]}),
        ({"categories": ["999999"]}, {"categories": ["invalid_choice"]}),
        ({"categories": ["x\x00"]}, {"categories": ["invalid_choice"]}),
        ({"currency": "XXX"}, {"currency": ["invalid_choice"]}),
        ({"smallest_budget": "9.999"}, {"smallest_budget": ["ambiguous"]}),
        ({"smallest_budget": "-1"}, {"smallest_budget": ["negative"]}),
        ({"currency": "JPY", "smallest_budget": "10.50"}, {"smallest_budget": ["decimals"]}),
        ({"smallest_gmv": "9" * 30}, {"smallest_gmv": ["too_long"]}),
    ],
)
def test_bad_input_is_told_at_its_field(changes, expected):
    assert errors(PartnerProfileForm(filled(**changes))) == expected


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Harbour  ", "Harbour"),
        ("Harbour\u202egnol", "Harbourgnol"),
        ("\u200fمِيناء\u200f", "مِيناء"),
        ("Harbour 🌊", "Harbour 🌊"),
        ("<b>Harbour</b>", "<b>Harbour</b>"),
    ],
)
def test_name_is_kept_without_what_hides_or_reorders_it(typed, kept):
    form = PartnerProfileForm(filled(partner_name=typed))

    assert form.is_valid()
    assert form.profile["name"] == kept


def test_form_of_a_partner_starts_with_what_it_says():
    partner = PartnerFactory(
        name="Northlight",
        smallest_budget=Decimal("500.50"),
        smallest_gmv=0,
        services=["ads", "training"],
        markets=["GB", "IE"],
    )

    form = PartnerProfileForm(partner=partner)

    assert {name: form[name].value() for name in form.fields} == {
        "acting_for": f"partner:{partner.pk}",
        "partner_name": "Northlight",
        "tagline": partner.tagline,
        "about": partner.about,
        "website": "",
        "city": partner.city,
        "types": ["tsp"],
        "services": ["ads", "training"],
        "categories": [str(category().pk)],
        "markets": ["IE", "GB"],
        "languages": ["en"],
        "company_sizes": ["1-10", "11-50", "51-200", "201-500", "501-1000", "1001+"],
        "currency": "GBP",
        "smallest_budget": "500.50",
        "smallest_gmv": None,
    }


def test_category_that_is_offered_no_longer_stays_with_partners_that_have_it():
    partner = PartnerFactory(categories=[BEAUTY, "Shoes"])
    shoes = category("Shoes")
    shoes.active = False
    shoes.save()
    data = filled(categories=[str(shoes.pk)])

    assert errors(PartnerProfileForm(data, partner=partner)) == {}
    assert errors(PartnerProfileForm(data)) == {"categories": ["invalid_choice"]}


def test_parts_with_an_error_are_marked():
    steps = PartnerProfileForm(filled(city="c" * 81, smallest_budget="much")).steps

    assert [(step["id"], step["state"]) for step in steps] == [
        ("part-company", "error"), ("part-services", ""), ("part-sellers", ""), ("part-terms", "error"),
    ]  # fmt: skip


def test_form_shows_every_field_once(rf):
    request = rf.get("/")
    request.user = AnonymousUser()

    for form in (PartnerProfileForm(), PartnerSignupForm()):
        laid_out = [pointer.name for part in form.parts() for pointer in part.get_field_names()]
        assert sorted(laid_out) == sorted(form.fields)
