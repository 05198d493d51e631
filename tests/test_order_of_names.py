"""Lists by name are sorted as readers expect, on both databases, and not by bytes."""

import ast
import random
import re

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.formats import sort_key
from accounts.letters import order_key
from partners.models import Market, Partner
from partners.names import names_of
from requests_app import absence
from requests_app.pages.memberships import memberships_of
from requests_app.seller.picker import AT_ONCE, Picker
from requests_app.staff.desk import offers
from tests.factories import PartnerFactory, ShopFactory, UserFactory, add_to_partner, add_to_shop, make_request
from tests.test_codebase import faults_of, modules

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
    names = [option.name for start in (0, AT_ONCE) for option in Picker(shop, start=start).options]

    assert names == SORTED


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


def sorting_by_bytes(path, tree):
    """Find what sorts rows by their `name`, where `name_order` or `formats.sort_key` is the reader's order."""
    for node in ast.walk(tree):
        if any(is_name(part) for wanted in sorted_by(node) for part in ast.walk(wanted)):
            yield node.lineno, ast.unparse(node)


def sorted_by(node):
    """Return the parts of a statement or call that say by what, or what without a key, it sorts."""
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ordering":
        return [node.value]
    called = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
    has_key = called and any(keyword.arg == "key" for keyword in node.keywords)
    return node.args if called == "order_by" or (called == "sorted" and not has_key) else []


def is_name(node):
    return isinstance(node, ast.Constant) and bool(re.fullmatch(r"-?(\w+__)?name", str(node.value)))


@pytest.mark.once
@pytest.mark.parametrize(
    "line",
    [
        "Shop.objects.order_by('name')",
        "rows.order_by('-shop__name', 'id')",
        "rows.order_by(F('name').desc())",
        "ordering = ('status', 'name')",
        "sorted(partners.values_list('name', flat=True))",
    ],
)
def test_rule_finds_names_sorted_by_bytes(line):
    assert list(sorting_by_bytes(None, ast.parse(line))) != []


@pytest.mark.once
def test_nothing_sorts_names_by_bytes():
    assert faults_of(sorting_by_bytes, modules()) == []


def test_what_follows_when_somebody_leaves_stands_by_name(db, shuffled):
    person = UserFactory()
    for name in shuffled:
        add_to_partner(PartnerFactory(name=name, owner=person), UserFactory(), "viewer")

    kept = absence.consequences_of(None, person).keeps

    assert [line.partition(" keeps its requests")[0] for line in kept] == SORTED


def test_names_of_partners_stand_in_the_readers_order(agencies):
    assert names_of(Partner.objects.all()) == SORTED
