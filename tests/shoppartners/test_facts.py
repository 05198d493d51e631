"""What stands around the site is looked at, and nothing is changed."""

from contextlib import contextmanager
from unittest import mock

import psycopg
import pytest
from aiosmtpd.controller import Controller
from django.core.cache.backends.locmem import LocMemCache
from django.db import OperationalError, connection
from django.test import override_settings

from shoppartners import facts
from shoppartners.facts import FAIL, OK, WARN
from shoppartners.postgresql.refusals import Refusal
from tests.nginx import free_port

LONG = "a long random text that nobody can guess, of 50 and more"


def levels(found):
    return [each.level for each in found]


@pytest.mark.once
@pytest.mark.parametrize(
    ("secret", "audit", "named"),
    [
        (LONG, LONG + "2", None),
        ("short", LONG, "SECRET_KEY"),
        ("…", LONG, "SECRET_KEY"),
        ("django-insecure-" + LONG, LONG, "SECRET_KEY"),
        ("change-me-" + LONG, LONG, "SECRET_KEY"),
        ("x" * 60, LONG, "SECRET_KEY"),
        (LONG, "short", "AUDIT_KEY"),
    ],
)
def test_key_that_can_be_guessed_fails(secret, audit, named, settings):
    settings.SECRET_KEY, settings.AUDIT_KEY = secret, audit

    assert [found.text.partition(" ")[0] for found in facts.signing_keys()] == ([named] if named else [])


@pytest.mark.once
def test_folder_that_cannot_be_written_fails(settings, tmp_path, monkeypatch):
    settings.DEMO, settings.VAR_DIR = True, tmp_path / "new" / "var"
    assert list(facts.var_dir()) == []

    monkeypatch.setattr(facts.os, "access", lambda place, how: False)  # root may write everywhere
    (found,) = facts.var_dir()

    assert found == facts.Fact(
        FAIL, f"VAR_DIR: this user cannot write {tmp_path}. Let VAR_DIR name a folder of this user."
    )


@pytest.mark.once
@pytest.mark.parametrize(
    ("collected", "words"),
    [({}, "are not collected"), ({"css/x.css": "css/x.1.css"}, "static files are not collected")],
)
def test_static_files_that_were_not_collected_fail(collected, words, monkeypatch):
    monkeypatch.setattr(facts, "staticfiles_storage", type("Storage", (), {"hashed_files": collected}))

    (found,) = facts.static_files()

    assert found.level == FAIL
    assert words in found.text


def test_database_migrations_and_cache_are_well(db):
    assert levels(facts.database()) == [OK]
    assert levels(facts.migrations()) == []
    assert levels(facts.newer_release()) == []
    assert levels(facts.cache_table()) == [OK]


@pytest.mark.once
@pytest.mark.parametrize(
    ("cause", "refusal", "may_pass"),
    [
        (psycopg.OperationalError("no answer"), None, True),  # it came back between the two tries
        (psycopg.errors.AdminShutdown("it ends"), None, True),
        (psycopg.errors.UndefinedFunction("of something else"), None, False),
        (psycopg.OperationalError("no answer"), Refusal("Wrong password.", may_pass=False), False),
    ],
)
def test_database_that_came_back_meanwhile_may_be_waited_for(cause, refusal, may_pass, monkeypatch):
    error = OperationalError(str(cause))
    error.__cause__ = cause
    monkeypatch.setattr(facts, "connection", mock.Mock(ensure_connection=mock.Mock(side_effect=error)))
    monkeypatch.setattr(facts, "refusal_of_database", lambda: refusal)

    assert list(facts.database()) == [facts.Fact(FAIL, refusal.line if refusal else str(cause), may_pass)]


def test_migration_that_waits_fails(db):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")

    (found,) = facts.migrations()

    assert found == facts.Fact(FAIL, "1 migration not applied to the database: run `python manage.py migrate`.")


def test_database_of_a_newer_release_is_told(db):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('partners', '9999_x', '2026-11-30')")

    (found,) = facts.newer_release()

    assert found.level == WARN
    assert "partners.9999_x" in found.text


@pytest.mark.parametrize(
    ("cache", "words"),
    [
        ({"BACKEND": "shoppartners.cache.DatabaseCache", "LOCATION": "nowhere"}, "manage.py createcachetable"),
        ({"BACKEND": "tests.shoppartners.test_facts.BrokenCache"}, "CACHE_URL: the cache does not answer"),
    ],
)
def test_cache_that_cannot_count_fails(cache, words, db):
    with override_settings(CACHES={"default": cache}):
        (found,) = facts.cache_table()

    assert found.level == FAIL
    assert words in found.text


class BrokenCache(LocMemCache):
    def __init__(self, *args):
        super().__init__("broken", {})

    def get(self, *args, **kwargs):
        raise ConnectionError("refused")


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("beat", "level", "words"),
    [(None, WARN, "has no worker"), ("1 hour", WARN, "has no worker"), ("1 s", OK, "1 worker")],
)
def test_queue_needs_a_worker_that_lives(beat, level, words, db):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        if beat:
            cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)", [beat])

    (found,) = facts.queue()

    assert found.level == level
    assert words in found.text


@pytest.mark.postgresql
@pytest.mark.parametrize(("seconds", "words"), [(30, "1 job waiting, 0 failed."), (90, "the oldest is 90 s late")])
def test_queue_says_for_how_long_a_job_waits(seconds, words, db):
    from procrastinate.contrib.django import app

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        app.configure_task("shoppartners.run_task").defer(path="x", args=[], kwargs={})
        cursor.execute("UPDATE procrastinate_events SET at = now() - make_interval(secs => %s)", [seconds])

    (found,) = facts.queue()

    assert words in found.text


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("ahead", "level", "words"),
    [(0, OK, "agree"), (-5, WARN, "5 s behind"), (5, WARN, "5 s ahead of"), (-90, FAIL, "90 s behind")],
)
def test_clocks_are_compared(ahead, level, words, db, monkeypatch):
    now = facts.time.clock_gettime
    monkeypatch.setattr(facts.time, "clock_gettime", lambda which: now(which) - ahead)

    (found,) = facts.clock()

    assert (found.level, found.may_pass) == (level, level != OK)
    assert words in found.text


@contextmanager
def smtp_server():
    """Yield the port of a mail server without TLS and passwords, and what it received."""

    class Mailbox:
        async def handle_DATA(self, server, session, envelope):
            received.append(envelope.content)
            return "250 OK"

    received = []
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port, received
    controller.stop()


def smtp(port, **options):
    place = {"host": "127.0.0.1", "port": port, "username": None, "password": None, "timeout": 5} | options
    return override_settings(MAILERS={"default": {"BACKEND": "accounts.smtp.EmailBackend", "OPTIONS": place}})


@pytest.mark.once
def test_mail_server_is_asked_and_gets_no_mail():
    with smtp_server() as (port, mails), smtp(port):
        (found,) = facts.mail()

    assert found == facts.Fact(OK, f"The mail server 127.0.0.1:{port} answers.")
    assert mails == []


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"username": "a", "password": "hidden"}, "AUTH extension"),
        ({"use_tls": True}, "STARTTLS"),
        ({"use_ssl": True}, "does not speak TLS as asked"),
    ],
)
def test_mail_server_that_refuses_fails(options, words):
    with smtp_server() as (port, _mails), smtp(port, **options):
        (found,) = facts.mail()

    assert (found.level, found.may_pass) == (FAIL, True)
    assert found.text.startswith(f"MAIL_URL: the mail server 127.0.0.1:{port}")
    assert words in found.text
    assert "hidden" not in found.text


@pytest.mark.once
def test_mail_server_that_is_not_there_fails():
    with smtp(free_port()):
        (refused,) = facts.mail()
    with smtp(25, host="nowhere.invalid"):
        (unknown,) = facts.mail()

    assert "Connection refused" in refused.text
    assert unknown.text == "MAIL_URL: no host has the name nowhere.invalid."


@pytest.mark.once
@pytest.mark.parametrize(
    ("backend", "demo", "level"), [("console", False, WARN), ("filebased", True, OK), ("locmem", False, WARN)]
)
def test_mail_that_goes_nowhere_is_warned_of(backend, demo, level, settings, tmp_path):
    settings.DEMO = demo
    path = {"OPTIONS": {"file_path": str(tmp_path)}} if backend == "filebased" else {}
    settings.MAILERS = {"default": {"BACKEND": f"django.core.mail.backends.{backend}.EmailBackend"} | path}

    assert levels(facts.mail()) == [level]
