"""Measures what it costs to be watched: a reading of the database's figures, and the middleware of each request."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

ROUNDS, REQUESTS = 20, 20_000
# In a process of its own, since the library decides at its import whether the processes of a server count together.
MIDDLEWARE = f"""
import time
import django
django.setup()
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from shoppartners.metrics.instruments import sampler
from shoppartners.metrics.page import MetricsMiddleware

request, answer = RequestFactory().get("/partners/"), HttpResponse()
request.resolver_match = resolve("/partners/")
measured = MetricsMiddleware(lambda _request: answer)

def seconds(call):
    began = time.perf_counter()
    for _number in range({REQUESTS}):
        call(request)
        sampler.sample()
    return time.perf_counter() - began

def bare():
    began = time.perf_counter()
    for _number in range({REQUESTS}):
        measured.get_response(request)
    return time.perf_counter() - began

seconds(measured)
print((seconds(measured) - bare()) / {REQUESTS} * 1e6)
"""


def measure(report, _keys):
    from requests_app import vitals

    took = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        vitals.read()
        took.append(1000 * (time.perf_counter() - began))
    with CaptureQueriesContext(connection) as captured:
        vitals.read()
    statements = [query["sql"] for query in captured]
    numbers = {"ms": statistics.median(took), "queries": len(statements), "buffers": sum(map(_buffers, statements))}
    report.add("/metrics: reading the database", numbers, {"ms": 100, "queries": 7})
    report.add("/metrics: measuring a request", {"us": _middleware()}, {"us": 100})


def _buffers(sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        (found,) = cursor.fetchone()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def _middleware():
    """Return what the middleware costs a request, in microseconds."""
    with tempfile.TemporaryDirectory() as folder:
        given = {"PROMETHEUS_MULTIPROC_DIR": folder, "METRICS_TOKEN": "bench"}
        ran = subprocess.run(
            [sys.executable, "-c", MIDDLEWARE], env=os.environ | given, capture_output=True, text=True, check=True
        )
    return float(ran.stdout)
