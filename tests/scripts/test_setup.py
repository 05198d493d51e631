"""What the set-up says where it can do nothing. `make fresh` tries it on bare machines."""

import shutil
import subprocess

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

PROGRAMS = ["bash", "cat", "cmp", "dirname", "find", "id", "wc"]  # of any machine, and no Python among them


@pytest.fixture
def tree(tmp_path):
    """A folder with the set-up's own files, on a machine that has no Python."""
    tree = tmp_path / "a b"
    (tree / "scripts").mkdir(parents=True)
    shutil.copy(settings.BASE_DIR / "scripts/setup.sh", tree / "scripts")
    shutil.copy(settings.BASE_DIR / ".python-version", tree)
    (tree / "bin").mkdir()
    for name in PROGRAMS:
        (tree / "bin" / name).symlink_to(shutil.which(name))
    return tree


def said_by(tree, **environment):
    names = {"PATH": f"{tree}/bin", "PYENV_ROOT": str(tree), "UV_PYTHON_INSTALL_DIR": str(tree)} | environment
    done = subprocess.run([tree / "scripts/setup.sh"], env=names, capture_output=True, text=True, cwd="/")
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize("environment", [{}, {"HOME": ""}, {"HOME": "/nonexistent"}])
def test_missing_python_is_told_in_one_line_that_says_what_to_do(tree, environment):
    said = said_by(tree, **environment)

    assert said.startswith("Python 3.12 or newer is missing (3.13 is best). Do this, then run it again: ")
    assert said.count("\n") == 1
    assert not (tree / ".venv").exists()


def test_uv_that_is_there_brings_the_python(tree):
    (tree / "bin/uv").symlink_to(shutil.which("true"))

    assert said_by(tree).endswith(": uv python install 3.13\n")


def test_python_that_is_too_old_is_none(tree):
    (tree / "bin/python3").write_text("#!/bin/sh\nexit 1\n")
    (tree / "bin/python3").chmod(0o755)

    assert said_by(tree).startswith("Python 3.12 or newer is missing")
