"""The files of this repository: what git lists, or, in an archive without git, what .gitignore does not name."""

import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def tracked(*options):
    """Return the paths from the root, with "/", of all tracked files; `options` are those of `git ls-files`."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return sorted(walked(ROOT))
    command = [git, "ls-files", "-z", *options]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def walked(root):
    """Yield the paths from `root` of all files in it, but for those that its .gitignore names."""
    ignored = [line.rstrip("/") for line in (root / ".gitignore").read_text().splitlines() if line]
    for folder, folders, files in root.walk():
        inside = folder.relative_to(root)
        folders[:] = [name for name in folders if not is_ignored(inside / name, ignored)]
        yield from ((inside / name).as_posix() for name in files if not is_ignored(inside / name, ignored))


def is_ignored(path, patterns):
    """Whether a pattern with a slash fits the whole path, or one without it the name."""
    return any(fnmatch(path.as_posix() if "/" in pattern else path.name, pattern) for pattern in patterns)
