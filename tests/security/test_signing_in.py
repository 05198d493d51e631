"""Signing in, up and out: nobody learns who has an account, nobody guesses for long, and no sign-in lasts for ever."""

import re
from datetime import timedelta

import pytest
import time_machine as travelling
from allauth.core.internal import ratelimit
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.password_validation import get_default_password_validators
from django.core import mail
from django.core.cache import cache
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.test import Client, RequestFactory, override_settings

from accounts.models import User
from tests.cast import signed_in
from tests.client import CheckedClient
from tests.factories import PASSWORD, fill_vocabularies, with_second_factor
from tests.mailboxes import mails_sent

pytestmark = pytest.mark.once

SIGN_IN, RESET, SIGN_UP = "/accounts/login/", "/accounts/password/reset/", "/accounts/signup/seller/"
SECRET = "JBSWY3DPEHPK3PXP"


def sign_in(user, password=PASSWORD, *, client=None, **more):
    client = client or CheckedClient()
    client.post(SIGN_IN, {"login": user.email, "password": password} | more)
    return client


def is_in(client):
    cache.clear()
    return client.get("/accounts/preferences/").status_code == 200


@pytest.fixture
def hashed(monkeypatch):
    """Holds what was hashed: one hash takes half a second of a processor, and so tells by the clock."""
    found, encode = [], MD5PasswordHasher.encode

    def noted(self, password, salt, *args):
        found.append(password)
        return encode(self, password, salt, *args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    return found


@pytest.fixture
def people(seller, viewer, other_seller):
    """Addresses by what stands behind them."""
    viewer.set_unusable_password()
    viewer.save()
    User.objects.filter(pk=other_seller.pk).update(is_active=False)
    return {
        "with a password": seller.email,
        "without one": viewer.email,
        "inactive": other_seller.email,
        "nobody": "nobody@example.com",
    }


def told(response, email):
    """What is answered, without what differs each time."""
    html = re.sub(r'(?:nonce|name="csrfmiddlewaretoken" value)="[\w-]+"', "", response.text).replace(email, "…")
    return response.status_code, response.headers.get("Location"), html


# Who has an account


def test_sign_in_answers_and_works_the_same_for_whoever_is_named(people, hashed):
    answers, work = [], []

    for email in people.values():
        hashed.clear()
        answers.append(told(Client().post(SIGN_IN, {"login": email, "password": "a-wrong-one"}), email))
        work.append(len(hashed))

    assert work == [1] * 4
    assert len(set(answers)) == 1


def test_reset_answers_and_works_the_same_for_whoever_is_named(people, hashed):
    answers, mails = [], []

    for email in people.values():
        mail.outbox.clear()
        answers.append(told(Client().post(RESET, {"email": email}), email))
        mails.append([sent.to for sent in mails_sent()])

    assert len(set(answers)) == 1
    assert mails == [[[email]] for email in people.values()]
    assert hashed == []


def test_sign_up_answers_and_works_the_same_for_whoever_has_an_account(people, hashed):
    fill_vocabularies()
    answers, work, mails = [], [], []

    for email in people.values():
        hashed.clear()
        mail.outbox.clear()
        typed = {"name": "Ada", "email": email, "password1": "a-quite-good-one", "password2": "a-quite-good-one"}
        typed |= {"shop_name": "Ada's", "market": "GB", "language": "en"}
        answers.append(told(Client().post(SIGN_UP, typed), email))
        work.append(len(hashed))
        mails.append([sent.to for sent in mails_sent()])

    assert work == [1] * 4
    assert len(set(answers)) == 1
    assert mails == [[[email]] for email in people.values()]


# Guessing


def test_password_is_guessed_five_times_from_wherever(seller, shop):
    for number in range(5):
        sign_in(seller, f"wrong-{number}", client=Client(REMOTE_ADDR=f"192.0.2.{number}"))

    assert not is_in(sign_in(seller, client=Client(REMOTE_ADDR="192.0.2.9")))
    sign_in(seller)
    for _number in range(5):
        sign_in(seller, "wrong")
    with travelling.travel(ratelimit.time.time() + 301):
        again = sign_in(seller, client=Client())
        assert again.get("/accounts/preferences/").status_code == 200


def test_header_of_the_reader_makes_nobody_another_one(people):
    """Counted is the address that the connection comes from."""
    answers = []
    for number in range(31):
        headers = {"x-forwarded-for": f"192.0.2.{number}", "x-real-ip": f"192.0.2.{number}"}
        typed = {"login": f"person-{number}@example.com", "password": "wrong"}
        answers.append(Client(headers=headers).post(SIGN_IN, typed).text)

    assert "Too many" in answers[-1]


@pytest.mark.parametrize("way", ["code", "recovery code"])
def test_second_factor_is_guessed_five_times_and_its_code_works_once(way, seller, shop):
    with_second_factor(seller)
    codes = RecoveryCodes.activate(seller).get_unused_codes()
    right = (
        codes[0]
        if way == "recovery code"
        else totp.format_hotp_value(totp.hotp_value(SECRET, next(totp.yield_hotp_counters_from_time())))
    )

    half = [sign_in(seller) for _client in range(3)]
    for number in range(5):
        half[0].post("/accounts/2fa/authenticate/", {"code": f"00000{number}"})
    limited = half[1].post("/accounts/2fa/authenticate/", {"code": right})
    cache.clear()
    passed = half[1].post("/accounts/2fa/authenticate/", {"code": right})

    again = half[2].post("/accounts/2fa/authenticate/", {"code": right})

    assert limited.status_code == 200
    assert passed.status_code == 302
    assert again.status_code == 200  # a code works once
    assert is_in(half[1])
    assert not is_in(half[2])


def test_second_factor_is_asked_for_after_the_password_and_after_a_reset(seller, shop, client):
    with_second_factor(seller)

    assert not is_in(sign_in(seller))
    client.post(RESET, {"email": seller.email})
    link = re.search(r"/accounts/password/reset/key/\S+", mails_sent()[0].body)[0]
    form = client.get(link).url
    client.post(form, {"password1": "a-quite-new-one", "password2": "a-quite-new-one"})
    assert not is_in(client)
    assert not is_in(sign_in(seller, "a-quite-new-one", client=client))
    assert client.get(link, follow=True).context["token_fail"]  # a link works once


def test_reauthentication_is_guessed_ten_times_a_minute(seller, shop):
    client = signed_in(seller)

    answers = [client.post("/accounts/reauthenticate/", {"password": f"wrong-{n}"}).status_code for n in range(11)]

    assert answers[:10] == [200] * 10
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 429


def test_limits_are_shared_by_all_processes_and_no_flood_pushes_them_out(db, monkeypatch):
    """Each process has its own client of the cache; what one counted the other knows."""
    call_command("createcachetable", "limits")
    processes = [DatabaseCache("limits", {"max_entries": 10_000}) for _process in range(2)]
    request = RequestFactory().post(SIGN_IN)

    def allowed(process, key):
        monkeypatch.setattr(ratelimit, "cache", processes[process])
        return bool(ratelimit.consume(request, app="allauth.account", action="login_failed", key=key))

    with override_settings(ACCOUNT_RATE_LIMITS={"login_failed": "5/300s/key"}):
        counted = [allowed(number % 2, "seller") for number in range(6)]
        for number in range(400):  # more than Django keeps by itself
            processes[0].set(f"other-{number}", 1)

        assert counted == [True] * 5 + [False]
        assert not allowed(0, "seller")
        assert not allowed(1, "seller")


# Sessions


def test_key_of_a_session_is_another_one_after_signing_in_and_confirming(seller, shop):
    client = CheckedClient()
    client.post("/language/", {"language": "en"})
    planted = client.session
    planted["planted"] = "by somebody else"
    planted.save()
    client.cookies["sessionid"] = planted.session_key

    sign_in(seller, client=client)
    first = client.session.session_key
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    second = client.session.session_key

    assert len({planted.session_key, first, second}) == 3
    assert is_in(client)
    for old in (planted.session_key, first):
        other = Client()
        other.cookies["sessionid"] = old
        assert not is_in(other)
    assert [session.session_key for session in UserSession.objects.filter(user=seller)] == [second]


def test_change_of_the_password_ends_the_other_sessions_and_signing_out_its_own(seller, shop):
    other, here = sign_in(seller), sign_in(seller)
    key = here.session.session_key

    here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "a-quite-new-one", "password2": "a-quite-new-one"},
    )

    assert here.session.session_key != key
    assert is_in(here)
    assert not is_in(other)
    kept = here.session.session_key
    here.post("/accounts/logout/")
    here.cookies["sessionid"] = kept
    assert not is_in(here)


@pytest.mark.parametrize(
    ("who", "remember", "pauses", "holds"),
    [
        ("seller", "", [11, 11, 11], True),
        ("seller", "", [13], False),
        ("seller", "on", [13], True),
        ("seller", "on", [100, 100, 100, 40], False),
        ("staff", "on", [0.9, 0.9, 0.9], True),
        ("staff", "on", [1.1], False),
        ("staff", "on", [0.9] * 14, False),
    ],
)
def test_sign_in_ends(who, remember, pauses, holds, request, shop, time_machine):
    """Hours between two pages: too long a pause, or too long in all."""
    user = request.getfixturevalue(who)
    user.authenticator_set.all().delete()
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    client = sign_in(user, remember=remember)

    for pause in pauses:
        time_machine.shift(timedelta(hours=pause))
        cache.clear()
        status = client.get("/accounts/preferences/").status_code

    assert (status == 200) is holds


def test_sign_in_that_does_not_ask_is_not_kept(seller, shop, time_machine):
    """By a passkey, or after signing up: nobody ticked that it should be."""
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    client = Client()
    client.force_login(seller)

    ends_with_the_browser = client.session.get_expire_at_browser_close()
    time_machine.shift(timedelta(hours=13))

    assert ends_with_the_browser
    assert not is_in(client)


def test_list_that_asks_for_itself_keeps_nobody_signed_in(seller, shop, time_machine):
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    client = sign_in(seller)

    for _hours in range(2):
        time_machine.shift(timedelta(hours=7))
        response = client.get("/requests/?seen=x", headers={"HX-Request": "true"})

    assert response.status_code == 302


# Passwords and addresses


@pytest.mark.parametrize(
    ("password", "taken"),
    [
        ("seven-7", False),
        ("password1", False),
        ("iloveyou", False),
        ("ann@example.com", False),
        ("TikTok Shop 2026", False),
        ("Ann-Kathrin1!", False),
        ("kathrin.2026", False),
        ("Whitfield99", False),
        ("ann.kathrin@example.com", False),
        ("Ann’s Candles", False),
        ("candles-12345", False),
        ("candles and other things", True),
        ("a-quite-good-one", True),
        ("83415926535", True),  # any kind of character will do
        ("ein schöner Satz mit Leerzeichen 🐘", True),
        ("x" * 20 + "-" * 180, True),
    ],
)
def test_password_is_long_enough_and_no_common_one_and_nothing_else(password, taken, db):
    fill_vocabularies()
    typed = {"name": "Ann-Kathrin Whitfield", "email": "ann@example.com", "password1": password, "password2": password}

    CheckedClient().post(SIGN_UP, typed | {"shop_name": "Ann’s Candles", "market": "GB", "language": "en"})

    assert User.objects.filter(email="ann@example.com").exists() is taken
    assert not taken or User.objects.get().check_password(password)


@pytest.mark.parametrize("password", ["SarahSeller1", "seller@example.com", "Lumen-Skincare", "skincare.2026"])
@pytest.mark.parametrize("way", ["change", "reset", "administrator"])
def test_own_names_are_no_password_wherever_one_is_chosen(way, password, seller, shop, desk, client):
    typed = {"password1": password, "password2": password}
    if way == "change":
        signed_in(seller).post("/accounts/password/change/", typed | {"oldpassword": PASSWORD})
    elif way == "administrator":
        desk.post(f"/admin/accounts/user/{seller.pk}/password/", typed | {"usable_password": "true"})
    else:
        other = CheckedClient()
        other.post(RESET, {"email": seller.email})
        link = re.search(r"/accounts/password/reset/key/\S+", mails_sent()[-1].body)[0]
        other.post(other.get(link).url, typed)

    assert User.objects.get(pk=seller.pk).check_password(PASSWORD)


def test_password_fields_let_managers_and_pasting_work(client, seller, shop):
    client.force_login(seller)
    for address in (SIGN_IN, SIGN_UP, "/accounts/password/change/"):
        fields = re.findall(
            r'<input[^>]*name="\w*password\d?"[^>]*>',
            (Client() if "sign" in address or "login" in address else client).get(address).text,
        )
        assert fields
        for field in fields:
            assert 'type="password"' in field
            assert re.search(r'autocomplete="(current|new)-password"', field)
            assert "maxlength" not in field
            assert "onpaste" not in field


def test_new_address_takes_the_password_again_and_is_confirmed_before_it_counts(client, seller, shop):
    client.force_login(seller)
    typed = {"email": "new@example.com", "action_add": ""}

    asked = client.post("/accounts/email/", typed)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", typed)

    assert asked.url.startswith("/accounts/reauthenticate/")
    assert [sent.to for sent in mails_sent()] == [["new@example.com"]]
    assert User.objects.get(pk=seller.pk).email == "seller@example.com"
    assert not is_in(sign_in(User(email="new@example.com")))


@pytest.mark.parametrize(
    "email", ["SELLER@EXAMPLE.COM", "seller@EXAMPLE.com", " seller@example.com ", "seller@example.com\u202e"]
)
def test_address_is_one_however_it_is_written(email, seller, shop):
    fill_vocabularies()
    typed = {"name": "Ada", "email": email, "password1": "a-quite-good-one", "password2": "a-quite-good-one"}

    Client().post(SIGN_UP, typed | {"shop_name": "Ada's", "market": "GB", "language": "en"})

    assert User.objects.count() == 1
    assert is_in(sign_in(User(email=email)))


@pytest.mark.parametrize(
    "email",
    [
        "sеller@example.com",
        "ｓeller@example.com",
        "sel\u200bler@example.com",
        "ſeller@x.example",
    ],
)
def test_address_that_looks_like_another_is_refused(email, seller, shop):
    """Of letters that only look like a-z, or that cannot be seen: in the part before the @ nobody needs them."""
    fill_vocabularies()
    typed = {"name": "Ada", "email": email, "password1": "a-quite-good-one", "password2": "a-quite-good-one"}

    response = Client().post(SIGN_UP, typed | {"shop_name": "Ada's", "market": "GB", "language": "en"})
    Client().post(RESET, {"email": email})

    assert "email" in response.context["form"].errors
    assert mails_sent() == []


@pytest.mark.postgresql  # SQLite folds a-z alone
def test_reset_of_a_domain_that_folds_to_another_reaches_nobody_else(seller, shop):
    """İ, ı and K turn into ASCII letters in some databases' upper case."""
    for email in ("seller@exampıe.com", "seller@examp\u212ae.com", "seller@example.c\u03bfm"):
        Client().post(RESET, {"email": email})

    assert [sent.body for sent in mails_sent() if "/password/reset/key/" in sent.body] == []


def test_validators_know_common_passwords():
    lists = [len(each.passwords) for each in get_default_password_validators() if hasattr(each, "passwords")]

    assert lists
    assert min(lists) >= 3000
