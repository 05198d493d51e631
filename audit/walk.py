"""Opens every page as a reader would, in two sizes, in both schemes, without scripts, and by keyboard alone."""

import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Error, sync_playwright

from audit.pages import SENT_EMPTY

HERE = Path(__file__).parent
FOLDED, WIDE = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
SIZES = {"phone": FOLDED, "desktop": WIDE}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
LAUNCH = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SETTLED = 250  # ms after the page is loaded
MOST_TABS = 600
NAMED = re.compile(r"passkey|webauthn", re.IGNORECASE)  # what may need scripts


@dataclass
class Seen:
    """What was found on one page. Each fault is (number it counts for, words)."""

    page: str
    is_ours: bool
    faults: list = field(default_factory=list)
    html_bytes: int = 0
    asset_bytes: int = 0  # transferred, of styles and scripts, with an empty cache
    shift: float = 0.0


def walk(pages, *, site, cookies, chromium, html):
    """Give a Seen for each page; what the site sends is kept in the folder `html` for the HTML checker."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=LAUNCH)
        try:
            return [tell(look(browser, page, site, cookies, html)) for page in pages]
        finally:
            browser.close()


def tell(seen):
    """Say at once what was found: the table comes minutes later."""
    for kind, words in seen.faults:
        print(f"{seen.page}: {kind}: {words}", file=sys.stderr, flush=True)
    return seen


def look(browser, page, site, cookies, html):
    seen = Seen(str(page), page.is_ours)
    try:
        look_at(browser, page, site, cookies, html, seen)
    except Error as error:  # the others are still to be seen
        seen.faults.append(("errors", f"could not be looked at: {error.message.splitlines()[0]}"))
    return seen


def look_at(browser, page, site, cookies, html, seen):
    for size, viewport in SIZES.items():
        with_context(
            browser,
            page,
            site,
            cookies,
            {"viewport": viewport},
            lambda tab, size=size: visit(tab, page, site, seen, size, html),
        )
    if page.is_ours and page.status == 200 and not page.act:
        plain = {"viewport": FOLDED, "java_script_enabled": False}
        with_context(browser, page, site, cookies, plain, lambda tab: visit_without_scripts(tab, page, seen))


def with_context(browser, page, site, cookies, options, act):
    context = browser.new_context(base_url=site, reduced_motion="reduce", color_scheme="light", **options)
    try:
        if cookie := cookies.get(page.reader):
            context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": site}])
        act(context.new_page())
    finally:
        context.close()


def visit(tab, page, site, seen, size, html):
    listener = Listener(tab, page, site)
    if page.name == "error":
        provoke(tab, page)
    else:
        tab.goto(page.path)
    if page.act == SENT_EMPTY:
        measure_first_visit(tab, listener, seen)
        with tab.expect_navigation():
            tab.evaluate(of_walk("sendEmpty"))
        if not tab.locator("[aria-invalid=true], .error-summary").count():
            seen.faults.append(("errors", "a form without anything in it was taken"))
    elif page.act and page.name != "error":
        tab.get_by_role("button", name=page.act).first.click()
        tab.wait_for_load_state("networkidle")
    measure_first_visit(tab, listener, seen)
    seen.faults += [("console", f"{size}: {words}") for words in listener.complaints]
    if listener.main.status != page.status or urlsplit(tab.url).path != urlsplit(page.path).path:
        seen.faults.append(("errors", f"{size}: answered {listener.main.status} at {tab.url}"))
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        seen.faults += [("axe", f"{size}, {scheme}: {words}") for words in violations(tab, page.is_ours)]
    if page.is_ours:
        tab.emulate_media(color_scheme="light", reduced_motion="reduce")
        seen.faults += [("keyboard", f"{size}: {words}") for words in focus_faults(tab)]
        if size == "desktop":
            sent = listener.main.body()
            seen.html_bytes = len(sent)
            (html / f"{re.sub(r'[^a-z0-9]+', '-', seen.page.lower())}.html").write_bytes(sent)


def measure_first_visit(tab, listener, seen):
    tab.wait_for_timeout(SETTLED)
    tab.evaluate("scrollTo(0, document.body.scrollHeight)")
    shifts = tab.evaluate(of_walk("layoutShifts"))
    tab.evaluate("scrollTo(0, 0)")
    seen.shift = max(seen.shift, sum(value for value, _ in shifts))
    seen.faults += [("shift", f"{value:.4f}: {what}") for value, what in shifts if round(value, 4)]
    seen.asset_bytes = max(seen.asset_bytes, listener.asset_bytes())


def visit_without_scripts(tab, page, seen):
    response = tab.goto(page.path)
    if response.status != page.status or not tab.locator("main h1").first.is_visible():
        seen.faults.append(("scripts", f"without scripts: {response.status}, or no heading"))
    if page.name == "styleguide":
        return  # its buttons are samples
    dead = [words for words in tab.evaluate(of_walk("deadControls")) if not NAMED.search(words)]
    seen.faults += [("scripts", f"does nothing without scripts: {words}") for words in dead]


def violations(tab, is_ours):
    tab.evaluate(axe_core())
    tags = [*WCAG, "best-practice"] if is_ours else WCAG
    return tab.evaluate(
        of_walk("axe"), {"runOnly": tags, "rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
    )


def focus_faults(tab):
    wanted = tab.evaluate(of_walk("watchFocus"))
    for _ in range(3):  # a page may begin with its focus in the middle, and Tab leaves a page at its end
        for _ in range(min(wanted + 2, MOST_TABS)):
            tab.keyboard.press("Tab")
        if not (missing := tab.evaluate("auditFocus.missing()")):
            break
    return missing + tab.evaluate("auditFocus.faults()")


def provoke(tab, page):
    """Make the site answer with an error; where it cannot be made to, the browser does in its place."""
    match page.act:
        case "without a token":
            tab.goto("/")
            tab.evaluate(of_walk("post"), [page.path, {"language": "en"}])
            tab.wait_for_url(f"**{page.path}")
        case "far too many fields":
            tab.goto("/")
            tab.evaluate(of_walk("post"), [page.path, {f"field{number}": "" for number in range(600)}])
            tab.wait_for_url(f"**{page.path}")
        case "again and again":
            while tab.goto(page.path):
                tab.get_by_label("Email").fill("nobody@example.com")
                with tab.expect_navigation() as navigation:
                    tab.locator("main form [type=submit]").click()
                if navigation.value.status == page.status:
                    break
        case "broken":
            from django.template.loader import render_to_string

            body = render_to_string("500.html")
            tab.route(f"**{page.path}", lambda route: route.fulfill(status=500, body=body, content_type="text/html"))
            tab.goto(page.path)
        case _:
            tab.goto(page.path)
    tab.wait_for_load_state()


class Listener:
    """Hears what a tab loads and complains of."""

    def __init__(self, tab, page, site):
        self.tab, self.page, self.site = tab, page, site
        self.complaints, self.main = [], None
        self.kinds, self.sizes = {}, {}
        tab.on("console", self.hear)
        tab.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        tab.on("request", self.asked)
        tab.on("requestfailed", self.failed)
        tab.on("response", self.answered)
        devtools = tab.context.new_cdp_session(tab)
        devtools.send("Network.enable")
        devtools.on("Network.responseReceived", lambda event: self.kinds.update({event["requestId"]: event["type"]}))
        devtools.on(
            "Network.loadingFinished", lambda event: self.sizes.update({event["requestId"]: event["encodedDataLength"]})
        )

    def hear(self, said):
        is_the_page = said.location.get("url", "").partition("?")[0] == self.site + self.page.path.partition("?")[0]
        if said.type == "error" and not (is_the_page and self.page.status >= 400 and "status of" in said.text):
            self.complaints.append(f"console: {said.text}")

    def asked(self, request):
        if not request.url.startswith((f"{self.site}/", "data:", "blob:")):
            self.complaints.append(f"left the site: {request.url}")

    def failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # the reader went on before it was there
            self.complaints.append(f"failed: {request.url} {request.failure}")

    def answered(self, response):
        request = response.request
        if request.is_navigation_request() and request.frame == self.tab.main_frame:
            self.main = response
        elif response.status >= 400:
            self.complaints.append(f"answered {response.status}: {response.url}")

    def asset_bytes(self):
        return sum(size for id, size in self.sizes.items() if self.kinds.get(id) in {"Stylesheet", "Script"})


@cache
def axe_core():
    return (HERE / "node_modules/axe-core/axe.min.js").read_text()


@cache
def of_walk(name):
    """Give one function of walk.js, as the browser takes it."""
    return f"(given) => {{ {(HERE / 'walk.js').read_text()}\n return audit.{name}(given); }}"
