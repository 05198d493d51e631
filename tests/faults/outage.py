"""The database is gone for a while, or its pool has no connection left: how soon and with what one is answered."""

import threading
import time
from contextlib import contextmanager

from django.db import connection, transaction

from partners import services as partner_services
from tests.faults import acts
from tests.faults.browser import Browser, Unanswered
from tests.faults.database import APOLOGY
from tests.faults.proxy import Proxy
from tests.faults.site import Site
from tests.worker import empty_queue, jobs

SECONDS = 12  # that the database is away; the pool tries ever more rarely meanwhile
PATIENT, AT_ONCE, BACK = 3.0, 1.5, 10.0  # seconds: a page, /healthz, until all is as before
PAGES = ("/requests/", "/partners/", "/notifications/", "/")


class Watch:
    """Three people who load pages all the time, one of whom is signed in, and a probe that asks /healthz."""

    def __init__(self, port, seller):
        self.port, self.seller = port, seller
        self.pages, self.probes, self.wrong = [], [], []
        self.excused = self.from_replica = 0
        self.over = threading.Event()

    @contextmanager
    def watching(self):
        browsers = [self.seller, self._like(self.seller), Browser(self.port)]
        threads = [threading.Thread(target=self._read, args=(browser,)) for browser in browsers]
        threads.append(threading.Thread(target=self._probe, args=(self._like(self.seller),)))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def _like(self, browser):
        other = Browser(self.port)
        other.cookies = dict(browser.cookies)
        return other

    def _read(self, browser):
        number = 0
        while not self.over.is_set():
            number += 1
            path = PAGES[number % len(PAGES)]
            seconds, answer = timed(browser, path)
            self.pages.append(seconds)
            self.excused += answer is not None and answer.status == 503
            self.from_replica += answer is not None and "X-From-Replica" in answer.headers
            if not as_it_should_be(answer):
                self.wrong.append(f"{path}: {answer and answer.status}")
            time.sleep(0.05)

    def _probe(self, browser):
        while not self.over.is_set():
            seconds, answer = timed(browser, "/healthz")
            self.probes.append(seconds)
            if answer is None or answer.status != 200:
                self.wrong.append(f"/healthz: {answer and answer.status}")
            time.sleep(0.05)


def timed(browser, path):
    """Return how long it took, and the answer or None."""
    begun = time.monotonic()
    try:
        answer = browser.get(path)
    except Unanswered:
        answer = None
    return time.monotonic() - begun, answer


def as_it_should_be(answer):
    """Whether it is a page, or the 503 that says when to come again, in our own frame."""
    if answer is None or answer.status not in (200, 302, 503):
        return False
    if answer.status != 503:
        return True
    return APOLOGY in answer.body and "Retry-After" in answer.headers and "Content-Security-Policy" in answer.headers


def away(site, proxy, seller, seconds):
    """Let the database go while people read; return the Watch and how long it takes until all is well again."""
    watch = Watch(site.port, seller)
    with watch.watching():
        time.sleep(0.3)
        proxy.go()
        time.sleep(seconds)
        proxy.come_back()
        back = time_until_well(seller)
    return watch, back


def time_until_well(seller):
    """Return how long it takes until six pages in a row are there."""
    begun, well = time.monotonic(), 0
    while well < 6 and time.monotonic() - begun < 60:
        _seconds, answer = timed(seller, "/requests/")
        well = well + 1 if answer is not None and answer.status == 200 else 0
        time.sleep(0.05)
    return time.monotonic() - begun


def full(site, seller, seconds):
    """Hold the two connections of the pool by pages that wait for a lock, while others read; return the Watch.

    The site has no limit for a statement, which would soon end such a wait.
    """
    watch, hanging = Watch(site.port, seller), []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE partners_partner IN ACCESS EXCLUSIVE MODE")
        for _number in range(2):
            hanging.append(threading.Thread(target=timed, args=(Browser(site.port, timeout=60), "/partners/")))
            hanging[-1].start()
        time.sleep(0.5)
        with watch.watching():
            time.sleep(seconds)
    for thread in hanging:
        thread.join()
    return watch, time_until_well(seller)


def rows_of(what, watch, back):
    return [
        (f"{what}: pages read meanwhile", len(watch.pages), None),
        (f"{what}: slowest page (ms)", round(1000 * max(watch.pages)), None),
        (f"{what}: pages later than {PATIENT:.0f} s", sum(each > PATIENT for each in watch.pages), 0),
        (f"{what}: slowest /healthz (ms)", round(1000 * max(watch.probes)), None),
        (f"{what}: /healthz later than {AT_ONCE} s", sum(each > AT_ONCE for each in watch.probes), 0),
        (f"{what}: neither a page nor our 503", len(watch.wrong), 0),
        (f"{what}: until all is well again (ms)", round(1000 * back), None),
        (f"{what}: later than {BACK:.0f} s", int(back > BACK), 0),
        *((f"  {each}", 1, 0) for each in sorted(set(watch.wrong))[:5]),
    ]


@contextmanager
def worker_of(site):
    """The real worker, with what comes round."""
    worker = site.run("manage.py", "procrastinate", "worker")
    try:
        yield worker
    finally:
        worker.kill()
        worker.wait()


def worker_survives(site, proxy, seconds):
    """Return whether the worker's process outlives the database, and how long after it does what was queued."""
    empty_queue()
    with worker_of(site) as worker:
        wait_until_it_works()
        proxy.go()
        time.sleep(seconds)
        proxy.come_back()
        partner_services.redo_bands.enqueue(["GBP"])  # no other job has to end before it
        begun = time.monotonic()
        while any(status != "succeeded" for _path, status, _attempts in jobs()) and time.monotonic() - begun < 60:
            time.sleep(0.1)
        return worker.poll() is None, time.monotonic() - begun


def wait_until_it_works():
    """Wait until the worker has done a job."""
    partner_services.redo_bands.enqueue(["GBP"])
    until = time.monotonic() + 60
    while any(status != "succeeded" for _path, status, _attempts in jobs()):
        assert time.monotonic() < until, "the worker does nothing"
        time.sleep(0.1)


def run(rounds):
    """Give rows of (what, number, wanted). Each is done once: it takes as long as an outage does."""
    acts.clear()
    rows = []
    with Proxy(connection.settings_dict) as proxy:
        with Site(processes=2, database_url=proxy.url).start() as site:
            seller = acts.People(site.port).seller
            rows += rows_of("gone", *away(site, proxy, seller, SECONDS))
            alive, seconds = worker_survives(site, proxy, SECONDS)
            rows.append(("the worker's process ended", int(not alive), 0))
            rows.append(("until it does what was queued (ms)", round(1000 * seconds), None))
            rows.append((f"later than {BACK:.0f} s", int(seconds > BACK), 0))
        with Site(database_url=proxy.url, DB_POOL_MAX="2", PAGE_STATEMENT_SECONDS="0").start() as site:
            rows += rows_of("full", *full(site, acts.People(site.port).seller, SECONDS))
    return rows
