"""The version stands in pyproject.toml, and is told where operators look."""

import re
import subprocess
import sys

import pytest
from django.conf import settings

from shoppartners.release import VERSION

pytestmark = pytest.mark.once


def told(*words, **environment):
    command = [sys.executable, *words]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_version_is_that_of_pyproject_and_needs_no_settings():
    assert f'\nversion = "{VERSION}"\n' in (settings.BASE_DIR / "pyproject.toml").read_text()
    assert told("manage.py", "version") == told("manage.py", "--version") == f"{VERSION}\n"


def test_first_line_of_the_log_says_which_version_begins(tmp_path):
    lines = told("-c", "import shoppartners.wsgi", SECRET_KEY="x", DEMO="1", VAR_DIR=str(tmp_path)).splitlines()

    assert f'"version": "{VERSION}", "event": "web_started"' in lines[0]


def test_changelog_begins_with_the_version():
    first = re.search(r"^## (\S+) \((.+)\)$", (settings.BASE_DIR / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert first[1] == VERSION
    assert re.fullmatch(r"unreleased|\d{4}-\d\d-\d\d", first[2])
