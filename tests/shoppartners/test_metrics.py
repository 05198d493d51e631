"""/metrics: who reads it, what it says, and that nothing of it is about anybody."""

import os
import re
import runpy
import shutil
import socket
import subprocess
from unittest import mock
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from requests_app import vitals
from shoppartners import worker
from shoppartners.metrics import page
from shoppartners.metrics.figures import TEXTS, figures
from shoppartners.task_backends import run_task
from tests.client import SignedInClient
from tests.leaks.secrets import ALL, OTHERS, brought, secrets_in
from tests.shoppartners.test_maintenance import closed  # noqa: F401 - a fixture
from tests.urls import paths_without_arguments

TOKEN = {"headers": {"Authorization": "Bearer metrics-of-the-tests"}}
LABELS = re.compile(r'"((?:[^"\\]|\\.)*)"')


@pytest.fixture(autouse=True)
def _nothing_remembered():
    figures.forget()


def scraped(client=None, *, only=""):
    """Give {name: {labels: number}} of what is told, or of the lines alone that hold `only`: parsing takes long."""
    response = (client or Client()).get("/metrics", **TOKEN)
    assert response.status_code == 200
    lines = [line for line in response.text.splitlines() if only in line]
    found = {}
    for family in text_string_to_metric_families("\n".join(lines) + "\n"):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def counted(name, **labels):
    return scraped(only=name).get(name, {}).get(tuple(sorted(labels.items())), 0)


def seen(route, status, method="GET"):
    return counted("shoppartners_http_request_duration_seconds_count", method=method, route=route, status=status)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "metrics-of-the-tests"},
        {"Authorization": "Basic metrics-of-the-tests"},
        {"Authorization": "Bearer mëtrics"},
    ],
)
def test_without_the_token_it_is_an_address_that_the_site_does_not_have(db, headers):
    answers = [Client().get(path, headers=headers) for path in ("/metrics", "/no-such-page")]

    assert [answer.status_code for answer in answers] == [404, 404]
    first, second = (re.sub(r'(nonce|token" value)="[^"]+"', "", answer.text) for answer in answers)
    assert first.replace("/metrics", "/no-such-page") == second


def test_a_site_without_a_token_lets_nobody_in(db, settings):
    settings.METRICS_TOKEN = ""

    for header in ("", "Bearer ", "Bearer metrics-of-the-tests"):
        assert Client().get("/metrics", headers={"Authorization": header}).status_code == 404


def test_it_answers_to_any_host_in_maintenance_without_session_cookie_or_line_of_the_log(db, closed, caplog, settings):  # noqa: F811
    settings.SECURE_SSL_REDIRECT = True
    caplog.set_level("INFO")

    response = closed.get("/metrics", headers={"Host": "10.1.2.3:8000", **TOKEN["headers"]})

    assert (response.status_code, response.headers["Content-Type"][:10]) == (200, "text/plain")
    assert (response.cookies, caplog.records) == ({}, [])
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert "shoppartners_database_up 1.0" in response.text


def test_requests_are_counted_by_the_name_of_their_route(db, client, share):
    names = [("partners:profile", "2xx"), ("none", "4xx"), ("healthz", "2xx")]
    before = [seen(*name) for name in names]
    refused = seen("none", "4xx", "other")

    for path in (f"/partners/{share.partner.slug}/", "/nothing/of/the/kind", "/healthz"):
        client.get(path)
    client.generic("BREW", "/partners/")

    assert [seen(*name) for name in names] == [before[0] + 1, before[1] + 1, before[2] + 1]
    assert seen("none", "4xx", "other") == refused + 1
    assert seen("metrics", "2xx") == 0


def test_it_says_what_the_database_says_and_reads_it_once_for_a_while(share):
    with mock.patch.object(vitals, "read", wraps=vitals.read) as read:
        first, second = scraped(), scraped()

    assert read.call_count == 1
    assert first["shoppartners_shares"][("status", "reviewing"),] == 1
    assert first["shoppartners_database_up"] == second["shoppartners_database_up"] == {(): 1}
    assert set(first) >= {f"shoppartners_{name}" for name in TEXTS} - {
        "shoppartners_safeguard_timestamp_seconds",  # nothing was done yet
        "shoppartners_timers_ended_timestamp_seconds",
        *({"shoppartners_queue_jobs", "shoppartners_queue_oldest_seconds", "shoppartners_workers"} - set(first)),
    }


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("the connection is closed")])
def test_it_says_that_the_database_is_away_and_nothing_of_it(error, db):
    with mock.patch.object(vitals, "read", side_effect=error):
        found = scraped()

    assert found["shoppartners_database_up"] == {(): 0}
    assert "shoppartners_process_start_time_seconds" in found
    assert [name for name in TEXTS if f"shoppartners_{name}" in found] == []


def test_a_task_is_measured_by_its_place_in_the_code_and_what_came_of_it(db):
    def runs(result):
        task = "tests.shoppartners.test_metrics.stumble"
        return counted("shoppartners_task_duration_seconds_count", result=result, task=task)

    with pytest.raises(ValueError, match="stumbled"):
        run_task("tests.shoppartners.test_metrics.stumble", [], {})

    assert (runs("failed"), runs("done")) == (1, 0)


class stumble:
    @staticmethod
    def call():
        raise ValueError("stumbled")


def test_a_worker_answers_it_at_a_port_of_its_own_with_the_token_alone(db):
    server = page.serve("127.0.0.1", 0)
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        told = urlopen(Request(f"{url}/metrics", **TOKEN), timeout=5).read().decode()
        refused = [Request(f"{url}/metrics"), Request(f"{url}/", **TOKEN), Request(f"{url}/metrics?x", **TOKEN)]
        for request in refused:
            with pytest.raises(HTTPError, match="404"):
                urlopen(request, timeout=5)
    finally:
        server.shutdown()
        server.server_close()

    assert "shoppartners_process_start_time_seconds" in told
    assert "shoppartners_database_up" not in told


@pytest.mark.once
def test_a_second_worker_at_the_port_works_without_it(settings, caplog):
    with socket.create_server(("127.0.0.1", 0)) as first:
        settings.WORKER_METRICS_HOST, settings.WORKER_METRICS_PORT = first.getsockname()
        with caplog.at_level("INFO"):
            worker.begin()

    events = {record.msg["event"]: record.msg for record in caplog.records}
    assert list(events) == ["worker_metrics_unavailable", "worker_started"]
    assert events["worker_metrics_unavailable"]["port"] == settings.WORKER_METRICS_PORT
    assert "in use" in events["worker_metrics_unavailable"]["error"]


@pytest.mark.once
def test_nothing_of_it_is_about_anybody(shop, partner, staff, seller, partner_owner):
    """Everything is asked for by everybody, and then nothing but words of the code is told."""
    share = brought("rejected", shop=shop, partner=partner, staff=staff, conspirator=staff)
    for person in (seller, partner_owner, staff):
        client = SignedInClient(person)
        for path in [*paths_without_arguments(), share.get_absolute_url(), share.request.get_absolute_url()]:
            client.get(path, {"q": "quillfeather", "next": "/zq-hidden/"})
    Client().get("/quillfeather/inkwell@zq-buried.example")

    text = Client().get("/metrics", **TOKEN).text

    rows = [share.reference, share.request.reference, shop.name, partner.name, partner.slug]
    people = [value for person in (seller, partner_owner, staff) for value in (person.email, person.name)]
    assert secrets_in(text, ALL | OTHERS) == set()
    assert [value for value in [*rows, *people] if value.lower() in text.lower()] == []
    values = {value for line in text.splitlines() if line[:1] != "#" for value in LABELS.findall(line)}
    assert {value for value in values if not re.fullmatch(r"[\w.:+-]+", value)} == set()


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is missing: `apt-get install prometheus`")
def test_prometheus_finds_nothing_to_say_against_it(db, share):
    text = Client().get("/metrics", **TOKEN).text

    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@pytest.mark.once
def test_processes_share_a_folder_that_goes_with_the_server(monkeypatch, settings):
    monkeypatch.setenv("METRICS_TOKEN", "x")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    hooks = runpy.run_path(str(settings.BASE_DIR / "gunicorn.conf.py"))

    hooks["on_starting"](mock.Mock(**{"app.app_uri": "of.tests"}))
    folder = os.environ["PROMETHEUS_MULTIPROC_DIR"]
    for name in ("counter_7.db", "gauge_liveall_7.db", "gauge_liveall_8.db"):
        open(f"{folder}/{name}", "w").close()
    hooks["child_exit"](None, mock.Mock(pid=7))
    left = sorted(os.listdir(folder))
    hooks["on_exit"](None)

    assert left == ["counter_7.db", "gauge_liveall_8.db"]
    assert not os.path.exists(folder)
