"""How gunicorn serves; docs/operations.md lists the variables.

A slow client holds up a thread: in production deploy/nginx.conf stands before it, which gives it whole requests only.
"""

import os
import shutil
import subprocess
import sys
import tempfile


def whole(name, text):
    """Return the number, or end with one line."""
    if not text.isdecimal() or int(text) == 0:
        sys.exit(f"{name} is {text!r}, and has to be a whole number such as 2.")
    return int(text)


bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = whole("WEB_CONCURRENCY", os.environ.get("WEB_CONCURRENCY", "2"))
threads = whole("WEB_THREADS", os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 10
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")  # requests are logged by the site itself
control_socket_disable = True

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # in which the processes count together what /metrics tells


def on_starting(server):
    """End with one line where the site could not run. Looked at by another process: a reload keeps what is imported.

    Make the folder of the metrics: a new one for each server, also for one that takes over from another (SIGUSR2).
    """
    if server.app.app_uri.startswith("shoppartners."):
        looked = subprocess.run([sys.executable, "-m", "shoppartners.start"])
        if looked.returncode:
            sys.exit(1)
    if os.environ.get("METRICS_TOKEN"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="shoppartners-metrics-")


def child_exit(server, worker):
    """Forget what a process that ended said of itself; what it counted stays."""
    if FOLDER in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    if FOLDER in os.environ:
        shutil.rmtree(os.environ[FOLDER], ignore_errors=True)
