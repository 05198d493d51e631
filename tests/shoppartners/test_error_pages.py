import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import resolve

from requests_app.demo.styleguide import styleguide
from tests.cast import login
from tests.client import faults


@pytest.mark.once
def test_unknown_address(client, db):
    response = client.get("/nothing/here/")

    assert response.status_code == 404
    assert "We cannot find this page" in response.content.decode()
    assert faults(response.content.decode()) == []


@pytest.mark.once
def test_unknown_address_keeps_the_account_menu(client, seller, shop):
    html = login(client, seller).get("/nothing/here/").content.decode()

    assert shop.name in html
    assert 'action="/accounts/logout/"' in html
    assert faults(html) == []


@pytest.mark.once
@pytest.mark.parametrize("name", ["400.html", "500.html", "403_csrf.html"])
def test_page_that_needs_nothing(name, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert faults(render_to_string(name)) == []


@pytest.mark.once
def test_missing_token(db):
    response = Client(enforce_csrf_checks=True).post("/accounts/login/")

    assert response.status_code == 403
    assert "This page was open for too long" in response.content.decode()


@pytest.mark.once
def test_too_many_tries(client, seller):
    for _try in range(20):
        response = client.post("/accounts/login/", {"login": seller.email, "password": "wrong"})

    html = response.content.decode()
    assert "Too many" in html
    assert faults(html) == []


@pytest.mark.once
def test_styleguide_is_well_formed(rf, seller, shop):
    request = rf.get("/")
    request.user, request.session, request.resolver_match = seller, {}, resolve("/")

    assert faults(styleguide(request).content.decode()) == []
