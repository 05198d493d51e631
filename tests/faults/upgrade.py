"""An upgrade while people act: the previous release serves, the new one migrates its database and takes over.

Behind nginx, on one schema: the old code before `migrate`, during it and after it; then the web server is replaced in
each of the ways of docs/upgrading.md, and the worker. No request may fail, no act or mail be lost or doubled.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from django.conf import settings
from django.db import connection

from accounts import clock, outbox
from accounts.models import Notification
from requests_app.integrity import backups
from requests_app.models import Event, PartnerRequest, Share
from tests import nginx
from tests.faults import acts, releases
from tests.faults.mails import handed_over
from tests.faults.site import Site
from tests.faults.traffic import Traffic
from tests.postgres import end_with_parent
from tests.worker import url_of_test_database

PAIRS, DUE = 4, 10  # pairs of people who act, and requests whose reminders are due
ENOUGH, SERVES = 60, 15  # requests for which a state is looked at, and for how many seconds at most
SETTLES = 4  # seconds until the processes that take over have loaded their code, at least
PATIENCE = 90  # seconds for the worker to do what waits
APPLICATION = "tests.faults.app:application"
GUNICORN = str(Path(sys.executable).parent / "gunicorn")
VERBS = {"accept": "accepted", "connect": "authorised", "close": "request_closed", "open": "contact_opened"}


class Upgraded(Site):
    """The site of the release that `current` leads to."""

    def __init__(self, folder, release):
        super().__init__(processes=2, WEB_THREADS="4", MAIL_SENDERS="4")
        self.current, self.pid_file = folder / "current", folder / "gunicorn.pid"
        self.lead_to(release)
        self.socket = None  # one that outlasts the web servers, as systemd's does

    def __exit__(self, *raised):
        super().__exit__(*raised)
        if self.socket:
            self.socket.close()

    def lead_to(self, release):
        """Have `current` name this folder, in one step."""
        new = self.current.with_suffix(".new")
        new.symlink_to(release)
        new.rename(self.current)

    def run(self, *arguments, **streams):
        return super().run(*arguments, folder=self.current, **streams)

    def begin(self):
        """Start a web server that opens its port itself."""
        self._begin([GUNICORN, "--pid", str(self.pid_file), APPLICATION])

    def begin_on_socket(self, folder=None):
        """Start a web server on the socket that is kept, as systemd does."""
        if self.socket is None:
            self.socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
            self.port = self.socket.getsockname()[1]
        script = f'exec 3<&{self.socket.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
        self._begin(["bash", "-c", script, "bash", GUNICORN, APPLICATION], folder, pass_fds=[self.socket.fileno()])

    def _begin(self, command, folder=None, **streams):
        folder = folder or self.current
        environment = self.environment | {"PWD": str(folder)}
        self.web = subprocess.Popen(command, env=environment, cwd=folder, preexec_fn=end_with_parent, **streams)
        self.wait_until_it_answers()

    def begin_work(self):
        self.worker = self.run("manage.py", "procrastinate", "worker", "--concurrency", "4")

    def reload(self):
        """SIGHUP: the same master, new processes with the code that `current` names."""
        self.web.send_signal(signal.SIGHUP)
        time.sleep(SETTLES * 2)

    def second_master(self):
        """SIGUSR2: a new master beside the old one, which ends when the new one's processes are there."""
        old = int(self.pid_file.read_text())
        os.kill(old, signal.SIGUSR2)
        beside = self.pid_file.with_name("gunicorn.pid.2")
        wait_until(beside.exists)
        new = int(beside.read_text())
        wait_until(lambda: len(children_of(new)) >= 2)
        time.sleep(SETTLES)
        os.kill(old, signal.SIGTERM)
        self.web.wait(30)
        self.web = Adopted(new)

    def move(self, proxy, release):
        """A second web server on another port, of this release; nginx is told and reloads, and the first one ends."""
        old = self.web
        self.begin_on_socket(release)
        proxy.lead_to(self.port)
        time.sleep(SETTLES)
        old.send_signal(signal.SIGTERM)
        old.wait(30)
        self.lead_to(release)

    def restart(self):
        """`systemctl restart` with socket activation: who comes meanwhile waits in the socket's queue."""
        self.web.send_signal(signal.SIGTERM)
        self.web.wait(30)
        self.begin_on_socket()

    def replace_worker(self):
        """A second worker begins; the first finishes what it has in hand, and gives back the rest. Its exit status."""
        old = self.worker
        self.begin_work()
        time.sleep(SETTLES)
        old.send_signal(signal.SIGTERM)
        return old.wait(20)


class Adopted:
    """A process that is not our child."""

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return 0
        return 0 if state == "Z" else None

    def send_signal(self, number):
        os.kill(self.pid, number)

    def wait(self, seconds):
        wait_until(lambda: self.poll() is not None, seconds)
        return 0


def children_of(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def wait_until(is_so, seconds=60):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it does not happen"
        time.sleep(0.1)


def run(rounds):
    try:
        commit = releases.previous()
    except releases.Missing as missing:
        sys.stdout.write(f"  left out: {missing}\n")
        return []
    with tempfile.TemporaryDirectory(prefix="shoppartners-upgrade-") as name, backups.a_new_database():
        folder = Path(name)
        old = folder / "old"
        releases.unpack(commit, old)
        for texts in settings.BASE_DIR.glob("locale/*/LC_MESSAGES/django.mo"):
            shutil.copy(texts, old / texts.relative_to(settings.BASE_DIR))
        new = sorted(releases.migrations(settings.BASE_DIR) - releases.migrations(old))
        sys.stdout.write(f"  from {commit[:10]}, with {len(new)} migrations less: {', '.join(new)}\n")
        rows = []
        try:
            for row in upgraded(folder, old, rounds):  # what was found until then is told in any case
                rows.append(row)
        except Exception:
            sys.stdout.write(traceback.format_exc())
            rows.append(("ends too early", 1, 0))
        return rows


def upgraded(folder, old, rounds):
    with Upgraded(folder, old) as site, nginx.Nginx(site.port) as proxy:
        command(site, "manage.py", "migrate", "-v0", "--no-input")
        pairs = json.loads(command(site, str(Path(__file__).with_name("scene.py")), str(PAIRS), str(DUE)))
        site.begin()
        site.begin_work()
        with Traffic(proxy.port, place(), pairs) as traffic:
            yield from watched(site, proxy, traffic, max(1, min(4, rounds // 50)))
        yield from accounted(site, traffic.tally)


def watched(site, proxy, traffic, times):
    """Yield the rows of each state and each step, while people act."""

    def state(label, act=lambda: None):
        requests, failed = traffic.mark()
        begun = time.monotonic()
        act()
        took = time.monotonic() - begun
        after, until = traffic.tally.requests, time.monotonic() + SERVES
        while traffic.tally.requests < after + ENOUGH and time.monotonic() < until:
            time.sleep(0.1)
        asked, broken = traffic.mark()
        for each in traffic.tally.failed[failed : failed + 3]:
            sys.stdout.write(f"  {label}: {each}\n")
        yield f"{label}: requests", asked - requests, None
        yield f"{label}: requests that failed", broken - failed, 0
        if took > 0.5:
            yield f"{label}: milliseconds", round(took * 1000), None

    yield from state("old code, old schema")
    yield from state("migrate beside the old code", lambda: command(None, "manage.py", "migrate", "-v0", "--no-input"))
    yield from state("old code, new schema")
    yield from state("reload by SIGHUP, old code", site.reload)
    yield from state("second master by SIGUSR2, old code", site.second_master)
    yield from state("new code on another port, nginx reloads", lambda: site.move(proxy, settings.BASE_DIR))
    statuses = []
    yield from state("worker of the new code", lambda: statuses.append(site.replace_worker()))
    yield "exit status of the old worker", statuses[0], 0
    for number in range(1, times + 1):
        yield from state(f"restart {number} on the kept socket", site.restart)
        yield from state(f"reload {number} by SIGHUP", site.reload)
    yield from state("new code")


def accounted(site, tally):
    """Yield what came of the acts: each there once, everybody told once, and all that must hold does."""
    wait_until(nothing_waits, PATIENCE)
    counted = {verb: Event.objects.filter(kind=kind).count() for verb, kind in VERBS.items()}
    submitted = PartnerRequest.objects.count() - DUE
    done = tally.acts | {"submit": tally.acts.get("submit", 0)}
    yield "acts acknowledged", sum(done.values()), None
    yield "stories from submit to close", len(tally.stories), None
    yield "submits lost or doubled", abs(submitted - done["submit"]), 0
    for verb, number in counted.items():
        yield f"{verb}: lost or doubled", abs(number - done.get(verb, 0)), 0
    ended = PartnerRequest.objects.filter(form_token__in=tally.stories)
    yield "stories whose request is not closed", sum(request.is_open for request in ended), 0
    yield "reminders of the timers", Event.objects.filter(kind__contains="reminded").count(), None
    yield "mails sent", sum(handed_over(site.mails).values()), None
    yield "mails doubled", acts.mails_twice(site), 0
    left_out = Notification.objects.filter(mailed_at=None, next_mail_at=None).count()  # what they speak of is over
    yield "notifications undelivered", acts.undelivered(site) - left_out, 0
    yield "shares", Share.objects.count(), None
    yield "milliseconds of the slowest request", round(tally.longest * 1000), None
    yield from proved()


def nothing_waits():
    """Have what was put off go out now; return whether all is done."""
    acts.forget_counts()
    Notification.objects.filter(next_mail_at__gt=clock.now()).update(next_mail_at=clock.now())
    if Notification.objects.exclude(next_mail_at=None).exists():
        outbox.deliver.enqueue()
        time.sleep(1)
        return False
    return not acts.jobs_left()


def proved():
    """Yield what breaks before and after the commands that docs/operations.md names for what an old release wrote."""
    yield "invariants broken before the refill", len(acts.broken()), None
    for name in ("refill_names", "refill_lists"):
        command(None, "manage.py", name)
    yield "invariants broken", len(acts.broken()), 0


def place():
    held = connection.settings_dict
    return {"host": held["HOST"], "user": held["USER"], "dbname": held["NAME"]}


def command(site, *arguments):
    """Run one of this release, or of the site's; return what it prints."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.faults.settings"}
    environment |= {"DATABASE_URL": url_of_test_database()}
    folder = site.current if site else settings.BASE_DIR
    ran = subprocess.run([sys.executable, *arguments], env=environment, cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, f"{arguments}: {ran.stderr[-2000:]}"
    return ran.stdout.splitlines()[-1] if ran.stdout.strip() else ""
