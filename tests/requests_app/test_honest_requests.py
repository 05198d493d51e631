"""How many honest requests are put on hold: a thousand that are made up, through the rules alone, without a submit.

An honest seller gives an address that a member of the shop has verified, or that the shop confirmed before. Partners
answer as in the demo world, and now and then take an honest request for spam by mistake.
"""

from datetime import timedelta
from functools import cache
from random import Random

import pytest

from requests_app import contacts, screening
from requests_app.change import Change
from requests_app.demo.stories import STORIES
from requests_app.models import PartnerRequest, Share
from tests.factories import CONTACT, confirm_contact

pytestmark = [pytest.mark.django_db, pytest.mark.once]
REQUESTS, MOST_HELD = 1000, 10
REJECTED = 0.5  # of the shares of a request: more than in the demo world
MISTAKEN = 0.02  # of these rejections are as spam
REASONS = [step[3] for story in STORIES for step in story.steps if step[1] == "rejects" and step[3] != "spam"]
ASKED = [len(story.picks) or 5 for story in STORIES]  # a referral that nobody accepts asks five in all


@pytest.fixture
def is_confirmed(shop):
    """What the rule says of an address, asked once for each spelling."""
    return cache(lambda address: contacts.is_confirmed(shop.pk, address))


def held_of(random, is_confirmed, addresses, *, mistaken=MISTAKEN):
    """Return the hold that an honest request is put on, "" for none."""
    address = random.choice(addresses)
    if not is_confirmed(random.choice([address, address.upper()])):
        return "contact"
    request = PartnerRequest(contact_email=address)
    change = Change(request, by=None, actor="partner", is_new=True)
    for number in range(random.choice(ASKED)):
        change.shares[number] = share = Share(request=request, partner_id=number, shared_at=change.at)
        if random.random() < REJECTED:
            is_mistaken = random.random() < mistaken
            share.reject(reason="spam" if is_mistaken else random.choice(REASONS), at=change.at + timedelta(days=1))
            if is_mistaken:
                screening.note_verdict(change)
    return request.hold


@pytest.fixture
def addresses(shop, seller, editor):
    """What an honest seller of the shop gives: mostly their own address."""
    confirm_contact(shop, CONTACT)
    return [seller.email] * 8 + [editor.email, CONTACT]


def test_one_in_a_hundred_honest_requests_is_held_at_most(is_confirmed, addresses):
    random = Random(13)

    held = [held_of(random, is_confirmed, addresses) for _request in range(REQUESTS)]

    assert held.count("contact") == 0
    assert held.count("screening") <= MOST_HELD


def test_partners_that_often_mistake_them_have_more_held(is_confirmed, addresses):
    """Or nothing was counted above."""
    random = Random(13)

    held = [held_of(random, is_confirmed, addresses, mistaken=0.2) for _request in range(REQUESTS)]

    assert held.count("screening") > MOST_HELD


def test_address_that_nobody_confirmed_would_be_held(is_confirmed, addresses):
    assert held_of(Random(13), is_confirmed, ["desk@elsewhere.example"]) == "contact"
