"""What `make deployment` writes for a machine: systemd's and nginx's own checks, and a site that runs by it."""

import http.client
import json
import os
import re
import shlex
import shutil
import sqlite3
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from scripts import deployment
from shoppartners.http_limits import PERMISSIONS_POLICY
from tests import nginx
from tests.postgres import end_with_parent
from tests.test_environment_file import VARIABLES

pytestmark = pytest.mark.once

UNITS = deployment.UNITS
HASHED, PLAIN = "look.0123456789ab.css", "look.css"
START_SECONDS = 30
TOKEN = "a-token-for-prometheus"


def program(name, package):
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.fail(f"{name} is missing: apt-get install {package}", pytrace=False)
    return found


# What is written


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A folder with what is written for `VARIABLES`, and its environment file."""
    folder = tmp_path_factory.mktemp("machine")
    environment = folder / "environment"
    environment.write_text("".join(f"{name}={value}\n" for name, value in VARIABLES.items()))
    deployment.write(deployment.written(VARIABLES, environment), folder)
    return folder


def test_no_secret_is_written(machine):
    texts = [path.read_text() for path in machine.rglob("*") if path.is_file() and path.name != "environment"]

    assert len(texts) > 15
    assert not any(VARIABLES[name] in text for text in texts for name in ("SECRET_KEY", "AUDIT_KEY", "MAIL_URL"))


def test_systemd_finds_no_fault_in_the_units(machine):
    units = sorted((machine / UNITS).iterdir())
    analyze = program("systemd-analyze", "systemd")
    verified = subprocess.run([analyze, "verify", *units], capture_output=True, text=True)
    services = [unit for unit in units if unit.suffix == ".service"]
    exposed = subprocess.run(
        [analyze, "security", "--offline=yes", "--threshold=20", *services], capture_output=True, text=True
    )

    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    assert exposed.returncode == 0, exposed.stdout + exposed.stderr
    assert len(services) == 6


def test_units_run_commands_that_there_are(machine):
    units = "".join(unit.read_text() for unit in (machine / UNITS).iterdir())
    wanted = (machine / UNITS / "shoppartners.target").read_text()

    assert set(re.findall(r"manage\.py (\w+)", units)) == {
        "migrate", "createcachetable", "collectstatic", "procrastinate", "import_rates", "backup", "restore_drill",
    }  # fmt: skip
    assert set(re.findall(r"shoppartners-\S+", wanted)) == {
        *(unit.name for unit in (machine / UNITS).iterdir() if unit.suffix in {".timer", ".socket"}),
        "shoppartners-web.service",
        "shoppartners-worker.service",
    }


def test_everything_names_the_folder_as_it_is_given_so_that_a_link_may_lead_elsewhere(tmp_path):
    current = tmp_path / "current"
    current.symlink_to(settings.BASE_DIR)
    texts = deployment.written(VARIABLES, Path("/etc/shoppartners/environment"), folder=current)
    web, command = texts[f"{UNITS}/shoppartners-web.service"], texts[deployment.COMMAND]

    assert f"WorkingDirectory={current}\n" in web
    assert f"ExecStart={current}/.venv/bin/gunicorn " in web
    assert f"alias {current}/staticfiles/;" in texts["etc/nginx/nginx.conf"]
    assert f"cd {current}\n" in command
    assert not any(str(settings.BASE_DIR) in text for text in texts.values())


def test_folder_of_backups_is_made_where_there_is_none_and_otherwise_stays_as_it_is(machine, tmp_path):
    """Without --owner, since only root may give a folder away."""
    unit = (machine / UNITS / "shoppartners-backup.service").read_text()
    command = re.search(r"^ExecStartPre=\+(.+)$", unit, re.MULTILINE)[1]
    command = command.replace("/var/backups/shoppartners", f"{tmp_path}/new").replace("--owner=shoppartners ", "")

    modes = []
    for _time in range(2):
        subprocess.run(shlex.split(command), check=True)
        modes.append(oct((tmp_path / "new").stat().st_mode & 0o777))
        (tmp_path / "new").chmod(0o750)

    assert modes == ["0o700", "0o750"]


def test_command_runs_as_the_site_with_its_environment(machine, tmp_path):
    """A look at the environment stands in the place of setpriv, which only root may use."""
    look = tmp_path / "look"
    look.write_text('#!/bin/sh\nshift 3\necho "$MAIL_URL|$DEFAULT_FROM_EMAIL|$*"\n')
    look.chmod(0o755)
    command = (machine / deployment.COMMAND).read_text().replace("setpriv", str(look))

    told = subprocess.run(["sh", "-c", command, "shoppartners", "check", "two words"], capture_output=True, text=True)

    python = settings.BASE_DIR / ".venv/bin/python"
    words = f"{python} manage.py check two words"
    assert (told.stdout, told.stderr) == (f"{VARIABLES['MAIL_URL']}|{VARIABLES['DEFAULT_FROM_EMAIL']}|{words}\n", "")


# A site that runs by it


class Proxy(nginx.Nginx):
    """The machine's nginx before a socket of the tests, with files of the tests."""

    def __init__(self, folder, variables):
        super().__init__(None)
        self.site, self.variables = folder, variables

    def configuration(self):
        variables = self.variables | {"CERTIFICATES": str(self.folder)}
        text = deployment.written(variables, Path("/etc/shoppartners/environment"))["etc/nginx/nginx.conf"]
        own = {
            "unix:/run/shoppartners/web.socket": f"unix:{self.site}/web.socket",
            f"alias {settings.BASE_DIR}/staticfiles/": f"alias {self.site}/static/",
            "include mime.types": "include /etc/nginx/mime.types",
            "user www-data;": "user www-data;" if os.geteuid() == 0 else "",
            "listen [::]:80;": "",
            "listen [::]:443 ssl;": "",
        }
        return self.in_place(text, own)


def database_url(folder):
    """What is asked for here reads no table; the web server starts where every migration counts as applied."""
    with sqlite3.connect(folder / "none.sqlite3") as database:
        database.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied text)")
        applied = MigrationLoader(None).disk_migrations
        database.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-11-01')", applied)
    return f"sqlite:///{folder}/none.sqlite3"


@contextmanager
def activated(machine, folder):
    """systemd's own program holds the socket, and starts the web server of its unit when somebody comes to it."""
    (folder / "site_settings.py").write_text(
        "from shoppartners.settings import *\n"
        "STORAGES |= {'staticfiles': {'BACKEND': 'django.contrib.staticfiles.storage.StaticFilesStorage'}}\n"
    )
    environment = VARIABLES | {
        "DATABASE_URL": database_url(folder),
        "CACHE_URL": "locmemcache://",
        "DJANGO_SETTINGS_MODULE": "site_settings",
        "PYTHONPATH": str(folder),
        "PYTHONWARNINGS": "ignore",
        "WEB_CONCURRENCY": "1",
        "METRICS_TOKEN": TOKEN,
    }
    unit = (machine / UNITS / "shoppartners-web.service").read_text()
    command = shlex.split(re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE)[1])
    socket = folder / "web.socket"
    activate = [program("systemd-socket-activate", "systemd"), f"--listen={socket}"]
    activate += [f"--setenv={name}={value}" for name, value in environment.items()]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*activate, *command],
            cwd=settings.BASE_DIR,
            stderr=log,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )
        try:
            until = time.monotonic() + START_SECONDS
            while not socket.exists() and time.monotonic() < until:
                time.sleep(0.02)
            socket.chmod(0o666)  # SocketUser= of its unit
            yield folder / "log"
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def site(machine, tmp_path_factory):
    """(nginx, the web server's log), with a load balancer at 127.0.0.1 in front."""
    if nginx.PROGRAM is None:
        pytest.fail(nginx.MISSING, pytrace=False)
    folder = tmp_path_factory.mktemp("site")
    for parent in (folder, folder / "static", *list(folder.parents)[:-2]):
        parent.mkdir(exist_ok=True)
        parent.chmod(parent.stat().st_mode | 0o055)  # root's nginx gives up its rights
    for name in (HASHED, PLAIN):
        (folder / "static" / name).write_text("p {}")
    (folder / "static" / f"{HASHED}.gz").write_bytes(b"packed")
    watched = {"METRICS_TOKEN": TOKEN, "PORT": str(nginx.free_port())}
    balanced = VARIABLES | {"LOAD_BALANCERS": "127.0.0.1, 192.0.2.0/24"} | watched
    with activated(machine, folder) as log, Proxy(folder, balanced) as proxy:
        yield proxy, log


def asked(proxy, path, *, tls=True, address="127.0.0.2", port=None, **headers):
    """Ask as a reader or balancer at that address; give the answer."""
    where = {"timeout": START_SECONDS, "source_address": (address, 0)}
    if tls:
        trusting = ssl.create_default_context(cafile=proxy.certificate)
        client = http.client.HTTPSConnection("localhost", proxy.tls_port, context=trusting, **where)
    else:
        client = http.client.HTTPConnection("127.0.0.1", port or proxy.port, **where)
    client.request("GET", path, headers={"Host": "partners.example.com", **headers})
    answer = client.getresponse()
    answer.body = answer.read()
    client.close()
    return answer


def requests_logged(log, path):
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line["ip"] for line in lines if line.get("event") == "request_started" and path in line["request"]]


def test_page_comes_over_tls_from_a_web_server_that_the_socket_started(site):
    proxy, _log = site
    page = asked(proxy, "/accounts/login/")

    assert page.status == 200
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    assert "__Host-csrf" in page.headers["Set-Cookie"]


def test_who_comes_without_tls_is_led_to_it(site):
    proxy, _log = site
    for path in ("/accounts/login/", f"/static/{PLAIN}"):
        answer = asked(proxy, path, tls=False)
        assert (answer.status, answer.headers["Location"]) == (301, f"https://partners.example.com{path}")
    elsewhere = asked(proxy, f"/static/{PLAIN}", tls=False, Host="elsewhere.example")
    assert elsewhere.headers["Location"] == f"https://partners.example.com/static/{PLAIN}"
    assert asked(proxy, "/healthz", tls=False).status == 200


@pytest.mark.parametrize(
    ("name", "kept"), [(HASHED, "max-age=315360000, public, immutable"), (PLAIN, "max-age=60, public")]
)
def test_file_comes_from_nginx_as_the_site_itself_would_give_it(name, kept, site, client, settings):
    proxy, _log = site
    (settings.STATIC_ROOT / PLAIN).write_text("p {}")
    settings.WHITENOISE_AUTOREFRESH = True
    own = client.get(f"/static/{PLAIN}", secure=True)
    alike = {
        "Content-Type", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Permissions-Policy",
        "Cross-Origin-Opener-Policy",
    }  # fmt: skip

    given = asked(proxy, f"/static/{name}")

    assert (given.status, given.body, given.headers["Server"]) == (200, b"p {}", "nginx")
    assert {header: given.headers[header].replace('"', "") for header in alike} == {
        header: own.headers[header].replace('"', "") for header in alike
    }
    assert own.headers["Permissions-Policy"] == PERMISSIONS_POLICY
    assert given.headers["Cache-Control"] == kept
    assert given.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert given.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_packed_file_is_given_to_who_unpacks_it_and_a_missing_one_is_the_site_s_page(site):
    proxy, log = site
    packed = asked(proxy, f"/static/{HASHED}", **{"Accept-Encoding": "gzip"})
    missing = asked(proxy, "/static/nothing.css")

    assert (packed.body, packed.headers["Content-Encoding"]) == (b"packed", "gzip")
    assert (missing.status, missing.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert requests_logged(log, HASHED) == []


def test_reader_s_address_is_logged_and_only_a_balancer_is_believed_another(site):
    proxy, log = site
    said = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 192.0.2.10", "X-Forwarded-Proto": "https"}
    for path, tls, address in (
        ("/help/?direct", True, "127.0.0.2"),
        ("/privacy/?direct", False, "127.0.0.2"),
        ("/terms/?balanced", False, "127.0.0.1"),
    ):
        asked(proxy, path, tls=tls, address=address, **said)

    assert requests_logged(log, "/help/") == ["127.0.0.2"]
    assert requests_logged(log, "/privacy/") == []  # led to TLS
    assert requests_logged(log, "/terms/") == ["198.51.100.7"]


def test_nginx_of_many_machines_reaches_one_through_its_own(site):
    """As docs/high-availability.md has it: deploy/nginx.conf before the nginx of each machine, which trusts it."""
    proxy, log = site
    with nginx.Nginx(proxy.port) as first:
        page = asked(first, "/accounts/password/reset/", **{"X-Forwarded-For": "203.0.113.9"}, address="127.0.0.3")
        led = asked(first, "/accounts/login/", tls=False)

    assert (page.status, requests_logged(log, "/accounts/password/reset/")) == (200, ["127.0.0.3"])
    assert (led.status, led.headers["Location"]) == (301, "https://partners.example.com/accounts/login/")


def test_prometheus_reaches_the_metrics_at_a_port_that_gives_nothing_else(site):
    proxy, _log = site
    token = {"Authorization": f"Bearer {TOKEN}"}
    there = {"tls": False, "port": int(proxy.variables["PORT"])}

    metrics = asked(proxy, "/metrics", **there, **token)
    others = [asked(proxy, path, **there, **{"X-Forwarded-Proto": "https"}) for path in ("/", "/help/", "/metrics/")]

    assert (metrics.status, b"shoppartners_build_info" in metrics.body) == (200, True)
    assert asked(proxy, "/metrics", **there).status == 400  # a page, and this is no name of the site
    assert asked(proxy, "/metrics", **token).status == 404
    assert [(other.status, b"<center>nginx" in other.body) for other in others] == [(404, True)] * 3


def test_long_body_is_refused_with_the_same_words_below_static(site):
    proxy, _log = site
    long = {"Content-Length": "2000000"}
    refused = [asked(proxy, path, **long) for path in ("/help/", f"/static/{PLAIN}")]

    assert [answer.status for answer in refused] == [413, 413]
    assert refused[0].body == refused[1].body
    assert b"more than the site takes at once" in refused[0].body


@pytest.mark.parametrize(
    ("seconds", "told"),
    [("", "max-age=31536000; includeSubDomains; preload"), ("60", "max-age=60; includeSubDomains; preload"), ("0", "")],
)
def test_nginx_tells_of_tls_what_the_site_tells(seconds, told):
    variables = VARIABLES | {"HSTS_SECONDS": seconds}
    text = deployment.written(variables, Path("/etc/shoppartners/environment"))["etc/nginx/nginx.conf"]

    assert re.findall(r'^ +https "(.*)";$', text, re.MULTILINE) == [told]


def test_nginx_finds_no_fault_where_no_balancer_stands_before_it(tmp_path):
    proxy = Proxy(tmp_path, VARIABLES)
    if nginx.PROGRAM is None:
        pytest.fail(nginx.MISSING, pytrace=False)
    proxy.folder = tmp_path
    proxy.certificate = tmp_path / "fullchain.pem"
    nginx.write_certificate(proxy.certificate, tmp_path / "privkey.pem")
    (tmp_path / "nginx.conf").write_text(proxy.configuration())
    (tmp_path / "shoppartners").symlink_to(nginx.RULES)

    told = subprocess.run([*proxy.command(), "-t"], capture_output=True, text=True)

    assert told.returncode == 0, told.stderr
