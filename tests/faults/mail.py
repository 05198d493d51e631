"""The mail server goes away for an hour: refuses, then says nothing at all. Mails wait and are delivered once."""

import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import time_machine
from aiosmtpd.controller import Controller
from django.test import override_settings

from accounts import account_mails, clock, outbox
from accounts.models import AccountMail, Notification
from requests_app.models import Event
from tests.factories import PASSWORD, PartnerFactory, age_shares, make_request
from tests.faults import acts
from tests.faults.browser import Browser
from tests.faults.site import Site, free_port
from tests.worker import empty_queue

PARTNERS = 8
QUICK = 5.0  # seconds for an act, and for the timers, beside a mail server that says nothing
RESETS, RESET = 16, "/accounts/password/reset/"
OUTBOX = (Notification, AccountMail)


class Mailbox:
    def __init__(self):
        self.ids = []

    async def handle_DATA(self, server, session, envelope):
        head = envelope.content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
        self.ids += [line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:")]
        return "250 OK"


def smtp(port):
    options = {"host": "127.0.0.1", "port": port, "timeout": 5}
    return {"default": {"BACKEND": "accounts.smtp.EmailBackend", "OPTIONS": options}}


def silence():
    """Acts and timers beside a mail server that takes the connection and says nothing: how long each takes.

    Gives the slowest act on a request, the slowest act on an account, and how long the timers took.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        with Site(MAIL_URL=url, MAIL_SENDERS="4").start() as site:
            people = acts.People(site.port)
            people.partners += PartnerFactory.create_batch(PARTNERS - 1, capacity=100)
            people.request()
            age_shares(days=1)
            several = [acts.Submit(people) for _number in range(6)]
            empty_queue()
            worker = site.run("manage.py", "procrastinate", "worker", "--concurrency", "4")
            slowest = max(seconds_of(act.send) for act in several)
            slowest_of_accounts = slowest_account_act(site, people.shop.members.get().user)
            until_reminded = seconds_until_timers_ran()
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    return slowest, slowest_of_accounts, until_reminded


def slowest_account_act(site, person):
    """Ask for 16 new passwords at once, as strangers, and change one: the seconds of the slowest answer."""
    changer = Browser(site.port).sign_in(person)
    path = "/accounts/password/change/"
    typed = {"oldpassword": PASSWORD, "password1": "a-quite-new-one", "password2": "a-quite-new-one"}
    change = changer.form(path, having="oldpassword") | typed
    strangers = [Browser(site.port) for _number in range(RESETS)]
    forms = [(each, each.form(RESET, having="email")) for each in strangers]
    with ThreadPoolExecutor(RESETS) as pool:
        resets = pool.map(
            lambda asked: seconds_of(lambda: asked[1][0].post(RESET, asked[1][1] | {"email": address(asked[0])})),
            enumerate(forms),
        )
        slowest = max(resets)
    slowest = max(slowest, seconds_of(lambda: changer.post(path, change)))
    assert AccountMail.objects.count() == RESETS + 1, "an act of an account queued no mail"
    return slowest


def address(number):
    return f"stranger-{number}@example.com"


def seconds_of(act):
    begun = time.monotonic()
    assert act().status == 302
    return time.monotonic() - begun


def seconds_until_timers_ran():
    from procrastinate.contrib.django import app

    until = time.monotonic() + 15
    while not Notification.objects.exclude(sending_until=None).exists() and time.monotonic() < until:
        time.sleep(0.1)  # the worker has begun to mail
    time.sleep(1)
    reminded = Event.objects.filter(kind="partner_reminded")
    before, begun = reminded.count(), time.monotonic()
    age_shares(days=1)
    app.tasks["shoppartners.run_timers"].defer(timestamp=0)
    while reminded.count() < before + PARTNERS and time.monotonic() - begun < 60:
        time.sleep(0.05)
    return time.monotonic() - begun


def an_hour_without():
    """What is told while nothing listens, tried every minute for an hour, and delivered after: (told, sent, waited)."""
    port = free_port()
    for number in range(RESETS):
        outbox.queue_account_mail(address(number), account_mails.UNKNOWN)
    told = waiting()
    with time_machine.travel(clock.now(), tick=False) as travelled:
        with override_settings(MAILERS=smtp(port)):
            for _minute in range(60):
                outbox.deliver.call()
                travelled.shift(timedelta(minutes=1))
        refused = waiting()
        mailbox = Controller(Mailbox(), hostname="127.0.0.1", port=port)
        mailbox.start()
        waited = 0
        with override_settings(MAILERS=smtp(port)):
            while waiting() and waited < 5 * 60:
                outbox.deliver.call()
                travelled.shift(timedelta(minutes=1))
                waited += 1
        mailbox.stop()
    assert refused == told, "a mail was delivered to nobody"
    return Counter(mailbox.handler.ids), waited


def waiting():
    return sum(model.objects.filter(mailed_at=None).exclude(next_mail_at=None).count() for model in OUTBOX)


def run(rounds):
    acts.clear()
    slowest, slowest_of_accounts, until_reminded = silence()
    acts.clear()
    empty_queue()
    with Site().start() as site:
        people = acts.People(site.port)
        people.partners += PartnerFactory.create_batch(PARTNERS - 1, capacity=100)
        for _number in range(3):
            make_request(people.shop, people.partners)
    sent, waited = an_hour_without()
    return [
        ("slowest act beside a silent mail server (s)", round(slowest, 1), None),
        ("slowest of 17 acts on accounts beside it (s)", round(slowest_of_accounts, 1), None),
        (f"acts later than {QUICK:.0f} s", int(max(slowest, slowest_of_accounts) > QUICK), 0),
        ("timers beside it (s)", round(until_reminded, 1), None),
        (f"timers later than {QUICK:.0f} s", int(until_reminded > QUICK), 0),
        ("mails that waited for an hour", len(sent), None),
        ("minutes until all were delivered", waited, None),
        ("mails undelivered", sum(model.objects.filter(mailed_at=None).count() for model in OUTBOX), 0),
        ("mails repeated", sum(times - 1 for times in sent.values()), 0),
        ("invariants broken", len(acts.broken()), 0),
    ]
