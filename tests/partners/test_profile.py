"""A partner's public page: who may read it, what it shows, and the one next action of each reader."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts import clock
from tests.cast import login
from tests.factories import PartnerFactory, ShopFactory, UserFactory, category
from tests.partners.directory import page_text

pytestmark = [pytest.mark.django_db, pytest.mark.once]
REQUEST = '<a class="btn btn-primary btn-lg" href="/requests/new/?partner={}">Request this partner</a>'


def page(client, partner, user=None):
    return (login(client, user) if user else client).get(f"/partners/{partner.slug}/")


def test_profile_shows_what_sells_a_partner(client):
    partner = PartnerFactory(
        name="Northlight Commerce",
        tagline="Livestreams that sell",
        about="We run studios.\n<b>Ask</b> us.",
        city="Leeds",
        website="https://www.northlight.example/about?x=1",
        types=["tsp", "mcn"],
        services=["livestream", "ads"],
        categories=["Shoes", "Furniture"],
        markets=["GB", "IE"],
        languages=["en", "de"],
        company_sizes=["1-10", "501-1000"],
        smallest_budget=Decimal(1_500_000),
        smallest_gmv=Decimal(0),
        currency="IDR",
        shares_answered=11,
        shares_unanswered=1,
    )

    response = page(client, partner)

    text = page_text(response)
    for shown in (
        "Northlight Commerce", "Livestreams that sell", "We run studios. <b>Ask</b> us.", "Leeds", "northlight.example",
        "TikTok Shop Partner (TSP)", "Multi-Channel Network (MCN)", "Livestream selling", "Advertising", "Shoes",
        "Furniture", "Ireland", "United Kingdom", "English, German", "1-10, 501-1,000 people",
        "From IDR 1,500,000 a month", "No minimum", "Answers 92% of requests", "Available",
    ):  # fmt: skip
        assert shown in text
    assert (
        '<a href="https://www.northlight.example/about?x=1" rel="nofollow noopener noreferrer">northlight.example</a>'
        in response.content.decode()
    )


def test_profile_leaves_out_what_nobody_filled_in(client):
    partner = PartnerFactory(tagline="", about="", city="", website="", smallest_budget=0, shares_answered=4)

    text = page_text(page(client, partner))

    assert "About" not in text
    assert "Answers" not in text
    assert "Any budget" in text


@pytest.mark.parametrize("status", ["applied", "suspended"])
@pytest.mark.parametrize("person", [None, "seller", "other_partner", "staff"])
def test_profile_that_is_not_approved_is_not_found(client, status, person, request):
    partner = PartnerFactory(status=status)
    user = person and request.getfixturevalue(person)

    assert page(client, partner, user).status_code == 404


def test_profile_that_nobody_has_is_not_found(client):
    assert client.get("/partners/nobody/").status_code == 404


def test_applicant_reads_their_own_profile_with_a_notice(client):
    user = UserFactory()
    partner = PartnerFactory(status="applied", owner=user)

    assert "Only you and your colleagues see this page" in page_text(page(client, partner, user))


def test_suspended_partner_does_not_even_read_its_own(client):
    user = UserFactory()

    assert page(client, PartnerFactory(status="suspended", owner=user), user).status_code == 404


@pytest.mark.parametrize("person", [None, "seller", "someone"])
def test_person_who_may_request_is_led_to_the_form_with_the_partner(client, partner, person, request, seller, shop, db):
    user = {None: None, "seller": seller, "someone": UserFactory()}[person]

    response = page(client, partner, user)

    assert REQUEST.format(partner.slug) in response.content.decode()


def test_anonymous_reader_signs_in_on_the_way_to_the_form(client, partner):
    response = client.get(f"/requests/new/?partner={partner.slug}")

    assert response.url == f"/accounts/login/?next=/requests/new/%3Fpartner%3D{partner.slug}"


def test_partner_account_reads_that_only_sellers_request(client, partner, other_partner, other_agency):
    response = page(client, partner, other_partner)

    assert "Only sellers request partners." in page_text(response)
    assert "/requests/new/" not in response.content.decode()


def test_partner_account_that_has_a_shop_too_may_request(client, partner, other_partner, other_agency):
    ShopFactory(owner=other_partner)

    assert REQUEST.format(partner.slug) in page(client, partner, other_partner).content.decode()


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ({"load": 5, "capacity": 5}, "Northlight is working at capacity and takes no new requests for now."),
        ({"paused_until": timedelta(days=2)}, "Northlight takes no new requests until"),
    ],
)
def test_partner_without_room_is_not_requested(client, state, shown):
    state = {name: clock.now() + value if name == "paused_until" else value for name, value in state.items()}
    response = page(client, PartnerFactory(name="Northlight", **state))

    text = page_text(response)
    assert shown in text
    assert "See similar partners" in text
    assert f'href="/partners/?category={category().pk}"' in response.content.decode()
    assert "/requests/new/" not in response.content.decode()


@pytest.mark.parametrize(("others", "queries"), [(0, 7), (1, 8), (3, 8), (30, 8)])
def test_profile_asks_few_queries_however_many_are_like_it(client, others, queries, django_assert_num_queries):
    """The partner with its traits, markets and categories; for the similar ones rates, the index, the
    partners and their traits.
    """
    partner = PartnerFactory(markets=["GB", "IE", "DE"], categories=["Shoes", "Furniture"])
    PartnerFactory.create_batch(others, categories=["Furniture"])

    with django_assert_num_queries(queries):
        page(client, partner)


def test_profile_names_similar_partners_that_have_room(client):
    partner = PartnerFactory(name="Northlight", categories=["Shoes"], markets=["GB", "DE"])
    PartnerFactory(name="Same", categories=["Shoes"], smallest_budget=Decimal(520))
    PartnerFactory(name="Dearer", categories=["Shoes"], smallest_budget=Decimal(9_000))
    PartnerFactory(name="Booked", categories=["Shoes"], load=5)
    PartnerFactory(name="Paused", categories=["Shoes"], paused_until=clock.now() + timedelta(days=2))
    PartnerFactory(name="Elsewhere", categories=["Shoes"], markets=["DE"])
    PartnerFactory(name="Gardener", categories=["Furniture"])
    PartnerFactory(name="Applicant", categories=["Shoes"], status="applied")

    similar = page(client, partner).context["similar"]

    assert [each.name for each in similar] == ["Same", "Dearer"]


def test_profile_of_a_fully_booked_partner_still_names_similar_ones(client, partner):
    booked = PartnerFactory(name="Booked", load=5)

    assert [each.name for each in page(client, booked).context["similar"]] == [partner.name]


def test_profile_shows_how_it_answers_in_numbers(client):
    partner = PartnerFactory(shares_answered=11, shares_unanswered=1, answer_minutes=[60, 60, 61, 900, 900])

    text = page_text(page(client, partner))

    assert "Response rate92%" in text
    assert "Median time to answer2 hours" in text


def test_profile_is_added_to_what_is_being_compared(client, partner):
    other = PartnerFactory(name="Harbour & Pine")

    html = client.get(f"/partners/{partner.slug}/?partner={other.slug}&partner=nobody").content.decode()

    assert f'href="/partners/compare/?partner={other.slug}&amp;partner={partner.slug}"' in html


def test_profile_describes_itself_to_previews_of_its_link(client, partner):
    html = page(client, partner).content.decode()

    assert f'<meta property="og:title" content="{partner.name}">' in html
    assert f'<meta property="og:url" content="http://127.0.0.1:8000/partners/{partner.slug}/">' in html
    assert 'content="http://127.0.0.1:8000/static/img/social.png"' in html
    assert 'name="robots"' not in html
