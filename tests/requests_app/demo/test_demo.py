"""The demo site's own pages: people, clock, mailbox."""

import re

import pytest
import time_machine
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import Client
from zeal import zeal_ignore

from accounts import clock
from requests_app.demo import mailbox
from requests_app.demo.tour import STEPS
from requests_app.models import Share
from requests_app.workflow import ShareStatus
from tests.factories import UserFactory
from tests.requests_app import demo_urls

pytestmark = [pytest.mark.urls(demo_urls.__name__), pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def demo(settings, tmp_path):
    settings.DEMO = True
    settings.DEMO_CLOCK_FILE = tmp_path / "demo_clock"
    settings.DEMO_MAIL_DIR = tmp_path / "mail"
    backend = "django.core.mail.backends.filebased.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": {"file_path": str(settings.DEMO_MAIL_DIR)}}}


def send(subject="Confirm your address", body="Open http://127.0.0.1:8000/requests/\n", to="ann@example.com"):
    EmailMessage(subject, body, to=[to]).send()


def test_home_names_the_people_and_the_password(client):
    html = client.get("/demo/").content.decode()

    assert "seller@example.com" in html
    assert "shop-partners-demo" in html


@pytest.mark.parametrize(
    ("step", "leads_to"), [("", "/"), ("1", "/requests/new/?partner=northlight-commerce"), ("9", "/")]
)
def test_visitor_becomes_a_person_where_the_step_begins(step, leads_to, client, seller):
    response = client.post("/demo/as/", {"person": "seller@example.com", "step": step})

    assert response["Location"] == leads_to
    assert client.session["_auth_user_id"] == str(seller.pk)


def test_visitor_becomes_nobody_but_the_people_of_the_demo(client, seller, other_partner, settings):
    stranger = UserFactory(email="somebody@example.com")

    assert client.post("/demo/as/", {"person": stranger.email}).status_code == 404
    assert client.get("/demo/as/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/demo/as/", {"person": seller.email}).status_code == 403

    settings.DEMO = False
    assert client.post("/demo/as/", {"person": seller.email}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_steps_of_the_tour_begin_at_pages_that_are_there(client, seller, shop, reviewer, partner_owner, partner, staff):
    for number, step in enumerate(STEPS, 1):
        response = client.post("/demo/as/", {"person": step.person.email, "step": number}, follow=True)
        assert response.status_code == 200
        assert response.redirect_chain[0] == (step.path, 302)


def test_mailbox_is_empty_at_first(client):
    assert "No mail yet" in client.get("/demo/mail/").content.decode()


def test_mailbox_lists_mails_newest_first(client):
    with time_machine.travel("2026-03-02 09:00", tick=False) as traveller:
        for number in range(3):
            send(f"Mail {number}")
            traveller.shift(1)  # a file of its own for each: Django names them by the second

    assert [found.subject for found in client.get("/demo/mail/").context["mails"]] == ["Mail 2", "Mail 1", "Mail 0"]


def test_several_mails_of_one_file_are_told_apart(settings):
    send("First")
    send("Second")
    files = list(settings.DEMO_MAIL_DIR.iterdir())  # two, or one already: Django names them by the second and an id
    together = b"".join(file.read_bytes() for file in files)
    for file in files:
        file.unlink()
    files[0].write_bytes(together)

    found = mailbox.newest_mails()

    assert sorted(mail.subject for mail in found) == ["First", "Second"]
    assert {mailbox.find_mail(mail.key) for mail in found} == set(found)


def test_mail_is_shown_as_escaped_text_with_its_links(client):
    send("Täglich <b>neu</b>", "Hello <script>alert(1)</script>\nhttp://127.0.0.1:8000/requests/?a=1&b=2\n")
    [found] = mailbox.newest_mails()

    html = client.get(f"/demo/mail/{found.key}/").content.decode()

    assert "<h1>Täglich &lt;b&gt;neu&lt;/b&gt;</h1>" in html
    assert "Hello &lt;script&gt;" in html
    assert '<a href="http://127.0.0.1:8000/requests/?a=1&amp;b=2" rel="nofollow">' in html


def send_html(html):
    EmailMultiAlternatives("Mail", "As text", to=["ann@example.com"], alternatives=[(html, "text/html")]).send()
    return mailbox.newest_mails()[0].key


def test_mail_is_shown_as_html_too_in_a_frame_that_may_do_nothing(client):
    key = send_html("<!doctype html><title>Mail</title><style>p { color: red }</style><p>Größe</p><script>x()</script>")

    page = client.get(f"/demo/mail/{key}/")
    mail = client.get(f"/demo/mail/{key}/html/")

    assert "As text" in page.text
    [frame] = re.findall("<iframe [^>]*>", page.text)
    assert f' src="/demo/mail/{key}/html/" sandbox title="The mail as HTML"' in frame
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]  # the site's own stays
    assert "<p>Größe</p>" in mail.text
    digest = "sha256-ngewhhP73WDIbgwseeu52VAAJgKdGUsu1IUQQsAm8m4="
    policy = f"default-src 'none'; style-src '{digest}'; frame-ancestors 'self'; sandbox"
    assert mail["Content-Security-Policy"] == policy
    assert mail["X-Frame-Options"] == "SAMEORIGIN"


def test_mail_without_html_has_no_frame(client):
    send()
    [found] = mailbox.newest_mails()

    assert "<iframe" not in client.get(f"/demo/mail/{found.key}/").text
    assert client.get(f"/demo/mail/{found.key}/html/").status_code == 404


@pytest.mark.parametrize("key", ["x", "20261122-131205-1.0", "..%2F..%2Fsecret_key", "20261122-131205-1.9", "a.log"])
def test_mail_that_is_not_there_is_not_found(key, client):
    send()

    assert client.get(f"/demo/mail/{key}/").status_code == 404
    assert client.get(f"/demo/mail/{key}/html/").status_code == 404


def test_mail_outside_the_folder_is_not_found(settings):
    send()
    (settings.DEMO_MAIL_DIR.parent / "20261122-131205-1.log").write_text("secret")

    assert mailbox.find_mail("../20261122-131205-1.0") is None


def test_clock_moves_and_what_is_due_happens(client, share):
    with zeal_ignore():  # the timers run in the request here, one act and one mail after the other
        response = client.post("/demo/clock/", {"days": "8"}, follow=True)

    assert "The clock is 8 days ahead now." in response.content.decode()
    assert clock.demo_offset().days == 8
    assert Share.objects.get(pk=share.pk).status == ShareStatus.CLOSED


@pytest.mark.parametrize("days", ["", "-1", "2", "1e3", "99999999"])
def test_clock_moves_by_what_is_offered_only(days, client):
    assert client.post("/demo/clock/", {"days": days}).status_code == 404
    assert clock.demo_offset().days == 0


def test_clock_is_moved_by_a_post_from_the_page(client):
    assert client.get("/demo/clock/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/demo/clock/", {"days": "1"}).status_code == 403


@pytest.mark.urls("shoppartners.urls")
@pytest.mark.parametrize(
    "url",
    [
        "/demo/",
        "/demo/mail/",
        "/demo/mail/20261122-131205-1.0/",
        "/demo/mail/20261122-131205-1.0/html/",
        "/demo/as/",
        "/styleguide/",
    ],
)
def test_page_is_not_there_without_demo(url, client, seller):
    client.force_login(seller)

    assert client.get(url).status_code == 404
