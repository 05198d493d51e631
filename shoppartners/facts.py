"""What stands around the site, and whether it is well. Each look reads one thing, and changes nothing."""

import os
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks
from django.core.cache import caches
from django.core.mail import mailers
from django.core.mail.backends import smtp
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from requests_app import vitals
from shoppartners.errors import database_is_gone

OK, WARN, FAIL = "ok", "warn", "fail"
SHORT_KEY = 32  # characters: 16 random bytes in hexadecimal
EXAMPLES = ("…", "...", "change", "secret", "django-insecure-", "example", "your-")
COLLECT = "run `python manage.py collectstatic --no-input`."
MIGRATE = "run `python manage.py migrate`."
LATE_SECONDS = 60  # for which no job waits where workers are well
MAIL_SECONDS = 5
NOWHERE = (".console", ".dummy", ".locmem")
SKEW_WARNED, SKEW_FAILS = 2, 30  # seconds; codes of second factors last 30


@dataclass(frozen=True)
class Fact:
    level: str
    text: str
    may_pass: bool = False  # of what fails: it may be well again without anybody doing something


def signing_keys():
    """The keys that sign: long, not those of an example, and each its own."""
    if settings.DEMO or settings.DEBUG:
        return
    for name in ("SECRET_KEY", "AUDIT_KEY"):
        key = getattr(settings, name)
        if len(key) < SHORT_KEY or key.lower().startswith(EXAMPLES) or len(set(key)) < 5:
            how = 'python -c "import secrets; print(secrets.token_urlsafe(50))"'
            yield Fact(FAIL, f"{name} is short, or an example's: who guesses it forges sessions. Make one: {how}")
            return


def var_dir():
    """The folder of a demo or of SQLite can be written."""
    if settings.DEMO or connection.vendor == "sqlite":
        folder = settings.VAR_DIR
        there = next(place for place in (folder, *folder.parents) if place.exists())
        if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
            yield Fact(FAIL, f"VAR_DIR: this user cannot write {there}. Let VAR_DIR name a folder of this user.")


def static_files():
    """They are collected, those of this release too."""
    manifest = getattr(staticfiles_storage, "hashed_files", None)
    if manifest == {} and not settings.DEBUG:
        yield Fact(FAIL, f"The static files are not collected: {COLLECT}")
    elif manifest and (new := sorted(_own_static_files() - manifest.keys())):
        yield Fact(FAIL, f"{len(new)} static files are not collected, {new[0]} for one: {COLLECT}")


def _own_static_files():
    folder = settings.BASE_DIR / "static"
    return {str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.is_file()}


def database():
    """It can be reached, takes writes, and is new enough."""
    try:
        connection.ensure_connection()
        is_replica = connection.vendor == "postgresql" and _one("SELECT pg_is_in_recovery()")
    except Error as error:
        if refusal := refusal_of_database():
            yield Fact(FAIL, refusal.line, refusal.may_pass)
        else:  # it came back meanwhile
            yield Fact(FAIL, one_line(error), database_is_gone(error))
        return
    if is_replica:
        yield Fact(FAIL, "The database is a replica and takes no writes: let DATABASE_URL name the primary.")
        return
    yield Fact(OK, f"The database answers ({connection.display_name} {_version()}).")


def refusal_of_database():
    if connection.vendor != "postgresql":
        return None
    from shoppartners.postgresql.refusals import refusal_of

    return refusal_of(connection)


def migrations():
    """None waits."""
    executor = MigrationExecutor(connection)
    if waiting := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield Fact(FAIL, f"{counted(len(waiting), 'migration')} not applied to the database: {MIGRATE}")


def newer_release():
    """A release that the database was migrated for, and this code is not of."""
    loader = MigrationLoader(connection)
    ours = {app.label for app in apps.get_app_configs()}
    newer = {key for key in loader.applied_migrations if key[0] in ours} - loader.disk_migrations.keys()
    if newer:
        app, name = max(newer)
        yield Fact(WARN, f"The database is of a newer release, which added {app}.{name}; this code may run beside it.")


def cache_table():
    """Rate limits can be counted."""
    cache = caches["default"]
    try:
        table = getattr(cache, "_table", None)  # of a cache in the database
        if table and table not in connection.introspection.table_names():
            yield Fact(FAIL, "The cache's table is missing: run `python manage.py createcachetable`.")
            return
        cache.get("preflight")
    except Exception as error:  # each cache has its own
        yield Fact(FAIL, f"CACHE_URL: the cache does not answer ({type(error).__name__}: {one_line(error)}).", True)
        return
    yield Fact(OK, "The cache answers, which counts for rate limits.")


def queue():
    """A worker is there, and nothing waits for long."""
    if connection.vendor != "postgresql" or "procrastinate_jobs" not in connection.introspection.table_names():
        return
    workers, queues = vitals.workers(), vitals.queues().values()
    waiting = sum(queue.waiting for queue in queues)
    oldest = max((queue.oldest for queue in queues), default=0)
    failed = _one("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
    jobs = f"{counted(waiting, 'job')} waiting, {failed} failed"
    jobs += f", the oldest is {oldest:.0f} s late" if oldest > LATE_SECONDS else ""
    if workers:
        yield Fact(OK if waiting < vitals.MOST_JOBS else WARN, f"The queue has {counted(workers, 'worker')}: {jobs}.")
    else:
        yield Fact(WARN, f"The queue has no worker: {jobs}. Start `python manage.py procrastinate worker`.")


def clock():
    """The clocks of this machine and the database's agree: deadlines are set by one and read by the other."""
    if connection.vendor != "postgresql":
        return
    _one("SELECT 1")
    before = time.clock_gettime(time.CLOCK_REALTIME)
    theirs = float(_one("SELECT extract(epoch FROM clock_timestamp())"))
    skew = theirs - (before + time.clock_gettime(time.CLOCK_REALTIME)) / 2
    level = FAIL if abs(skew) > SKEW_FAILS else WARN if abs(skew) > SKEW_WARNED else OK
    if level == OK:
        yield Fact(OK, "The clocks of this machine and of the database agree.")
    else:
        words = f"The database's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
        yield Fact(level, f"{words}: set both by NTP.", may_pass=True)


def mail():
    """The mail server takes this site's connection and password. No mail is sent."""
    name = "MAIL_BACKEND" if "MAIL_BACKEND" in os.environ else "MAIL_URL"
    try:
        mailer = mailers["default"]
        if not isinstance(mailer, smtp.EmailBackend):
            yield _of_other_mailer(name, type(mailer).__module__)
            return
        mailer.timeout = MAIL_SECONDS
        with mailer:  # which opens it
            pass
    except Exception as error:  # of sockets, TLS, SMTP, and of a provider's package
        yield Fact(FAIL, f"{name}: {_told_of_mail(error)}", may_pass=True)
    else:
        who = f", and takes the user {mailer.username}" if mailer.username else ""
        yield Fact(OK, f"The mail server {mailer.host}:{mailer.port} answers{who}.")


def _of_other_mailer(name, kind):
    if kind.endswith(NOWHERE) and not settings.DEMO:
        return Fact(WARN, f"{name}: mails go to {kind}, which sends none.")
    return Fact(OK, f"{name}: mails go to {kind}.")


def _mailer():
    return cast(dict[str, Any], settings.MAILERS)["default"]


def _told_of_mail(error):
    place = _mailer().get("OPTIONS", {})
    where = f"the mail server {place.get('host')}:{place.get('port')}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"{where} refuses the user or the password ({error.smtp_code})."
    if isinstance(error, ssl.SSLError):
        return f"{where} does not speak TLS as asked ({one_line(error)}): smtp+tls:// is for 587, smtp+ssl:// for 465."
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"{where}: {one_line(error)}"
    if isinstance(error, socket.gaierror):
        return f"no host has the name {place.get('host')}."
    if isinstance(error, ImportError):
        return f"{error.name} is not installed."
    return f"{where} does not answer ({one_line(error)})."


def rights():
    """The database's user may make what migrations make."""
    if connection.vendor == "postgresql" and not _one("SELECT has_schema_privilege(current_schema(), 'CREATE')"):
        user = connection.settings_dict["USER"]
        yield Fact(FAIL, f"The database user {user!r} may make no tables: GRANT CREATE ON SCHEMA public TO it.")


def checked():
    """What Django's checks and ours find in the settings, as `check --deploy` does."""
    found = checks.run_checks(include_deployment_checks=True)
    for each in found:
        if not each.is_silenced():
            level = FAIL if each.level >= checks.ERROR else WARN
            yield Fact(level, " ".join(f"{each.msg} {each.hint or ''} ({each.id})".split()))
    if not found:
        yield Fact(OK, "The settings pass `check --deploy`.")


def counted(number, noun):
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def one_line(error):
    return " ".join(str(error).split())


def _version():
    if connection.vendor == "sqlite":
        return _one("SELECT sqlite_version()")
    return _one("SHOW server_version").split()[0]


def _one(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
