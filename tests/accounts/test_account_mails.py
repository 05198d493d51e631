"""Mails of an account wait in the outbox with what they are about; nobody waits for a mail server."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import account_mails, clock, mail_limits, outbox, sending, services
from accounts.models import AccountMail, User
from tests.cast import signed_in
from tests.factories import PASSWORD, UserFactory, fill_vocabularies
from tests.mailboxes import mails_sent

pytestmark = pytest.mark.once_on_postgresql

RESET, SIGN_UP, CHANGE = "/accounts/password/reset/", "/accounts/signup/seller/", "/accounts/password/change/"
NEW = "a-quite-new-one"
ADA = {"name": "Ada", "email": "ada@example.com", "password1": NEW, "password2": NEW}
SHOP = {"shop_name": "Ada's", "market": "GB", "language": "en"}


def sign_up(client, **typed):
    fill_vocabularies()
    return client.post(SIGN_UP, ADA | SHOP | typed)


def change_password(client):
    return client.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})


def reset_link(sent):
    return re.search(r"/accounts/password/reset/key/\S+", sent.body)[0]


@pytest.fixture
def server_is_down(monkeypatch):
    """No mail is taken; gives how many were tried."""
    tried = []

    def refuse(self, messages):
        tried.extend(messages)
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    return tried


def acts_that_mail(seller):
    """{name: an act of somebody whom a mail is about}."""
    UserFactory(email="known@example.com")
    reauthenticated = signed_in(seller)
    reauthenticated.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return {
        "sign-up": lambda: sign_up(Client()),
        "sign-up of a known address": lambda: sign_up(Client(), email="known@example.com"),
        "reset": lambda: Client().post(RESET, {"email": seller.email}),
        "reset of an unknown address": lambda: Client().post(RESET, {"email": "nobody@example.com"}),
        "address": lambda: reauthenticated.post("/accounts/email/", {"email": "new@example.com", "action_add": ""}),
        "codes": lambda: reauthenticated.post("/accounts/2fa/recovery-codes/generate/"),
        "password": lambda: change_password(signed_in(seller)),
    }


@pytest.mark.parametrize("name", ["sign-up", "sign-up of a known address", "reset", "reset of an unknown address",
                                  "address", "password"])  # fmt: skip
def test_act_is_answered_with_no_word_to_the_mail_server(name, seller, shop, server_is_down):
    act = acts_that_mail(seller)[name]

    with transaction.atomic():
        answer = act()

    assert answer.status_code == 302
    assert server_is_down == []
    row = AccountMail.objects.get()
    assert (row.mailed_at, row.next_mail_at <= clock.now()) == (None, True)


def test_mail_that_found_no_server_comes_later(client, seller, server_is_down, monkeypatch):
    client.post(RESET, {"email": seller.email})
    outbox.deliver.call()
    row = AccountMail.objects.get()
    monkeypatch.undo()

    with time_machine.travel(row.next_mail_at + timedelta(seconds=1)):
        [sent] = mails_sent()
        again = mails_sent()

    assert len(server_is_down) == 1
    assert (row.mail_attempts, row.mail_error) == (1, "ConnectionRefusedError")
    assert (sent.to, len(again)) == ([seller.email], 1)


def test_mail_that_fails_for_good_is_sent_again_by_staff(client, seller, server_is_down, monkeypatch):
    client.post(RESET, {"email": seller.email})
    with time_machine.travel(clock.now(), tick=False) as travelled:
        for _attempt in range(sending.ATTEMPTS + 1):
            outbox.deliver.call()
            travelled.shift(timedelta(hours=5))
    failed = AccountMail.objects.mail_failed().get()
    monkeypatch.undo()

    outbox.send_account_mail_again(mail_id=failed.pk)

    assert len(server_is_down) == sending.ATTEMPTS
    assert len(mails_sent()) == 1


@pytest.mark.parametrize(
    ("url", "data"),
    [
        (CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}),
        ("/accounts/email/", {"email": "new@example.com", "action_add": ""}),
    ],
)
def test_act_whose_mail_cannot_be_queued_does_not_happen(url, data, seller, shop, monkeypatch):
    client = signed_in(seller)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.raise_request_exception = False
    monkeypatch.setattr(account_mails, "queue", lambda *args, **values: 1 / 0)

    answer = client.post(url, data)

    assert answer.status_code == 500
    assert User.objects.get(pk=seller.pk).check_password(PASSWORD)
    assert not EmailAddress.objects.filter(email="new@example.com").exists()


def test_sign_up_whose_mail_cannot_be_queued_leaves_no_account(client, db, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr(account_mails, "queue", lambda *args, **values: 1 / 0)

    assert sign_up(client).status_code == 500
    assert not User.objects.exists()


def test_known_and_unknown_addresses_make_the_database_write_the_same(client, seller):
    written = []
    Client().post(RESET, {"email": "somebody@example.com"})  # from then on there is a count to add to

    for email in (seller.email, "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            Client().post(RESET, {"email": email})
        written.append([each["sql"].split('"')[1] for each in queries if each["sql"].startswith(("INSERT", "UPDATE"))])

    known, unknown = written
    assert known == unknown
    assert "accounts_accountmail" in known


@pytest.mark.parametrize("waits", [True, False])
def test_no_token_stands_in_the_database(waits, client, seller, shop):
    client.post(RESET, {"email": seller.email})
    sign_up(Client())
    if not waits:
        mails_sent()
    stored = json.dumps(list(AccountMail.objects.values()), default=str)
    links = [re.search(r"/accounts/(?:password/reset/key|confirm-email)/([^/\s]+)/", sent.body)[1]
             for sent in mails_sent()]  # fmt: skip

    assert len(links) == 2
    assert [link for link in links if link in stored] == []
    assert [AccountMail.objects.filter(context={}).count(), AccountMail.objects.count()] == [2, 2]


def test_what_a_mail_said_is_erased_when_it_is_sent_and_the_row_a_week_later(client, seller, shop):
    change_password(signed_in(seller))
    before = AccountMail.objects.get().context
    mails_sent()

    assert set(before) == {"timestamp", "ip", "user_agent"}
    assert AccountMail.objects.get().context == {}
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        services.delete_what_is_over()
    assert not AccountMail.objects.exists()


def test_link_to_set_a_password_works_from_when_it_is_sent(client, seller, shop):
    client.post(RESET, {"email": seller.email})

    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False) as travelled:
        link = reset_link(mails_sent()[0])
        travelled.shift(timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT - 60))
        form = client.get(link).url
        answer = client.post(form, {"password1": NEW, "password2": NEW})

    assert answer.status_code == 302
    assert User.objects.get(pk=seller.pk).check_password(NEW)


def test_mail_of_what_is_done_by_now_is_not_sent(seller, shop):
    sign_up(Client())
    EmailAddress.objects.filter(email="ada@example.com").update(verified=True)
    Client().post(RESET, {"email": seller.email})
    User.objects.filter(pk=seller.pk).update(is_active=False)

    assert mails_sent() == []
    assert {row.mail_error for row in AccountMail.objects.all()} == {"over"}
    assert not AccountMail.objects.mail_failed().exists()


def test_stranger_is_mailed_in_the_language_they_asked_in(client, db):
    client.post(RESET, {"email": "nobody@example.com"}, headers={"accept-language": "de"})

    assert mails_sent()[0].subject != "No account with this email address on Shop Partners"


@pytest.mark.parametrize("email", ["known@example.com", "nobody@example.com"])
def test_address_gets_few_mails_that_others_ask_for(email, db):
    UserFactory(email="known@example.com")
    with time_machine.travel(clock.now(), tick=False) as travelled:
        for number, minutes in enumerate(6 * [10] + 35 * 2 * [30]):  # after an hour not so often
            Client(REMOTE_ADDR=f"10.0.0.{number}").post(RESET, {"email": email.upper()})
            outbox.deliver.call()
            travelled.shift(timedelta(minutes=minutes))
            if number == 5:
                in_an_hour = len(mail.outbox)

    assert in_an_hour == mail_limits.ASKED.hour == 3
    assert len(mail.outbox) == 2 * mail_limits.ASKED.day == 16  # in a day and a half


def test_mails_in_one_moment_count_as_well(db):
    for number in range(16):
        Client(REMOTE_ADDR=f"10.0.0.{number}").post(RESET, {"email": "nobody@example.com"})

    assert len(mails_sent()) == mail_limits.ASKED.hour


def test_one_network_address_causes_few_mails_to_others(db):
    answers = [Client().post(RESET, {"email": f"nobody-{number}@example.com"}).status_code for number in range(19)]
    answers += [sign_up(Client(), email=f"ada-{number}@example.com").status_code for number in range(3)]

    assert answers == [302] * 20 + [429] * 2
    assert len(mails_sent()) == mail_limits.ASKING.hour == 20
    assert User.objects.count() == 1  # what is refused leaves nothing


def test_person_causes_few_mails_wherever_they_sign_in(seller, shop):
    for number in range(mail_limits.ASKING.hour):
        assert mail_limits.take(mail_limits.ASKING, "user", seller.pk), number
    client = signed_in(seller)

    answer = change_password(client)

    assert answer.status_code == 429
    assert User.objects.get(pk=seller.pk).check_password(PASSWORD)


@transaction.atomic
def count_mail(limit, who):
    mail_limits.locked((limit, who))[0].add()


def test_other_mails_keep_no_notice_of_a_change_from_its_reader(seller, shop):
    for _number in range(mail_limits.ASKED.day):
        count_mail(mail_limits.ASKED, (seller.email, account_mails.RESET))
    for _number in range(mail_limits.NOTICE.day):
        count_mail(mail_limits.NOTICE, (seller.email, "mfa/email/recovery_codes_generated"))

    change_password(signed_in(seller))

    assert [sent.subject for sent in mails_sent()] == ["Your password was changed"]


@pytest.mark.parametrize("wanted", sorted(account_mails.ANYBODYS))
def test_no_kind_that_anybody_asks_for_keeps_another_from_its_reader(wanted, db):
    sign_up(Client())
    ada = User.objects.get(email=ADA["email"])
    AccountMail.objects.all().delete()
    for kind in sorted(account_mails.ANYBODYS - {wanted}):
        for _number in range(mail_limits.ASKED.day + 1):
            outbox.queue_account_mail(ada.email, kind, user=ada)
    others = len(mails_sent())

    outbox.queue_account_mail(ada.email, wanted, user=ada)

    assert others == 3 * mail_limits.ASKED.hour
    assert len(mails_sent()) == others + 1


def test_confirmation_before_those_beyond_the_limit_still_works(client, db):
    sign_up(client)
    [first] = mails_sent()
    for _number in range(mail_limits.ASKED.day):
        count_mail(mail_limits.ASKED, (ADA["email"], account_mails.CONFIRM))
    outbox.queue_account_mail(ADA["email"], account_mails.CONFIRM, user=User.objects.get(email=ADA["email"]))
    assert len(mails_sent()) == 1

    with time_machine.travel(clock.now() + timedelta(days=2, hours=23)):
        client.post(re.search(r"/accounts/confirm-email/[^/\s]+/", first.body)[0])

    assert AccountMail.objects.order_by("id").last().mail_error == "limit"
    assert EmailAddress.objects.get(email=ADA["email"]).verified


def test_count_names_nobody_and_is_forgotten_after_a_day(client, seller):
    client.post(RESET, {"email": seller.email})
    mails_sent()
    counts = mail_limits.MailCount.objects

    assert counts.count() == 2  # who asked, and whom for
    assert "example" not in json.dumps(list(counts.values()), default=str)
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        mail_limits.forget_old()
    assert not counts.exists()
