"""What the directory offers a reader is what the request form takes."""

from datetime import timedelta

import pytest

from accounts import clock
from requests_app.seller.picker import Picker
from tests.cast import login
from tests.factories import PartnerFactory, UserFactory, add_to_partner
from tests.partners.directory import ask, names, page_text

STATES = {
    "free": {},
    "elsewhere": {"markets": ["DE"]},
    "booked": {"load": 5, "capacity": 5},
    "paused": {"paused_until": timedelta(days=2)},
    "elsewhere and booked": {"markets": ["DE"], "load": 5, "capacity": 5},
}


@pytest.fixture(params=STATES)
def stranger(request, db):
    """A partner in each state that the form looks at."""
    state = dict(STATES[request.param])
    if "paused_until" in state:
        state["paused_until"] += clock.now()
    return PartnerFactory(name="Stranger", **state)


def offers(client, path):
    return "/requests/new/" in client.get(path).content.decode().split("<main", 1)[1].split("</main", 1)[0]


def test_a_partner_is_offered_just_where_the_form_takes_it(stranger, client, seller, shop):
    login(client, seller)
    takes = not Picker(shop).unavailable([stranger.pk])

    assert offers(client, f"/partners/{stranger.slug}/") is takes
    assert offers(client, f"/partners/compare/?partner={stranger.slug}") is takes
    assert names(ask(client)) == (["Stranger"] if takes else [])
    assert names(ask(client, all="1")) == ["Stranger"]


@pytest.mark.once
def test_a_partner_is_not_offered_to_a_viewer_of_the_shop(client, viewer, shop, partner):
    login(client, viewer)

    assert not offers(client, f"/partners/{partner.slug}/")
    assert not offers(client, f"/partners/compare/?partner={partner.slug}")
    assert "Only an owner or editor of the shop can do this." in page_text(client.get(f"/partners/{partner.slug}/"))


@pytest.mark.once
def test_a_partner_whose_application_waits_is_not_offered_to_its_own_seller(client, seller, shop):
    applied = PartnerFactory(name="Mine", status="applied")
    add_to_partner(applied, seller, "owner")

    assert not offers(login(client, seller), f"/partners/{applied.slug}/")


@pytest.mark.parametrize("person", [None, "somebody without a shop"])
def test_directory_shows_all_to_who_has_no_shop(person, client, partner):
    PartnerFactory(name="Elsewhere", markets=["DE"])
    if person:
        login(client, UserFactory())

    response = ask(client)

    assert names(response) == ["Elsewhere", "Northlight Commerce"]
    assert "you cannot ask" not in page_text(response)


@pytest.mark.once
@pytest.mark.parametrize("person", ["viewer", "reviewer"])
def test_directory_promises_nothing_to_who_can_ask_nobody(person, client, shop, partner, request):
    PartnerFactory(name="Elsewhere", markets=["DE"])

    response = ask(login(client, request.getfixturevalue(person)))

    assert names(response) == ["Elsewhere", "Northlight Commerce"]
    assert response.context["count"] == "2 partners"
    assert [card.unserved for card in response.context["cards"]] == ["", ""]
    assert 'name="all"' not in response.content.decode()
    assert "you cannot ask" not in page_text(response)


@pytest.mark.once
def test_directory_says_that_it_shows_those_the_seller_can_ask_and_has_a_switch(client, seller, shop, partner):
    PartnerFactory(name="Elsewhere", markets=["DE"])
    login(client, seller)

    own, everybody = ask(client), ask(client, all="1")

    assert own.context["count"] == "1 partner you can ask"
    assert everybody.context["count"] == "2 partners"
    assert 'name="all" value="1">' in own.content.decode()
    assert 'name="all" value="1" checked>' in everybody.content.decode()
    assert [card.unserved for card in everybody.context["cards"]] == ["Does not serve your market", ""]
    assert everybody.context["chips"] == []
    assert everybody.context["here"] == "/partners/?all=1"


def test_a_market_that_the_seller_names_is_shown_whole(client, seller, shop, partner):
    PartnerFactory(name="Elsewhere", markets=["DE"])

    assert names(ask(login(client, seller), market="DE")) == ["Elsewhere"]


@pytest.mark.once
def test_directory_of_a_seller_whom_nobody_serves_leads_to_all(client, seller, shop):
    PartnerFactory(name="Elsewhere", markets=["DE"])

    response = ask(login(client, seller))

    assert "No partners yet" not in page_text(response)
    assert 'href="/partners/?all=1"' in response.content.decode()
