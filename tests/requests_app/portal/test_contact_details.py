"""The contact details on a partner's page of a share: when they open, and what each opening records."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from partners import services as partner_services
from requests_app import services
from requests_app.models import Event
from tests.cast import login, signed_in
from tests.factories import make_request
from tests.requests_app.portal.shares import CONTACT, FREE_TEXT, edit, url_of

pytestmark = pytest.mark.once


def test_contact_details_are_shown_to_a_post_and_the_opening_is_recorded(client, reviewer, share):
    response = login(client, reviewer).post(url_of(share, "contact"))

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert [text for text in CONTACT if text not in response.text] == []
    opened = Event.objects.get(kind="contact_opened")
    assert (opened.share, opened.by, opened.actor) == (share, reviewer, "partner")


def test_double_click_and_reload_are_the_same_opening_and_later_or_edited_ones_are_not(
    client, reviewer, partner_owner, share, time_machine
):
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    login(client, reviewer)

    def opened(client=client):
        assert CONTACT[2] in client.post(url_of(share, "contact")).text
        return Event.objects.filter(kind="contact_opened").count()

    counts = [opened(), opened(), opened(signed_in(partner_owner)), opened()]
    time_machine.shift(timedelta(minutes=4))
    counts.append(opened())
    edit(share, budget=Decimal(2600))
    counts.append(opened())
    time_machine.shift(timedelta(minutes=6))
    counts.append(opened())

    assert counts == [1, 1, 2, 2, 2, 3, 4]


@pytest.mark.parametrize(
    "headers", [{"purpose": "prefetch"}, {"sec-purpose": "prefetch;prerender"}, {"x-moz": "prefetch"}]
)
def test_prefetching_refreshing_and_coming_back_open_nothing(headers, client, reviewer, share):
    login(client, reviewer)

    for address in (
        url_of(share),
        url_of(share, "contact"),
        reverse("portal:inbox"),
        reverse("portal:inbox") + "?seen=x",
    ):
        for more in ({}, {"HX-Request": "true"}):
            for ask in (client.get, client.head):
                assert CONTACT[0] not in ask(address, headers=headers | more, follow=True).text

    assert not Event.objects.filter(kind="contact_opened").exists()


def test_contact_details_bear_the_labels_of_the_form(client, reviewer, share):
    shown = login(client, reviewer).post(url_of(share, "contact")).content.decode()

    assert re.findall("<dt>(.*?)</dt>", shown) == ["Subject", "Contact email", "Location"]


def test_contact_details_are_given_to_htmx_as_a_fragment(client, reviewer, share):
    response = login(client, reviewer).post(url_of(share, "contact"), headers={"HX-Request": "true"})
    shown = response.content.decode()

    assert "no-store" in response["Cache-Control"]
    assert CONTACT[0] in shown
    assert "<html" not in shown


def test_contact_details_link_to_an_address_that_cannot_carry_more(client, reviewer, shop, partner):
    share = make_request(shop, picks=[partner], contact_email="a?bcc=x&y@lumen.example").shares.get()

    shown = login(client, reviewer).post(url_of(share, "contact")).content.decode()

    assert 'href="mailto:a%3Fbcc%3Dx%26y@lumen.example"' in shown


def test_contact_details_that_wait_for_acceptance_are_explained(client, reviewer, page, hidden_share):
    shown = page(hidden_share)
    response = client.post(url_of(hidden_share, "contact"), follow=True)

    assert "The seller shows contact details and other details once you accept." in shown
    assert "Show contact details" not in shown
    assert "The contact details are not available to you now." in response.content.decode()
    for text in (*CONTACT, *FREE_TEXT):
        assert text not in shown + response.content.decode()
    assert not Event.objects.filter(kind="contact_opened").exists()


def test_contact_details_open_with_the_acceptance(client, reviewer, page, hidden_share):
    services.accept_share(share_id=hidden_share.pk, by=reviewer, version=1)

    assert FREE_TEXT[0] in page(hidden_share)
    assert CONTACT[0] in client.post(url_of(hidden_share, "contact")).content.decode()


def test_contact_details_refused_to_htmx_lead_back_to_the_page(client, reviewer, hidden_share):
    response = login(client, reviewer).post(url_of(hidden_share, "contact"), headers={"HX-Request": "true"})

    assert response["HX-Redirect"] == url_of(hidden_share)
    assert response.content == b""


@pytest.mark.parametrize("ending", ["reject", "close", "close_request", "suspend"])
def test_contact_details_and_free_text_go_with_the_end(ending, client, reviewer, page, share, seller, staff):
    end(ending, share, reviewer, seller, staff)

    shown = page(share)
    answer = client.post(url_of(share, "contact"), follow=True).content.decode()

    assert "£2,000" in shown
    assert "Show contact details" not in shown
    for text in (*CONTACT, *FREE_TEXT):
        assert text not in shown + answer


def end(how, share, reviewer, seller, staff):
    if how == "reject":
        services.reject_share(share_id=share.pk, by=reviewer, reason="budget", note="call 0113 496 0000")
    elif how == "close":
        services.close_share(share_id=share.pk, by=seller)
    elif how == "close_request":
        services.close_request(request_id=share.request_id, by=seller)
    else:
        partner_services.suspend_partner(partner_id=share.partner_id, by=staff)


def test_contact_details_are_open_to_a_viewer_of_the_partner_too(client, partner_viewer, share):
    assert CONTACT[0] in login(client, partner_viewer).post(url_of(share, "contact")).content.decode()
