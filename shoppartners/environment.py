"""Reads the environment for the settings, and says in one line which variable is wrong and what it has to be.

Values are repeated only where they cannot be a secret.
"""

import json
import re
import warnings
from contextlib import contextmanager

import environ
from django.core.exceptions import ImproperlyConfigured

HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
ADDRESS = re.compile(r"https?://[^\s/?#@:\[\]]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
YES, NO = environ.Env.BOOLEAN_TRUE_STRINGS, ("false", "off", "no", "n", "0", "")
DATABASE = "postgres://user:password@host:5432/name"
SMTP = "smtp+tls://user:password@host:587"
QUOTING = "Signs such as @ and / in a user or password are written as %40 and %2F."


class Misconfigured(ImproperlyConfigured):
    """Says which variable is wrong and what to do, in one line."""


class Env(environ.Env):
    """django-environ's, with an error for what it would read as something else, or end with a traceback at."""

    def get_value(self, var, *args, **kwargs):
        value = self.ENVIRON.get(var, "")
        if value.startswith("$") and value.lstrip("$") not in self.ENVIRON:  # the rest is not told: it may be a secret
            raise Misconfigured(f"{var} begins with $, which is read as the name of another variable.")
        try:
            return super().get_value(var, *args, **kwargs)
        except Misconfigured:
            raise
        except ImproperlyConfigured:
            raise Misconfigured(f"{var} is not set. docs/operations.md lists every variable.") from None

    def int(self, var, default=environ.Env.NOTSET):
        try:
            number = super().int(var, default=default)
        except ValueError:
            number = -1
        if number < 0:
            raise Misconfigured(f"{var} is {self._told(var)}, and has to be a whole number such as {default}.")
        return number

    def bool(self, var, default=environ.Env.NOTSET):
        if self.ENVIRON.get(var, "").lower().strip() not in YES + NO:
            raise Misconfigured(f"{var} is {self._told(var)}, and has to be 1 or 0.")
        return super().bool(var, default=default)

    def json(self, var, default=environ.Env.NOTSET):
        try:
            return super().json(var, default=default)
        except json.JSONDecodeError:
            raise Misconfigured(f'{var} cannot be read: it has to be JSON such as {{"name": "value"}}.') from None

    def db_url(self, var, default=environ.Env.NOTSET, **options):
        """Return the settings of this database: PostgreSQL, or SQLite for a demo."""
        with _readable(var, DATABASE), warnings.catch_warnings(action="ignore"):  # they would repeat the password
            found = super().db_url(var, default=default, **options)
        kind = found.get("ENGINE", "").rpartition(".")[2]
        if kind not in ("postgresql", "sqlite3"):
            raise Misconfigured(f"{var} names no PostgreSQL. It looks like {DATABASE}.")
        if not found["NAME"]:
            raise Misconfigured(f"{var} names no database behind the host. It looks like {DATABASE}.")
        return found

    def cache_url(self, var, default=environ.Env.NOTSET, **options):
        with _readable(var, "redis://host:6379/0, or is left out"):
            return super().cache_url(var, default=default, **options)

    def email_url(self, var, default=environ.Env.NOTSET, **options):
        with _readable(var, SMTP):
            found = super().email_url(var, default=default, **options)
        if found["EMAIL_BACKEND"].endswith("smtp.EmailBackend") and not found["EMAIL_HOST"]:
            raise Misconfigured(f"{var} names no mail server. It looks like {SMTP}.")
        return found

    def hosts(self, var, default):
        """Return the names that the site answers to: no address with https:// before it, no port behind it."""
        hosts = [host.strip() for host in self.list(var, default=default)]
        wrong = next((host for host in hosts if not HOST.fullmatch(host)), None)
        if wrong is not None or not hosts:
            what = f"holds {wrong!r}" if hosts else "is empty"
            raise Misconfigured(f"{var} {what}: it takes names of hosts with commas, such as partners.example.com.")
        return hosts

    def site_url(self, var, default):
        """Return the address that mails link to, without a path and a slash at its end."""
        address = self.str(var, default=default).strip().rstrip("/")
        if not ADDRESS.fullmatch(address):
            raise Misconfigured(f"{var} has to be the site's address alone, such as https://partners.example.com.")
        return address

    def _told(self, var):
        return repr(self.ENVIRON[var][:40])


@contextmanager
def _readable(var, example):
    try:
        yield
    except Misconfigured:
        raise
    except (ImproperlyConfigured, ValueError, KeyError, AttributeError, TypeError):
        raise Misconfigured(f"{var} cannot be read. It looks like {example}. {QUOTING}") from None
