"""MAINTENANCE=1: every page says so without asking the database, and the health checks answer."""

import pytest
from django.conf import settings
from django.test import Client

from tests.client import faults

pytestmark = pytest.mark.once

LOCALE = "django.middleware.locale.LocaleMiddleware"
MAINTENANCE = "shoppartners.maintenance.MaintenanceMiddleware"


@pytest.fixture
def closed(settings):
    """The site as it is with MAINTENANCE=1."""
    middleware = list(settings.MIDDLEWARE)
    middleware.insert(middleware.index(LOCALE) + 1, MAINTENANCE)
    settings.MIDDLEWARE = middleware
    return Client()


@pytest.mark.parametrize(
    "path", ["/", "/partners/", "/requests/new/", "/portal/", "/admin/", "/accounts/login/", "/x/"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_page_says_that_it_comes_back(closed, path, method):
    """No test database is asked for: a query would fail."""
    response = getattr(closed, method)(path)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "300"
    assert "no-store" in response.headers["Cache-Control"]
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert "We are back in a few minutes" in response.text
    assert faults(response.text) == []


def test_health_checks_answer(closed, db):
    assert closed.get("/healthz").status_code == 200
    assert closed.get("/readyz").status_code == 200


def test_it_is_off_unless_asked_for():
    assert settings.MAINTENANCE is False
    assert MAINTENANCE not in settings.MIDDLEWARE
