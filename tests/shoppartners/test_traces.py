"""Traces say which route and which statement, how long and how it ended; nothing of what was asked for or typed."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from shoppartners import traces
from tests.worker import url_of_test_database

NOT_LOADED = 4  # what gunicorn tries no further
SECRETS = ("quillfeather", "zq-hidden", "zq-buried", "marzipan", "203.0.113")
# A process of its own: the instrumentation stays for good. It asks pages, one of them of a host that is not ours, and
# breaks a rule of the database, which quotes the row.
ASKING = """
import json

import django
django.setup(set_prefix=False)
from django.db import IntegrityError, connection
from django.test import Client
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from shoppartners import traces

exporter = InMemorySpanExporter()
traces.instrument(SimpleSpanProcessor, exporter)
headers = {"User-Agent": "Marzipan/1", "tracestate": "v=marzipan", "baggage": "name=marzipan",
           "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
client = Client(headers=headers, REMOTE_ADDR="203.0.113.9")
for path in ("/partners/?q=quillfeather", "/partners/zq-hidden/", "/inkwell@zq-buried.example/?next=/zq-hidden/"):
    client.get(path)
refused = client.get("/partners/", headers={"Host": "zq-hidden.example"})
with connection.cursor() as cursor:
    try:
        cursor.execute("INSERT INTO requests_app_safeguard (kind, done_at) VALUES (%s, now())", ["marzipan"])
    except IntegrityError as error:
        assert "marzipan" in str(error)
told = [json.loads(span.to_json()) for span in exporter.get_finished_spans()]
print(json.dumps({"refused": refused.status_code, "spans": told}))
"""


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """What a process that is traced sent, from planted secrets."""
    with django_db_blocker.unblock():
        url = url_of_test_database()
    given = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "shoppartners.settings", "ALLOWED_HOSTS": "testserver"}
    ran = subprocess.run(
        [sys.executable, "-c", ASKING],
        env=os.environ | given | {"DEBUG": "1", "LOG_LEVEL": "CRITICAL"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_spans_are_called_by_their_route_and_statement(told):
    names = [span["name"] for span in told["spans"]]

    assert {"GET partners/", "GET partners/<slug:slug>/", "GET", "SELECT", "INSERT"} <= set(names)
    pages = [span for span in told["spans"] if span["name"].startswith("GET")]
    assert [span["attributes"]["http.status_code"] for span in pages] == [200, 404, 404]
    statements = [span for span in told["spans"] if span["name"] == "SELECT"]
    assert any("partners_partner" in span["attributes"]["db.statement"] for span in statements)
    assert any(span["parent_id"] == pages[0]["context"]["span_id"] for span in statements)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_nothing_that_was_asked_for_or_typed_leaves(told):
    text = json.dumps(told["spans"]).lower()

    assert [secret for secret in SECRETS if secret in text] == []
    assert {name for span in told["spans"] for name in span["attributes"]} <= traces.KEPT
    (failed,) = (span for span in told["spans"] if span["name"] == "INSERT")
    assert failed["attributes"]["db.statement"].endswith("VALUES (%s, now())")
    assert [set(event["attributes"]) for event in failed["events"]] == [{"exception.type"}]


@pytest.mark.postgresql
@pytest.mark.django_db
def test_what_strangers_send_of_traces_is_not_taken_up(told):
    assert "0af7651916cd43dd8448eb211c80319c" not in json.dumps(told["spans"])
    assert told["refused"] == 400  # the site's own refusal, before any span


@pytest.mark.once
def test_without_a_collector_nothing_is_imported():
    begin = "import django; django.setup(); import sys; from shoppartners import traces; traces.begin()"
    code = f"{begin}; print('opentelemetry' in sys.modules)"
    given = {"DJANGO_SETTINGS_MODULE": "shoppartners.settings", "DATABASE_URL": "sqlite:///:memory:"}

    ran = subprocess.run([sys.executable, "-c", code], env=os.environ | given, capture_output=True, text=True)

    assert (ran.stdout, ran.stderr) == ("False\n", "")


@pytest.mark.once
def test_a_collector_without_the_extra_ends_the_web_server_in_one_line():
    code = "import sys; sys.modules['opentelemetry.exporter.otlp.proto.http.trace_exporter'] = None"
    given = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "DATABASE_URL": "sqlite:///:memory:"}
    given["DJANGO_SETTINGS_MODULE"] = "shoppartners.settings"

    ran = subprocess.run(
        [sys.executable, "-c", f"{code}; import shoppartners.wsgi"],
        env=os.environ | given,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )

    assert (ran.returncode, ran.stderr) == (NOT_LOADED, f"{traces.MISSING}\n")
