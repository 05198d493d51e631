"""The database goes away: restarted at once amid requests, its connection lost at a COMMIT, its disk full."""

import os
import random
import shutil
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests import postgres
from tests.faults import acts
from tests.faults.browser import Unanswered
from tests.faults.proxy import Proxy
from tests.faults.site import Site

SECONDS = 60  # for each of the three, in `make faults`
PATIENCE = 60  # seconds that a person tries again
APOLOGY = "Something went wrong on our side"


class Tally:
    """What came of the acts while something broke."""

    def __init__(self):
        self.faults = self.apologies = self.unanswered = self.acknowledged = 0
        self.lost = self.doubled = self.halves = self.undelivered = 0
        self.broken, self.slowest = [], 0.0

    def rows(self, fault):
        return [
            (fault, self.faults, None),
            ("plain error pages", self.apologies, None),
            ("requests left unanswered", self.unanswered, None),
            ("acts acknowledged", self.acknowledged, None),
            ("acts lost", self.lost, 0),
            ("acts half there", self.halves, 0),
            ("acts doubled", self.doubled, 0),
            ("notifications undelivered", self.undelivered, 0),
            ("invariants broken", len(self.broken), 0),
        ]

    def send(self, act):
        """Send the form once; gives whether it was acknowledged."""
        try:
            answer = act.send()
        except Unanswered:
            self.unanswered += 1
            return False
        if answer.status in (500, 503):
            assert APOLOGY in answer.body, answer.body[:500]
            self.apologies += 1
            return False
        assert answer.status == 302, f"{act.name}: {answer.status}"
        self.acknowledged += 1
        return True

    def send_until_acknowledged(self, act):
        begun = time.monotonic()
        while not self.send(act):
            assert time.monotonic() - begun < PATIENCE, f"{act.name}: not answered for a minute"
            time.sleep(0.1)
        self.slowest = max(self.slowest, time.monotonic() - begun)

    def look(self, site, done, before, whole):
        """All of these acts are there, whole and once; all are told; everything agrees."""
        self.lost += sum(not act.is_done() for act in done)
        self.doubled += acts.change_since(before) != together(whole[type(act)] for act in done)
        acts.deliver_all(site)
        self.undelivered += acts.undelivered(site)
        self.broken += acts.broken()


def together(changes):
    """The sum of what several acts change."""
    total = {}
    for change in changes:
        for name, number in change.items():
            total[name] = total.get(name, 0) + number
    return {name: number for name, number in total.items() if number}


@contextmanager
def people_of(site):
    """People, and what each act changes when nothing breaks."""
    acts.clear()
    people, whole = acts.People(site.port), {}
    for make in acts.ACTS:
        act = make(people)
        before = acts.census()
        assert act.send().status == 302
        whole[make] = acts.change_since(before)
    acts.deliver_all(site)
    yield people, whole


def rounds_within(rounds, seconds=None):
    """Count the rounds, up to this many, as long as there is time."""
    until = time.monotonic() + (seconds or SECONDS)
    for number in range(rounds):
        if number and time.monotonic() > until:
            return
        yield number


def restart(rounds):
    """PostgreSQL ends in its immediate mode while five people act, and begins again."""
    tally, server = Tally(), postgres.servers[os.environ["DATABASE_URL"]]
    with Site(processes=2).start() as site, people_of(site) as (people, whole):
        for _round in rounds_within(rounds):
            several = [random.choice(acts.ACTS)(people) for _act in range(5)]
            before = acts.census()
            connection.close()
            threads = [threading.Thread(target=act_soon, args=(tally, act)) for act in several]
            for thread in threads:
                thread.start()
            time.sleep(random.uniform(0, 0.3))
            server.end_at_once()
            time.sleep(random.uniform(0, 0.5))
            server.launch()
            for thread in threads:
                thread.join()
            tally.faults += 1
            tally.look(site, several, before, whole)
    slowest = ("slowest act, with trying again (s)", round(tally.slowest, 1), None)
    return [*tally.rows("restarts of the database"), slowest]


def act_soon(tally, act):
    time.sleep(random.uniform(0, 0.3))
    tally.send_until_acknowledged(act)


def lost_commit(rounds):
    """The connection breaks at the COMMIT: before the server has it, or when it is done and nobody hears so."""
    tally = Tally()
    with Proxy(connection.settings_dict) as proxy:
        with Site(database_url=proxy.url).start() as site, people_of(site) as (people, whole):
            for number in rounds_within(rounds):
                for make in acts.ACTS:
                    lose_commit(tally, proxy, site, make(people), whole, ("before", "after")[number % 2])
        tally.faults = proxy.lost
    return tally.rows("connections lost at COMMIT")


def lose_commit(tally, proxy, site, act, whole, moment):
    before = acts.census()
    proxy.lose(moment)
    assert not tally.send(act), f"{act.name}: was acknowledged though the connection broke {moment} its COMMIT"
    found = acts.change_since(before)
    assert found == (whole[type(act)] if moment == "after" else {}), found
    tally.send_until_acknowledged(act)
    tally.look(site, [act], before, whole)


def full_disk(rounds):
    """The database can write no more: in its tables, or in its log, where PostgreSQL ends itself and recovers."""
    if shutil.which("prlimit") is None:
        return [("not tried, for want of the program prlimit: times without space", 0, None)]
    tally = Tally()
    with Site().start() as site, people_of(site) as (people, whole):
        for number in rounds_within(rounds):
            for make in acts.ACTS:
                fill_disk(tally, site, make(people), whole, ("tables", "log")[number % 2])
    return tally.rows("times without space")


def fill_disk(tally, site, act, whole, what):
    before = acts.census()
    if what == "tables":
        fill_pages(site)
    with no_space_beyond(TABLE if what == "tables" else 0):
        assert not tally.send(act), f"{act.name}: was acknowledged though nothing could be written"
        if what == "tables":
            assert acts.change_since(before) == {}
    tally.faults += 1
    connection.close()
    tally.send_until_acknowledged(act)
    tally.look(site, [act], before, whole)


TABLE = 16 * 2**20  # bytes, as large as a file of the log: with this limit the log can be written, and large tables not


def fill_pages(site):
    """Make the file of notifications that large, with unseen rows, a page each: the next one needs another page."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_notification SET (fillfactor = 10)")
        cursor.execute("BEGIN")
        cursor.execute(
            "INSERT INTO accounts_notification (user_id, source, template, topic, path, context, created_at,"
            " mail_attempts, mail_error) SELECT user_id, 'fill' || n, '', topic, '',"
            " jsonb_build_object('x', repeat(md5(n::text), 40)), created_at, 0, ''"
            " FROM (SELECT * FROM accounts_notification LIMIT 1) AS one, generate_series(1, 2100) AS n"
        )
        cursor.execute("ROLLBACK")
    cut_connections()  # each remembers a page with room of its own
    site.wait_until_it_answers("/readyz")


def cut_connections():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid) {OF_THE_SITE}")


OF_THE_SITE = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@contextmanager
def no_space_beyond(size):
    """The site's connections to the database cannot make any file larger than this."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pid {OF_THE_SITE}")
        pids = [pid for (pid,) in cursor.fetchall()]
    assert pids, "the site has no connection"
    limit_files(pids, size)
    yield
    limit_files([pid for pid in pids if Path(f"/proc/{pid}").exists()], "unlimited")


def limit_files(pids, size):
    """Root may not do this to the processes of another user everywhere; that user himself may."""
    user = postgres.servers[os.environ["DATABASE_URL"]].user
    for pid in pids:
        subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={size}:unlimited"], check=True, user=user, cwd="/")


def run(rounds):
    return [*restart(rounds), *lost_commit(rounds), *full_disk(rounds)]
