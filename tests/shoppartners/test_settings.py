"""The one settings file, read in a process of its own under different environments."""

import json
import os
import subprocess
import sys
from functools import cache

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

PRODUCTION = {
    "SECRET_KEY": "x" * 60,
    "DATABASE_URL": "postgres://user:password@database/shoppartners?sslmode=require",
    "ALLOWED_HOSTS": "partners.example.com",
    "SITE_URL": "https://partners.example.com",
}


PROGRAM = """
import json
from shoppartners import settings
print(json.dumps({name: value for name, value in vars(settings).items() if name.isupper()}, default=id))
"""


def setting(name, **environment):
    """Give a setting as it is under this environment and nothing else."""
    return all_settings(**environment)[name]


@cache
def all_settings(**environment):
    libraries = {"LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
    read = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=libraries | environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(read.stdout)


@pytest.mark.parametrize(
    ("environment", "backend"),
    [
        ({"DATABASE_URL": "postgres://db/x"}, "shoppartners.cache.DatabaseCache"),
        (
            {"DATABASE_URL": "postgres://db/x", "CACHE_URL": "rediscache://db:6379/0"},
            "django.core.cache.backends.redis.RedisCache",
        ),
        ({"CACHE_URL": "dbcache://kept"}, "django.core.cache.backends.db.DatabaseCache"),
        ({}, "django.core.cache.backends.locmem.LocMemCache"),
    ],
)
def test_cache_is_where_the_environment_says_and_in_postgresql_outside_of_transactions(environment, backend):
    assert setting("CACHES", SECRET_KEY="x", VAR_DIR="/var/x", **environment)["default"]["BACKEND"] == backend


@pytest.mark.parametrize(
    ("environment", "backend", "options"),
    [
        ({}, "django.core.mail.backends.console.EmailBackend", {}),
        ({"DEMO": "1"}, "django.core.mail.backends.filebased.EmailBackend", {"file_path": "/var/x/demo_mail"}),
        (
            {"MAIL_URL": "smtp+tls://user:secret@mail.example.com:587"},
            "accounts.smtp.EmailBackend",
            {"host": "mail.example.com", "port": 587, "username": "user", "password": "secret", "use_tls": True}
            | {"use_ssl": False, "timeout": 20},
        ),
        (
            {"MAIL_BACKEND": "anymail.backends.postmark.EmailBackend", "MAIL_OPTIONS": '{"server_token": "t"}'},
            "anymail.backends.postmark.EmailBackend",
            {"server_token": "t"},
        ),
    ],
)
def test_mail_goes_where_the_environment_says(environment, backend, options):
    mailer = setting("MAILERS", SECRET_KEY="x", VAR_DIR="/var/x", **environment)["default"]

    assert (mailer["BACKEND"], mailer.get("OPTIONS", {})) == (backend, options)


def test_options_of_the_database_address_are_kept():
    options = setting("DATABASES", **PRODUCTION)["default"]["OPTIONS"]

    assert options["sslmode"] == "require"
    assert options["server_side_binding"] is True
    assert options["pool"]["max_size"] == 12


def test_pages_read_from_a_replica_where_the_environment_names_one():
    middleware = "shoppartners.replica.ReplicaMiddleware"
    with_one = PRODUCTION | {"REPLICA_URL": "postgres://user@standby/name?sslmode=require"}

    assert set(setting("DATABASES", **PRODUCTION)) == {"default"}
    assert "POSITION" not in setting("DATABASES", **PRODUCTION)["default"]
    assert middleware not in setting("MIDDLEWARE", **PRODUCTION)
    assert setting("DATABASES", **with_one)["replica"]["HOST"] == "standby"
    assert setting("DATABASES", **with_one)["replica"]["OPTIONS"]["sslmode"] == "require"
    assert setting("DATABASES", **with_one)["default"]["HOST"] == "database"
    assert setting("MIDDLEWARE", **with_one).index(middleware) < setting("MIDDLEWARE", **with_one).index(
        "accounts.middleware.OneMomentMiddleware"
    )


@pytest.mark.parametrize("name", ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"])
def test_https_is_left_out_in_a_demo_alone(name):
    assert setting(name, **PRODUCTION) is True
    assert setting(name, SECRET_KEY="x", DEMO="1") is False


@pytest.mark.parametrize(("demo", "needed"), [("1", False), ("0", True)])
def test_staff_need_a_second_factor_but_in_a_demo(demo, needed):
    assert setting("STAFF_NEED_SECOND_FACTOR", **PRODUCTION, DEMO=demo) is needed


def test_secret_key_has_no_default():
    with pytest.raises(subprocess.CalledProcessError) as failed:
        setting("SECRET_KEY")

    assert "SECRET_KEY is not set." in failed.value.stderr
