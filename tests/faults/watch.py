"""A real Prometheus reads two processes of gunicorn and a worker; the worker is killed, and the alert fires."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from django.conf import settings

from tests.faults.browser import Browser
from tests.faults.site import Site
from tests.nginx import free_port
from tests.worker import empty_queue

PROGRAM = shutil.which("prometheus")
MISSING = "prometheus is missing: apt-get install prometheus"
REQUESTS = 200
RULES = settings.BASE_DIR / "deploy/prometheus/alerts.yml"
PATIENCE = 90  # seconds: a worker counts as alive for 30, figures are remembered for 15, and the machine is busy
COUNT = 'sum(shoppartners_http_request_duration_seconds_count{route="robots"})'
FIRING = 'ALERTS{alertstate="firing"}'


class Prometheus:
    """Scrapes once a second, by the product's own rules, whose times are cut to a second."""

    def __init__(self, folder, token, web, worker):
        self.port = free_port()
        self.folder = Path(folder)
        (self.folder / "token").write_text(token)
        (self.folder / "alerts.yml").write_text(re.sub(r"for: \w+", "for: 1s", RULES.read_text()))
        jobs = [
            {
                "job_name": name,
                "authorization": {"credentials_file": "token"},
                "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
            }
            for name, port in (("shoppartners", web), ("shoppartners-worker", worker))
        ]
        times = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config = {"global": times, "rule_files": ["alerts.yml"], "scrape_configs": jobs}
        (self.folder / "prometheus.yml").write_text(json.dumps(config))  # YAML takes JSON

    @contextmanager
    def running(self):
        arguments = ["--config.file=prometheus.yml", "--storage.tsdb.path=data"]
        arguments.append(f"--web.listen-address=127.0.0.1:{self.port}")
        with (self.folder / "log").open("w") as log:
            process = subprocess.Popen([PROGRAM, *arguments], cwd=self.folder, stdout=log, stderr=log)
            try:
                yield self
            finally:
                process.terminate()
                process.wait(20)

    def asked(self, query):
        """Return the answer to a query as [(labels, number)]; none while it does not answer."""
        asked = urlencode({"query": query})
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{asked}", timeout=5) as found:
                rows = json.load(found)["data"]["result"]
        except OSError:
            return []
        return [(row["metric"], float(row["value"][1])) for row in rows]

    def number(self, query):
        return next((number for _labels, number in self.asked(query)), None)

    def firing(self):
        return {labels["alertname"] for labels, _number in self.asked(FIRING)}


def seconds_until(well):
    """Return how long it takes until `well()` holds; PATIENCE where it does not."""
    begun = time.monotonic()
    while not well() and time.monotonic() - begun < PATIENCE:
        time.sleep(0.5)
    return round(time.monotonic() - begun)


def of_gunicorn(site):
    """Return the processes that answer: the children of the web server."""
    children = Path(f"/proc/{site.web.pid}/task/{site.web.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def run(rounds):
    """Give rows of (what, number, wanted). It is done once."""
    assert PROGRAM, MISSING
    empty_queue()
    token, port = "a-token-of-the-drill", free_port()
    given = {
        "DJANGO_SETTINGS_MODULE": "shoppartners.settings",
        "METRICS_TOKEN": token,
        "WORKER_METRICS_PORT": str(port),
        "CACHE_URL": "locmemcache://",
    }
    with tempfile.TemporaryDirectory(prefix="shoppartners-watch-") as folder, Site(processes=2, **given) as site:
        site.environment["TMPDIR"] = folder
        site.web = site.run("-m", "gunicorn", "shoppartners.wsgi")
        site.worker = site.run("manage.py", "procrastinate", "worker")
        site.wait_until_it_answers()
        with Prometheus(folder, token, site.port, port).running() as prometheus:
            rows = list(rows_of(site, prometheus))
        left = list(Path(folder).glob("shoppartners-metrics-*"))
    return [*rows, ("folders of metrics left behind", len(left), 0)]


def rows_of(site, prometheus):
    both = seconds_until(lambda: prometheus.number("sum(up)") == 2 and prometheus.number("max(shoppartners_workers)"))
    yield "until both targets are up and the worker lives (s)", both, None
    for _number in range(REQUESTS):
        Browser(site.port).get("/robots.txt")
    seconds_until(lambda: prometheus.number(COUNT) == REQUESTS)
    yield "requests counted, of both processes", int(prometheus.number(COUNT) or 0), REQUESTS
    processes = 'count(shoppartners_process_start_time_seconds{job="shoppartners"})'
    yield "processes of the web server", int(prometheus.number(processes) or 0), 2
    os.kill(of_gunicorn(site)[0], signal.SIGKILL)
    site.wait_until_it_answers()
    Browser(site.port).get("/robots.txt")
    seconds_until(lambda: prometheus.number(COUNT) == REQUESTS + 1)
    yield "requests counted after one of them was killed", int(prometheus.number(COUNT) or 0), REQUESTS + 1
    yield "WorkerGone while the worker lives", int("WorkerGone" in prometheus.firing()), 0
    site.worker.kill()
    site.worker.wait()
    took = seconds_until(lambda: "WorkerGone" in prometheus.firing())
    yield "until WorkerGone fires once it is killed (s)", took, None
    yield "WorkerGone fires", int("WorkerGone" in prometheus.firing()), 1
    yield "SiteDown while the web server answers", int("SiteDown" in prometheus.firing()), 0
    site.web.send_signal(signal.SIGQUIT)
    took = seconds_until(lambda: "SiteDown" in prometheus.firing())
    yield "until SiteDown fires once the web server ends (s)", took, None
    yield "SiteDown fires", int("SiteDown" in prometheus.firing()), 1
    site.web.wait(20)
