"""What a process counts and measures of itself; docs/monitoring.md has every metric.

Labels are words of the code: names of routes, tasks and states, never a path, a reference, a name or an address. Under
gunicorn the numbers of all processes add up in the files of PROMETHEUS_MULTIPROC_DIR (gunicorn.conf.py).
"""

import threading
import time
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from accounts import clock

METHODS = ("GET", "HEAD", "POST")
REST = 1.0  # seconds between two samples
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds
OF_TASKS = (0.01, 0.1, 0.5, 1, 5, 30, 60, 300)
PAGE = 4096  # bytes of one page of memory, as Linux counts them here

registry = CollectorRegistry()
REQUESTS = Histogram(
    "shoppartners_http_request_duration_seconds",
    "Seconds from the first middleware to the answer, by the route's name, method and class of status",
    ["route", "method", "status"],
    buckets=BUCKETS,
    registry=registry,
)
TASKS = Histogram(
    "shoppartners_task_duration_seconds",
    "Seconds that a task took, by its place in the code and whether it failed",
    ["task", "result"],
    buckets=OF_TASKS,
    registry=registry,
)


def _of_process(name, said, labels=()):
    """A gauge that each living process sets for itself."""
    return Gauge(f"shoppartners_{name}", said, labels, multiprocess_mode="liveall", registry=registry)


def _total(name, said):
    return Counter(f"shoppartners_{name}", said, registry=registry)


STARTED = _of_process("process_start_time_seconds", "When the process began, in seconds since 1970")
MEMORY = _of_process("process_resident_memory_bytes", "Memory of the process")
CPU = _total("process_cpu_seconds_total", "Processor time of all processes")
POOL_MOST = _of_process("db_pool_max_connections", "DB_POOL_MAX of the process")
POOL = _of_process("db_pool_connections", "Connections of the process, in use and idle", ["state"])
POOL_WAITING = _of_process("db_pool_waiting", "Threads of the process that wait for a connection")
POOL_TOTALS = {  # by their name in psycopg_pool; milliseconds there
    "requests_num": _total("db_pool_requests_total", "Connections that were asked for"),
    "requests_queued": _total("db_pool_queued_total", "... of these, those that were waited for"),
    "requests_errors": _total("db_pool_errors_total", "... of these, those that nobody got in time"),
    "requests_wait_ms": _total("db_pool_wait_seconds_total", "Seconds that threads waited for connections"),
}


def route_of(request):
    """Return the name of the route that answers the request; for what is answered before any is looked up a word."""
    if match := request.resolver_match:
        return match.view_name
    if request.path_info.startswith(settings.STATIC_URL):
        return "static"
    return "healthz" if request.path_info == "/healthz" else "none"


def observe_request(request, status, seconds):
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(route_of(request), method, f"{status // 100}xx").observe(seconds)


@contextmanager
def task_observed(path):
    """Measure the block as one run of the task at this path of the code."""
    began, result = time.perf_counter(), "failed"
    try:
        yield
        result = "done"
    finally:
        TASKS.labels(path, result).observe(time.perf_counter() - began)


class Sampler:
    """Reads what the process uses; at most once each REST seconds, however often it is asked."""

    def __init__(self):
        self._next = 0.0
        self._cpu = 0.0
        self._turn = threading.Lock()

    def sample(self, **_signal):
        """Take a sample if it is time: a receiver of request_finished, when the request's connection is back."""
        if time.monotonic() < self._next or not self._turn.acquire(blocking=False):
            return
        try:
            self._next = time.monotonic() + REST
            self._take()
        finally:
            self._turn.release()

    def _take(self):
        cpu = time.process_time()
        CPU.inc(cpu - self._cpu)
        self._cpu = cpu
        STARTED.set(BEGAN)
        MEMORY.set(_resident_bytes())
        if pool := getattr(connection, "pool", None):
            _sample_pool(pool.pop_stats())


def _sample_pool(stats):
    idle = stats.get("pool_available", 0)
    POOL_MOST.set(stats.get("pool_max", 0))
    POOL.labels("idle").set(idle)
    POOL.labels("used").set(stats.get("pool_size", 0) - idle)
    POOL_WAITING.set(stats.get("requests_waiting", 0))
    for name, total in POOL_TOTALS.items():
        total.inc(stats.get(name, 0) / (1000 if name.endswith("_ms") else 1))


def _resident_bytes():
    """Return the memory that the process has; 0 where there is no /proc."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
    except OSError:
        return 0


BEGAN = clock.real_seconds()
sampler = Sampler()
