"""The product's web server and worker as processes of their own, on the database of the process that starts them."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.conf import settings

from tests.faults.browser import Browser, Unanswered
from tests.nginx import free_port
from tests.postgres import end_with_parent
from tests.worker import url_of_test_database

START_SECONDS = 60


class Site:
    """`web` and `worker` begin when they are first needed; all ends with the block."""

    def __init__(self, *, processes=1, database_url=None, **environment):
        self.folder = tempfile.TemporaryDirectory(prefix="shoppartners-faults-")
        self.mails = Path(self.folder.name) / "mails"
        self.port = free_port()
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATABASE_URL": database_url or url_of_test_database(),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "WEB_CONCURRENCY": str(processes),
            "REQUESTS_PER_HOUR": "1000000",
            "MAIL_SENDERS": "1",  # the steps of a worker that is killed at one of them have one order
            "LOG_LEVEL": "CRITICAL",
            "GUNICORN_LOG_LEVEL": "critical",
            "PYTHONWARNINGS": "ignore",
            **environment,
        }
        if "MAIL_URL" not in environment:
            box = {"MAIL_BACKEND": "tests.faults.mails.Box", "MAIL_OPTIONS": json.dumps({"path": str(self.mails)})}
            self.environment |= box
        self.web = self.worker = None

    def __enter__(self):
        return self

    def __exit__(self, *_raised):
        for process in filter(None, (self.web, self.worker)):
            process.send_signal(signal.SIGKILL if process is self.worker else signal.SIGQUIT)
            process.wait(20)
        self.folder.cleanup()

    def start(self):
        """Start the web server. Its application is loaded once: a process that was killed is there again at once."""
        self.web = self.run("-m", "gunicorn", "--preload", "tests.faults.app:application")
        self.wait_until_it_answers()
        return self

    def wait_until_it_answers(self, path="/healthz"):
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.web.poll() is None, "the web server ended by itself"
            try:
                if Browser(self.port, timeout=5).get(path).status == 200:
                    return
            except Unanswered:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{path} does not answer")

    def work(self, die_at=0):
        """Let a worker do what is due, and end or be killed; gives (exit code, steps)."""
        if self.worker is None:
            self.worker = self.run("-m", "tests.faults.worker", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.worker.stdin.write(f"{die_at}\n".encode())
        self.worker.stdin.flush()
        return json.loads(self.worker.stdout.readline())

    def run(self, *arguments, folder=settings.BASE_DIR, **streams):
        return subprocess.Popen(
            [sys.executable, *arguments],
            env=self.environment,
            cwd=folder,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
            **streams,
        )
