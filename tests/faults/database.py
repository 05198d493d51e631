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
    tally, server = Tally(), server_of_the_site()
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
    server, before = server_of_the_site(), acts.census()
    if what == "tables":
        with full_pages(site), no_space_beyond(TABLE, server):
            assert not tally.send(act), f"{act.name}: was acknowledged though nothing could be written"
            assert acts.change_since(before) == {}
    else:
        with no_space_beyond(0, server):
            assert not tally.send(act), f"{act.name}: was acknowledged though nothing could be written"
        connection.close()
        server.end_at_once()  # it cannot recover either: it has ended itself, and is begun again when there is room
        server.launch()
    tally.faults += 1
    tally.send_until_acknowledged(act)
    tally.look(site, [act], before, whole)


def server_of_the_site():
    return postgres.servers[os.environ["DATABASE_URL"]]


TABLE = 16 * 2**20  # bytes, as large as a file of the log: with this limit the log can be written, and large tables not


@contextmanager
def full_pages(site):
    """The file of notifications is that large and has no room: the next row needs another page.

    It is filled with rows of a transaction that does not end meanwhile: nobody sees them or takes their place. A small
    row fills what is left of each page; at last one begins a page, and a large one fills that.
    """
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_notification SET (toast_tuple_target = 8160)")  # a row may fill a page
        cursor.execute("VACUUM FULL accounts_notification")  # now it knows of no page with room
    cut_connections()  # ... and they know of none either
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no lock on the person of the rows
        cursor.execute("BEGIN")
        fill(cursor, 250_000)
        size = size_of_notifications(cursor)
        assert size > TABLE
        while size_of_notifications(cursor) == size:
            fill(cursor, 1)
        fill(cursor, 1, text=7850)
    site.wait_until_it_answers("/readyz")
    yield
    other.close()


def fill(cursor, rows, text=0):
    cursor.execute(
        "INSERT INTO accounts_notification (user_id, source, template, topic, path, context, created_at,"
        " mail_attempts, mail_error) SELECT user_id, gen_random_uuid(), '', '', '',"
        " jsonb_build_object('', repeat('x', %s)), created_at, 0, ''"
        " FROM (SELECT * FROM accounts_notification LIMIT 1) AS one, generate_series(1, %s)",
        [text, rows],
    )


def size_of_notifications(cursor):
    cursor.execute("SELECT pg_relation_size('accounts_notification')")
    return cursor.fetchone()[0]


def cut_connections():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def no_space_beyond(size, server):
    """No process of the database can make any file larger than this, nor can one that begins meanwhile."""
    limit_files(server, size)
    yield
    if server.process.poll() is None:
        limit_files(server, "unlimited")


def limit_files(server, size):
    """Root may not do this to the processes of another user everywhere; that user himself may."""
    parent = server.process.pid
    for pid in [parent, *children_of(parent)]:  # the parent first: what it begins from now on has the limit from it
        command = ["prlimit", f"--pid={pid}", f"--fsize={size}:unlimited"]
        done = subprocess.run(command, user=server.user, cwd="/", stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0 or "No such process" in done.stderr, done.stderr  # it has ended by itself


def children_of(pid):
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:  # it has ended
        return []


def run(rounds):
    return [*restart(rounds), *lost_commit(rounds), *full_disk(rounds)]
