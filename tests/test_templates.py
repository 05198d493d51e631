"""Rules about the templates themselves. Each rule is shown a bad line first: it can fail."""

import re

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

FOLDER = settings.BASE_DIR / "templates"
TAGS = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
COMMENTS = re.compile(r"{% *comment.*?endcomment *%}|{#.*?#}|<!--.*?-->", re.DOTALL)
UNREAD = re.compile(
    r"<(script|style|svg)\b.*?</\1>|{% *block (?:\w*class|area|coltype) *%}.*?{% *endblock.*?%}|Shop Partners",
    re.DOTALL,
)
TRANSLATED = re.compile(r"{% *blocktrans(?:late)?\b.*?endblocktrans(?:late)? *%}", re.DOTALL)
TEXT = re.compile(r"(?<=>)[^<>]+|\A[^<>]+")
READ_ATTRIBUTES = re.compile(r'\b(?:alt|aria-label|placeholder|title|label)="([^"]*)"')
INLINE = re.compile(r'<style\b|<script(?![^>]*\b(?:src=|type="application/json"))|<[a-z][^>]*\s(?:style|on[a-z]+)=')
ELSEWHERE = re.compile(r'<(?:link|script|img|iframe|source)\b[^>]*(?:src|href)="(?:https?:)?//')
NOT_HTML = re.compile(r"\shx-[a-z:-]+")  # htmx knows each of its attributes as data-hx-… too, which HTML allows
STATUS_NAME = re.compile(r"""{% *(?:el)?if [^%]*\b(?:status|headline)\b *[!=]= *["']""")


def templates(*, mails):
    """Give (name, text) of every HTML template; mails have rules of their own, as mail readers know no style sheets."""
    for path in sorted(FOLDER.rglob("*.html")):
        name = path.relative_to(FOLDER)
        if mails or not {"email", "emails"} & set(name.parts):
            yield str(name), path.read_text()


def hits(pattern):
    """Give a rule: where `pattern` stands in a template, comments left out."""

    def rule(text):
        text = without(COMMENTS, text)
        return [(text.count("\n", 0, hit.start()) + 1, hit.group()[:60]) for hit in pattern.finditer(text)]

    return rule


def untranslated(text):
    """Give the words between tags, and in attributes that are read, that no translation tag holds."""
    for pattern in (COMMENTS, TRANSLATED, UNREAD, TAGS):
        text = without(pattern, text)
    for hit in (*TEXT.finditer(text), *READ_ATTRIBUTES.finditer(text)):
        if re.search(r"[^\W\d_]{2}", re.sub(r"&#?\w+;", "", hit.group(hit.lastindex or 0))):
            words = hit.group()
            before = len(words) - len(words.lstrip())
            yield text.count("\n", 0, hit.start() + before) + 1, " ".join(words.split())


def without(pattern, text):
    """Take out what matches, but keep its line ends: what follows stays in its line."""
    return pattern.sub(lambda hit: "\n" * hit.group().count("\n"), text)


def faults_of(rule, named_texts):
    return [f"{name}:{line}: {what}" for name, text in named_texts for line, what in rule(text)]


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (hits(INLINE), '<p class="a" style="color:red">'),
        (hits(INLINE), '<button onclick="go()">'),
        (hits(INLINE), "<script>go()</script>"),
        (hits(INLINE), "<style>p {}</style>"),
        (hits(ELSEWHERE), '<script defer src="https://cdn.example/x.js"></script>'),
        (hits(ELSEWHERE), '<link rel="stylesheet" href="//cdn.example/x.css">'),
        (hits(NOT_HTML), '<div hx-get="/">'),
        (hits(STATUS_NAME), '{% if share.status == "accepted" %}'),
        (untranslated, "<p>Close request</p>"),
        (untranslated, '<a href="/"><b>{{ name }}</b> Requests</a>'),
        (untranslated, '<input placeholder="Search">'),
        (untranslated, "Close request"),
    ],
)
def test_rule_finds_what_it_is_for(rule, line):
    assert list(rule(line)) != []


@pytest.mark.parametrize(
    "line",
    [
        '<p class="{% if a > b %}x{% endif %}">{% translate "Close request" %} &middot; {{ count }}</p>',
        "{% blocktranslate %}Close <b>request</b>{% endblocktranslate %}",
        "{# Close request #}<!-- Close --><svg><title>x y</title></svg>",
        """<input aria-label="{% translate 'Search' %}">""",
    ],
)
def test_translated_text_passes(line):
    assert list(untranslated(line)) == []


def test_pages_hold_no_inline_style_script_or_handler():
    assert faults_of(hits(INLINE), templates(mails=False)) == []


def test_nothing_is_loaded_from_elsewhere():
    assert faults_of(hits(ELSEWHERE), templates(mails=True)) == []


def test_attributes_are_those_that_html_allows():
    assert faults_of(hits(NOT_HTML), templates(mails=False)) == []


def test_buttons_come_from_the_machine_and_not_from_a_status_name():
    assert faults_of(hits(STATUS_NAME), templates(mails=False)) == []


def test_every_text_is_marked_for_translation():
    for_people = [(name, text) for name, text in templates(mails=True) if not name.startswith("styleguide")]

    assert len(for_people) > 20
    assert faults_of(untranslated, for_people) == []
