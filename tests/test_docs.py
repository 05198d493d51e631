"""The documents beside the code: what they link to exists, and so does each heading that code refers to."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings

from scripts import files

pytestmark = pytest.mark.once

ROOT = settings.BASE_DIR
LINK = re.compile(r"\]\(<?([^)>\s]+)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#")
NAMED = re.compile(r"`([a-z_]+/[\w./-]+)`")
DESIGN = "docs/design.md"
CITED = re.compile(r"docs/design\.md,\s+([A-Z][a-z]*(?: [a-z]+)*)")
NUMBERED = re.compile(r"\bdesign,?\s+sections?\s+\d", re.IGNORECASE)


def pages():
    return sorted(name for name in files.tracked() if re.fullmatch(r"[A-Z]+\.md|docs/.+\.md", name))


def links_of(text):
    """Give what the links and pictures of a page name beside it, without their fragments."""
    targets = LINK.findall(FENCED.sub("", text))
    return [unquote(target.partition("#")[0]) for target in targets if not ELSEWHERE.match(target)]


def dead_links(name, files):
    """Give the links of this page that lead to no tracked file or folder."""
    page = ROOT / name
    folders = {str(parent) for file in files for parent in (ROOT / file).relative_to(ROOT).parents}
    for link in links_of(page.read_text()):
        target = (page.parent / link).resolve()
        if not target.is_relative_to(ROOT) or str(target.relative_to(ROOT)) not in files | folders:
            yield link


def test_links_are_found_outside_code_alone():
    text = "[a](x.md#part) ![b](screens/b.png) [c](https://example.com) [d](#here)\n```\n[e](e.md)\n```\n[f](<f.md>)"

    assert links_of(text) == ["x.md", "screens/b.png", "f.md"]


@pytest.mark.parametrize("name", pages())
def test_links_lead_to_tracked_files(name):
    assert list(dead_links(name, set(files.tracked()))) == []


@pytest.mark.parametrize("name", pages())
def test_files_that_a_page_names_exist(name):
    known = set(files.tracked())
    folders = {str(parent) for file in known for parent in Path(file).parents}
    named = {path.rstrip("/") for path in NAMED.findall(FENCED.sub("", (ROOT / name).read_text()))}

    assert named - known - folders == set()


def test_link_to_a_file_that_is_not_tracked_is_dead():
    assert list(dead_links("README.md", {"README.md"})) != []


def citations():
    """Give (file, heading) of each place that names a heading of the design, and (file, None) of one with a number."""
    for name in sorted(set(files.tracked()) - {"tests/test_docs.py"}):
        try:
            text = (ROOT / name).read_text()
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        yield from ((name, heading) for heading in CITED.findall(text))
        yield from ((name, None) for _found in NUMBERED.findall(text))


def test_citation_is_found_by_its_heading_and_over_the_end_of_a_line():
    assert CITED.findall("the order (docs/design.md, One transaction). Or docs/design.md,\nTime; x") == [
        "One transaction",
        "Time",
    ]
    assert NUMBERED.search("as (design, section 7) says")


def test_every_heading_of_the_design_that_is_cited_exists():
    headings = set(re.findall(r"^#{2,3} (.+)$", (ROOT / DESIGN).read_text(), re.MULTILINE))
    cited = list(citations())

    assert [(name, heading) for name, heading in cited if heading not in headings] == []
    assert len(cited) > 30
