"""Bare Debian roots, and machines that begin from one: what a machine changes lies in a folder of its own.

A root is made by debootstrap once and kept in FRESH_CACHE (/var/cache/shoppartners-fresh). A machine sees it through an
overlay, in a mount and process namespace of its own, so that nothing of it outlives the command that is run there.
The network is that of this machine, and so is the way to the package registries: its certificates, the files that
`pip config debug` finds and the PIP_*, UV_* and proxy variables come along.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CACHE = Path(os.environ.get("FRESH_CACHE", "/var/cache/shoppartners-fresh"))
REPOSITORY = Path(__file__).resolve().parents[2]
SUITES = {"bookworm": "Debian 12", "trixie": "Debian 13"}
HOMES = {"root": "/root", "tester": "/home/tester"}
TOOLS = "make git python3-venv"  # what README.md asks for, and git, which brings the tree
OWN_PYTHON = {"bookworm": False, "trixie": True}  # whether the suite's own python3 is new enough
VARIABLE = re.compile(
    r"(PIP|UV)_.+|(REQUESTS_CA|CURL_CA)_BUNDLE|SSL_CERT_(FILE|DIR)|(https?|all|no)_proxy", re.IGNORECASE
)
ENTER = """
set -e
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$UPPER,workdir=$WORK" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount -t tmpfs tmpfs "$ROOT/dev/shm"
mount --bind -o ro "$SOURCE" "$ROOT/mnt"
mount --bind "$PACKAGES" "$ROOT$HOME_THERE/.cache"
if [ -n "$PYTHON" ]; then mount --bind -o ro "$PYTHON" "$ROOT$HOME_THERE/.local/share/uv/python/$PYTHON_NAME"; fi
exec chroot --userspec="$WHO" --groups= "$ROOT" /usr/bin/env -i "$@"
"""


@dataclass
class Said:
    """What came of a command: its exit code, what it printed, how many seconds it took."""

    code: int
    out: str
    seconds: float


@dataclass
class Machine:
    """A root and what was changed on it, in `folder`; `layers` lie below, the topmost first."""

    suite: str
    folder: Path
    layers: list[Path]
    has_lent_python: bool = False

    def __post_init__(self):
        for name in ("changes", "work", "root"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def said(self):
        """All that the last command printed so far."""
        return (self.folder / "said").read_text(errors="replace")

    def begin(self, script, *, user="root", network=True, without=(), **variables):
        """Begin a Bash script there and give its process, which `end` ends with all that it began.

        The environment is a bare one, less the names in `without`, with `variables`.
        """
        home = HOMES[user]
        names = {"HOME": home, "USER": user, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        names |= of_registries() | {"DEBIAN_FRONTEND": "noninteractive"} | variables
        if self.has_lent_python:  # it may look for its own library where it was built
            names["LD_LIBRARY_PATH"] = f"{home}/.local/share/uv/python/{name_of_lent_python()}/lib"
        words = [f"{name}={value}" for name, value in names.items() if name not in without]
        packages = CACHE / f"packages-{user}"
        place = {
            "LOWER": ":".join(map(str, [*self.layers, CACHE / self.suite])),
            "UPPER": str(self.folder / "changes"),
            "WORK": str(self.folder / "work"),
            "ROOT": str(self.folder / "root"),
            "SOURCE": str(source()),
            "PACKAGES": str(packages),
            "HOME_THERE": home,
            "WHO": {"root": "0:0", "tester": "1000:1000"}[user],
            "PYTHON": sys.base_prefix if self.has_lent_python else "",
            "PYTHON_NAME": name_of_lent_python(),
        }
        into = (self.folder / "said").open("w")
        options = ["--mount", "--pid", "--fork", "--kill-child", *([] if network else ["--net"])]
        return subprocess.Popen(
            ["unshare", *options, "bash", "-c", ENTER, "enter", *words, "bash", "-c", script],
            env=os.environ | place,
            stdin=subprocess.DEVNULL,
            stdout=into,
            stderr=into,
            start_new_session=True,
        )

    def run(self, script, *, seconds=900, **how):
        """Run a Bash script there (as `begin` does) to its end; raises TimeoutExpired after `seconds`."""
        begun, process = time.monotonic(), self.begin(script, **how)
        try:
            process.wait(seconds)
        finally:
            end(process)
        return Said(process.returncode, self.said, time.monotonic() - begun)

    def must(self, script, **how):
        """Run a script of the trial's own, which raises RuntimeError where it fails."""
        said = self.run(script, **how)
        if said.code:
            raise RuntimeError(f"{script} failed on {self.suite}:\n{said.out}")
        return said


def end(process):
    """Kill what was begun, and all that it began, as a lost machine does."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def of_registries():
    return {name: value for name, value in os.environ.items() if VARIABLE.fullmatch(name)}


def name_of_lent_python():
    """Give the folder that uv would have put this Python into."""
    version = ".".join(map(str, sys.version_info[:3]))
    return f"cpython-{version}-{sys.platform}-{os.uname().machine}-gnu"


def can_lend_python():
    return sys.base_prefix not in ("/usr", "/usr/local")


def root(suite):
    """Make the bare root of a suite where it is not there, with an ordinary user."""
    place = CACHE / suite
    if not place.exists():
        part = CACHE / f"{suite}.part"
        shutil.rmtree(part, ignore_errors=True)
        subprocess.run(["debootstrap", "--variant=minbase", suite, part], check=True, stdout=subprocess.DEVNULL)
        part.rename(place)
    commands = ["id tester >/dev/null 2>&1 || useradd --create-home --uid 1000 tester"]
    for home in HOMES.values():
        commands.append(f"mkdir -p {home}/.cache {home}/.local/share/uv/python/{name_of_lent_python()}")
    script = " && ".join([*commands, "chown -R tester: /home/tester"])
    subprocess.run(["chroot", place, "/bin/bash", "-c", script], check=True)


def files_of_registries():
    """Give the files that say how this machine resolves names, trusts servers and asks registries."""
    said = subprocess.run([sys.executable, "-m", "pip", "config", "debug"], capture_output=True, text=True).stdout
    if not said:  # .venv has no pip, the Python beneath it may
        base = Path(sys.base_prefix) / "bin" / "python3"
        said = subprocess.run([base, "-m", "pip", "config", "debug"], capture_output=True, text=True).stdout
    found = [Path(line) for line in re.findall(r"^\s*(/.+), exists: True$", said, re.MULTILINE)]
    texts = [path.read_text() for path in found] + list(of_registries().values())
    named = [Path(word) for text in texts for word in text.split() if word.startswith("/")]
    names = [Path("/etc/resolv.conf"), Path("/etc/hosts")]
    return sorted({path for path in [*names, *found, *named] if path.is_file()})


def machine(suite, name, *, layers=(), lent_python=False):
    """Give a new machine of this name; what an earlier one of the name left behind is gone."""
    folder = CACHE / f"{suite}-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    below = [CACHE / f"{suite}-{layer}" / "changes" for layer in layers]
    made = Machine(suite, folder, below, lent_python and not OWN_PYTHON[suite])
    made.must("cp -r /mnt/registries/. / && chown -R tester: /home/tester")
    return made


def layer(suite, name, packages):
    """Install these packages on the bare root, once; the machines that begin from the layer have them."""
    if (CACHE / f"{suite}-{name}" / "whole").exists():
        return
    made = machine(suite, name)
    made.must(f"apt-get update -q && apt-get install -q -y --no-install-recommends {packages}")
    (made.folder / "whole").touch()


@cache
def commit():
    """Give the commit of this repository that is tried."""
    words = ["git", "-C", REPOSITORY, "rev-parse", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


@cache
def source():
    """Lay what machines see as /mnt: that commit as a bundle and as an archive, and the way to the registries."""
    place, part = CACHE / "source" / commit(), CACHE / f"source.{os.getpid()}"
    if place.exists():
        return place
    bare = part / "bare"
    part.mkdir(parents=True)
    for words in (
        ["git", "clone", "-q", "--bare", "--no-hardlinks", REPOSITORY, bare],
        ["git", "-C", bare, "update-ref", "refs/heads/main", "HEAD^0"],
        ["git", "-C", bare, "symbolic-ref", "HEAD", "refs/heads/main"],
        ["git", "-C", bare, "bundle", "create", "-q", "../shop.bundle", "HEAD", "main"],
        ["git", "-C", bare, "archive", "--prefix=shop/", "--output=../shop.tar", "HEAD"],
    ):
        subprocess.run(words, check=True)
    for path in files_of_registries():
        places = [path.relative_to("/")]
        if path.is_relative_to(Path.home()):  # the ordinary user's as well
            places.append("home/tester" / path.relative_to(Path.home()))
        for where in places:
            there = part / "registries" / where
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, there)
    shutil.rmtree(place.parent, ignore_errors=True)  # other commits'
    place.parent.mkdir()
    return part.rename(place)


def share_packages():
    """What root's machines have downloaded the ordinary user's need not download again, nor the next run."""
    for user, owner in (("root", 0), ("tester", 1000)):
        folder = CACHE / f"packages-{user}"
        folder.mkdir(exist_ok=True)
        if user == "tester" and not any(folder.iterdir()):
            shutil.copytree(CACHE / "packages-root", folder, symlinks=True, dirs_exist_ok=True)
        subprocess.run(["chown", "-R", f"{owner}:{owner}", folder], check=True)
