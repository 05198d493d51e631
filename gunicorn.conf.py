"""How gunicorn serves; docs/operations.md lists the variables.

A slow client holds up a thread: in production deploy/nginx.conf stands before it, which gives it whole requests only.
"""

import os
import subprocess
import sys


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


def on_starting(server):
    """End with one line where the site could not run. Looked at by another process: a reload keeps what is imported."""
    if server.app.app_uri.startswith("shoppartners."):
        looked = subprocess.run([sys.executable, "-m", "shoppartners.start"])
        if looked.returncode:
            sys.exit(1)
