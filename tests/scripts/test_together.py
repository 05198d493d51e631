"""The server and what runs beside it begin and end together."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

PYTHON = sys.executable
SLEEP = [PYTHON, "-c", "import time; time.sleep(60)"]
CAREFUL_PROGRAM = """
import pathlib, signal, sys, time
trace = pathlib.Path(sys.argv[1])
def end(*_):
    trace.write_text("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
trace.write_text("begun")
time.sleep(60)
"""
CAREFUL = [PYTHON, "-c", CAREFUL_PROGRAM]  # ends well when it is told to, and leaves a trace of it


def together(*commands):
    words = [word for command in commands for word in ["--", *command]]
    script = settings.BASE_DIR / "scripts" / "together.py"
    return subprocess.Popen([PYTHON, script, *map(str, words)], stderr=subprocess.PIPE, text=True)


def wait_for(path, text):
    until = time.monotonic() + 20
    while not (path.exists() and path.read_text() == text):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_signal_ends_all_of_them_well(tmp_path):
    for number in (signal.SIGINT, signal.SIGTERM):
        traces = [tmp_path / f"{number}-{name}" for name in "ab"]
        running = together([*CAREFUL, traces[0]], [*CAREFUL, traces[1]])
        for trace in traces:
            wait_for(trace, "begun")

        os.kill(running.pid, number)

        assert running.wait(20) == 0
        assert [trace.read_text() for trace in traces] == ["ended", "ended"]


def test_end_of_one_ends_the_other(tmp_path):
    running = together([*CAREFUL, tmp_path / "trace"], [PYTHON, "-c", "import time; time.sleep(1)"])

    assert running.wait(20) == 0
    assert (tmp_path / "trace").read_text() == "ended"


def test_one_that_ran_for_a_while_is_begun_again(tmp_path):
    trace = tmp_path / "trace"
    program = f"import time; open({str(trace)!r}, 'a').write('begun '); time.sleep(0.3)"
    words = ["--", *SLEEP, "--", PYTHON, "-c", program]
    main = f"import sys; from scripts import together; together.STEADY = 0.1; sys.exit(together.main({words!r}))"
    running = subprocess.Popen([PYTHON, "-c", main], cwd=settings.BASE_DIR, stderr=subprocess.PIPE, text=True)

    wait_for(trace, "begun begun ")
    running.terminate()

    assert running.wait(20) == 0
    assert "is begun again" in running.stderr.read()


def test_failure_of_one_is_told(tmp_path):
    running = together(SLEEP, [PYTHON, "-c", "raise SystemExit(3)"])

    assert running.wait(20) == 1
    assert "raise SystemExit(3)" in running.stderr.read()
