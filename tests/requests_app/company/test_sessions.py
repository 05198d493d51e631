"""How long a sign-in through a company holds, and what ends it at once."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from requests_app.company import services
from tests.factories import UserFactory, add_to_shop
from tests.queries import counted
from tests.requests_app.company.conftest import at_provider, begin, now, through_openid, told

ADA = "ada@acme.example"
HERE = "/accounts/preferences/"


@pytest.fixture
def came_in(client, openid):
    through_openid(client, ADA)
    return client


def test_sign_in_through_a_company_holds_twelve_hours(came_in):
    with time_machine.travel(now() + timedelta(hours=11, minutes=55)):
        assert came_in.get(HERE).status_code == 200
    with time_machine.travel(now() + timedelta(hours=12, minutes=1)):
        assert came_in.get(HERE).status_code == 302
        assert "Your sign-in through your company has ended" in told(came_in)


def test_dangerous_act_takes_the_company_again_after_a_quarter_of_an_hour(came_in):
    erase = reverse("personal:erase")
    assert came_in.get(erase).status_code == 200

    with time_machine.travel(now() + timedelta(minutes=16)):
        led = came_in.get(erase)
        assert led["Location"] == f"/accounts/company/?{urlencode({'next': erase})}"
        page = came_in.get(led["Location"])
        assert "Sign in with your company again" in page.text
        assert f'value="{ADA}"' in page.text


def test_person_who_signs_in_again_goes_on_where_they_were(came_in):
    before = came_in.session.session_key
    url = begin(came_in, ADA, next=reverse("personal:erase"))

    assert came_in.get(at_provider(url, ADA))["Location"] == reverse("personal:erase")
    assert came_in.session.session_key != before


def test_switching_off_ends_its_sessions_at_once_and_no_others(came_in, openid, staff, owner):
    other = type(came_in)()
    other.force_login(owner)

    services.switch_off(sign_in_id=openid.pk, by=staff)

    assert came_in.get(HERE).status_code == 302
    assert other.get(HERE).status_code == 200


def test_session_that_was_ended_stays_ended_when_it_is_switched_on_again(came_in, openid, staff):
    services.switch_off(sign_in_id=openid.pk, by=staff)
    services.switch_on(sign_in_id=openid.pk, by=staff)

    assert came_in.get(HERE).status_code == 302


def test_domain_that_is_taken_back_ends_its_sessions(came_in, openid, staff):
    services.withdraw_domain(domain_id=openid.domains.get().pk, by=staff)

    assert came_in.get(HERE).status_code == 302


def test_person_who_became_staff_signs_in_anew(came_in):
    User.objects.filter(email=ADA).update(is_staff=True)

    assert came_in.get(HERE).status_code == 302


def test_what_is_asked_of_the_company_costs_one_statement(came_in, acme):
    by_password = type(came_in)()
    by_password.force_login(add_to_shop(acme, UserFactory(), "viewer"))
    came_in.get(HERE), by_password.get(HERE)

    with counted() as through_company:
        came_in.get(HERE)
    with counted() as with_password:
        by_password.get(HERE)

    asked = [sql for sql in through_company if "companysignin" in sql]
    assert (len(asked), [sql for sql in with_password if "companysignin" in sql]) == (1, [])
