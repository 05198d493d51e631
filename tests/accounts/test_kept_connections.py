"""A sender keeps its connection to the mail server over a round, and servers end connections when they like."""

import asyncio
import socket
from collections import Counter

import pytest
from aiosmtpd.controller import Controller
from django.db import connection

from accounts import account_mails, clock, mail_limits, outbox
from accounts.models import AccountMail, Notification
from tests.factories import UserFactory

pytestmark = pytest.mark.once

TIMEOUT = 0.5  # seconds


class Server:
    """Takes `most` mails a connection; what it does with the next one is `then`."""

    most, then = 1000, None

    def __init__(self):
        self.mails, self.sessions, self.refused = [], [], set()

    async def handle_MAIL(self, server, session, envelope, address, options):
        if session not in self.sessions:
            session.mails = 0
            self.sessions.append(session)
        if session.mails == self.most and (answer := await self.then(server, session)):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails += envelope.rcpt_tos
        session.mails += 1
        if session.mails > self.most:
            server.transport.abort()  # it has the mail, and does not say so
        return "250 OK"


async def says_goodbye(server, session):
    return "421 4.7.0 too many mails on this connection"


async def hangs_up(server, session):
    server.transport.abort()
    return "250 OK"


async def says_nothing(server, session):
    await asyncio.sleep(3 * TIMEOUT)
    return "250 OK"


async def takes_one_and_hangs_up(server, session):
    return None


@pytest.fixture
def server(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Server(), hostname="127.0.0.1", port=port)
    options = {"host": "127.0.0.1", "port": port, "timeout": TIMEOUT}
    settings.MAILERS = {"default": {"BACKEND": "accounts.smtp.EmailBackend", "OPTIONS": options}}
    controller.start()
    yield controller.handler
    controller.stop()


def notify(people, source="test:1"):
    outbox.notify(people, source=source, template="accepted_for_seller", path="/", partner="A", reference="S")


def test_one_connection_takes_the_mails_of_a_round(server, db):
    notify(UserFactory.create_batch(5))
    outbox.queue_account_mail("nobody@example.com", account_mails.UNKNOWN)

    outbox.deliver.call()

    assert (len(server.mails), len(server.sessions)) == (6, 1)


@pytest.mark.parametrize("then", [says_goodbye, hangs_up, says_nothing])
def test_mail_that_an_old_connection_does_not_take_goes_over_a_new_one_at_once(then, server, db):
    server.most, server.then = 3, then
    people = UserFactory.create_batch(5)
    notify(people)

    outbox.deliver.call()

    assert Counter(server.mails) == Counter(person.email for person in people)
    assert len(server.sessions) == 2
    assert set(Notification.objects.values_list("mail_attempts", "mail_error")) == {(1, "")}


def test_mail_that_the_server_may_have_is_not_sent_again_at_once(server, db):
    server.most, server.then = 1, takes_one_and_hangs_up
    people = UserFactory.create_batch(4)
    notify(people)

    outbox.deliver.call()

    assert Counter(server.mails) == Counter(person.email for person in people)
    assert len(server.sessions) == 2
    unsure = Notification.objects.filter(mailed_at=None, next_mail_at__gt=clock.now())
    assert set(unsure.values_list("mail_error", flat=True)) == {"SMTPServerDisconnected"}
    assert unsure.count() == 2


def test_refused_address_costs_no_new_connection(server, db):
    people = UserFactory.create_batch(4)
    server.refused = {people[1].email}
    notify(people)

    outbox.deliver.call()

    assert (len(server.mails), len(server.sessions)) == (3, 1)
    assert Notification.objects.get(mailed_at=None).user == people[1]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_several_senders_at_once_send_each_once_and_no_more_than_the_limits_allow(server, settings):
    people = UserFactory.create_batch(20)
    notify(people)
    addresses = [f"{name}@example.com" for name in "abcdef" for _number in range(5)]
    AccountMail.objects.bulk_create(
        AccountMail(to=to, template=account_mails.UNKNOWN, language="en") for to in addresses
    )

    outbox.deliver.call()

    asked = {f"{name}@example.com": mail_limits.ASKED.hour for name in "abcdef"}
    assert Counter(server.mails) == Counter({person.email: 1 for person in people} | asked)
    assert 1 < len(server.sessions) <= 2 * settings.MAIL_SENDERS
    assert not connection.in_atomic_block


def test_mail_that_fails_is_not_counted(server, db):
    person = UserFactory()
    server.refused = {person.email}
    for number in range(mail_limits.NOTIFIED.hour + 1):
        notify([person], source=f"test:{number}")
        Notification.objects.update(next_mail_at=clock.now())
        outbox.deliver.call()
    server.refused = set()
    Notification.objects.update(next_mail_at=clock.now())

    outbox.deliver.call()

    assert server.mails == [person.email]
