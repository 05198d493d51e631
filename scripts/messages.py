"""The catalogues of locale/: `update` takes the texts from the code into them, `compile` makes what Django reads.

Babel does both, so that no gettext tools need to be installed. A test holds that the catalogues are whole.
"""

import io
import os
import sys
import tempfile
from copy import deepcopy
from fnmatch import fnmatch
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
TEXTS = ("*.py", "templates/*.html", "templates/*.txt")
NOT_READ = ("tests/", "scripts/", "docs/")
KEYWORDS = {  # `_` is either of the first two; no other name is used for any of them, which a test holds
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def main(arguments):
    match arguments:
        case ["update"]:
            found = texts()
            for path in catalogues():
                write(path, updated(path, found))
                print(f"{path.relative_to(ROOT)}: {len(untranslated(read(path)))} texts wait for a translation")
            compile_stale()
        case ["compile"]:
            compile_stale()
        case _:
            sys.exit("usage: messages.py update | compile")


def catalogues():
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def texts():
    """Give a catalogue of every text in the code and the templates, with the files it stands in."""
    found = Catalog(charset="utf-8")
    for name in sorted(_files()):
        for message, context in texts_of(name, (ROOT / name).read_text()):
            found.add(message, locations=[(name, 0)], context=context)
    return found


def texts_of(name, source):
    """Give (text or its singular and plural, context or None) of each text that is marked in a file."""
    from django.utils.translation.template import templatize

    if not name.endswith(".py"):
        # What is left of a template looks like Python, but for its indentation.
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        yield message, context


def _files():
    from scripts import files  # not in the image, which only compiles

    names = files.tracked("--cached", "--others", "--exclude-standard")
    found = (name for name in names if any(fnmatch(name, pattern) for pattern in TEXTS))
    return {name for name in found if not name.startswith(NOT_READ)}


def read(path):
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def updated(path, found):
    """The catalogue with new texts, untranslated, and without those that are gone."""
    catalogue = read(path)
    catalogue.update(deepcopy(found), no_fuzzy_matching=True, update_creation_date=False)  # it takes over what it lacks
    catalogue.obsolete.clear()
    return catalogue


def untranslated(catalogue):
    return [message for message in catalogue if message.id and not all(forms(message))]


def forms(message):
    """The translations of one text: as many as the language has plural forms, or the one."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def write(path, catalogue):
    """Sorted by text and without line numbers, so that a change of the code changes few lines here."""
    header = f"# {catalogue.locale.english_name} texts of Shop Partners; docs/languages.md says how they are kept.\n"
    fields = {
        "Language": str(catalogue.locale),
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": catalogue.plural_forms,
    }
    plain = Catalog(locale=catalogue.locale, charset="utf-8", fuzzy=False)
    plain.mime_headers = list(fields.items())
    lines = "".join(f'"{name}: {value}\\n"\n' for name, value in fields.items())
    for message in catalogue:
        if message.id:
            files = sorted({(name, 0) for name, _line in message.locations})
            plain.add(message.id, message.string, files, message.flags - {"fuzzy"}, context=message.context)
    body = io.BytesIO()
    write_po(body, plain, width=120, sort_output=True, omit_header=True, include_lineno=False)
    path.write_text(f'{header}msgid ""\nmsgstr ""\n{lines}\n{body.getvalue().decode().strip()}\n')


def compile_stale():
    """Make the .mo of each catalogue that changed since; whole in one step, as several may do so at once."""
    for path in catalogues():
        made = path.with_suffix(".mo")
        if made.exists() and made.stat().st_mtime_ns > path.stat().st_mtime_ns:
            continue
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            write_mo(file, read(path))
            os.fchmod(file.fileno(), 0o644)
        os.replace(file.name, made)


if __name__ == "__main__":
    main(sys.argv[1:])
