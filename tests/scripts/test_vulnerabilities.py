"""What is known against a release fails the check; that the advisory database is out of reach is only told."""

import json
import subprocess

import pytest

from scripts import vulnerabilities

pytestmark = pytest.mark.once

CLEAN = {"name": "idna", "version": "3.20", "vulns": []}
KNOWN = {"name": "h11", "version": "0.15", "vulns": [{"id": "PYSEC-2025-1", "fix_versions": ["0.16.0"]}]}
SKIPPED = {"name": "babel", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("rows", "options", "code", "said"),
    [
        ([CLEAN], [], 0, "Nothing is known against any of 1 releases."),
        ([CLEAN, KNOWN], [], 1, "h11 0.15: PYSEC-2025-1, mended in 0.16.0"),
        ([CLEAN, KNOWN], ["--or-go-on"], 1, "h11 0.15: PYSEC-2025-1, mended in 0.16.0"),
        ([CLEAN, SKIPPED], ["--or-go-on"], 1, "babel: Dependency not found on PyPI"),
        ([SKIPPED], ["--or-go-on"], 0, vulnerabilities.UNASKED),
        ([SKIPPED], [], 1, vulnerabilities.UNASKED),
        (None, ["--or-go-on"], 0, vulnerabilities.UNASKED),
    ],
)
def test_what_is_said_of_the_locks(rows, options, code, said, monkeypatch, capsys):
    output = "" if rows is None else json.dumps({"dependencies": rows, "fixes": []})
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, output, ""))
    monkeypatch.setattr(vulnerabilities.lock, "find_uv", lambda: "uv")
    monkeypatch.setattr("sys.argv", ["vulnerabilities", *options])

    assert vulnerabilities.main() == code
    assert capsys.readouterr().out == f"{said}\n"
