"""The catalogues of the languages: whole, fresh, and no text broken."""

import ast
import importlib
import re
from itertools import chain
from pathlib import Path

import pytest
from babel import Locale
from django.utils.translation import to_locale, trans_real

from partners.names import CATEGORIES
from scripts import messages
from tests.languages import HOLES, LANGUAGES, MARKUP, ROOT, catalogue_of, path_of, texts_of_the_code, translated

pytestmark = pytest.mark.once

MARKING = set(messages.KEYWORDS) - {"_"}
LENDERS = (
    "allauth.account",
    "allauth.core",
    "allauth.mfa",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.forms",
)
OTHER_WORDS = {  # a way to say it that is not taken, and the one that is
    r"e-mail": "email",
    r"smallest (monthly )?(budget|gmv)|above its smallest": "minimum",
    r"\bsessions?\b": "device, or sign-in",
    r"\blog(ged)? in\b": "sign in",
    r"authoriz": "authoris",
}
NEVER_SHOWN = {"addedname", "changedname", "deletedname"}  # examples in comments of the admin


def faults_of(message, form):
    """What is wrong with one translation."""
    singular, plural = message.id if isinstance(message.id, tuple) else (message.id, message.id)
    if not form:
        yield "not translated"
        return
    holes, needed = set(HOLES.findall(form)), set(HOLES.findall(plural))
    if holes - needed - set(HOLES.findall(singular)) or (needed - holes and singular == plural):
        yield f"holes: {sorted(holes)} for {sorted(needed)}"
    if sorted(MARKUP.findall(form)) != sorted(MARKUP.findall(plural)):
        yield "markup"
    if (form[:1].isspace(), form[-1:].isspace()) != (
        plural[:1].isspace(),
        plural[-1:].isspace(),
    ) and form not in "、，；":
        yield "spaces at the ends"
    if form.endswith((".", "。")) and plural[-1].isalpha() and len(plural.split()) > 3:
        yield "a full stop that the English has not"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Close", ""),
        ("Hello %(name)s", "Hallo"),
        ("Hello %(name)s", "Hallo %(nome)s"),
        ("100%% sure", "sicher"),
        ("<b>Bold</b>", "Fett"),
        (" and more", "und mehr"),
        ("Close this request now", "Diese Anfrage jetzt schließen."),
        (("%(n)d day", "%(n)d days"), "%(m)d Tage"),
    ],
)
def test_fault_of_a_translation_is_found(text, form):
    from babel.messages.catalog import Message

    assert list(faults_of(Message(text), form)) != []


def test_languages_have_a_catalogue_each():
    assert LANGUAGES == ["id", "de", "zh-hans"]
    assert sorted(map(path_of, LANGUAGES)) == messages.catalogues()


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_holds_every_text_and_no_other(language):
    held = {(message.context, message.id) for message in catalogue_of(language) if message.id}

    assert sorted(texts_of_the_code() - held, key=str) == [], "make messages takes them in"
    assert sorted(held - texts_of_the_code(), key=str) == [], "make messages takes them out"
    assert not catalogue_of(language).obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_translated_and_breaks_no_text(language):
    forms = Locale.parse(to_locale(language)).plural_form.tags | {"other"}
    wrong = [(message.id, form, fault) for message, form in translated(language) for fault in faults_of(message, form)]

    assert wrong == []
    assert catalogue_of(language).num_plurals == len(forms)
    assert not [message.id for message in catalogue_of(language) if message.id and message.fuzzy]


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_written_as_the_script_writes_it(language, tmp_path):
    copy = tmp_path / to_locale(language) / "LC_MESSAGES" / "django.po"
    copy.parent.mkdir(parents=True)
    messages.write(copy, catalogue_of(language))

    assert copy.read_text() == path_of(language).read_text()


def test_compiled_catalogues_are_fresh():
    for path in messages.catalogues():
        assert path.with_suffix(".mo").stat().st_mtime_ns > path.stat().st_mtime_ns


def other_names(tree):
    """Where a function that marks texts bears a name that scripts/messages.py does not know."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for name in node.names:
                if name.asname and not (
                    name.asname == "_" and name.name in {"gettext", "gettext_lazy", "gettext_noop"}
                ):
                    yield node.lineno, name.asname
                if "gettext" in name.name and name.name not in MARKING:
                    yield node.lineno, name.name
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {"_", *MARKING}:
            words = node.args[:1]
            if any(isinstance(each, ast.JoinedStr) for each in words):
                yield node.lineno, ast.unparse(node)


@pytest.mark.parametrize(
    "line",
    [
        "from django.utils.translation import gettext as tr",
        "from django.utils.translation import ngettext as _",
        "_(f'Close {name}')",
    ],
)
def test_name_that_is_not_known_is_found(line):
    assert list(other_names(ast.parse(line))) != []


def test_texts_are_marked_by_the_names_that_are_collected():
    paths = [
        path for app in ("accounts", "partners", "requests_app", "shoppartners") for path in (ROOT / app).rglob("*.py")
    ]
    found = [(str(path), fault) for path in paths for fault in other_names(ast.parse(path.read_text()))]

    assert found == []


def other_words(text):
    return [taken for pattern, taken in OTHER_WORDS.items() if re.search(pattern, text, re.IGNORECASE)]


def test_words_have_one_spelling():
    texts = [form for _context, text in texts_of_the_code() for form in ([text] if isinstance(text, str) else text)]

    assert {text: other_words(text) for text in texts if other_words(text)} == {}


def test_documents_have_the_same_spelling():
    paths = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]

    assert [path.name for path in paths if "e-mail" in path.read_text().lower()] == []


@pytest.mark.parametrize(
    "text", ["Your E-mail", "Smallest monthly budget", "End all sessions", "Log in", "Not authorized"]
)
def test_other_word_is_found(text):
    assert other_words(text) != []


HAN, MARK = "[\u4e00-\u9fff]", "[\u3001\u3002\uff0c\uff1a\uff1b]"
KINDS = {  # what a careful reader of the language would strike out
    "de": {
        "quotes": r"[\"'«»]|“(?=\w)|„[^“]*$",
        "thousands": r"\d,\d{3}",
        "ranges": r"\d\s?-\s?\d",
        "du": r"\b([Dd]u|[Dd]ich|[Dd]ir|[Dd]ein\w*|[Ee]uch|[Ee]uer\w*)\b",
        "mail": r"\b[Ee]-mail|\bE?[Mm]ails?\b(?<!E-Mail)(?<!E-Mails)",
        "space before %": r"[\w ]%",
        "glued sentences": r"[a-z]\.[A-Z]",
    },
    "id": {
        "quotes": r"[\"']",
        "thousands": r"\d,\d{3}",
        "ranges": r"\d\s?-\s?\d",
        "mail": r"e-mail|surel",
        "time": r"\d\d:\d\d",
        "glued sentences": r"[a-z]\.[A-Z]",
    },
    "zh-hans": {
        "punctuation": f"{HAN} ?[,;:!?()]|[,;:!?()] ?{HAN}|{HAN}[.]",
        "quotes": r"[\"'「」]",
        "spaces": f"{MARK} | {MARK}|{HAN} {HAN}",
        "numbers": rf"{HAN}\d|\d{HAN}",
        "ranges": r"\d\s?-\s?\d",
        "you": "你",
    },
}
WRITTEN_ANYWHERE = r"%\(\w+\)[sdr]|%[sd]|\{\w+\}|\d{4}-\d\d-\d\d|https?://\S+"


def struck_out(language, form):
    bare = re.sub(WRITTEN_ANYWHERE, "X", re.sub(r"</?\w[^>]*>", "", form)).replace("%%", "%")
    return [kind for kind, pattern in KINDS[language].items() if re.search(pattern, bare)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_are_written_as_the_language_is(language):
    found = [(form, kinds) for _message, form in translated(language) if (kinds := struck_out(language, form))]

    assert found == []


@pytest.mark.parametrize(
    ("language", "form", "kind"),
    [
        ("de", 'Der Status ist "neu"', "quotes"),
        ("de", "bis zu 2,000 Zeichen", "thousands"),
        ("de", "1-10 Mitarbeitende", "ranges"),
        ("de", "Öffne deinen Posteingang", "du"),
        ("de", "Ihre Email", "mail"),
        ("de", "92 %% der Anfragen", "space before %"),
        ("id", "Tombol 'Ubah'", "quotes"),
        ("id", "kemarin pukul 14:05", "time"),
        ("id", "Tidak ada yang diubah.Kembali ke halaman", "glued sentences"),
        ("zh-hans", "已接受, 请查看", "punctuation"),
        ("zh-hans", '状态"新"', "quotes"),
        ("zh-hans", "统计： 7 天", "spaces"),
        ("zh-hans", "共7天", "numbers"),
        ("zh-hans", "1-10 人", "ranges"),
        ("zh-hans", "你的需求", "you"),
    ],
)
def test_what_is_not_the_languages_way_is_found(language, form, kind):
    assert kind in struck_out(language, form)


def lent_texts():
    """Texts of Django and allauth that our pages show."""
    for name in LENDERS:
        folder = Path(importlib.import_module(name).__file__).parent
        for path in chain(folder.rglob("*.py"), folder.rglob("*.html"), folder.rglob("*.txt")):
            if "tests" not in path.parts:
                yield from messages.texts_of(path.name, path.read_text())


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_of_others_are_translated_too(language):
    catalogue = trans_real.translation(language)._catalog
    missing = set()
    for message, context in lent_texts():
        text = message if isinstance(message, str) else message[0]
        key = f"{context}\x04{text}" if context else text
        try:
            held = catalogue[key] if isinstance(message, str) else catalogue.plural(key, 3)
        except KeyError:
            held = ""
        if text and not held:
            missing.add(text)

    assert missing - NEVER_SHOWN == set(), "shoppartners/package_texts.py lists what is missing elsewhere"


def test_categories_that_are_loaded_are_translated():
    import csv

    with (ROOT / "partners/data/categories.csv").open() as file:
        assert {row["name"] for row in csv.DictReader(file)} == CATEGORIES
