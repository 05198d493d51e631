"""Lists by name are sorted as readers expect, on both databases, and not by bytes."""

import random

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.formats import sort_key
from accounts.letters import order_key
from partners.models import Market
from partners.names import names_of
from requests_app.pages.memberships import memberships_of
from requests_app.seller.picker import Picker
from requests_app.staff.desk import offers
from tests.factories import PartnerFactory, ShopFactory, UserFactory, add_to_shop, make_request

SORTED = [
    "“24 Hours”",
    "Ångström",
    "Apple",
    "banana",
    "eBay",
    "Éclat",
    "École",
    "H&M",
    "H&M Home",
    "łódź",
    "Lumen",
    "Ölmühle",
    "Zebra",
    "Ёлка",
    "Магазин",
    "กาแฟ",
    "แกงไทย",  # its vowel is written before the consonant that it is sorted by
    "ขายดี",
    "가게",
    "한국",
    "さくら",
    "サクラ２",
    "しんじゅく",
]


@pytest.fixture
def shuffled():
    return random.Random(7).sample(SORTED, len(SORTED))


@pytest.mark.once
def test_key_sorts_names_as_readers_do(shuffled):
    assert sorted(shuffled, key=order_key) == SORTED
    assert sorted(shuffled, key=sort_key) == SORTED  # of lists that are sorted in Python


@pytest.fixture
def agencies(db, shuffled):
    for name in shuffled:
        PartnerFactory(name=name)


def test_directory_stands_in_the_readers_order_over_its_pages(client, agencies):
    names, url = [], "?sort=name"
    while url:
        context = client.get(reverse("partners:directory") + url).context
        names += [card.name for card in context["cards"]]
        url = context["page"].older_url

    assert names == SORTED


def test_staffs_list_and_referral_by_hand_stand_in_it(desk, agencies, shop):
    request = make_request(shop)
    best, others = offers(request.pk)
    referred = {share.partner.name for share in request.shares.all()} | {offer.partner.name for offer in best}

    listed = desk.get(reverse("admin:partners_partner_changelist")).context["cl"].result_list

    assert [row.name for row in listed] == SORTED
    assert [offer.partner.name for offer in others] == [name for name in SORTED if name not in referred]
    assert others


def test_picker_orders_those_that_fit_equally_by_name(agencies, shop):
    assert [option.name for option in Picker(shop).options] == SORTED


def test_own_shops_stand_by_name(db, shuffled):
    person = UserFactory()
    for name in shuffled:
        add_to_shop(ShopFactory(name=name), person, "viewer")

    assert [membership.name for membership in memberships_of(person)] == SORTED


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["Germany", "Indonesia", "United Kingdom", "Vietnam"]),
        ("de", ["Deutschland", "Indonesien", "Vereinigtes Königreich", "Vietnam"]),
        ("zh-hans", ["德国", "印度尼西亚", "英国", "越南"]),
    ],
)
def test_markets_stand_in_the_order_of_the_readers_language(language, names, db):
    with translation.override(language):
        assert names_of(Market.objects.filter(code__in=["DE", "GB", "ID", "VN"])) == names
