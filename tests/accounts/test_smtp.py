"""What would be sent is received by a real SMTP server, which also refuses and goes down."""

import email.policy
import re
import socket
from datetime import timedelta
from email.header import decode_header, make_header

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.urls import reverse

from accounts import clock, mail_limits, mail_preferences, mails, outbox, sending
from accounts.models import MailPreference, Notification, Topic
from requests_app import services
from tests.factories import PartnerFactory, ShopFactory, UserFactory, make_request, owner_of

pytestmark = pytest.mark.once

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
            "BACKEND": "accounts.smtp.EmailBackend",
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
    assert (sent["To"], sent["Subject"]) == ("ann@example.com", "Größe & Co accepted your request (SPR-1)")
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
    assert all(message_id.endswith("@shop-partners.invalid>") for _to, message_id in ids)


NAMES = {
    "latin": "Größe & Söhne, the House of Very Long and Ceremonious Names for Agencies",
    "thai": "ร้านค้าออนไลน์ความงามและของใช้ส่วนตัวกรุงเทพมหานครสาขาใหญ่",
    "chinese": "深圳市前海跨境电子商务供应链管理有限责任公司美容护理旗舰店",
    "arabic": "شركة التجارة الإلكترونية للجمال والعناية الشخصية المحدودة",
    "emoji": "👩‍👩‍👧‍👦🇮🇩👍🏽" * 12,
    "ascii": "The Company of a Hundred Words and More, Incorporated in the State of Delaware",
    "one word": "x" * 120,
    "encoded word": "=?utf-8?q?=50aypal?=",
    "encoded word in base64": "Lumen =?UTF-8?B?UGF5cGFs?= Ltd",
    "half an encoded word": "=?utf-8?q?",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_headers_are_folded_and_what_was_typed_is_read_as_typed(name, mailbox, monkeypatch, settings, db):
    if "=?" not in name:  # the sender's is the operator's, and nobody else's words
        settings.DEFAULT_FROM_EMAIL = f'"{name}" <no-reply@partners.example.com>'
    monkeypatch.setattr(outbox.mails, "render_line", lambda part, context: f"{name} accepted your request")

    notify(UserFactory(email=f"{'a' * 64}@{'b' * 60}.example.com"))
    outbox.deliver.call()

    head = mailbox.raw.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = [line for line in head.split("\r\n") if len(line.partition(": ")[2].split()) > 1]  # else nothing to fold
    assert [line for line in lines if len(line) > 78 and not line.startswith("List-Unsubscribe:")] == []
    assert [word for word in re.findall(r"=\?\S+\?=", head) if len(word) > 75] == []
    assert [line for line in head.split("\r\n") if not line.strip()] == []
    unfolded = re.sub(r"\r\n(?=[ \t])", "", head)
    subject = re.search(r"^Subject: (.*)$", unfolded.replace("\r", ""), re.MULTILINE)[1]
    assert str(make_header(decode_header(subject))) == f"{name} accepted your request (SPR-1)"
    assert mailbox.received[0]["To"].addresses[0].addr_spec == f"{'a' * 64}@{'b' * 60}.example.com"
    sender = re.search(r"^From: (.*) <no-reply@\S+>$", unfolded.replace("\r", ""), re.MULTILINE)[1]
    assert str(make_header(decode_header(sender))).strip('"') in (name, "Shop Partners")


@pytest.mark.parametrize(
    ("site", "domain"),
    [
        ("https://partners.example.com", "partners.example.com"),
        ("https://Partners.Example.com:8443/x", "partners.example.com"),
        ("http://localhost:8000", "shop-partners.invalid"),
        ("http://127.0.0.1:8000", "shop-partners.invalid"),
        ("http://[::1]:8000", "shop-partners.invalid"),
        ("https://pärtner.example", "xn--prtner-bua.example"),
    ],
)
def test_message_ids_are_random_and_of_the_sites_domain(site, domain, settings, db):
    settings.SITE_URL = site
    sent = [mails.compose("a@example.com", "account/email/email_deleted.html", {}) for _time in range(2)]

    first, second = (each.message()["Message-ID"] for each in sent)

    assert first != second
    assert re.fullmatch(rf"<[0-9a-f]{{32}}@{re.escape(domain)}>", first)


def test_mail_of_a_row_that_has_the_number_of_an_earlier_one_has_another_message_id(mailbox, db):
    """As after a backup is restored: its numbers are given once more."""
    person = UserFactory()
    for _time in range(2):
        notify(person)
        row = Notification.objects.get()
        Notification.objects.filter(pk=row.pk).update(id=1)
        outbox.deliver.call()
        Notification.objects.get().delete()

    first, second = (sent["Message-ID"] for sent in mailbox.received)
    assert first != second


def test_mail_that_carries_more_than_the_try_before_has_another_message_id(while_it_talks, settings, db):
    person = UserFactory()
    while_it_talks(lambda: None, error=ConnectionResetError())  # perhaps it was taken: nobody knows
    notify(person)
    outbox.deliver.call()
    tried = Notification.objects.get()
    settings.MAILERS = IN_MEMORY
    outbox.notify([person], source="test:2", template="accepted_for_seller", path="/", partner="A", reference="SPR-2")

    with time_machine.travel(tried.next_mail_at + timedelta(seconds=1)):
        Notification.objects.update(next_mail_at=clock.now())
        outbox.deliver.call()

    [sent] = mail.outbox
    assert tried.mail_key.hex not in sent.extra_headers["Message-ID"]


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
        travelled.shift(sending.SENDING)
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
        for _attempt in range(sending.ATTEMPTS + 2):
            outbox.deliver.call()
            travelled.shift(timedelta(hours=5))

    assert mailbox.received == []
    assert Notification.objects.mail_failed().get().mail_attempts == sending.ATTEMPTS


def test_person_gets_few_mails_an_hour_and_no_notification_is_lost(db):
    person = UserFactory()
    with time_machine.travel(clock.now(), tick=False) as travelled:
        for number in range(59):
            outbox.notify(
                [person], source=f"test:{number}", template="accepted_for_seller", path="/", partner="A", reference="S"
            )
            outbox.deliver.call()
            travelled.shift(timedelta(minutes=1))
        in_an_hour = len(mail.outbox)
        travelled.shift(timedelta(minutes=2))
        outbox.deliver.call()

    assert in_an_hour == mail_limits.NOTIFIED.hour == 12
    assert len(mail.outbox) == 13  # the next one carries all that waited
    assert not Notification.objects.exclude(next_mail_at=None).exists()


def test_acts_of_one_person_cause_few_mails_an_hour_and_hold_up_nobody_elses(db):
    sender, other = UserFactory(), UserFactory()
    people = UserFactory.create_batch(mail_limits.NOTIFYING.hour + 5)
    rows = [
        Notification(
            user=person, source="test:1", template="accepted_for_seller", path="/", sent_by=sender.pk,
            context={"partner": "A", "reference": "S", "shop": "B"},
        )
        for person in people
    ]  # fmt: skip
    rows[-1].sent_by = other.pk
    outbox.notify_all(rows)
    with time_machine.travel(clock.now(), tick=False) as travelled:
        outbox.deliver.call()
        at_once = len(mail.outbox)
        travelled.shift(timedelta(hours=1, minutes=1))
        outbox.deliver.call()

    assert at_once == mail_limits.NOTIFYING.hour + 1
    assert len(mail.outbox) == len(people)
    assert Notification.objects.filter(mailed_at=None).count() == 0
