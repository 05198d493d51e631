"""Measures what runs behind the pages: the proof, timers, mails, the end of a worker, a download.

These change the world, so they come after the pages. Each is bounded in time.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from bench.people import HEAVY_PARTNER
from bench.rounds import PRODUCT, Side

ENOUGH = 300  # acts or mails of one measurement
PROOF_SECONDS = 1800
STOP_SECONDS = 60
SLOW_GREETING = "0.15"  # seconds

# Shares that wait for a partner, as if they had been shared so long ago that their next step is due. What a question
# waits for has another schedule.
MAKE_DUE = """
    UPDATE requests_app_share SET shared_at = moved, respond_by = moved + interval '7 days', steps_done = {done},
        next_step_at = moved + interval '{due}'
    FROM (SELECT id AS due_id, now() - interval '{ago}' AS moved FROM requests_app_share
        WHERE status = 'reviewing' AND next_step_at > now() AND asked_at IS NULL AND NOT is_extended
        ORDER BY id LIMIT {count}) waiting
    WHERE id = due_id
"""
REMINDERS = {"done": 0, "due": "1 day", "ago": "25 hours"}
LAPSES = {"done": 2, "due": "7 days", "ago": "8 days"}
REMINDED = "SELECT count(*) FROM requests_app_event WHERE kind = 'partner_reminded' AND at > now() - interval '1 hour'"
MAIL_AGAIN = """
    UPDATE accounts_notification SET mailed_at = NULL, mail_key = NULL, next_mail_at = now() FROM (
        SELECT min(id) AS again FROM accounts_notification WHERE template = 'submitted_for_seller'
        GROUP BY user_id ORDER BY user_id DESC LIMIT {count}) receipts
    WHERE id = again
"""


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def proof(report, _keys):
    began = time.monotonic()
    processes = str(os.cpu_count() or 1)
    command = [sys.executable, "manage.py", "check_invariants", "--processes", processes]
    checking = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    numbers: dict = {}
    try:
        said = checking.communicate(timeout=PROOF_SECONDS)[0]
        if checking.returncode:
            numbers["failed"] = f"finds something: {said.splitlines()[:3]}"
    except subprocess.TimeoutExpired:
        numbers["failed"] = f"over {PROOF_SECONDS} s"
        checking.kill()
        checking.wait()
    numbers |= {"seconds": time.monotonic() - began, "memory": most_memory_of_children()}
    report.add(f"check_invariants --processes {processes}", numbers, {"seconds": 600, "memory": 300})


def most_memory_of_children():
    """Return the most memory, in MB, that one of the processes ended by now has used."""
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000


def timers(report, _keys):
    from requests_app.timers import run_timers

    run_timers(mail=None)  # what else is due is not of the measurement
    for name, due, bar in (("reminders", REMINDERS, 74 * 5), ("lapses", LAPSES, 31 * 5)):
        execute(MAKE_DUE.format(count=ENOUGH, **due))
        began = time.monotonic()
        done = run_timers(mail=None)["shares"]
        report.add(f"{name}, one worker", {"a second": done / (time.monotonic() - began)}, {"a second": bar})


def mails(report, _keys):
    for name, greeting, bar in (("mails, one worker", "0", 80 * 5), ("mails, slow server", SLOW_GREETING, 100)):
        execute("UPDATE accounts_notification SET next_mail_at = NULL WHERE next_mail_at IS NOT NULL")
        execute("DELETE FROM accounts_mailcount")
        execute(MAIL_AGAIN.format(count=ENOUGH))
        with mail_server(greeting) as port:
            environment = os.environ | {"MAIL_URL": f"smtp://127.0.0.1:{port}"}
            ran = subprocess.run(
                [sys.executable, "-m", "bench.deliver"], env=environment, capture_output=True, text=True, timeout=120
            )
        numbers = json.loads(ran.stdout) if ran.returncode == 0 else {"failed": ran.stderr.splitlines()[-1]}
        report.add(name, numbers, {"a second": bar})


@contextmanager
def mail_server(greeting):
    """Run an SMTP server that throws everything away; yield its port."""
    command = [sys.executable, "-m", "bench.mail_server", greeting]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield int(server.stdout.readline())
    finally:
        server.terminate()
        server.wait(10)


def stop(report, _keys):
    """Send a worker SIGTERM while it runs the timers; each due step must be done, or be due still."""
    from procrastinate.contrib.django import app

    due = execute(MAKE_DUE.format(count=ENOUGH * 20, **REMINDERS))
    before = _reminded()
    app.tasks["shoppartners.run_timers"].defer(timestamp=0)
    worker = subprocess.Popen([sys.executable, "manage.py", "procrastinate", "worker"], stderr=subprocess.DEVNULL)
    until = time.monotonic() + STOP_SECONDS
    while _reminded() < before + 5 and time.monotonic() < until:
        time.sleep(0.05)
    worker.send_signal(signal.SIGTERM)
    began = time.monotonic()
    numbers: dict = {}
    try:
        worker.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        numbers["failed"] = f"over {STOP_SECONDS} s"
        worker.kill()
        worker.wait()
    numbers["seconds"] = time.monotonic() - began
    done = _reminded() - before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM requests_app_share WHERE next_step_at <= now() AND status = 'reviewing'")
        (waiting,) = cursor.fetchone()
    if done + waiting < due:
        numbers["failed"] = f"{due - done - waiting} of {due} steps were lost"
    report.add(f"SIGTERM while timers run ({done} of {due} steps done)", numbers, {"seconds": 10})


def _reminded():
    with connection.cursor() as cursor:
        cursor.execute(REMINDED)
        return cursor.fetchone()[0]


def data(report, keys):
    """Have the owner of the heavy partner ask for their data, a task write the file, and them fetch it."""
    user, product = keys.shops + HEAVY_PARTNER, Side(PRODUCT)
    try:
        product.ask(path="/portal/", user=user)
        for name, path, answer in (("asked for", "download", 302), ("fetched", "file", 200)):
            before = peak_of(product.process.pid)
            numbers = product.ask(path=f"/accounts/data/{path}/", user=user, form=[{"download": "1"}], calls=1)
            if numbers["status"] != answer:
                numbers["failed"] = f"answers {numbers['status']}"
            numbers |= {"seconds": numbers["wall"] / 1000, "memory": peak_of(product.process.pid) - before}
            kept = {name: numbers[name] for name in ("failed", "seconds", "memory", "queries") if name in numbers}
            report.add(f"personal data of the heavy partner, {name}", kept, {"seconds": 2, "memory": 20})
            if answer == 302:
                _write_file(report, user)
    finally:
        product.end()


def _write_file(report, user):
    ran = subprocess.run(
        [sys.executable, "-m", "bench.personal_file", str(user)], capture_output=True, text=True, timeout=600
    )
    numbers = json.loads(ran.stdout) if ran.returncode == 0 else {"failed": ran.stderr.splitlines()[-1]}
    report.add("personal data of the heavy partner, written by the task", numbers, {"memory": 20})


def peak_of(pid):
    """Return the most memory that a process has used so far, in MB."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000


PARTS = {"proof": proof, "data": data, "timers": timers, "mails": mails, "stop": stop}
