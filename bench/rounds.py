"""Measures pages: the product and the floor in turns, so that what else the machine does meets both."""

import json
import os
import re
import subprocess
import sys
import uuid
from contextlib import contextmanager

from bench import lines
from bench.clients import served, waits, waits_beside

ROUNDS = 3
SEARCHING = 12  # people at once
SUBMITS = 8  # requests submitted in each way
PRODUCT, FLOOR = "shoppartners.settings", "bench.floor.settings"
TIMEOUT = "PGOPTIONS"  # of libpq, so that it holds for both sides


class Side:
    """A process of bench.probe."""

    def __init__(self, settings):
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": settings, TIMEOUT: "-c statement_timeout=60s"}
        environment["DB_POOL_MAX"] = "1"  # the server's process that answers a page is the one whose CPU is read
        command, pipe = [sys.executable, "-m", "bench.probe"], subprocess.PIPE
        self.process = subprocess.Popen(command, env=environment, text=True, stdin=pipe, stdout=pipe)

    def ask(self, **asked):
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("The measuring process ended: see what it wrote above.")
        return json.loads(answer)

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def sides():
    product, floor = Side(PRODUCT), Side(FLOOR)
    try:
        yield product, floor
    finally:
        product.end()
        floor.end()


def measure(report, keys):
    """Add a line for each page."""
    wanted = os.environ.get("PAGES", "")
    with sides() as (product, floor):
        for page in [*lines.pages(keys), *_submits()]:
            if not re.search(wanted, page.name):
                continue
            report.add(page.name, *_one(page, product, floor))


def latency(report, keys):
    """Add to the lines of some pages what readers wait for, over HTTP."""
    pages = [page for page in lines.pages(keys) if page.over_http]
    with (
        sides() as (product, floor),
        served("shoppartners.wsgi", PRODUCT) as port,
        served("bench.floor.wsgi", FLOOR) as other,
    ):
        for page in pages:
            for name, side, at in ((page.name, product, port), (f"{page.name}: floor", floor, other)):
                cookie = side.ask(**page.asked(), only_session=True)["cookie"]
                numbers = {}
                for clients in (1, 8):
                    numbers[f"p50 at {clients}"], numbers[f"p95 at {clients}"] = waits(at, page.path, cookie, clients)
                if None in numbers.values():
                    numbers = {"failed": "no answer"}
                report.add(f"{name}, over HTTP", numbers, {})


def crowd(report, keys):
    """Add what a reader of the landing page waits for, alone and while a dozen others search at once."""
    search, heavy = f"/portal/?q={lines.RARE_WORD}", keys.shops + lines.HEAVY_PARTNER
    product = Side(PRODUCT)
    try:
        cookie = product.ask(path=search, user=heavy, only_session=True)["cookie"]
        with served("shoppartners.wsgi", PRODUCT) as port:
            waits(port, "/", "", 1)  # to read templates
            alone = waits(port, "/", "", 1)
            beside = waits_beside(port, "/", search, cookie, SEARCHING)
    finally:
        product.end()
    for name, (middle, most) in (("alone", alone), ("twelve searches of a rare word at once", beside)):
        numbers = {"p50 at 1": middle, "p95 at 1": most} if most else {"failed": "no answer"}
        bars = {} if name == "alone" else {"p95 at 1": 500}
        report.add(f"{name}: the landing page waits", numbers, bars)


def _one(page, product, floor):
    asked = page.asked()
    if "{share}" in str(page.path):
        asked["path"] = page.path.format(share=_a_reference())
    ours, theirs = [], []
    for _round in range(1 if page.form else ROUNDS):
        ours.append(product.ask(**asked))
        if ours[-1]["status"] != (302 if page.form else 200):
            said = "over 60 s" if ours[-1]["status"] >= 500 else f"answers {ours[-1]['status']}"
            return {"failed": said}, page.bars
        if page.floor:
            theirs.append(floor.ask(**asked))
            if theirs[-1]["status"] != 200:
                return {"failed": f"the floor answers {theirs[-1]['status']}"}, page.bars
    numbers = _middle(ours)
    if theirs:
        numbers["ratio"] = numbers["cpu"] / _middle(theirs)["cpu"]
    if not page.form:  # what a reading writes is its session's
        numbers = {name: value for name, value in numbers.items() if name not in ("wal", "commits")}
    return numbers, page.bars if page.form else page.bars | lines.MOST_HTML


def _middle(rounds):
    for each in rounds:
        each["cpu"] = each["app"] + each["database"]
    return {
        name: sorted(each[name] for each in rounds)[len(rounds) // 2]
        for name in rounds[0]
        if name not in ("status", "calls")
    }


def _a_reference():
    from requests_app.models import Share

    return Share.objects.order_by("-pk").values_list("reference", flat=True)[0]


def _submits():
    from partners.models import Category, Partner
    from requests_app.models import Shop

    shop = Shop.objects.get(pk=lines.USUAL_SHOP)
    free = Partner.objects.available().filter(markets=shop.market_id).order_by("pk")
    picks = list(free.values_list("pk", flat=True)[: 3 * SUBMITS])
    category = Category.objects.filter(active=True).order_by("pk").values_list("pk", flat=True)[0]
    groups = [picks[place::SUBMITS] for place in range(SUBMITS)]  # each asks others: nobody gets fully booked
    return lines.submits(category, groups, [str(uuid.uuid4()) for _ in range(2 * SUBMITS)])
