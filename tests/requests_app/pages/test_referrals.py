"""The public page on referrals says what the code does."""

from html import unescape

import pytest
from django.template.loader import render_to_string

from partners.hard_filters import HARD_FILTERS
from partners.scoring import PARTS
from tests.cast import login
from tests.factories import make_request

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def words(html):
    return " ".join(unescape(html).split())


def test_page_says_every_filter_and_every_part_with_its_points(client):
    text = words(client.get("/referrals/").text)

    assert all(str(each.text) in text for each in HARD_FILTERS)
    assert all(f"{rule.name}, up to {rule.most} points" in text and str(rule.text) in text for rule in PARTS)
    assert sum(rule.most for rule in PARTS) == 100
    assert "it asks the 3 that fit best" in text


def test_filters_and_parts_say_different_things():
    sentences = [str(each.text) for each in (*HARD_FILTERS, *PARTS)]

    assert len(set(sentences)) == len(HARD_FILTERS) + len(PARTS)
    assert all(sentence.endswith(".") for sentence in sentences)


def test_page_is_linked_from_where_people_ask(client, seller, share):
    pages = {path: client.get(path).text for path in ("/partners/", "/help/", "/")}

    assert all('href="/referrals/"' in html for html in pages.values())
    assert 'href="/referrals/"' in render_to_string("directory/referral.html", {"platform": "Shop"})


def test_reasons_of_a_referral_lead_to_it(client, seller, shop, partner):
    request = make_request(shop)
    login(client, seller)

    cards = client.get(f"/requests/{request.reference}/").text.partition('class="stack-sm partner-cards"')[2]

    assert cards.partition("</section>")[0].count('href="/referrals/"') == 1
