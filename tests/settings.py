"""The real settings, on the database that the tests are asked to run on.

pytest-django reads the settings before any conftest.py, so the server is started here: DATABASE_URL names one,
TEST_DB=sqlite takes SQLite, and otherwise a PostgreSQL is started for this run.
"""

import os
import tempfile
from pathlib import Path

from scripts import messages
from tests import postgres

messages.compile_stale()
_folder = tempfile.TemporaryDirectory(prefix="shoppartners-tests-")
# The developer's shell decides nothing here.
for _name in ("DEBUG", "DEMO", "MAIL_URL", "SENTRY_DSN", "CACHE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT"):
    os.environ.pop(_name, None)
os.environ["SECRET_KEY"] = "a key that only tests have, as long as one has to be"
os.environ["HTTPS"] = "0"
os.environ["METRICS_TOKEN"] = "metrics-of-the-tests"
os.environ["SUPPORT_EMAIL"] = "help@programme.example"
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ["VAR_DIR"] = _folder.name
if os.environ.get("TEST_DB") == "sqlite":
    os.environ["DATABASE_URL"] = f"sqlite:///{_folder.name}/tests.sqlite3"
elif "DATABASE_URL" not in os.environ:
    os.environ["DATABASE_URL"] = postgres.start()

from shoppartners.settings import *  # noqa: E402, F403
from shoppartners.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE, ON_POSTGRESQL, STORAGES  # noqa: E402

if ON_POSTGRESQL:  # of twenty people at once nobody waits for a connection, which takes a second at most
    DATABASES["default"]["OPTIONS"]["pool"]["max_size"] = 24
    if suite := os.environ.get("TEST_SUITE"):  # scripts/test.sh runs others beside it, on the same server
        DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}_{suite}"}
else:
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder.name}/test.sqlite3"}  # a file: threads share no memory database
PAGES_READ_ON_SQLITE = os.environ.get("PAGES_READ_ON") == "sqlite"  # `make test` runs the pages' tests there as well
if not PAGES_READ_ON_SQLITE:
    INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
    MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]  # raises where a page asks once a row
ZEAL_ALLOWLIST = [  # allauth's own
    {"model": "account.EmailAddress", "field": "get()"},  # when an address is confirmed
    {"model": "sessions.Session", "field": "get()"},  # where a person lists his sign-ins: which of them still hold
    {"model": "accounts.User", "field": "get()"},  # likewise
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # cleared before each test
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "tests.static.CheckedStaticFilesStorage"}}
REQUESTS_PER_HOUR = 1_000_000  # tests make many at once; those of the limit set their own
STATIC_ROOT = Path(_folder.name) / "static"
STATIC_ROOT.mkdir()
