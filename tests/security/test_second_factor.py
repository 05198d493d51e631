"""The second factor belongs to the session that used it, and no stolen password alone becomes a way into the admin."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings
from django.urls import reverse

from accounts import services
from accounts.adapter import AccountAdapter
from accounts.models import User
from tests.client import CheckedClient
from tests.factories import PASSWORD, UserFactory, with_second_factor
from tests.mailboxes import mails_sent
from tests.security.test_signing_in import SECRET, is_in, sign_in
from tests.staff import page

pytestmark = pytest.mark.once

ACTIVATE, REAUTHENTICATE = "/accounts/2fa/totp/activate/", "/accounts/2fa/reauthenticate/"
FIRST = "/accounts/2fa/first/"


def code(secret=SECRET, *, steps=0):
    """The code that an app shows now, or the one so many steps of 30 seconds later."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(totp.time.time()) // 30 + steps))


@pytest.fixture
def enrol(monkeypatch):
    """Sets up an app in the session of this client, which confirmed who it is; returns the app's secret."""

    def enrolled(client):
        client.get(ACTIVATE)
        secret = client.session["mfa.totp.secret"]
        with monkeypatch.context() as patched:
            patched.setattr("django.db.transaction.on_commit", lambda act, **options: act())  # as in a real transaction
            client.post(ACTIVATE, {"code": code(secret)})
        return secret

    return enrolled


def confirm(client, password=PASSWORD):
    return client.post("/accounts/reauthenticate/", {"password": password})


@pytest.fixture
def bare(db):
    """Staff who have not set up a second factor yet."""
    return UserFactory(email="new-staff@example.com", is_staff=True, is_superuser=True)


def link_in_mail():
    """The path of the link in the newest mail that holds one."""
    return re.findall(r"/accounts/2fa/first/\S+", "\n".join(sent.body for sent in mails_sent()))[-1]


def by_mail(client):
    client.post(FIRST)
    client.post(link_in_mail())
    return client


# Which session used it


def test_session_that_never_gave_a_code_opens_neither_the_admin_nor_contact_details(bare, enrol, open_request):
    """Two sign-ins by password alone; one sets up a factor."""
    here, other = sign_in(bare), sign_in(bare)
    confirm(here)
    confirm(other)
    pages = [reverse("admin:index"), page(open_request), page(open_request, "contact")]

    enrol(by_mail(here))

    assert is_mfa_enabled(bare)
    assert [here.get(address).status_code for address in pages] == [200] * 3
    assert [other.get(address).status_code for address in pages] == [302] * 3
    assert other.post(pages[2]).status_code == 302
    assert is_in(here)
    assert not is_in(other)  # it has ended
    assert UserSession.objects.filter(user=bare).count() == 1


def test_admin_asks_a_session_without_a_code_for_one_and_leads_on(staff):
    """As a session has it that began before its person was made staff, or before the factor was set up elsewhere."""
    client = CheckedClient()
    client.force_login(staff)
    forget_factors(client)
    wanted = reverse("admin:requests_app_share_changelist")

    asked = client.get(wanted, follow=True)
    answered = client.post(asked.redirect_chain[-1][0], {"code": code(), "next": wanted})

    assert asked.redirect_chain[-1][0].startswith(REAUTHENTICATE)
    assert "You have not used it since you signed in here." in asked.text
    assert answered.url == wanted
    assert client.get(wanted).status_code == 200


def forget_factors(client):
    session = client.session
    session["account_authentication_methods"] = []
    session.save()


@pytest.mark.parametrize(("hours", "status"), [(0.9, 200), (12.1, 302)])
def test_use_of_the_factor_holds_as_long_as_a_sign_in_of_staff(hours, status, staff, time_machine):
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    client = CheckedClient()
    client.force_login(staff)
    time_machine.shift(timedelta(hours=hours))
    session = client.session
    session["signed_in_at"] = session["seen_at"] = totp.time.time()  # the sign-in itself is kept fresh
    session.save()

    assert client.get(reverse("admin:index")).status_code == status


def test_factor_that_was_removed_opens_nothing(staff, desk):
    staff.authenticator_set.all().delete()
    with_second_factor(staff)

    assert desk.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize("url", [ACTIVATE, "/accounts/2fa/webauthn/add/", "/accounts/2fa/totp/deactivate/",
                                 "/accounts/2fa/recovery-codes/", "/accounts/erase/"])  # fmt: skip
def test_password_alone_confirms_nobody_who_has_a_factor(url, seller, shop):
    """Neither one entered now nor one entered before the factor was set up elsewhere."""
    client = sign_in(seller)
    confirm(client)
    with_second_factor(seller)
    RecoveryCodes.activate(seller)
    if url == ACTIVATE:
        seller.authenticator_set.filter(type="totp").update(type="webauthn", data={"name": "Key", "credential": {}})

    asked = client.get(url)
    again = confirm(client)

    assert asked.url.startswith("/accounts/2fa/")
    assert "reauthenticate" in asked.url
    assert again.url.startswith("/accounts/2fa/")
    assert "reauthenticate" in client.get(url).url


def test_code_confirms_who_has_a_factor(seller, shop):
    with_second_factor(seller)
    client = sign_in(seller)
    client.post("/accounts/2fa/authenticate/", {"code": code(steps=-1)})

    before = client.get("/accounts/2fa/totp/deactivate/").status_code
    client.post(REAUTHENTICATE, {"code": code()})

    assert before == 302
    assert client.get("/accounts/2fa/totp/deactivate/").status_code == 200


def test_first_factor_of_a_member_ends_their_other_sessions_and_a_further_one_does_not(seller, shop, enrol):
    other, here = sign_in(seller), sign_in(seller)
    confirm(here)

    enrol(here)

    assert not is_in(other)
    assert is_in(here)
    assert here.get("/accounts/sessions/").text.count("This device") == 1


# The first factor of staff


@pytest.mark.parametrize("url", [ACTIVATE, "/accounts/2fa/webauthn/add/", "/accounts/2fa/recovery-codes/generate/"])
def test_first_factor_of_staff_takes_a_link_by_mail(url, bare):
    client = sign_in(bare)
    confirm(client)

    before = client.get(url)
    client.post(FIRST)
    sent = mails_sent()[-1]
    shown = client.get(link_in_mail())
    still = client.get(url)
    client.post(link_in_mail())

    assert before.url == FIRST
    assert sent.to == [bare.email]
    assert shown.status_code == 200
    assert still.url == FIRST  # a GET, as a mail scanner sends it, changes nothing
    assert url.endswith("generate/") or client.get(url).status_code == 200


def test_link_counts_for_its_person_in_the_session_that_followed_it_and_for_half_an_hour(bare, clerk, time_machine):
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    clerk.authenticator_set.all().delete()
    thief, person, other = sign_in(bare), sign_in(bare), sign_in(clerk)
    for client in (thief, person, other):
        confirm(client)

    thief.post(FIRST)
    of_somebody_else = other.post(link_in_mail())
    person.post(link_in_mail())

    assert of_somebody_else.url == FIRST
    assert [client.get(ACTIVATE).status_code for client in (thief, person, other)] == [302, 200, 302]
    time_machine.shift(timedelta(minutes=31))
    confirm(person)
    assert person.get(ACTIVATE).url == FIRST


@pytest.mark.parametrize("change", ["two hours", "password", "address", "factor"])
def test_link_ends(change, bare, time_machine):
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    sign_in(bare).post(FIRST)
    link = link_in_mail()
    if change == "two hours":
        time_machine.shift(timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT + 1))
    elif change == "password":
        bare.set_password("a-quite-new-one")
    elif change == "address":
        bare.email = "other@example.com"
    else:
        with_second_factor(bare)
    bare.save()
    client = CheckedClient()
    client.force_login(bare)

    response = client.get(link)

    assert response.url == FIRST
    assert "does not work any more" in str(next(iter(get_messages(response.wsgi_request))))


def test_links_are_limited(bare):
    client = sign_in(bare)

    answers = [client.post(FIRST).status_code for _number in range(6)]

    assert answers == [302] * 5 + [429]
    assert len(mails_sent()) == 5


@pytest.mark.parametrize("who", ["member", "staff of a demo"])
def test_others_set_up_their_first_factor_without_a_link(who, seller, shop, bare, settings):
    settings.STAFF_NEED_SECOND_FACTOR = who == "member"
    client = sign_in(seller if who == "member" else bare)
    confirm(client)

    assert client.get(ACTIVATE).status_code == 200
    assert client.get(FIRST).url == reverse("mfa_index")


def test_address_of_staff_is_changed_by_an_administrator_alone(bare):
    """Otherwise a stolen password would lead the link to the thief."""
    client = sign_in(bare)
    confirm(client)

    response = client.post("/accounts/email/", {"email": "thief@example.com", "action_add": ""})

    assert "The address of staff is changed by an administrator." in response.text
    assert [address.email for address in bare.emailaddress_set.all()] == [bare.email]


# Being made inactive


def by_administrator(person, desk):
    desk.post(page(person, "make-inactive"))


def by_themselves(person, desk):
    with transaction.atomic():
        services.deactivate(by=person)


def make_active(person, staff):
    services.make_active(user_id=person.pk, by=staff)


@pytest.mark.parametrize("make_inactive", [by_administrator, by_themselves])
@pytest.mark.parametrize("looked_at", [True, False])
def test_sessions_of_whom_is_made_inactive_end_for_good(make_inactive, looked_at, seller, shop, desk, staff):
    """Also of a session that nobody looked at meanwhile, and whose row came back with a backup."""
    client = sign_in(seller, remember="on")
    kept = Session.objects.get(session_key=client.session.session_key)

    make_inactive(User.objects.get(pk=seller.pk), desk)
    kept.save(force_insert=True)
    was_in = looked_at and is_in(client)
    make_active(seller, staff)

    assert not was_in
    assert not is_in(client)
    assert is_in(sign_in(seller))


def test_sign_in_that_was_half_done_when_its_person_was_made_inactive_is_not_finished(seller, shop, desk, staff):
    with_second_factor(seller)
    client = sign_in(seller)
    by_administrator(seller, desk)

    response = client.post("/accounts/2fa/authenticate/", {"code": code()})
    make_active(seller, staff)

    assert response.url == "/accounts/inactive/"
    assert not is_in(client)


def test_sessions_stay_when_a_person_is_saved_otherwise_and_with_an_earlier_secret_key(seller, shop):
    client = sign_in(seller)
    person = User.objects.get(pk=seller.pk)
    person.name = "Sarah"
    person.save()
    key = settings.SECRET_KEY

    assert is_in(client)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[key]):
        assert is_in(client)


@pytest.mark.parametrize("save", [User.save, lambda stale: AccountAdapter().set_password(stale, "plumrivertango")])
def test_sessions_stay_ended_when_a_person_is_saved_as_they_were_read_before(save, seller, shop):
    stale, session = User.objects.get(pk=seller.pk), {HASH_SESSION_KEY: seller.get_session_auth_hash()}
    services.end_sessions(user=seller)

    save(stale)

    saved = User.objects.get(pk=seller.pk)
    assert (stale.sessions_ended, saved.sessions_ended) == (1, 1)
    assert session[HASH_SESSION_KEY] != saved.get_session_auth_hash()


# Codes of apps


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, False)])
def test_code_is_taken_one_step_late_and_no_more_and_never_early(steps, taken, seller, shop):
    with_second_factor(seller)
    client = sign_in(seller)

    client.post("/accounts/2fa/authenticate/", {"code": code(steps=steps)})

    assert is_in(client) is taken


@pytest.mark.parametrize("seconds", [0, 29, 31, 59])
@pytest.mark.parametrize("forgotten", [False, True])
def test_code_is_never_taken_twice(seconds, forgotten, seller, shop, time_machine):
    """Not in its own time, not in the step after, and not when the cache was emptied meanwhile."""
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    with_second_factor(seller)
    clients, used = [sign_in(seller) for _client in range(3)], code()

    clients[0].post("/accounts/2fa/authenticate/", {"code": used})
    time_machine.shift(timedelta(seconds=seconds))
    if forgotten:
        cache.clear()
    clients[1].post("/accounts/2fa/authenticate/", {"code": f"{used[:3]} {used[3:]}"})
    again = clients[0].post(REAUTHENTICATE, {"code": used})

    assert is_in(clients[0])
    assert not is_in(clients[1])
    assert again.status_code == 200


def test_code_before_a_used_one_is_void(seller, shop):
    with_second_factor(seller)
    first, second = sign_in(seller), sign_in(seller)

    first.post("/accounts/2fa/authenticate/", {"code": code()})
    second.post("/accounts/2fa/authenticate/", {"code": code(steps=-1)})

    assert is_in(first)
    assert not is_in(second)


def test_code_that_set_the_app_up_signs_nobody_in(seller, shop, enrol, time_machine):
    time_machine.move_to("2026-11-20T12:00:00+00:00", tick=False)
    client = sign_in(seller)
    confirm(client)
    secret = enrol(client)
    cache.clear()

    other = sign_in(seller)
    other.post("/accounts/2fa/authenticate/", {"code": code(secret)})

    assert not is_in(other)


def test_used_code_counts_as_a_wrong_guess(seller, shop):
    with_second_factor(seller)
    right, client = code(), sign_in(seller)
    client.post("/accounts/2fa/authenticate/", {"code": right})

    other = sign_in(seller)
    for _number in range(5):
        other.post("/accounts/2fa/authenticate/", {"code": right})

    assert "Too many" in other.post("/accounts/2fa/authenticate/", {"code": "000000"}).text
