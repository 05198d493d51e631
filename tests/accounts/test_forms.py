"""The person's part of signing up."""

import pytest
from allauth.core import context as allauth_context
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore

from accounts.forms import PersonSignupForm
from accounts.models import User
from tests.mailboxes import mails_sent

pytestmark = pytest.mark.once

TYPED = {
    "name": "  Ann Whitfield ",
    "email": "Ann@Example.com",
    "password1": "a-quite-good-one",
    "password2": "a-quite-good-one",
    "time_zone": "Europe/London",
}


@pytest.fixture
def request_of_nobody(rf, db):
    request = rf.post("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    request._messages = FallbackStorage(request)
    with allauth_context.request_context(request):
        yield request


def sign_up(request, **typed):
    form = PersonSignupForm(TYPED | typed)
    assert form.errors == {}
    return form.try_save(request)


def test_sign_up_makes_a_person(request_of_nobody):
    user, answer = sign_up(request_of_nobody)

    saved = User.objects.get()
    assert (saved.name, saved.email, saved.time_zone, saved.language) == (
        "Ann Whitfield", "ann@example.com", "Europe/London", "en",
    )  # fmt: skip
    assert saved.check_password("a-quite-good-one")
    assert (user, answer) == (saved, None)


@pytest.mark.parametrize("zone", ["", "Europe/Atlantis", "../../etc/passwd", "<b>"])
def test_sign_up_from_an_unknown_zone_gets_utc(zone, request_of_nobody):
    user, _answer = sign_up(request_of_nobody, time_zone=zone)

    assert user.time_zone == "UTC"


def test_sign_up_does_not_reveal_that_an_address_has_an_account(request_of_nobody, seller):
    user, answer = sign_up(request_of_nobody, email="SELLER@example.com")

    assert user is None
    assert answer.status_code == 302
    assert [sent.subject for sent in mails_sent()] == ["You have an account on Shop Partners already"]


def test_two_sign_ups_at_once_make_one_person(request_of_nobody):
    form = PersonSignupForm(TYPED)
    assert form.is_valid()
    User.objects.create_user("ANN@example.com", "x")

    user, answer = form.try_save(request_of_nobody)

    assert (user, answer.status_code) == (None, 302)
    assert User.objects.count() == 1


def test_what_a_sign_up_adds_is_saved_with_the_person_or_not_at_all(request_of_nobody):
    class Broken(PersonSignupForm):
        def signup(self, request, user):
            raise RuntimeError

    form = Broken(TYPED)
    assert form.is_valid()

    with pytest.raises(RuntimeError):
        form.try_save(request_of_nobody)
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "again"),
    [
        ("name", "", ["password1", "password2"]),
        ("name", "Ann\r\nBcc: x", ["password1", "password2"]),
        ("name", "x" * 121, ["password1", "password2"]),
        ("email", "ann", ["password1", "password2"]),
        ("password2", "other", ["password1"]),
    ],
)
def test_sign_up_with_a_mistake_says_where_and_asks_for_the_passwords_again(field, value, again, db):
    errors = PersonSignupForm(TYPED | {field: value}).errors

    assert list(errors) == [field, *again]
    assert {str(error) for name in again for error in errors[name]} == {"Type it again: no page keeps a password."}


def test_password_that_was_not_typed_is_asked_for_in_the_usual_words(db):
    errors = PersonSignupForm(TYPED | {"name": "", "password1": ""}).errors

    assert errors["password1"] == ["Fill this in."]
