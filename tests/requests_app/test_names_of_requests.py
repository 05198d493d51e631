"""What a request is called, and that it is called so in every list, title, mail and notification."""

import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import translation

from accounts import outbox
from requests_app import help_needed
from requests_app.help_needed import name_of
from tests.cast import login
from tests.factories import make_request
from tests.standing import standing

pytestmark = pytest.mark.once
BEAUTY = "Beauty & Personal Care"
TWO = "Livestream selling and Advertising, Beauty & Personal Care"


@pytest.mark.parametrize(
    ("language", "services", "name", "short"),
    [
        ("en", [], "Schuhe", "Schuhe"),
        ("en", ["livestream"], "Livestream selling, Schuhe", "Livestream selling, Schuhe"),
        ("en", ["livestream", "ads"], "Livestream selling and Advertising, Schuhe",
         "Livestream selling, Advertising, Schuhe"),
        ("en", ["livestream", "ads", "training"], "Livestream selling, Advertising and Training and mentoring, Schuhe",
         "Livestream selling + 2, Schuhe"),
        ("de", ["livestream", "ads"], "Verkauf per Livestream und Werbung, Schuhe",
         "Verkauf per Livestream, Werbung, Schuhe"),
        ("en", ["gone"], "gone, Schuhe", "gone, Schuhe"),
    ],
)  # fmt: skip
def test_request_is_called_by_its_help_needed_and_category(language, services, name, short):
    with translation.override(language):
        assert name_of(services, "Schuhe").replace(", and", " and") == name
        assert name_of(services, "Schuhe", short=True) == short


@standing
def two(shop, partner):
    """Two requests of one shop, which differ by their help needed alone."""
    return [make_request(shop, [partner], services=services) for services in (["livestream", "ads"], ["compliance"])]


NAMES = [TWO, "Compliance, Beauty & Personal Care"]


def headings(response):
    html = response.content.decode().replace("&amp;", "&")
    return [" ".join(re.sub("<[^>]+>", " ", found).split()) for found in re.findall(r"<h[1-3].*?</h[1-3]>", html, re.S)]


def title(response):
    found = re.search(r"<title>(.*?)</title>", response.content.decode(), re.DOTALL).group(1)
    return " ".join(found.replace("&amp;", "&").split())


def test_two_requests_of_one_shop_are_told_apart_in_every_list(client, two, seller, partner_owner):
    for person, urls in ((seller, ["/requests/", "/seller/"]), (partner_owner, ["/portal/"])):
        login(client, person)
        for url in urls:
            named = [text for text in headings(client.get(url)) if BEAUTY in text]
            assert sorted(text.partition(" £")[0] for text in named) == sorted(NAMES), url


@pytest.mark.parametrize("place", ["", "edit/", "close/"])
def test_pages_of_the_seller_are_titled_by_it(place, client, two, seller):
    login(client, seller)

    titles = [title(client.get(request.get_absolute_url() + place)) for request in two]

    assert all(name in shown for name, shown in zip(NAMES, titles, strict=True))


@pytest.mark.parametrize("place", ["", "accept/", "reject/"])
def test_pages_of_the_partner_are_titled_by_it(place, client, two, partner_owner):
    login(client, partner_owner)

    pages = [client.get(request.shares.get().get_absolute_url() + place) for request in two]

    for name, page in zip(NAMES, pages, strict=True):
        assert name in title(page)
        assert name in page.content.decode().replace("&amp;", "&").partition("</header>")[2]


def test_mail_names_it_in_the_readers_language(two, seller, partner_owner):
    partner_owner.language = "de"
    partner_owner.save()

    for row in (seller.notifications.latest("pk"), partner_owner.notifications.earliest("pk")):
        outbox.mail_of([row]).send()

    to_seller, to_partner = mail.outbox
    assert "Compliance, Beauty & Personal Care, SPR-" in to_seller.subject
    assert "Compliance, Beauty & Personal Care, £2,000 a month" in to_seller.body
    assert "Verkauf per Livestream, Werbung, " in to_partner.subject
    assert "Verkauf per Livestream und Werbung, " in to_partner.body
    assert len(to_partner.subject) < 160


def test_several_of_one_request_are_one_mail_that_names_it(two, seller):
    row = seller.notifications.latest("pk")

    outbox.mail_of([row, row]).send()

    assert "Compliance, Beauty & Personal Care" in mail.outbox[0].subject
    assert "Compliance, Beauty & Personal Care" in mail.outbox[0].body


def test_notifications_and_the_desk_name_it(client, desk, two, seller):
    listed = desk.get(reverse("admin:requests_app_partnerrequest_changelist")).content.decode()
    told = login(client, seller).get(reverse("accounts:notifications")).content.decode()

    for short, request in zip(["Livestream selling, Advertising", "Compliance"], two, strict=True):
        assert f"{short}, Beauty &amp; Personal Care" in told
        assert help_needed.services_text(request.services) + ", Beauty &amp; Personal Care" in listed


def test_notification_of_an_older_release_is_shown_without_a_name(client, seller, two):
    row = seller.notifications.latest("pk")
    row.context = {"shop": "Lumen Skincare", "reference": two[1].reference, "partners": [], "type": "choose"}
    row.save()

    outbox.mail_of([row]).send()

    assert mail.outbox[0].subject == f"Your request is submitted ({two[1].reference})"
    assert "a month" not in mail.outbox[0].body
