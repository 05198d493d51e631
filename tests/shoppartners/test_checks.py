import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as site

from shoppartners.checks import events_have_a_key_of_their_own, readers_have_addresses_of_their_own
from tests.shoppartners.test_settings import PRODUCTION


def test_key_that_is_the_secret_key_is_warned_of(settings):
    settings.AUDIT_KEY = settings.SECRET_KEY

    assert [warning.id for warning in events_have_a_key_of_their_own(None)] == ["shoppartners.W001"]


def test_key_of_its_own_is_well(settings):
    settings.AUDIT_KEY = "another"

    assert events_have_a_key_of_their_own(None) == []


@pytest.mark.parametrize(
    ("count", "demo", "found"), [(0, False, ["shoppartners.W002"]), (1, False, []), (2, False, []), (0, True, [])]
)
def test_proxy_that_is_not_counted_is_warned_of(count, demo, found, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.DEMO = count, demo

    assert [warning.id for warning in readers_have_addresses_of_their_own(None)] == found


@pytest.mark.once
@pytest.mark.parametrize(
    ("count", "support", "warned"),
    [
        ("0", "help@programme.example", ["shoppartners.W002"]),
        ("1", "help@programme.example", []),
        ("1", "", ["shoppartners.W003"]),
    ],
)
def test_start_of_the_web_server_and_the_check_say_so(count, support, warned, tmp_path):
    environment = PRODUCTION | {"TRUSTED_PROXY_COUNT": count, "AUDIT_KEY": "another", "MAIL_URL": "smtp://localhost"}
    environment["SUPPORT_EMAIL"] = support
    environment |= {"VAR_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3"}
    environment |= {"LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}

    started = _said_by(["-c", "import shoppartners.wsgi"], environment)
    checked = _said_by(["manage.py", "check", "--deploy"], environment)

    logged = [json.loads(line) for line in started.splitlines() if line.startswith("{")]  # a warning has none
    assert [line["id"] for line in logged if line["event"] == "deployment"] == warned
    assert re.findall(r"shoppartners\.W\d+", checked) == warned


def _said_by(arguments, environment):
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=environment, cwd=site.BASE_DIR, capture_output=True, text=True, check=False
    ).stderr


@pytest.mark.once
def test_documented_examples_count_their_proxy():
    page = (Path(site.BASE_DIR) / "docs" / "operations.md").read_text()
    example = page.partition("```")[2].partition("```")[0]

    assert "BEHIND_PROXY=1  TRUSTED_PROXY_COUNT=1" in example
