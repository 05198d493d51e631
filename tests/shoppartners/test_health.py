from unittest import mock

import pytest
from django.db import OperationalError, connections


def test_healthz_answers_without_a_database(client):
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.content == b"ok\n"


@pytest.mark.django_db(transaction=True)
def test_readyz_names_what_was_reached(client):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"Database(alias='default')": "OK", "Queue()": "OK"}


@pytest.mark.django_db(transaction=True)
def test_readyz_fails_when_the_database_does_not_answer(client):
    with mock.patch.object(type(connections["default"]), "temporary_connection", side_effect=OperationalError):
        response = client.get("/readyz")

    assert response.status_code == 503


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_readyz_fails_when_the_queue_does_not_answer(client):
    with mock.patch("procrastinate.contrib.django.app.check_connection", return_value=False):
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["Queue()"] == "Unavailable: The queue's tables are missing"
