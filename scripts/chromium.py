"""Finds the machine's Chromium: the tests download none. `python -m scripts.chromium` says if it is missing."""

import os
import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING = """Chromium is missing: the browser tests drive the one of this machine. Install it with one of
    apt-get install chromium
    dnf install chromium
    brew install --cask chromium
or name another one with CHROMIUM=/path/to/it. `make test-fast` does without a browser."""


def find():
    """Give the path of a Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


if __name__ == "__main__" and find() is None:
    sys.exit(MISSING)
