"""The code of an earlier release, from git: the one before the newest migration, or the one that UPGRADE_FROM names."""

import os
import subprocess
from pathlib import Path

from django.conf import settings


class Missing(Exception):
    """Says why there is no earlier release to be had."""


def previous(root=settings.BASE_DIR):
    """Return the commit of the release before this one. Raises Missing where git does not know it."""
    if wanted := os.environ.get("UPGRADE_FROM"):
        return _git(root, "rev-parse", "--verify", f"{wanted}^{{commit}}")
    newest = _git(root, "log", "-1", "--diff-filter=A", "--format=%H", "--", "*/migrations/0*.py")
    if not newest:
        raise Missing("git knows no commit that adds a migration.")
    return _git(root, "rev-parse", "--verify", f"{newest}^")


def unpack(commit, folder, root=settings.BASE_DIR):
    """Write the code of the commit into the folder, with the catalogues of its texts compiled."""
    folder.mkdir()
    packed = subprocess.run(["git", "-C", root, "archive", commit], capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)


def migrations(root):
    return {f"{path.parent.parent.name}.{path.stem}" for path in Path(root).glob("*/migrations/0*.py")}


def _git(root, *arguments):
    try:
        ran = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True)
    except FileNotFoundError:
        raise Missing("git is not installed.") from None
    if ran.returncode:
        raise Missing(f"git has no earlier release here: {ran.stderr.strip() or arguments}")
    return ran.stdout.strip()
