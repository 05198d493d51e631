"""One side of a comparison: a process that answers requests in itself and says what each cost.

    DJANGO_SETTINGS_MODULE=… python -m bench.probe

It reads a JSON line for each page to measure and writes one with the numbers. Pages go through the WSGI application
with all its middleware, without a socket: no server, client or scheduler stands in the CPU time. What a reader waits
for is measured over HTTP (bench.clients).
"""

import io
import json
import os
import sys
import time
from contextlib import contextmanager
from http.cookies import SimpleCookie
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import django
from django.conf import settings

CALLS_A_ROUND = 8
SECONDS_A_ROUND = 2.0
OF_TRANSACTIONS = ("SET TRANSACTION", "SAVEPOINT", "RELEASE SAVEPOINT")  # they ask nothing, as BEGIN, which is not seen
BUFFERS = """
    SELECT pg_backend_pid(), blks_hit + blks_read, pg_current_wal_insert_lsn() - '0/0'::pg_lsn,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    FROM pg_stat_database WHERE datname = current_database()
"""


def main():
    django.setup()
    from django.core.wsgi import get_wsgi_application

    application, cookies = get_wsgi_application(), {}
    for line in sys.stdin:
        asked = json.loads(line)
        user = asked.get("user")
        if user and user not in cookies:
            cookies[user] = session_of(user, staff=asked.get("staff", False))
        print(json.dumps(measured(application, asked, cookies.get(user, ""))), flush=True)


def measured(application, asked, cookie):
    """Return what calls of one page cost: medians of their CPU, queries, buffers, bytes; the last one's status."""
    from django.db import connection

    if asked.get("only_session"):
        return {"cookie": cookie}
    ways = [asked["path"]] if isinstance(asked["path"], str) else asked["path"]
    status, size = call(application, ways[0], cookie)  # once, to read templates and plans; of a form, its page
    if status != 200 and "form" not in asked:
        return {"status": status, "bytes": size}
    totals, began = [], time.monotonic()
    while len(totals) < asked.get("calls", CALLS_A_ROUND) and time.monotonic() - began < SECONDS_A_ROUND:
        path = ways[len(totals) % len(ways)]
        form = asked.get("form")
        form = form[len(totals) % len(form)] if form else None
        pid, before = _counters(connection)
        database = cpu_of(pid)
        with counting_queries(connection) as queries:
            cpu, wall = time.process_time(), time.perf_counter()
            status, size = call(application, path, cookie, form)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        database = cpu_of(pid) - database
        _pid, after = _counters(connection)
        changes = {name: after[name] - before[name] for name in after} | {"database": database * 1000}
        totals.append({"app": cpu * 1000, "wall": wall * 1000, "queries": len(queries), "bytes": size} | changes)
        if status >= 400:
            break
    middle = {name: sorted(each[name] for each in totals)[len(totals) // 2] for name in totals[0]}
    return middle | {"status": status, "calls": len(totals)}


def call(application, path, cookie, form=None):
    """Let the application answer one request; return its status, and how many bytes its body has."""
    path, _mark, query = path.partition("?")
    body = urlencode(form, doseq=True).encode() if form else b""
    said = []
    environ = {
        "REQUEST_METHOD": "POST" if form else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_COOKIE": cookie,
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if form:
        token = SimpleCookie(cookie)["csrftoken"].value
        environ["HTTP_X_CSRFTOKEN"] = token
    response = application(environ, lambda status, headers, error=None: said.append(status))
    size = sum(map(len, response))
    response.close()
    return int(said[0].split()[0]), size


@contextmanager
def counting_queries(connection):
    found = []

    def note(execute, statement, params, many, context):
        if not statement.startswith(OF_TRANSACTIONS):
            found.append(statement)
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def _counters(connection):
    """Return the server's process of this connection, and what it counted: buffers, WAL bytes, writing transactions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(BUFFERS)
        pid, buffers, wal, commits = cursor.fetchone()
    return pid, {"buffers": int(buffers), "wal": int(wal), "commits": commits}


def cpu_of(pid):
    """Return the seconds of CPU that a process has used: Linux counts them in nanoseconds."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def session_of(user_id, *, staff):
    """Sign a person in without a password; return the cookies of the session, with a token for forms."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.middleware.csrf import _get_new_csrf_string

    user = get_user_model().objects.get(pk=user_id)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    backends = getattr(settings, "AUTHENTICATION_BACKENDS", ["django.contrib.auth.backends.ModelBackend"])
    now = time.time()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), backends[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["signed_in_at"] = session["seen_at"] = now  # accounts.session_limits
    if staff:
        from accounts import second_factor

        second_factor.note_use(SimpleNamespace(session=session, user=user), _second_factor_of(user))
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={_get_new_csrf_string()}"


def _second_factor_of(user):
    from allauth.mfa.models import Authenticator

    return Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {}})[0]


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # a pool of connections that ends by itself takes seconds
