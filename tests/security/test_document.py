"""docs/security.md names a test for what it claims: each is there."""

import re

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

PAGE = (settings.BASE_DIR / "docs/security.md").read_text()
FILES = dict(re.findall(r"^\| ([a-z ]+) \| `(tests/[\w/]+\.py)` \|$", PAGE, re.MULTILINE))


def named_tests():
    """Give (file, test) of each: "`tests/x.py::test_y`", or a short name of the first table before "`test_y`"."""
    yield from re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)
    shorts = "|".join(map(re.escape, FILES))
    for short, test in re.findall(rf"({shorts})\s`(test_\w+)`", PAGE):
        yield FILES[short], test


def test_every_test_that_is_named_exists():
    named = set(named_tests())

    missing = [
        f"{file}::{test}"
        for file, test in sorted(named)
        if f"\ndef {test}(" not in (settings.BASE_DIR / file).read_text()
    ]

    assert len(named) > 80
    assert missing == []


def test_no_test_is_named_without_its_file():
    assert PAGE.count("`test_") + PAGE.count("::test_") == len(list(named_tests()))
    assert len(FILES) == 20
