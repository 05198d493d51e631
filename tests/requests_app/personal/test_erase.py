"""A person erases his account: asked for his password, told what ends, shut out at once."""

import pytest
from allauth.usersessions.models import UserSession

from accounts.exceptions import NotAllowed
from accounts.models import User
from requests_app import tasks
from requests_app.models import PartnerRequest
from requests_app.personal import services
from tests.cast import login
from tests.client import CheckedClient
from tests.factories import PASSWORD, UserFactory, add_to_shop, make_request
from tests.mailboxes import mails_sent

URL = "/accounts/erase/"
TICKED = {"understood": "on"}


@pytest.fixture
def enqueued(monkeypatch):
    """The users that a task was asked to erase; no task runs."""
    asked = []

    def enqueue(task, *args, **kwargs):
        if task == tasks.erase_person:
            asked.append((task.name, *args))

    monkeypatch.setattr(type(tasks.erase_person), "enqueue", enqueue)
    return asked


def confirmed(user):
    client = CheckedClient()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.mark.once
def test_password_is_asked_for_before_the_page_and_before_the_act(client, seller, shop, enqueued):
    login(client, seller)

    for answer in (client.get(URL), client.post(URL, TICKED)):
        assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert enqueued == []


@pytest.mark.once
def test_page_says_what_ends_and_for_whom(seller, shop, open_request, other_shop):
    add_to_shop(other_shop, seller, "editor")

    html = confirmed(seller).get(URL).text

    assert (
        f"Lumen Skincare has no other owner: its open requests are closed for every partner: {open_request.reference}."
        in html
    )
    assert "Fern &amp; Fable: they have other owners and go on without you." in html
    assert "You get one last mail, to seller@example.com." in html
    assert User.objects.get(pk=seller.pk).is_active


@pytest.mark.once
def test_page_of_a_partners_last_owner_names_what_it_has(share, partner_owner):
    html = confirmed(partner_owner).get(URL).text

    assert f"it leaves the partner programme, and its open requests end: {share.reference}." in html


@pytest.mark.once
def test_box_has_to_be_ticked(seller, shop, enqueued):
    html = confirmed(seller).post(URL).text

    assert "Tick this box." in html
    assert User.objects.get(pk=seller.pk).is_active
    assert enqueued == []


def test_person_is_shut_out_at_once_and_erased_by_a_task(seller, shop, enqueued, django_capture_on_commit_callbacks):
    here, elsewhere = confirmed(seller), confirmed(seller)

    with django_capture_on_commit_callbacks(execute=True):
        answer = here.post(URL, TICKED, follow=True)

    assert answer.redirect_chain == [("/", 302)]
    assert "Your account is being erased. You are signed out everywhere." in answer.text
    assert not User.objects.get(pk=seller.pk).is_active
    assert not UserSession.objects.filter(user=seller).exists()
    assert elsewhere.get("/requests/").headers["Location"].startswith("/accounts/login/")
    assert [(sent.to, sent.subject) for sent in mails_sent()] == [
        (["seller@example.com"], "Your account is being erased")
    ]
    assert enqueued == [("erase_person", seller.pk)]


def test_task_does_the_rest(seller, shop, open_request, django_capture_on_commit_callbacks):
    services.erase_account(by=seller)
    tasks.erase_person.call(seller.pk)

    assert PartnerRequest.objects.get().status == "closed"
    assert User.objects.get(pk=seller.pk).email == f"erased-{seller.pk}@erased.invalid"


@pytest.mark.once
def test_session_of_one_who_was_deactivated_does_not_work(client, seller, shop):
    login(client, seller)
    User.objects.filter(pk=seller.pk).update(is_active=False)

    assert client.get("/requests/").headers["Location"].startswith("/accounts/login/")


@pytest.mark.once
def test_last_mail_outlives_the_person(seller, shop, enqueued):
    confirmed(seller).post(URL, TICKED)
    tasks.erase_person.call(seller.pk)

    assert [(sent.to, sent.subject) for sent in mails_sent()] == [
        (["seller@example.com"], "Your account is being erased")
    ]


def test_last_administrator_is_refused(staff, enqueued):
    UserFactory(is_superuser=True, is_staff=True, is_active=False)

    with pytest.raises(NotAllowed, match="last administrator"):
        services.erase_account(by=staff)
    assert User.objects.get(pk=staff.pk).is_active
    assert enqueued == []


def test_administrator_beside_another_may_leave(staff, enqueued):
    UserFactory(is_superuser=True, is_staff=True)

    services.erase_account(by=staff)

    assert enqueued == [("erase_person", staff.pk)]


@pytest.mark.once
def test_refusal_stands_on_the_page_of_his_data(staff):
    User.objects.filter(pk=staff.pk).update(is_staff=False)
    staff.authenticator_set.all().delete()

    answer = confirmed(staff).get(URL, follow=True)

    assert answer.redirect_chain == [("/accounts/data/", 302)]
    assert "You are the last administrator who can sign in." in answer.text


def test_new_request_of_a_colleague_is_his_own(seller, shop, enqueued, partner):
    colleague = add_to_shop(shop, UserFactory(), "owner")
    services.erase_account(by=seller)
    tasks.erase_person.call(seller.pk)

    assert make_request(shop, [partner], by=colleague).created_by == colleague
