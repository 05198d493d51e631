"""/metrics, for who has METRICS_TOKEN. To everybody else it is an address that the site does not have."""

import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.signals import request_finished
from django.http import Http404, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from shoppartners.metrics import figures
from shoppartners.metrics.instruments import observe_request, registry, sampler

PATH = "/metrics"
SCHEME = "Bearer "


@login_not_required
def missing(request):
    """What the address answers without the token (shoppartners.urls)."""
    raise Http404


def is_let_in(authorization):
    """Return whether the value of an Authorization header bears METRICS_TOKEN; nobody is where there is none."""
    token = authorization.removeprefix(SCHEME)
    is_bearer = authorization.startswith(SCHEME)
    return constant_time_compare(token, settings.METRICS_TOKEN) and is_bearer and bool(settings.METRICS_TOKEN)


def of_processes():
    """Return the text of what all processes of this server have counted."""
    sampler.sample()
    every = registry
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        every = CollectorRegistry()
        MultiProcessCollector(every)
    return generate_latest(every)


class MetricsMiddleware:
    """Measures each request, and answers /metrics before sessions, logs, maintenance and the check of the host.

    It stands outside all that may refuse a request, inside those that only set headers.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        request_finished.connect(sampler.sample)

    def __call__(self, request):
        if request.path_info == PATH and is_let_in(request.headers.get("Authorization", "")):
            return HttpResponse(of_processes() + figures.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
        began = time.perf_counter()
        response = self.get_response(request)
        observe_request(request, response.status_code, time.perf_counter() - began)
        return response


class WorkerPage(BaseHTTPRequestHandler):
    """The same page of a worker, which says nothing of the database: the web server does."""

    timeout = 5  # seconds that a client may be silent

    def do_GET(self):
        if self.path != PATH or not is_let_in(self.headers.get("Authorization", "")):
            self.send_error(404)
            return
        text = of_processes()
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_line):
        """Say nothing of scrapes in the log."""


def serve(host, port):
    """Answer /metrics at the port, in a thread that ends with the process. Return the server; raise OSError."""
    server = ThreadingHTTPServer((host, port), WorkerPage)
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
