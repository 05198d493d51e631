"""kill -9 of the web process and of the worker, at every step of what people do (tests.faults.acts).

Every act goes through the real pages. The process dies at exactly that step; another takes its place, the form is sent
again as a browser does, and a worker does what waits. Then whatever was answered is there, whatever was not is whole or
not there at all, nothing is there twice, and everybody was told.
"""

import json
import random
import signal
import time
from dataclasses import dataclass, field

from tests.faults import acts
from tests.faults.browser import Unanswered
from tests.faults.site import Site
from tests.worker import empty_queue

SECONDS = 420  # what `make faults` gives the rounds


@dataclass
class Tally:
    """What was found over all rounds."""

    web: int = 0
    worker: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    halves: int = 0
    undelivered: int = 0
    repeated: int = 0  # mails that were in flight when the worker was killed, at most one a kill
    broken: list = field(default_factory=list)
    steps: dict = field(default_factory=dict)  # (act, process): the names of its steps

    def rows(self):
        return [
            *((f"steps of {act} in the {process}", len(names), None) for (act, process), names in self.steps.items()),
            ("web processes killed", self.web, None),
            ("workers killed", self.worker, None),
            ("acts acknowledged", self.acknowledged, None),
            ("acts lost", self.lost, 0),
            ("acts half there", self.halves, 0),
            ("acts doubled", self.doubled, 0),
            ("notifications undelivered", self.undelivered, 0),
            ("mails repeated that were not in flight", max(0, self.repeated - self.worker), 0),
            ("mails in flight repeated", self.repeated, None),
            ("invariants broken", len(self.broken), 0),
        ]


class Killing:
    """One site and its people; kills one process a call."""

    def __init__(self, site, tally):
        self.site, self.tally = site, tally
        self.people = acts.People(site.port)
        self.whole = {}  # act: what its rows are when nothing is killed

    def learn(self, make):
        """Do the act once in peace: gives its steps in the web process and in the worker."""
        act = make(self.people)
        empty_queue()
        acts.forget_counts()
        before = acts.census()
        answer = act.send(**{"X-Die-At": "0"})
        assert answer.status == 302, f"{act.name}: {answer.status}"
        assert act.is_done(), f"{act.name}: was answered, but nothing was done"
        self.whole[make] = acts.change_since(before)
        code, of_worker = self.site.work()
        assert code == 0
        self.tally.steps[act.name, "web process"] = json.loads(answer.headers["X-Steps"])
        self.tally.steps[act.name, "worker"] = of_worker
        return self.tally.steps[act.name, "web process"], of_worker

    def web_process(self, make, step):
        act = make(self.people)
        empty_queue()  # a job that waits would spare the act its own
        before = acts.census()
        try:
            act.send(**{"X-Die-At": str(step)})
        except Unanswered:
            self.tally.web += 1
        else:
            raise AssertionError(f"{act.name}: step {step} did not kill the web process")
        self.tally.halves += acts.change_since(before) not in ({}, self.whole[make])
        self._acknowledge(act, make, before)

    def worker(self, make, steps):
        """An act, and a worker killed at each of these steps of telling it; where all was told by then, another act."""
        code = 0
        for step in steps:
            code = code and self.site.work(die_at=step)[0]
            if code == 0:
                act = make(self.people)
                acts.forget_counts()
                before = acts.census()
                self._acknowledge(act, make, before)
                code = self.site.work(die_at=step)[0]
            assert code == -signal.SIGKILL, f"step {step} did not kill the worker"
            self.tally.worker += 1
            acts.later()

    def _acknowledge(self, act, make, before):
        """Send the form, for the first time or again: from then on the act is there, whole and once."""
        answer = act.send()
        assert answer.status == 302, f"{act.name}: {answer.status}"
        self.tally.acknowledged += 1
        change = acts.change_since(before)
        if not act.is_done():
            self.tally.lost += 1
        elif change != self.whole[make]:
            self.tally.doubled += 1

    def look(self):
        """All are told by now, and everything agrees."""
        acts.deliver_all(self.site)
        self.tally.undelivered += acts.undelivered(self.site)
        self.tally.broken += acts.broken()


def run(rounds):
    """As many rounds, up to `rounds`, as SECONDS allow: each kills a process at every step of every act once."""
    tally, until, done = Tally(), time.monotonic() + SECONDS, 0
    with Site().start() as site:
        while done < rounds and (time.monotonic() < until or not done):
            acts.clear()
            killing = Killing(site, tally)
            for make in random.sample(acts.ACTS, k=len(acts.ACTS)):
                of_web, of_worker = killing.learn(make)
                for step in range(1, len(of_web) + 1):
                    killing.web_process(make, step)
                    killing.look()
                killing.worker(make, range(1, len(of_worker) + 1))
                killing.look()
            tally.repeated += acts.mails_twice(site)
            site.mails.unlink()
            done += 1
    return [("rounds", done, None), *tally.rows()]
