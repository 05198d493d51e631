"""Says for each lock, platform and Python which pinned release has no wheel there; asks PyPI, installs nothing.

`python -m scripts.platforms` fails where a supported platform lacks one. What is only told has to be built from its
source on that platform, for which the lock has the hash.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts import lock

SUPPORTED = {
    "x86_64-manylinux_2_28": "Linux x86-64",
    "aarch64-manylinux_2_28": "Linux arm64",
    "aarch64-apple-darwin": "macOS arm64",
}
TOLD = {"x86_64-apple-darwin": "macOS x86-64"}
PYTHONS = ("3.12", "3.13", "3.14")
PIN = re.compile(r"^(?=\w)", re.MULTILINE)  # where the lines of a release begin
WITHOUT = re.compile(r"Because (?:only )?([\w.-]+)(?:\{[^}]*\})?==\S+ (?:has no|is available)")


def main():
    failed = False
    for platform, called in (SUPPORTED | TOLD).items():
        lacking: dict[str, list[str]] = {}
        for python in PYTHONS:
            pins = {pin for name in lock.LOCKS for pin in without_wheel(lock.lock(name).read_text(), platform, python)}
            for pin in sorted(pins):
                lacking.setdefault(pin, []).append(python)
        told = [f"no wheel of {pin} for Python {', '.join(pythons)}" for pin, pythons in lacking.items()]
        print(f"{called}: {'; '.join(told) or f'a wheel of each release, for Python {", ".join(PYTHONS)}'}")
        failed |= bool(lacking) and platform in SUPPORTED
    return 1 if failed else 0


def without_wheel(text, platform, python):
    """Give the releases of a lock's text that have no wheel for this platform and Python.

    Raises RuntimeError with what uv says where it says something else.
    """
    lacking, pins = [], PIN.split(text)
    while said := refusal("".join(pins), platform, python):
        found = WITHOUT.search(said)
        if found is None:
            raise RuntimeError(said)
        lacking += [pin.split()[0] for pin in pins if pin.startswith(f"{found[1]}==")]
        pins = [pin for pin in pins if not pin.startswith(f"{found[1]}==")]
    return lacking


def refusal(text, platform, python):
    """Give what uv says against installing these pins from wheels alone, nothing where it would."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lock.txt"
        path.write_text(text)
        options = ["--only-binary", ":all:", "--require-hashes", "--no-deps", "--target", f"{folder}/there"]
        where = ["--python-platform", platform, "--python-version", python, "--python", sys.executable]
        command = [lock.find_uv(), "pip", "install", "--dry-run", "--quiet", *options, *where, "-r", path]
        said = subprocess.run(command, capture_output=True, text=True, cwd=lock.ROOT)
    return said.stderr if said.returncode else ""


if __name__ == "__main__":
    sys.exit(main())
