"""Rules of the design system: colours in the tokens, a status in its component, every component in the styleguide."""

import re
from collections import defaultdict

import pytest
from django.conf import settings
from django.urls import path

from accounts.remembered import memory
from partners import workflow as partners_workflow
from partners.workflow import PartnerStatus
from requests_app import workflow as requests_workflow
from requests_app.demo.styleguide import AREAS, PARTS, styleguide
from requests_app.workflow import Headline, ShareStatus
from shoppartners.urls import urlpatterns as product
from tests.cast import login
from tests.test_templates import faults_of, hits, templates

pytestmark = pytest.mark.once

urlpatterns = [*product, path("styleguide/", styleguide)]

CSS = settings.BASE_DIR / "static" / "css"
COMPONENTS = settings.BASE_DIR / "templates" / "components"
LOOKS = requests_workflow.LOOKS | partners_workflow.LOOKS
STATUSES = sorted({*ShareStatus.values, *Headline.values, *PartnerStatus.values})

COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|light-dark)\(|:\s*(?:white|black)\b", re.IGNORECASE)
STATUS_SELECTOR = re.compile(rf"[-.#\"](?:{'|'.join(STATUSES)})\b")
STATUS_CASE = re.compile(rf"""{{% *(?:el)?if\b[^%]*[!=]= *["'](?:{"|".join(STATUSES)})["']""")
STATUS_WORDS = re.compile(rf"""["'](?:{"|".join(label for label in map(str, Headline.labels) if " " in label)})["']""")
PILL = re.compile(r"{% pill |\bpill-(?:grey|blue|green|amber|red|violet|orange)\b")
SIZE = re.compile(r"font-size:\s*(?!var\()[\d.]+px")


def sheets(*, but=()):
    """Give (name, text) of every style sheet without its comments and pictures."""
    for sheet in sorted(CSS.glob("*.css")):
        if sheet.name not in but:
            yield sheet.name, re.sub(r"/\*.*?\*/|url\(.*?\)", "", sheet.read_text(), flags=re.DOTALL)


def selectors():
    for name, text in sheets():
        yield name, "\n".join(re.findall(r"(?:^|[}{])\s*([^{}@;]+)\{", text))


def pages(*, but=()):
    return [(name, text) for name, text in templates(mails=False) if name not in but]


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (hits(COLOUR), ".x { color: #b3261e }"),
        (hits(COLOUR), ".x { background: rgb(0 0 0 / .4) }"),
        (hits(COLOUR), ".x { color: white }"),
        (hits(STATUS_SELECTOR), ".stages-rejected .stage"),
        (hits(STATUS_SELECTOR), '[data-status="accepted"]'),
        (hits(STATUS_CASE), '{% if row.code == "accepted" %}'),
        (hits(STATUS_WORDS), '{% translate "Partner reviewing" %}'),
        (hits(PILL), '{% pill tone="red" %}'),
        (hits(PILL), '<span class="pill pill-amber">'),
        (hits(SIZE), ".x { font-size: 13px }"),
    ],
)
def test_rule_finds_what_it_is_for(rule, line):
    assert rule(line) != []


def test_colours_stand_in_the_tokens_alone():
    assert faults_of(hits(COLOUR), sheets(but={"tokens.css"})) == []


def test_type_grows_with_the_readers_own_size():
    assert faults_of(hits(SIZE), sheets()) == []


def test_every_token_that_is_used_exists_and_every_one_that_exists_is_used():
    set_in, used_in = defaultdict(set), defaultdict(set)
    for name, text in sheets():
        for token in re.findall(r"(--[\w-]+)\s*:", text):
            set_in[token].add(name)
        for token in re.findall(r"var\((--[\w-]+)", text):
            used_in[token].add(name)
    tokens = {token for token, names in set_in.items() if "tokens.css" in names}

    assert len(tokens) > 60
    assert {token for token in used_in if not token.startswith("--bs-")} - set(set_in) == DJANGOS
    assert tokens - set(used_in) == set()


DJANGOS = {"--delete-button-bg", "--delete-button-hover-bg"}  # set by the admin's own sheet


def test_both_schemes_are_given_for_every_colour_of_text_and_surface():
    tokens = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", (CSS / "tokens.css").read_text()))
    names = ("canvas", "surface", "surface-2", "surface-3", "line", "line-2", "text", "text-2", *TONES)

    assert [name for name in names if not tokens[f"--{name}"].startswith("light-dark(")] == []


TONES = [
    f"{tone}{soft}" for tone in ("blue", "green", "amber", "red", "violet", "orange", "grey") for soft in ("", "-soft")
]


# A status has its colour, icon and words in one component


def test_no_other_template_tells_one_status_from_another():
    assert faults_of(hits(STATUS_CASE), pages()) == []


def test_no_other_template_says_a_status_in_words():
    shown = [(name, text) for name, text in pages() if not name.startswith("styleguide")]

    assert faults_of(hits(STATUS_WORDS), shown) == []


def test_no_other_template_draws_a_pill():
    allowed = {"components/pill.html", "styleguide/look.html", "styleguide/colour.html"}

    assert faults_of(hits(PILL), pages(but=allowed)) == []


def test_no_style_sheet_knows_a_status():
    assert faults_of(hits(STATUS_SELECTOR), selectors()) == []


def test_every_status_has_a_look():
    assert [code for code in STATUSES if code not in LOOKS] == []


# The styleguide

DRAWN = []  # what `shown` gives, once it was asked for


@pytest.fixture
def shown(request, db, client, settings):
    """Names of the templates that the styleguide shows, inside and outside, and its pages; drawn once for all tests."""
    if not DRAWN:
        settings.DEMO = True
        seller, _shop = (request.getfixturevalue(name) for name in ("seller", "shop"))
        DRAWN.append(drawn_by(client, seller))
    return DRAWN[0]


def drawn_by(client, seller):
    memory.forget()  # what is remembered is not drawn
    pages = [client.get(f"/styleguide/?area=public&part={part}") for part in PARTS]
    login(client, seller)
    pages += [client.get(f"/styleguide/?area={area}") for area in AREAS]
    assert {page.status_code for page in pages} == {200}
    return {template.name for page in pages for template in page.templates}, "".join(
        page.content.decode() for page in pages
    )


@pytest.mark.urls(__name__)
def test_styleguide_shows_every_component(shown):
    names, _page = shown

    assert {f"components/{component.name}" for component in COMPONENTS.glob("*.html")} - names == set()


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    "drawn",
    [
        *[f"btn-{style}" for style in ("primary", "secondary", "danger", "danger-quiet", "quiet")],
        *[f"notice-{kind}" for kind in ("info", "success", "warning", "danger")],
        *[f"next-step-{turn}" for turn in ("you", "other", "none")],
        *[f"badge-{tone}" for tone in ("accent", "grey", "blue", "green", "amber", "red", "violet", "orange")],
        *[f"avatar-{size}" for size in ("sm", "md", "lg")],
        *[f"tone-{tone}" for tone in ("grey", "blue", "red", "violet")],
        *[f'data-reached="{stage}"' for stage in range(5)],
        "stages-small", "facts-columns", "facts-stacked", "card-accent", "card-warning", "stat-accent",
        "confirm-ends", "confirm-keeps", "confirm-told", "chart-flow", "chart-rest", "chart-ends", "error-summary",
    ],
)  # fmt: skip
def test_styleguide_shows_every_variant(drawn, shown):
    assert re.search(rf"{re.escape(drawn)}(?![\w-])", shown[1])
