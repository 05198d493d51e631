"""Asks the advisory database of PyPI what is known of each release that the locks name.

Fails where something is known, or where the database says nothing of one release. It fails, too, where the database
cannot be asked at all, but with `--or-go-on`, which then only says so.
"""

import json
import subprocess
import sys

from scripts import lock

UNASKED = "The advisory database cannot be asked from here, so nothing was said of vulnerabilities."


def main():
    options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    files = [word for name in lock.LOCKS for word in ("-r", f"requirements/{name}")]
    command = [lock.find_uv(), "tool", "run", "--quiet", "pip-audit>=2.9", *options, *files]
    said = subprocess.run(command, cwd=lock.ROOT, capture_output=True, text=True)
    rows = json.loads(said.stdout)["dependencies"] if said.stdout else []
    if all("skip_reason" in row for row in rows):
        print(UNASKED)
        return 0 if "--or-go-on" in sys.argv[1:] else 1
    lines = found(rows)
    print(*lines or [f"Nothing is known against any of {len(rows)} releases."], sep="\n")
    return 1 if lines else 0


def found(rows):
    """Return a line for each vulnerability of pip-audit's rows, and for each release the database does not know."""
    lines = [f"{row['name']}: {row['skip_reason']}" for row in rows if "skip_reason" in row]
    for row in rows:
        for known in row.get("vulns", ()):
            mended = ", ".join(known["fix_versions"]) or "no release"
            lines.append(f"{row['name']} {row['version']}: {known['id']}, mended in {mended}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
