"""People who go through the main story over and over, each by themselves, while the site changes under them."""

import threading
import time
import uuid
from dataclasses import dataclass, field
from types import SimpleNamespace

import psycopg
from django.urls import reverse

from requests_app.authorisations import AccessLevel, Area
from tests.faults.browser import Browser, Unanswered

PAUSE = 0.05  # seconds between two requests of one person
LONGEST = 60  # seconds that an answer may take: processes that have just begun load their code first
VERBS = ("submit", "accept", "open", "connect", "close")
DONE = {"open": 200}
REFERENCES = """
    SELECT r.reference, s.reference FROM requests_app_partnerrequest r
    JOIN requests_app_share s ON s.request_id = r.id WHERE r.form_token = %s
"""


@dataclass
class Tally:
    requests: int = 0
    failed: list = field(default_factory=list)  # (what, answer)
    acts: dict = field(default_factory=dict)  # verb: those that were acknowledged
    stories: list = field(default_factory=list)  # form tokens of those that came to their end
    longest: float = 0.0  # seconds that one request took
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, seconds, failed=None, verb=None):
        """Count one request: what failed of it, or which act it was the acknowledgement of."""
        with self.lock:
            self.requests += 1
            self.longest = max(self.longest, seconds)
            if failed:
                self.failed.append(failed)
            elif verb:
                self.acts[verb] = self.acts.get(verb, 0) + 1


class Person(threading.Thread):
    """A pair of seller and partner. Ends by itself after the story in hand, once `stop` is set."""

    def __init__(self, port, database, pair, tally, stop):
        super().__init__(daemon=True)
        self.database, self.pair, self.tally, self.stop = database, pair, tally, stop
        self.seller, self.partner = (
            Browser(port, timeout=LONGEST).sign_in(SimpleNamespace(email=pair[side])) for side in ("seller", "partner")
        )

    def run(self):
        with psycopg.connect(**self.database, autocommit=True) as connection:
            while not self.stop.is_set():
                self.story(connection)

    def story(self, connection):
        token = str(uuid.uuid4())
        form = self.form(self.seller, reverse("seller:request_new"), having="form_token")
        details = {"company_size": "11-50", "platform_gmv": "48000", "budget": "2000", "request_type": "choose"}
        chosen = {"category": self.pair["category"], "partners": [str(self.pair["agency"])], "form_token": token}
        if form is None or not self.post("submit", self.seller, reverse("seller:request_new"), form | details | chosen):
            return
        request, share = connection.execute(REFERENCES, [token]).fetchone()
        self.get(self.partner, reverse("portal:inbox"))
        self.act("accept", self.partner, reverse("portal:accept", args=[share]), having="version")
        self.act("open", self.partner, reverse("portal:share", args=[share]), reverse("portal:contact", args=[share]))
        grant = {"terms": "on", f"area_{Area.values[0]}": AccessLevel.values[0]}
        self.act(
            "connect", self.seller, reverse("seller:share_authorise", args=[request, share]), having="days", **grant
        )
        self.get(self.seller, reverse("seller:my_requests"))
        if self.act("close", self.seller, reverse("seller:request_close", args=[request])):
            self.tally.stories.append(token)

    def act(self, verb, browser, page, path=None, having="csrfmiddlewaretoken", **values):
        form = self.form(browser, page, having)
        return form is not None and self.post(verb, browser, path or page, form | values)

    def post(self, verb, browser, path, data):
        """Return whether the act was acknowledged: by leading on, and the contact details by showing them."""
        return self.asked(lambda: browser.post(path, data | {"anyway": "on"}), verb, DONE.get(verb, 302)) is not None

    def form(self, browser, path, having):
        return self.asked(lambda: browser.form(path, having=having), f"form of {path}")

    def get(self, browser, path):
        return self.asked(lambda: browser.get(path), f"page {path}")

    def asked(self, ask, what, wanted=200):
        """Ask, and note how it went; return the answer, or None where there was none or another than wanted."""
        time.sleep(PAUSE)
        begun, answer, failed = time.monotonic(), None, None
        try:
            answer = ask()
        except (Unanswered, AssertionError, StopIteration) as error:
            failed = (what, repr(error))
        if getattr(answer, "status", wanted) != wanted:
            failed, answer = (what, answer.status), None
        self.tally.add(seconds=time.monotonic() - begun, failed=failed, verb=what if what in VERBS else None)
        return answer


class Traffic:
    """So many pairs at once, within the block."""

    def __init__(self, port, database, pairs):
        self.tally, self.stop = Tally(), threading.Event()
        self.people = [Person(port, database, pair, self.tally, self.stop) for pair in pairs]

    def __enter__(self):
        for person in self.people:
            person.start()
        return self

    def __exit__(self, *_raised):
        self.stop.set()
        for person in self.people:
            person.join(60)

    def mark(self):
        """How many requests there were, and how many of them failed."""
        return self.tally.requests, len(self.tally.failed)
