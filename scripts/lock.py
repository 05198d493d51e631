"""Compiles requirements/*.txt from pyproject.toml; `--check` says, without network, whether they still fit it.

The first line of each lock holds a hash of what pyproject.toml asks for. The locks hold no download addresses.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {
    "production.txt": ["pyproject.toml", "--all-extras"],
    "dev.txt": ["pyproject.toml", "--extra", "otel", "--group", "test", "--group", "check"],  # tests read the traces
    "uv.txt": ["--group", "install"],
}


def main():
    first_line = f"# from pyproject.toml {fingerprint()}\n"
    if "--check" in sys.argv[1:]:
        stale = [name for name in LOCKS if not lock(name).read_text().startswith(first_line)]
        for name in stale:
            print(f"requirements/{name} does not fit pyproject.toml: run `make lock`")
        return 1 if stale else 0
    for name, options in LOCKS.items():
        compile_lock(name, options)
        lock(name).write_text(first_line + lock(name).read_text())
    return 0


def fingerprint():
    """Give a hash of everything in pyproject.toml that decides what is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        project["project"]["requires-python"],
        project["project"]["dependencies"],
        project["project"]["optional-dependencies"],
        project["dependency-groups"],
        LOCKS,
    ]
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:16]


def compile_lock(name, options):
    command = [find_uv(), "pip", "compile", "--quiet", "--universal", "--generate-hashes", *options]
    subprocess.run(
        [*command, "--custom-compile-command", "make lock", "-o", f"requirements/{name}"],
        check=True,
        cwd=ROOT,
    )


def find_uv():
    uv = shutil.which("uv", path=f"{os.environ['PATH']}:{ROOT / '.uv/bin'}")
    if uv is None:
        sys.exit("uv is missing: `pipx install uv`")
    return uv


def lock(name):
    return ROOT / "requirements" / name


if __name__ == "__main__":
    sys.exit(main())
