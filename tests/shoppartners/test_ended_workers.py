"""A process that is asked to end amid the timers and mails ends soon, loses nothing and does nothing twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.core import mail
from django.db.models import Count

from accounts import account_mails
from accounts.models import AccountMail, Notification
from requests_app.integrity.invariants import offenders
from requests_app.models import Event
from tests.factories import PartnerFactory, ShopFactory, age_shares, make_request
from tests.worker import empty_queue, round_of, url_of_test_database, work

REQUESTS, PARTNERS = 24, 5
REMINDERS = REQUESTS * PARTNERS
MAILS = 100
PERIOD = 10  # seconds in which a process has to end


@pytest.fixture
def much_is_due(many_with_one_partner):
    empty_queue()
    shop, partners = ShopFactory(), PartnerFactory.create_batch(PARTNERS, capacity=100)
    for _number in range(REQUESTS):
        make_request(shop, partners)
    Notification.objects.update(next_mail_at=None)
    age_shares(days=1)
    AccountMail.objects.bulk_create(
        AccountMail(to=f"stranger-{number}@example.com", template=account_mails.UNKNOWN, language="en")
        for number in range(MAILS)
    )
    empty_queue()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("much_is_due")
@pytest.mark.parametrize(
    ("command", "number"), [(["procrastinate", "worker", "--concurrency", "4"], "TERM"), (["run_timers"], "INT")]
)
def test_process_asked_to_end_ends_soon_and_the_next_one_does_what_is_left(command, number, tmp_path):
    from procrastinate.contrib.django import app

    box = tmp_path / "mails"
    box.touch()
    for name in ("run_timers", "deliver"):
        app.tasks[f"shoppartners.{name}"].defer(timestamp=0)

    took, code = ended_when(lambda: reminded() > REMINDERS // 8, command, signal.Signals[f"SIG{number}"], box)

    assert (code, took < PERIOD) == (0, True)
    assert 0 < reminded() < REMINDERS
    early = box.read_text().split()
    assert len(early) < MAILS
    assert not AccountMail.objects.exclude(sending_until=None).exists()  # none was cut off
    round_of("run_timers", "deliver")
    work()
    assert reminded() == REMINDERS
    assert not Event.objects.filter(kind="partner_reminded").values("share").alias(n=Count("id")).filter(n__gt=1)
    sent = Counter([*early, *(each.to[0] for each in mail.outbox)])
    assert {sent[f"stranger-{each}@example.com"] for each in range(MAILS)} == {1}
    assert not Notification.objects.exclude(next_mail_at=None).exists()
    assert list(offenders()) == []


def reminded():
    return Event.objects.filter(kind="partner_reminded").count()


def ended_when(reached, command, number, box):
    """Start a process, and ask it to end as soon as `reached()`. Return the seconds that it took, and its exit code."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "shoppartners.settings",
        "DATABASE_URL": url_of_test_database(),
        "MAIL_BACKEND": "tests.mailboxes.Slow",
        "MAIL_OPTIONS": json.dumps({"path": str(box), "seconds": 0.1}),
    }
    process = subprocess.Popen([sys.executable, "manage.py", *command], env=os.environ | environment)
    try:
        until = time.monotonic() + 60
        while not reached() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        begun = time.monotonic()
        process.send_signal(number)
        code = process.wait(30)
    finally:
        process.kill()
    return time.monotonic() - begun, code


def test_process_that_does_not_end_in_time_is_cut_off():
    code = "import time; from accounts import rounds; rounds.WITHIN = 0.1; rounds.end(); time.sleep(60)"

    ended = subprocess.run([sys.executable, "-c", code], timeout=30)

    assert ended.returncode == -signal.SIGALRM
