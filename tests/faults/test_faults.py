"""One of each of what `make faults` does many times."""

import socket

import pytest
from django.db import connection

from tests import nginx
from tests.faults import acts
from tests.faults.browser import Browser
from tests.faults.database import Tally, cut_connections, lose_commit, people_of
from tests.faults.kills import Killing
from tests.faults.kills import Tally as TallyOfKills
from tests.faults.proxy import Proxy
from tests.faults.site import Site
from tests.faults.slow import answered_beside
from tests.worker import empty_queue

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("many_with_one_partner")]


@pytest.fixture(scope="module")
def proxy(django_db_setup):
    with Proxy(connection.settings_dict) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def site(proxy):
    with Site(database_url=proxy.url).start() as site:
        yield site


def not_as_wanted(rows):
    return [(label, found) for label, found, wanted in rows if wanted not in (None, found)]


@pytest.mark.django_db(transaction=True)
def test_processes_killed_at_each_step_of_an_act_lose_nothing_and_do_nothing_twice(site):
    empty_queue()
    tally = TallyOfKills()
    killing = Killing(site, tally)

    for make in acts.ACTS:
        of_web, of_worker = killing.learn(make)
        for step in range(1, len(of_web) + 1):
            killing.web_process(make, step)
        if make is acts.Accept:  # the worker tells each act in the same steps
            killing.worker(make, range(1, len(of_worker) + 1))
        killing.look()
    tally.repeated = acts.mails_twice(site)

    assert (tally.web, tally.worker) == (69, 15)
    assert not_as_wanted(tally.rows()) == []
    steps = tally.steps["submit", "web process"]
    assert {"INSERT accounts_notification", "queue the mails", "before COMMIT", "after COMMIT"} <= set(steps)


@pytest.mark.django_db(transaction=True)
def test_database_that_goes_away_is_found_again_and_keeps_each_act_once(site, proxy):
    tally = Tally()
    with people_of(site) as (people, whole):
        for act, moment in ((acts.Submit(people), "before"), (acts.Submit(people), "after")):
            lose_commit(tally, proxy, site, act, whole, moment)
        cut_connections()

        answer = people.seller.get("/requests/")

    assert answer.status == 200  # the pool gave none of the connections that were cut
    assert (tally.apologies, tally.acknowledged) == (2, 2)
    assert not_as_wanted(tally.rows("")) == []


@pytest.mark.django_db
def test_everybody_is_answered_beside_slow_clients(site):
    with nginx.Nginx(site.port) as proxy:
        times = answered_beside(proxy.port, seconds=0.5, clients=30)

    assert max(times) < 4  # who waits for a thread that waits for one of them waits longer


@pytest.mark.django_db
@pytest.mark.parametrize(("size", "status"), [(200_000, 200), (1_100_000, 413), (2_000_000, 413)])
def test_request_that_comes_in_many_pieces_is_answered(size, status, site):
    with nginx.Nginx(site.port) as proxy:
        browser = Browser(proxy.port)
        form = browser.form("/accounts/login/", having="login")

        answer = browser.post("/accounts/login/", form | {"login": "nobody@example.com", "password": "x" * size})

    assert answer.status == status


@pytest.mark.django_db
def test_who_waits_for_a_word_before_the_body_gets_it_from_the_web_server_alone_too(site):
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")

        assert client.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
