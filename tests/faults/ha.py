"""Two web servers and two workers behind nginx, PgBouncer, a primary and its synchronous standby, one of which ends.

Under load the primary is killed, the standby promoted, PgBouncer led to it, and the old one rejoined by pg_rewind; then
the standby is killed and comes back while pages are read from it.
"""

import random
import threading
import time
from contextlib import ExitStack
from tempfile import TemporaryDirectory

from django.db import connection

from accounts import clock, outbox
from accounts.models import Notification
from partners import services as partner_services
from requests_app.integrity import backups
from requests_app.teams import services as teams
from tests import nginx
from tests.factories import UserFactory, add_to_partner
from tests.faults import acts, cluster
from tests.faults.browser import Browser
from tests.faults.database import Tally, rounds_within, together
from tests.faults.outage import Watch
from tests.faults.site import Site

SECONDS = 150  # in `make faults`, for the rounds
ACTS, PEOPLE = 40, 4  # in each round, before, amid and after
NOTICED = 1.0  # seconds until the operator acts
AWAY = 4.0  # seconds that the standby is away
PATIENCE = 90  # seconds until all is told
LISTS = 20  # pages, each of either web server
WEB = WORKERS = 2


class Machines:
    """All of them, from the dump of a site; ends with the block."""

    def __init__(self, dump):
        self.dump, self.stack = dump, ExitStack()

    def __enter__(self):
        self.primary = cluster.Node("one")
        self.lead_here()
        backups.restore(self.dump)
        self.standby = cluster.Node("two", source=self.primary)
        self.primary.wait_for_standbys("*")
        self.bouncer = self.stack.enter_context(cluster.Bouncer(self.primary))
        nodes = [self.primary, self.standby]
        ways = {
            "QUEUE_DATABASE_URL": cluster.hosts(nodes, "read-write"),
            "REPLICA_URL": cluster.hosts(nodes, "standby"),
        }
        self.sites = [self.stack.enter_context(Site(database_url=self.bouncer.url, **ways)) for _node in range(WEB)]
        self.site = self.sites[0]
        for site in self.sites:
            site.environment["MAIL_OPTIONS"] = self.site.environment["MAIL_OPTIONS"]  # one box
            site.start()
        self.workers = [self.site.run("manage.py", "procrastinate", "worker") for _worker in range(WORKERS)]
        self.stack.callback(self._end_workers)
        self.port = self.stack.enter_context(nginx.Nginx(*(site.port for site in self.sites))).port
        return self

    def __exit__(self, *raised):
        self.stack.__exit__(*raised)
        for node in (self.primary, self.standby):
            node.end_at_once()

    def _end_workers(self):
        for worker in self.workers:
            worker.kill()
            worker.wait(10)

    def lead_here(self):
        """Have Django's connection in this process lead to the primary itself."""
        backups.lead_to(HOST="127.0.0.1", PORT=str(self.primary.port), NAME=cluster.NAME)

    def fail_over(self):
        """What docs/high-availability.md has the operator do."""
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        self.bouncer.lead_to(self.primary)
        self.lead_here()

    def rejoin(self):
        self.standby.rejoin(self.primary)
        self.primary.wait_for_standbys("*")


class Count(Tally):
    """... and when acts were answered, and which pages came from the replica."""

    def __init__(self):
        super().__init__()
        self.answered, self.first, self.worked, self.rejoined = [], [], [], []
        self.pages = self.excused = self.wrong = self.from_replica = self.repeated = self.amid_outage = 0
        self.latest = 0.0

    def send(self, act):
        done = super().send(act)
        if done:
            self.answered.append(time.monotonic())
        return done

    def add(self, watch):
        self.pages += len(watch.pages)
        self.excused += watch.excused
        self.from_replica += watch.from_replica
        self.wrong += len(watch.wrong)
        self.latest = max(self.latest, *watch.pages)

    def page_rows(self, what):
        return [
            (f"{what}: pages read meanwhile", self.pages, None),
            (f"{what}: ... of which from the replica", self.from_replica, None),
            (f"{what}: ... of which our 503", self.excused, None),
            (f"{what}: slowest page (ms)", round(1000 * self.latest), None),
            (f"{what}: neither a page nor our 503", self.wrong, 0),
        ]


def at_once(tally, several, people=PEOPLE):
    """Start people who send these acts by turns, each until it is acknowledged; return their threads."""
    waiting = list(several)

    def person():
        while waiting:
            try:
                act = waiting.pop()
            except IndexError:
                return
            tally.send_until_acknowledged(act)
            time.sleep(random.uniform(0, 0.4))

    threads = [threading.Thread(target=person) for _person in range(people)]
    for thread in threads:
        thread.start()
    return threads


def people_of(machines):
    """People of a site that holds nobody else, and what each act changes."""
    acts.clear()
    people, whole = acts.People(machines.port), {}
    for make in acts.ACTS:
        act = make(people)
        before = acts.census()
        assert act.send().status == 302
        whole[make] = acts.change_since(before)
    tell_all()
    return people, whole


def about_to_act(machines):
    """Give acts of people that can be sent, what stood before, what each act changes, and who reads pages meanwhile."""
    people, whole = people_of(machines)
    several = [random.choice(acts.ACTS)(people) for _act in range(ACTS)]
    before = acts.census()
    connection.close()
    return several, before, whole, Watch(machines.port, people.seller)


def primary_ends(machines, tally):
    several, before, whole, watch = about_to_act(machines)
    with watch.watching():
        threads = at_once(tally, several)
        time.sleep(random.uniform(0.5, 1.5))
        machines.primary.kill()
        time.sleep(NOTICED)
        machines.fail_over()
        promoted = time.monotonic()
        partner_services.redo_bands.enqueue(["GBP"])
        tally.worked.append(seconds_until("redo_bands") - promoted)
        for thread in threads:
            thread.join()
    tally.first.append(min(at for at in tally.answered if at > promoted) - promoted)
    tally.faults += 1
    tally.add(watch)
    begun = time.monotonic()
    machines.rejoin()
    tally.rejoined.append(time.monotonic() - begun)
    look(machines, tally, several, before, whole)


def standby_ends(machines, tally):
    """Acts wait for the standby until the operator takes it off; pages do not."""
    several, before, whole, watch = about_to_act(machines)
    with watch.watching():
        threads = at_once(tally, several)
        time.sleep(1)
        machines.standby.kill()
        time.sleep(NOTICED)
        machines.primary.wait_for_standbys("")
        time.sleep(AWAY)
        machines.standby.launch()
        machines.primary.wait_for_standbys("*")
        for thread in threads:
            thread.join()
    tally.faults += 1
    tally.add(watch)
    look(machines, tally, several, before, whole)


def stale_lists(machines):
    """A member leaves a partner while the standby stands still: give rows of what they read before and after."""
    acts.clear()
    people = acts.People(machines.port)
    partner, reference = people.partners[0], people.request().shares.get().reference
    member = add_to_partner(partner, UserFactory(), "reviewer")
    browser = Browser(machines.port).sign_in(member)
    before = [browser.get("/portal/") for _page in range(LISTS)]
    machines.standby.hold_still()
    teams.leave(kind="partner", of_id=partner.pk, by=member)
    after = [browser.get("/portal/") for _page in range(LISTS)]
    held = machines.standby.ask(f"SELECT count(*) FROM partners_partnermember WHERE user_id = {member.pk}")
    machines.standby.ask("SELECT pg_wal_replay_resume()")
    return [
        ("lists that a member read", sum(reference in page.body for page in before), LISTS),
        ("... of which from the standby", sum("X-From-Replica" in page.headers for page in before), None),
        ("memberships that a standby at a standstill still has", held, 1),
        ("lists that the former member read then", sum(reference in page.body for page in after), 0),
    ]


def look(machines, tally, done, before, whole):
    """All of these acts are there, whole and once; all are told; everything agrees."""
    tally.lost += sum(not act.is_done() for act in done)
    tally.doubled += acts.change_since(before) != together(whole[type(act)] for act in done)
    tell_all()
    tally.undelivered += acts.undelivered(machines.site)
    tally.broken += acts.broken()


def seconds_until(task):
    """Return when the workers have done all that is queued of a task."""
    until = time.monotonic() + PATIENCE
    while jobs_of(task):
        assert time.monotonic() < until, f"no worker does {task}"
        time.sleep(0.05)
    return time.monotonic()


def jobs_of(task):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND args->>'path' LIKE %s",
            [f"%.{task}"],
        )
        return cursor.fetchone()[0]


def tell_all():
    """A day later: the workers have done what was queued, and mails that were in flight or beyond a limit are due."""
    until = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:  # workers that lost the database have begun anew, under new numbers
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'"
            " WHERE last_heartbeat < now() - interval '11 seconds'"
        )
    untold = Notification.objects.filter(mailed_at=None)
    while acts.jobs_left() or untold.exists():
        assert time.monotonic() < until, "the workers do not tell what is to be told"
        if not jobs_of("deliver"):
            acts.forget_counts()
            untold.update(sending_until=None, next_mail_at=clock.now())
            outbox.deliver.enqueue()
        time.sleep(0.2)


def run(rounds):
    for missing, program in ((nginx.MISSING, nginx.PROGRAM), (cluster.MISSING, cluster.PROGRAM)):
        if program is None:
            return [(missing, 1, 0)]
    own = {name: connection.settings_dict[name] for name in ("HOST", "PORT", "NAME")}
    tally, of_standby = Count(), Count()
    with TemporaryDirectory() as folder:
        dump, _content = backups.backup(folder)
        try:
            with Machines(dump) as machines:
                for _round in rounds_within(rounds, SECONDS):
                    primary_ends(machines, tally)
                standby_ends(machines, of_standby)
                of_lists = stale_lists(machines)
                ended = sum(worker.poll() is not None for worker in machines.workers)
                repeated = acts.mails_twice(machines.site)
        finally:
            backups.lead_to(**own)
    return [
        *tally.rows("primaries killed, the other promoted, the old one rejoined"),
        ("first act answered after the promotion, median (ms)", middle(tally.first), None),
        ("... and at most (ms)", round(1000 * max(tally.first)), None),
        ("first job done after the promotion, at most (ms)", round(1000 * max(tally.worked)), None),
        ("old primary rejoined within, at most (ms)", round(1000 * max(tally.rejoined)), None),
        *tally.page_rows("primary"),
        *of_standby.rows("standbys killed, and back"),
        *of_standby.page_rows("standby"),
        *of_lists,
        ("workers that ended", ended, 0),
        ("mails in flight repeated", repeated, None),
        ("mails repeated beyond one a worker and promotion", max(0, repeated - WORKERS * tally.faults), 0),
    ]


def middle(seconds):
    return round(1000 * sorted(seconds)[len(seconds) // 2])
