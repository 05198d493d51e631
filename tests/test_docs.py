"""The words beside the code: what they link to is there."""

import re
from urllib.parse import unquote

import pytest
from django.conf import settings

from scripts import files

pytestmark = pytest.mark.once

ROOT = settings.BASE_DIR
LINK = re.compile(r"\]\(<?([^)>\s]+)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#")


def pages():
    return sorted(name for name in files.tracked() if re.fullmatch(r"README\.md|CHANGELOG\.md|docs/.+\.md", name))


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


def test_link_to_a_file_that_is_not_tracked_is_dead():
    assert list(dead_links("README.md", {"README.md"})) != []
