"""What a fresh machine may be like, and what `make demo` and `make test` make of it.

Each trial takes the name of a suite, returns in a few words what came of it, and raises AssertionError where that is
not as wanted.
"""

import os
import shlex
import shutil
import socket
import subprocess
import time

from requests_app.demo import people
from tests.faults.browser import Browser, Unanswered
from tests.fresh import roots

TRIAL = f"trial-{os.getpid()}"
SHOP = "/srv/shop"
PAGES = ("/demo/", "/accounts/login/", "/help/", "/static/css/app.css")
PAGES_OF = {
    people.SELLER: ("/seller/", "/requests/", "/requests/new/", "/accounts/preferences/"),
    people.PARTNER: ("/portal/", "/portal/insights/"),
}
PATIENCE = 600  # seconds until the demo answers
CLONE = "git clone -q /mnt/shop.bundle {0} && cd {0}"
TESTS = "tests/test_harness.py"

TRIALS = {}


def trial(name):
    def known(function):
        TRIALS[name] = function
        return function

    return known


@trial("nothing is installed")
def nothing(suite):
    machine = roots.machine(suite, TRIAL)
    machine.must("tar -xf /mnt/shop.tar -C /srv")
    return refused(machine, f"{SHOP}/scripts/setup.sh", "apt-get install python3-venv")


@trial("python3 alone")
def python_alone(suite):
    roots.layer(suite, "python", "python3")
    machine = roots.machine(suite, TRIAL, layers=["python"])
    machine.must("tar -xf /mnt/shop.tar -C /srv")
    wanted = "apt-get install python3-venv" if roots.OWN_PYTHON[suite] else "uv python install 3.13"
    return refused(machine, f"{SHOP}/scripts/setup.sh", wanted)


@trial("first run, by root")
def first(suite):
    machine = roots.machine(suite, "first", layers=["tools"], lent_python=True)
    machine.must(CLONE.format(SHOP))
    if not roots.OWN_PYTHON[suite]:  # as its line says; the Python that `uv python install` would download is lent
        machine.must(f"cd {SHOP} && python3 -m venv .uv && .uv/bin/pip install uv")
    done = served(machine, f"cd {SHOP} && make demo")
    (machine.folder / "whole").write_text(roots.commit())
    return done


@trial("second run")
def second(suite):
    return served(after_first(suite), f"cd {SHOP} && make demo")


@trial("an ordinary user, spaces in the path")
def ordinary_user(suite):
    machine, place = after_first(suite), "'/home/tester/My Shop (new)'"
    roots.share_packages()
    machine.must(CLONE.format(place), user="tester")
    machine.must(f"cp -r {SHOP}/var {place} && chown -R tester: {place}")
    done = served(machine, f"cd {place} && make demo", user="tester")
    return f"{done}; {some_tests(machine, place, 'postgresql', TESTS, user='tester')}"


@trial("HOME is not set")
def homeless(suite):
    machine = anew(suite)
    return served(machine, "cd /srv/new && make demo", without=["HOME"])


@trial("umask 077")
def closed(suite):
    machine = anew(suite, before="umask 077")
    done = served(machine, "umask 077 && cd /srv/new && make demo")
    return f"{done}; {some_tests(machine, '/srv/new', 'postgresql', TESTS, before='umask 077')}"


@trial("an archive; neither git nor make")
def archive(suite):
    roots.layer(suite, "venv", "python3-venv")
    first_machine(suite)
    machine = roots.machine(suite, TRIAL, layers=["venv"], lent_python=True)
    machine.must("tar -xf /mnt/shop.tar -C /srv && ! command -v git && ! command -v make")
    shutil.copytree(roots.CACHE / f"{suite}-first/changes/srv/shop/var", machine.folder / "changes/srv/shop/var")
    done = served(machine, f"cd {SHOP} && scripts/setup.sh && scripts/demo.sh")
    return f"{done}; {some_tests(machine, SHOP, 'sqlite', 'tests/test_docs.py tests/test_codebase.py')}"


@trial("killed while it is set up, and again")
def killed_in_setup(suite):
    machine, moments = anew(suite), [".uv/bin/python*", ".venv/lib/*/site-packages/django", ".venv/bin/pytest"]
    for moment in moments:
        killed(machine, "cd /srv/new && make demo", f"changes/srv/new/{moment}")
    return f"killed {len(moments)} times; {served(machine, 'cd /srv/new && make demo')}"


@trial("killed while it migrates and is filled, and again")
def killed_in_seeding(suite):
    machine = after_first(suite)
    machine.must(f"rm -rf {SHOP}/var {SHOP}/staticfiles")
    moments = ["Building the demo's database", "Building the demo world"]
    for moment in moments:
        killed(machine, f"cd {SHOP} && make demo", says=moment, later=10)
    return f"killed {len(moments)} times; {served(machine, f'cd {SHOP} && make demo')}"


@trial("the port is in use")
def port_in_use(suite):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        return refused(after_first(suite), f"cd {SHOP} && make demo", "make demo PORT=8001", PORT=port)


@trial(".venv is of another Python")
def other_python(suite):
    machine = after_first(suite)
    if roots.OWN_PYTHON[suite]:  # it was made of one that is gone
        machine.must(f"ln -sf /usr/bin/python3.12 {SHOP}/.venv/bin/python")
    else:
        machine.must(
            f"cd {SHOP} && mv .venv/*.txt /tmp && rm -rf .venv && python3 -m venv .venv && mv /tmp/*.txt .venv"
        )
    return served(machine, f"cd {SHOP} && make demo")


@trial("half of .venv is deleted")
def half_deleted(suite):
    machine = after_first(suite)
    machine.must(f"rm -rf {SHOP}/.venv/lib/python3.*/site-packages/[d-m]*")
    return served(machine, f"cd {SHOP} && make demo")


@trial("the folder was moved")
def moved(suite):
    machine = after_first(suite)
    machine.must(f"mv {SHOP} /srv/elsewhere")
    done = served(machine, "cd /srv/elsewhere && make demo")
    return f"{done}; {some_tests(machine, '/srv/elsewhere', 'sqlite', 'tests/test_docs.py')}"


@trial("a pull brings migrations")
def pulled(suite):
    machine, old = after_first(suite), before_newest_migration()
    machine.must(f"cd {SHOP} && rm -rf var && git reset -q --hard {old}")
    served(machine, f"cd {SHOP} && make demo")
    machine.must(f"cd {SHOP} && git pull -q")
    return served(machine, f"cd {SHOP} && make demo")


@trial("the folder is another user's")
def not_theirs(suite):
    return refused(after_first(suite), f"cd {SHOP} && make demo", "chown", user="tester", PORT="1")


@trial("no network")
def no_network(suite):
    machine = anew(suite)
    return refused(machine, "cd /srv/new && make demo", "when PyPI can be reached", alone=False, network=False)


@trial("make test without a browser")
def no_browser(suite):
    return refused(after_first(suite), f"cd {SHOP} && make test", "apt-get install chromium nginx")


def first_machine(suite):
    """Have root run the demo once on this commit."""
    whole = roots.CACHE / f"{suite}-first" / "whole"
    if not whole.exists() or whole.read_text() != roots.commit():
        first(suite)


def after_first(suite):
    """Give a machine on which root has run the demo once."""
    first_machine(suite)
    return roots.machine(suite, TRIAL, layers=["first", "tools"], lent_python=True)


def anew(suite, before="true"):
    """Give a machine with a new clone in /srv/new, which has the demo's data and nothing else of an earlier run."""
    machine = after_first(suite)
    machine.must(f"{before} && {CLONE.format('/srv/new')} && cp -r {SHOP}/var . && rm -rf {SHOP}")
    return machine


def served(machine, script, **how):
    """Run the demo until it has answered for its pages; end it. Gives what was seen and after how many seconds."""
    port, begun = free_port(), time.monotonic()
    process = machine.begin(script, PORT=str(port), **how)
    try:
        while not answers(port):
            assert process.poll() is None, f"it ended:\n{machine.said}"
            assert time.monotonic() < begun + PATIENCE, f"no answer in {PATIENCE} seconds:\n{machine.said}"
            time.sleep(0.2)
        seconds = time.monotonic() - begun
        pages = walk(port)
    finally:
        roots.end(process)
    assert "Traceback" not in machine.said, machine.said
    return f"answers after {seconds:.0f} s, {pages} pages"


def answers(port):
    try:
        return Browser(port).get("/readyz").status == 200
    except Unanswered:
        return False


def walk(port):
    """Get the pages for everybody, then those of people who signed in with the demo's password; give how many."""
    asked = [(Browser(port), path) for path in PAGES]
    for person, paths in PAGES_OF.items():
        browser = Browser(port)
        form = browser.form("/accounts/login/", having="login")
        done = browser.post("/accounts/login/", form | {"login": person.email, "password": people.PASSWORD})
        assert done.status == 302, f"{person.email} is not signed in: {done.status}"
        asked += [(browser, path) for path in paths]
    for browser, path in asked:
        assert browser.get(path).status == 200, f"{path} is not answered"
    return len(asked)


def refused(machine, script, words, *, alone=True, **how):
    """Give the one line, with these words in it, in which a script says what to do; not `alone`, others stand above."""
    said = machine.run(script, **how)
    lines = [line for line in said.out.splitlines() if line.strip() and not line.startswith("make: ")]
    assert said.code, f"it did not fail:\n{said.out}"
    assert "Traceback" not in said.out, said.out
    assert words in lines[-1], said.out
    assert len(lines) == 1 or not alone, said.out
    return f"“{lines[-1]}”"


def some_tests(machine, place, suites, files, *, before="true", **how):
    """Run a few tests through `make test`'s own script, and give its count of them."""
    said = machine.run(f"{before} && cd {place} && scripts/test.sh {suites}", PYTEST_ADDOPTS=files, **how)
    counts = [line for line in said.out.splitlines() if " passed" in line]
    assert said.code == 0, f"the tests failed:\n{said.out[-3000:]}"
    assert counts, f"no test ran:\n{said.out[-3000:]}"
    return f"{suites}: {counts[-1].partition(' in ')[0].strip('= ')}"


def killed(machine, script, path="none", says=None, later=0):
    """Begin a script, and kill all of it `later` seconds after a file appeared in its folder or it said this."""
    process = machine.begin(script, PORT=str(free_port()))
    until = time.monotonic() + PATIENCE
    try:
        while not (any(machine.folder.glob(path)) or (says and says in machine.said)):
            assert process.poll() is None, f"it ended before it was killed:\n{machine.said}"
            assert time.monotonic() < until, f"{says or path} did not come:\n{machine.said}"
            time.sleep(0.02)
        time.sleep(later)
        assert process.poll() is None, f"it ended before it was killed:\n{machine.said}"
    finally:
        roots.end(process)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def before_newest_migration():
    """Give the commit before the one that brought the newest migration."""
    log = ["git", "log", "-1", "--diff-filter=A", "--format=%H", "--", ":(glob)*/migrations/*.py"]
    newest = subprocess.run(log, capture_output=True, text=True, check=True).stdout.strip()
    return shlex.quote(f"{newest}^")
