"""Finds the machine's Chromium: the tests download none. `python -m scripts.chromium` says if it is missing."""

import os
import shutil
import sys

SHELL = "chromium-headless-shell"  # without windows: Debian's takes less processor time
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING = "Chromium is missing: apt-get install chromium, or CHROMIUM=/path/to/it. `make test-fast` needs none."


def find(*, headless=False):
    """Return the path of a Chromium, or None; a `headless` one may have no windows."""
    named, names = os.environ.get("CHROMIUM"), (SHELL, *NAMES) if headless else NAMES
    return shutil.which(named) if named else next(filter(None, map(shutil.which, names)), None)


if __name__ == "__main__" and find() is None:
    sys.exit(MISSING)
