"""The files of this repository: what git lists, or what .gitignore does not name.

An archive has no git, a machine may have none, and git says nothing of a repository that is another user's.
`python -m scripts.files PATTERN…` prints the paths, new files too, that fit one of the patterns, each ended by NUL.
"""

import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def tracked(*options):
    """Return the paths from the root, with "/", of all tracked files; `options` are those of `git ls-files`."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run([git, "ls-files", "-z", *options], cwd=ROOT, capture_output=True, text=True)
        if listed.returncode == 0:
            return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return sorted(walked(ROOT))


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


if __name__ == "__main__":
    names = tracked("--cached", "--others", "--exclude-standard")
    print(*(name for name in names if any(fnmatch(name, pattern) for pattern in sys.argv[1:])), sep="\0", end="\0")
