"""`make fresh`: tries the demo and the tests on bare Debian machines, and prints what came of each trial.

Words on the command line choose suites (bookworm, trixie) and trials, by a part of their name. For root alone.
"""

import os
import shutil
import signal
import sys
import time

os.environ |= {"TEST_DB": "sqlite", "DJANGO_SETTINGS_MODULE": "tests.settings"}

import django

django.setup()

from tests.fresh import roots  # noqa: E402
from tests.fresh.trials import TRIAL, TRIALS  # noqa: E402


def main(words):
    lacking = [name for name in ("debootstrap", "git", "unshare") if shutil.which(name) is None]
    if os.geteuid() != 0 or lacking:
        return f"`make fresh` is for root, on a Debian with: apt-get install {' '.join(lacking) or 'debootstrap'}"
    os.chdir(roots.REPOSITORY)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # what runs on a machine ends, too
    suites = [suite for suite in roots.SUITES if suite in words] or list(roots.SUITES)
    words = [word for word in words if word not in roots.SUITES]
    trials = [name for name in TRIALS if not words or any(word in name for word in words)]
    if not roots.can_lend_python() and "bookworm" in suites:
        return "Debian 12 needs a newer Python from this machine: make .venv with one of pyenv's or uv's, or say trixie"
    roots.CACHE.mkdir(parents=True, exist_ok=True)
    roots.share_packages()
    wrong = sum(try_on(suite, trials) for suite in suites)
    say(f"\n{len(suites) * len(trials)} trials, {wrong} not as wanted")
    return 1 if wrong else 0


def try_on(suite, trials):
    """Do these trials on a suite; give how many did not end as wanted."""
    roots.root(suite)
    roots.layer(suite, "tools", roots.TOOLS)
    wrong = 0
    say(f"\n| {roots.SUITES[suite]} | | seconds | outcome |\n|---|---|---|---|")
    for name in trials:
        begun = time.monotonic()
        try:
            verdict, outcome = "ok", TRIALS[name](suite)
        except Exception as error:
            verdict, outcome, wrong = "WRONG", str(error), wrong + 1
        finally:
            shutil.rmtree(roots.CACHE / f"{suite}-{TRIAL}", ignore_errors=True)
        say(f"| {name} | {verdict} | {time.monotonic() - begun:.0f} | {outcome} |")
    return wrong


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
