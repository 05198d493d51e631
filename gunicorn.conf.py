"""How gunicorn serves; docs/operations.md lists the variables.

A slow client holds up a thread: in production deploy/nginx.conf stands before it, which gives it whole requests only.
"""

import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 10
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "warning")  # requests are logged by the site itself
control_socket_disable = True
