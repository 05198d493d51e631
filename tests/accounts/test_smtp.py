"""What would be sent is received by a real SMTP server, which also refuses and goes down."""

import email.policy
import socket
from datetime import timedelta

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.urls import reverse

from accounts import clock, mail_preferences, outbox
from accounts.models import MailPreference, Notification, Topic
from requests_app import services
from tests.factories import PartnerFactory, ShopFactory, UserFactory, make_request, owner_of

IN_MEMORY = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}


class Mailbox:
    """Keeps what it is sent; refuses the addresses in `unknown`."""

    def __init__(self):
        self.received, self.unknown = [], set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.unknown:
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.raw = envelope.content
        self.received.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    def to(self):
        return [sent["To"] for sent in self.received]


@pytest.fixture
def mailbox(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=port)
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 5},
        }
    }
    controller.start()
    yield controller.handler
    if controller.server:
        controller.stop()


def notify(*people):
    outbox.notify(
        people,
        source="test:1",
        template="accepted_for_seller",
        path="/requests/SPR-1/",
        partner="Größe & Co",
        shop="Lumen",
        reference="SPR-1",
    )


def test_mail_arrives_whole(mailbox, db):
    person = UserFactory(email="ann@example.com")
    notify(person)

    outbox.deliver.call()

    sent = mailbox.received[0]
    assert (sent["To"], sent["Subject"]) == ("ann@example.com", "Größe & Co accepted your request")
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = mail_preferences.unsubscribe_token(person, ["account"]).partition(":")[0]
    path = reverse("accounts:unsubscribe", args=[token]).rstrip("/").encode()
    assert b"\r\nList-Unsubscribe: <http://127.0.0.1:8000" + path in mailbox.raw  # on one line, as programs read it
    assert max(map(len, mailbox.raw.split(b"\r\n"))) < 998
    plain, html = sent.get_body(("plain",)), sent.get_body(("html",))
    assert "http://127.0.0.1:8000/requests/SPR-1/" in plain.get_content()
    assert "Größe &amp; Co" in html.get_content()


def test_everybody_whom_a_request_concerns_gets_a_mail(mailbox, db):
    shop, partners = ShopFactory(), PartnerFactory.create_batch(3)
    request = make_request(shop, partners)
    outbox.deliver.call()
    share = request.shares.get(partner=partners[0])
    services.accept_share(share_id=share.pk, by=owner_of(partners[0]), version=1)

    outbox.deliver.call()

    people = [owner_of(shop).email, *(owner_of(partner).email for partner in partners), owner_of(shop).email]
    assert sorted(mailbox.to()) == sorted(people)


def test_mail_that_is_sent_twice_has_one_message_id(mailbox, db):
    people = UserFactory.create_batch(2)
    notify(*people)
    for _time in range(2):  # as after a kill between the server's answer and the note of it
        outbox.deliver.call()
        Notification.objects.update(mailed_at=None, next_mail_at=clock.now())

    ids = {(sent["To"], sent["Message-ID"]) for sent in mailbox.received}

    assert len(mailbox.received) == 4
    assert len(ids) == len({message_id for _to, message_id in ids}) == 2
    assert all(message_id.endswith("@127.0.0.1>") for _to, message_id in ids)


class Watched(BaseEmailBackend):
    """What another process sees of the outbox while the mail server talks; then the mail is taken, or refused."""

    error = None

    def send_messages(self, messages):
        self.seen()
        if self.error:
            raise self.error
        return len(messages)


@pytest.fixture
def while_it_talks(settings, monkeypatch):
    settings.MAILERS = {"default": {"BACKEND": "tests.accounts.test_smtp.Watched"}}

    def watch(seen, error=None):
        monkeypatch.setattr(Watched, "seen", staticmethod(seen), raising=False)
        monkeypatch.setattr(Watched, "error", error)

    return watch


@pytest.mark.django_db(transaction=True)
def test_no_lock_is_held_while_the_mail_server_talks(while_it_talks):
    person = UserFactory()
    in_transaction = []
    while_it_talks(lambda: in_transaction.append(connection.in_atomic_block))

    notify(person)
    outbox.deliver.call()

    assert in_transaction == [False]
    row = Notification.objects.get()
    assert (row.mailed_at is not None, row.sending_until, row.mail_attempts) == (True, None, 1)


def test_mail_that_is_being_sent_is_nobody_elses(while_it_talks, db):
    dealt_with = []
    person = UserFactory()

    def change_and_send_too():
        mail_preferences.save_mail_preferences(by=person, modes={Topic.ACCOUNT: MailPreference.Mode.AT_ONCE})
        dealt_with.append(outbox.deliver_batch())

    while_it_talks(change_and_send_too)

    notify(person)
    outbox.deliver.call()

    assert dealt_with == [0]


def test_mail_of_a_killed_worker_comes_again_as_it_was(while_it_talks, settings, db):
    person = UserFactory()
    while_it_talks(lambda: None, error=KeyboardInterrupt)
    notify(person)
    outbox.notify([person], source="test:2", template="accepted_for_seller", path="/", partner="A", reference="SPR-2")
    with time_machine.travel(clock.now(), tick=False) as travelled:
        with pytest.raises(KeyboardInterrupt):
            outbox.deliver_to(person.pk)
        first = outbox.mail_of(list(Notification.objects.order_by("pk"))).extra_headers["Message-ID"]
        outbox.notify([person], source="test:3", template="accepted_for_seller", path="/", partner="B", reference="S")
        settings.MAILERS = IN_MEMORY
        outbox.deliver.call()
        early = len(mail.outbox)
        travelled.shift(outbox.SENDING)
        outbox.deliver.call()

    assert (early, len(mail.outbox)) == (1, 2)
    assert mail.outbox[1].extra_headers["Message-ID"] == first
    assert not Notification.objects.filter(mailed_at=None).exists()


@pytest.mark.parametrize(("mode", "waits"), [("off", False), ("at_once", True)])
def test_preference_holds_though_the_mail_fails_meanwhile(while_it_talks, mode, waits, db):
    person = UserFactory()
    modes = {Topic.ACCOUNT: mode}
    while_it_talks(
        lambda: mail_preferences.save_mail_preferences(by=person, modes=modes), error=ConnectionRefusedError()
    )

    notify(person)
    outbox.deliver.call()

    row = Notification.objects.get()
    assert (row.next_mail_at is not None, row.mail_failed, row.mailed_at) == (waits, False, None)


def test_unknown_address_does_not_stop_the_others(mailbox, db):
    people = UserFactory.create_batch(3)
    mailbox.unknown = {people[1].email}
    notify(*people)

    outbox.deliver.call()

    failed = Notification.objects.get(user=people[1])
    assert sorted(mailbox.to()) == sorted([people[0].email, people[2].email])
    assert (failed.mail_attempts, failed.mail_error, failed.mailed_at) == (1, "SMTPRecipientsRefused", None)
    assert failed.next_mail_at > clock.now()


def test_mail_waits_for_a_server_that_is_down_and_is_then_sent_once(mailbox, settings, db):
    person = UserFactory()
    port = settings.MAILERS["default"]["OPTIONS"]["port"]
    with_port = {"host": "127.0.0.1", "timeout": 5}
    settings.MAILERS = {"default": settings.MAILERS["default"] | {"OPTIONS": with_port | {"port": 1}}}
    notify(person)
    outbox.deliver.call()
    row = Notification.objects.get()
    settings.MAILERS = {"default": settings.MAILERS["default"] | {"OPTIONS": with_port | {"port": port}}}

    outbox.deliver.call()
    early = mailbox.to()
    with time_machine.travel(row.next_mail_at + timedelta(seconds=1)):
        outbox.deliver.call()
        outbox.deliver.call()

    assert (row.mail_attempts, row.mail_error) == (1, "ConnectionRefusedError")
    assert (early, mailbox.to()) == ([], [person.email])


def test_address_that_is_never_taken_is_given_up_and_shown_to_staff(mailbox, db):
    person = UserFactory()
    mailbox.unknown = {person.email}
    with time_machine.travel(clock.now(), tick=False) as travelled:
        notify(person)
        for _attempt in range(outbox.ATTEMPTS + 2):
            outbox.deliver.call()
            travelled.shift(timedelta(hours=5))

    assert mailbox.received == []
    assert Notification.objects.mail_failed().get().mail_attempts == outbox.ATTEMPTS
