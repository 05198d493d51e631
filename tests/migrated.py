"""The migrated database of tests: made by all migrations once, and copied from then on, in a twentieth of the time.

A temporary folder keeps it under a digest of what it was made of: the migrations, all of the project that they import,
what they read, and the releases in requirements/. Of runs beside each other one migrates, and the others wait for it.
After a copy `migrate` is called as ever, and has only to do what follows each. Of PostgreSQL a dump is kept, which
comes back as a backup does; with a server that this run did not start, nothing is kept.
"""

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib.util import resolve_name
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.core import management
from django.db import connection

APPS = ("accounts", "partners", "requests_app")
READ = (  # by migrations, or by what follows each `migrate`
    "*/data/*.csv",
    "requirements/*.txt",
    "*/settings.py",
    "requests_app/integrity/append_only.py",
    "requests_app/staff/groups.py",
    "requests_app/pages/site_pages.py",
)
DAYS_KEPT = 7


@contextmanager
def reused():
    """Within this the database that Django makes for tests is a copy, where one is kept, or is kept for the next."""
    with mock.patch.object(management, "call_command", _migrate_or_copy):
        yield


def _migrate_or_copy(name, *args, _call=management.call_command, **options):
    if name != "migrate" or not _can_be_kept():
        return _call(name, *args, **options)
    kept = folder() / f"{connection.vendor}-{key()}"
    with _alone_with(kept):
        is_new = not kept.exists()
        if not is_new:
            kept.touch()
            _put(kept)
        done = _call(name, *args, **options)
        if is_new:
            _keep(kept)
    return done


def _can_be_kept():
    return connection.vendor == "sqlite" or "PG_BIN" in os.environ


def folder():
    """Nobody else may write it: what lies there is loaded by the tests."""
    path = Path(tempfile.gettempdir()) / f"shoppartners-migrated-{os.geteuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    assert (path.stat().st_uid, path.stat().st_mode & 0o077) == (os.geteuid(), 0), f"{path} is not ours alone"
    return path


@contextmanager
def _alone_with(kept):
    with (kept.parent / f"{kept.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _put(kept):
    connection.close()
    if connection.vendor == "sqlite":
        shutil.copyfile(kept, connection.settings_dict["NAME"])
    else:
        _run("pg_restore", "--single-transaction", "--exit-on-error", str(kept))


def _keep(kept):
    part = kept.with_suffix(".part")
    if connection.vendor == "sqlite":
        connection.close()
        shutil.copyfile(connection.settings_dict["NAME"], part)
    else:
        _run("pg_dump", "--format=custom", "--compress=0", f"--file={part}")
    part.rename(kept)
    for old in kept.parent.iterdir():
        if old.stat().st_mtime < time.time() - DAYS_KEPT * 24 * 3600:
            old.unlink(missing_ok=True)


def _run(program, *arguments):
    held = connection.settings_dict
    place = [f"--host={held['HOST']}", f"--username={held['USER']}", f"--dbname={held['NAME']}"]
    subprocess.run([Path(os.environ["PG_BIN"]) / program, *place, *arguments], check=True)


def key(root=settings.BASE_DIR):
    """A digest of all that makes a migrated database what it is."""
    files = {path for app in APPS for path in (root / app / "migrations").glob("*.py")}
    files = _with_imported(files, root).union(*(root.glob(pattern) for pattern in READ))
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(files):
        digest.update(f"{path.relative_to(root)}:{path.stat().st_size}:".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _with_imported(files, root):
    """These files and all of the project that they import, wherever in a file it says so."""
    found, ahead = set(), list(files)
    while ahead:
        path = ahead.pop()
        if path not in found:
            found.add(path)
            ahead += _imported(path, root)
    return found


def _imported(path, root):
    package = ".".join(path.relative_to(root).parent.parts)
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name.partition(".")[0] in APPS:
                place = root.joinpath(*name.split("."))
                yield from (each for each in (place.with_suffix(".py"), place / "__init__.py") if each.exists())
