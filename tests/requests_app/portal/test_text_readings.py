"""The first showing of free text to a member, for each version, is on record, and the seller reads it."""

import pytest
import time_machine

from requests_app import services, visibility
from requests_app.models import Event, Share, TextReading
from tests.cast import login, signed_in
from tests.client import SignedInClient
from tests.factories import details_of, make_request
from tests.requests_app.portal.shares import edit, url_of
from tests.requests_app.seller.details import url, words

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _commits(django_capture_on_commit_callbacks, monkeypatch):
    """Have each page that is asked for here end as it does for people: with a commit."""
    ask = SignedInClient.request

    def request(self, **request):
        with django_capture_on_commit_callbacks(execute=True):
            return ask(self, **request)

    monkeypatch.setattr(SignedInClient, "request", request)


def read_by(share):
    return list(share.text_readings.order_by("id").values_list("by__name", "version"))


def test_each_member_and_version_is_on_record_once(share, reviewer, partner_viewer):
    for _load in range(3):
        signed_in(reviewer).get(url_of(share))
    signed_in(partner_viewer).get(url_of(share))
    edit(share, other_details="Call +44 113 496 0000")
    for _load in range(2):
        signed_in(reviewer).get(url_of(share))

    assert read_by(share) == [("Rita Reviewer", 1), ("Vera Partnerviewer", 1), ("Rita Reviewer", 2)]
    assert not Event.objects.filter(kind="contact_opened").exists()


@pytest.mark.parametrize("name", ["other_details", "hot_sale_product"])
def test_difference_that_quotes_free_text_puts_both_versions_on_record(name, share, reviewer):
    """As on the page that asks to accept, by somebody who never saw the version before."""
    edit(share, **{name: "Call +44 113 496 0000"})

    signed_in(reviewer).post(url_of(share, "accept"), {"version": "1"})

    assert read_by(share) == [("Rita Reviewer", 1), ("Rita Reviewer", 2)]


@pytest.mark.usefixtures("many_with_one_partner")
def test_page_without_a_text_puts_nothing_on_record(shop, partner, reviewer, share):
    empty = make_request(shop, [partner], hot_sale_product="", other_details="").shares.get()
    hidden = make_request(shop, [partner], hide_contact=True).shares.get()
    signed_in(reviewer).get(url_of(empty))
    signed_in(reviewer).get(url_of(hidden))
    signed_in(reviewer).get("/portal/")
    signed_in(reviewer).get(url_of(share, "accept"))
    edit(share, budget="2500")
    signed_in(reviewer).get(url_of(share, "accept"))

    assert not TextReading.objects.exists()


def test_nobody_else_is_on_record(share, seller, other_partner, staff):
    for person in (seller, other_partner, staff):
        signed_in(person).get(url_of(share))
        assert visibility.free_text(person, share) is None

    assert not TextReading.objects.exists()


def test_seller_reads_who_read_it_and_when(client, seller, share, reviewer, partner_owner, open_request):
    with time_machine.travel("2026-11-26T12:00Z", tick=False):
        signed_in(reviewer).get(url_of(share))
    with time_machine.travel("2026-11-26T13:00Z", tick=False):
        services.open_contact(share_id=share.pk, by=partner_owner)
    with time_machine.travel("2026-11-26T14:00Z", tick=False):
        page = words(login(client, seller).get(url(open_request)).content.decode())

    said = "Rita Reviewer, a reviewer at Northlight Commerce, read the texts of version 1 Thu 26 Nov, 12:00"
    assert said in page
    assert page.index("Petra Partner, an owner at Northlight Commerce, opened") < page.index(said)


def test_reader_who_has_left_or_is_staff_is_shown_as_such(client, seller, share, reviewer, open_request):
    signed_in(reviewer).get(url_of(share))
    reviewer.partner_members.all().delete()
    type(reviewer).objects.filter(pk=reviewer.pk).update(is_staff=True)

    page = words(login(client, seller).get(url(open_request)).content.decode())

    assert "Rita Reviewer (TikTok Shop staff), formerly at Northlight Commerce, read the texts of version 1" in page


@pytest.mark.parametrize("readers", [1, 30])
def test_page_lists_the_newest_twenty_and_says_that_there_are_more(readers, client, seller, share, open_request):
    details = details_of()
    assert details["other_details"]
    TextReading.objects.bulk_create(
        TextReading(share=share, by=seller, version=number + 1) for number in range(readers)
    )

    response = login(client, seller).get(url(open_request))

    assert len(response.context["openings"]) == min(readers, 20)
    assert response.context["more_openings"] is (readers > 20)
    assert Share.objects.get().text_readings.count() == readers
