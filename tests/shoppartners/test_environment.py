"""A wrong variable is told in one line, without what may be a secret."""

import pytest

from shoppartners.environment import Env, Misconfigured

pytestmark = pytest.mark.once

ASKED = {  # as shoppartners.settings asks
    "SECRET_KEY": lambda env: env.str("SECRET_KEY"),
    "TRUSTED_PROXY_COUNT": lambda env: env.int("TRUSTED_PROXY_COUNT", default=0),
    "HTTPS": lambda env: env.bool("HTTPS", default=True),
    "ALLOWED_HOSTS": lambda env: env.hosts("ALLOWED_HOSTS", default=["localhost"]),
    "SITE_URL": lambda env: env.site_url("SITE_URL", default="http://localhost:8000"),
    "DATABASE_URL": lambda env: env.db_url("DATABASE_URL", default="sqlite:///x"),
    "CACHE_URL": lambda env: env.cache_url("CACHE_URL", default="locmemcache://"),
    "MAIL_URL": lambda env: env.email_url("MAIL_URL", default="consolemail://"),
    "MAIL_OPTIONS": lambda env: env.json("MAIL_OPTIONS", default={}),
}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", None, "SECRET_KEY is not set. docs/operations.md lists every variable."),
        ("SECRET_KEY", "$hidden", "SECRET_KEY begins with $, which is read as the name of another variable."),
        ("TRUSTED_PROXY_COUNT", "one", "TRUSTED_PROXY_COUNT is 'one', and has to be a whole number such as 0."),
        ("TRUSTED_PROXY_COUNT", "-1", "TRUSTED_PROXY_COUNT is '-1', and has to be a whole number such as 0."),
        ("TRUSTED_PROXY_COUNT", "", "TRUSTED_PROXY_COUNT is '', and has to be a whole number such as 0."),
        ("HTTPS", "flase", "HTTPS is 'flase', and has to be 1 or 0."),
        ("ALLOWED_HOSTS", "https://x.example", "ALLOWED_HOSTS holds 'https://x.example': it takes names of hosts"),
        ("ALLOWED_HOSTS", "x.example:8000", "ALLOWED_HOSTS holds 'x.example:8000'"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS is empty"),
        ("SITE_URL", "partners.example.com", "SITE_URL has to be the site's address alone, such as https://"),
        ("SITE_URL", "https://partners.example.com/shop", "SITE_URL has to be the site's address alone"),
        ("DATABASE_URL", "", "DATABASE_URL names no PostgreSQL."),
        ("DATABASE_URL", "mysql://u:hidden@h/x", "DATABASE_URL names no PostgreSQL."),
        ("DATABASE_URL", "postgres://u:hidden@host", "DATABASE_URL names no database behind the host."),
        ("DATABASE_URL", "postgres://u:hid/den@host:5432/x", "DATABASE_URL cannot be read."),
        ("DATABASE_URL", "postgres://u:hidden@host:99999/x", "DATABASE_URL cannot be read."),
        ("CACHE_URL", "memory://", "CACHE_URL cannot be read. It looks like redis://host:6379/0"),
        ("MAIL_URL", "mail.example.com", "MAIL_URL cannot be read. It looks like smtp+tls://"),
        ("MAIL_URL", "smtp://", "MAIL_URL names no mail server."),
        ("MAIL_OPTIONS", "{hidden}", "MAIL_OPTIONS cannot be read: it has to be JSON"),
    ],
)
def test_wrong_value_is_told_in_one_line(name, value, words, monkeypatch):
    monkeypatch.delenv(name, raising=False)
    if value is not None:
        monkeypatch.setenv(name, value)

    with pytest.raises(Misconfigured) as raised:
        ASKED[name](Env())

    told = str(raised.value)
    assert told.startswith(words)
    assert "\n" not in told
    assert "hid" not in told


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TRUSTED_PROXY_COUNT", "2", 2),
        ("HTTPS", "0", False),
        ("HTTPS", "", False),
        ("HTTPS", "yes", True),
        ("ALLOWED_HOSTS", "a.example, .b.example,[::1]", ["a.example", ".b.example", "[::1]"]),
        ("SITE_URL", "https://partners.example.com/", "https://partners.example.com"),
        ("SITE_URL", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("SITE_URL", "http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_right_value_is_read(name, value, expected, monkeypatch):
    monkeypatch.setenv(name, value)

    assert ASKED[name](Env()) == expected


def test_database_of_several_hosts_is_read(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p%40@a:5432,b:5433/x?target_session_attrs=read-write")

    found = ASKED["DATABASE_URL"](Env())

    assert (found["HOST"], found["PORT"], found["PASSWORD"]) == ("a,b", "5432,5433", "p@")
