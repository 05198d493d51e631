"""One kill -9 at each step; `make faults` does many rounds of it."""

import pytest

from tests.faults import acts
from tests.faults.kills import Killing, Tally
from tests.faults.site import Site
from tests.worker import empty_queue

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_processes_killed_at_each_step_of_submit_accept_and_close_lose_nothing_and_do_nothing_twice():
    empty_queue()
    tally = Tally()
    with Site().start() as site:
        killing = Killing(site, tally)
        for make in acts.ACTS:
            of_web, of_worker = killing.learn(make)
            for step in range(1, len(of_web) + 1):
                killing.web_process(make, step)
            if make is acts.Accept:  # the worker tells each act in the same steps
                killing.worker(make, range(1, len(of_worker) + 1))
            killing.look()
        tally.repeated = acts.mails_twice(site)

    assert (tally.web, tally.worker) == (36, 16)
    assert [(label, found) for label, found, wanted in tally.rows() if wanted not in (None, found)] == []
    steps = tally.steps["submit", "web process"]
    assert {"INSERT accounts_notification", "queue the mails", "before COMMIT", "after COMMIT"} <= set(steps)
