import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from requests_app.management.commands import status_diagram
from requests_app.models import Share

pytestmark = pytest.mark.once

ARROW = re.compile(r"^\s+(\w+) --> (\w+):", re.MULTILINE)


@pytest.fixture
def file(tmp_path, monkeypatch, settings):
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(status_diagram, "FILE", tmp_path / "status.md")
    return tmp_path / "status.md"


def test_diagram_in_the_docs_is_fresh():
    call_command("status_diagram", check=True, stdout=StringIO())


def test_diagram_is_written_and_then_fresh(file):
    call_command("status_diagram", stdout=StringIO())
    call_command("status_diagram", check=True, stdout=StringIO())

    text = file.read_text()
    assert '    state "Partner reviewing" as reviewing\n' in text
    assert "    [*] --> reviewing: share\n" in text
    assert "    connected --> accepted: expire, revoke\n" in text
    assert "    rejected --> [*]\n" in text
    assert "| Partner accepted | `authorise` | Connected |\n" in text


def test_stale_diagram_fails_the_check_and_is_left_alone(file):
    with pytest.raises(CommandError, match="is stale"):
        call_command("status_diagram", check=True)
    assert not file.exists()

    file.write_text("old")
    with pytest.raises(CommandError, match="is stale"):
        call_command("status_diagram", check=True)
    assert file.read_text() == "old"


def test_diagram_in_the_readme_has_the_arrows_of_the_machine():
    arrows = {(str(move.source), str(move.target)) for move in Share().get_all_status_transitions()}

    assert set(ARROW.findall((settings.BASE_DIR / "README.md").read_text())) == arrows
