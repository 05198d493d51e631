"""Measures a running demo: `make audit` calls it. Prints each number with its limit; fails when one is missed.

    python -m audit SITE FOLDER [walk] [html] [lighthouse]

The demo's environment is set (scripts/audit.sh does), so that pages and people are read from its own database.
"""

import json
import logging
import os
import re
import statistics
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import django
from django.urls import reverse

HERE = Path(__file__).parent
RUNS = 5
LIGHTHOUSE = {"performance": 98, "accessibility": 100, "best practices": 100}
KILOBYTE = 1000
# The checker knows `blocking` of style sheets; the HTML standard has it for rel="expect" as well.
OUTDATED_RULE = ".*“link” element with a “blocking” attribute must have a “rel” attribute whose value is “stylesheet”.*"
SHOWN = int(os.environ.get("SHOWN", "12"))  # faults of a kind that are listed


def main(site, folder, *only):
    django.setup()
    logging.disable(logging.CRITICAL)  # what pages refuse is no news here
    from audit import pages, readers

    parts = only or ("walk", "html", "lighthouse")
    clients = readers.clients()
    cookies = {name: readers.cookie_of(client) for name, client in clients.items()}
    report = Report()
    if {"walk", "html"} & set(parts):
        found, complaints = pages.find_pages(clients)
        if wanted := os.environ.get("PAGES"):
            found = [page for page in found if re.search(wanted, f"{page.name} {page}")]
        report.add("pages that were not reached", len(complaints), 0, [(words, "") for words in complaints])
        walked(report, found, site, cookies, Path(folder))
    if "html" in parts:
        checked(report, Path(folder))
    if "lighthouse" in parts:
        scored(report, clients, site, cookies)
    return report.finish()


def walked(report, found, site, cookies, folder):
    """Two browsers share the pages, as there are two cores."""
    from audit.walk import SIZES, walk

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    shares = [found[start::2] for start in range(2)]
    job = partial(walk, site=site, cookies=cookies, chromium=os.environ["CHROMIUM"], html=folder)
    with ProcessPoolExecutor(2, initializer=django.setup) as pool:
        seen = [one for share in pool.map(job, shares) for one in share]
    report.note(f"{len(seen)} pages, each at {' and '.join(SIZES)} width, light and dark")
    faults = defaultdict(list)
    for one in seen:
        for kind, words in one.faults:
            faults[kind].append((words, one.page))
    for kind, title in {
        "errors": "pages that answer otherwise than they should",
        "axe": "axe: violations of WCAG 2.2 A and AA",
        "console": "console errors, failed and external requests",
        "keyboard": "faults by keyboard alone",
        "scripts": "faults without JavaScript",
    }.items():
        report.add(title, len(faults[kind]), 0, faults[kind])
    ours = [one for one in seen if one.is_ours]
    most = max(seen, key=lambda one: one.shift)
    report.add("layout shift (CLS), at most", round(most.shift, 4), 0, faults["shift"])
    for title, size, limit in (
        ("CSS and JS of a first visit, kB, at most", lambda one: one.asset_bytes, 100),
        ("HTML of a page, kB, at most", lambda one: one.html_bytes, 60),
    ):
        heavy = [(f"{size(one) / KILOBYTE:.1f} kB", one.page) for one in ours if size(one) >= limit * KILOBYTE]
        most = max((size(one) for one in ours), default=0)
        report.add(title, round(most / KILOBYTE, 1), f"< {limit}", sorted(heavy, reverse=True), ok=not heavy)


def checked(report, folder):
    jar = HERE / "node_modules/vnu-jar/build/dist/vnu.jar"
    files = sorted(folder.glob("*.html"))
    how = ["--errors-only", "--exit-zero-always", "--format", "json", "--filterpattern", OUTDATED_RULE]
    command = ["java", "-jar", jar, *how, *files]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    errors = [
        (error["message"], f"{Path(error['url']).stem}, line {error.get('lastLine')}")
        for error in json.loads(said.stderr)["messages"]
    ]
    report.add(f"Nu HTML checker: errors in {len(files)} pages", len(errors), 0, errors)


def scored(report, clients, site, cookies):
    cookie_of = {name: "=".join(cookie) for name, cookie in cookies.items() if cookie}
    pages = [
        {"name": name, "url": site + path, "cookie": cookie_of.get(reader, "")}
        for name, path, reader in lighthouse_pages(clients)
    ]
    command = ["node", str(HERE / "lighthouse.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write(json.dumps({"runs": int(os.environ.get("RUNS", RUNS)), "pages": pages}))
        process.stdin.close()
        for line in process.stdout:
            result = json.loads(line)
            for (category, least), scores in zip(LIGHTHOUSE.items(), zip(*result["scores"], strict=True), strict=True):
                median = statistics.median(scores)
                faults = [("; ".join(result["faults"]), ", ".join(map(str, scores)))]
                report.add(
                    f"Lighthouse, {result['name']}: {category}", median, f">= {least}", faults, ok=median >= least
                )
    if process.returncode:
        report.add("Lighthouse did not run", 1, 0)


def lighthouse_pages(clients):
    from requests_app.models import PartnerRequest

    shown = PartnerRequest.objects.filter(shop__members__user__email="seller@example.com", headline="connected")
    yield "landing", reverse("home"), "anonymous"
    yield "directory", reverse("partners:directory"), "anonymous"
    yield "form", reverse("seller:request_new"), "seller"
    yield "My Requests", reverse("seller:my_requests"), "seller"
    yield "details", shown.order_by("pk").first().get_absolute_url(), "seller"
    yield "inbox", reverse("portal:inbox"), "partner"


class Report:
    def __init__(self):
        self.missed = []
        print(f"{'number':<60}{'measured':>10}{'wanted':>9}")

    def note(self, words):
        print(f"-- {words}")

    def add(self, title, measured, wanted, faults=(), *, ok=None):
        ok = measured == wanted if ok is None else ok
        print(f"{title:<60}{measured:>10}{wanted:>9}  {'ok' if ok else 'MISSED'}", flush=True)
        if not ok:
            self.missed.append(title)
            places = defaultdict(list)
            for words, place in faults:
                places[words].append(place)
            for words, found in list(places.items())[:SHOWN]:
                print(f"    {words}  [{len(found)}: {', '.join(found[:3])}]")
            if len(places) > SHOWN:
                print(f"    … and {len(places) - SHOWN} others")

    def finish(self):
        if self.missed:
            print(f"\n{len(self.missed)} of the numbers were missed.")
        else:
            print("\nAll numbers hold.")
        return bool(self.missed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
