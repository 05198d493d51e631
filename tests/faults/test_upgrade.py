"""What the part `upgrade` of `make faults` stands on; the upgrade itself takes minutes."""

import subprocess

import pytest

from tests.faults import releases

pytestmark = pytest.mark.once

AUTHOR = ["-c", "user.name=A", "-c", "user.email=a@example.com"]


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository of three commits, of which the second adds a migration; gives the folder and what commits a file."""
    monkeypatch.delenv("UPGRADE_FROM", raising=False)
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", folder], check=True)

    def commit(name):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        subprocess.run(["git", "-C", folder, "add", "."], check=True)
        subprocess.run(["git", "-C", folder, *AUTHOR, "commit", "-qm", name], check=True)
        return releases._git(folder, "rev-parse", "HEAD")

    return folder, commit


def test_release_before_is_the_one_without_the_newest_migration(repository, tmp_path):
    folder, commit = repository
    first = commit("app/migrations/0001_initial.py")
    commit("app/migrations/0002_more.py")
    commit("app/models.py")

    found = releases.previous(folder)
    releases.unpack(found, tmp_path / "old", folder)

    assert found == first
    assert releases.migrations(folder) - releases.migrations(tmp_path / "old") == {"app.0002_more"}


def test_other_release_can_be_asked_for(repository, monkeypatch):
    folder, commit = repository
    commit("app/migrations/0001_initial.py")
    second = commit("app/models.py")
    monkeypatch.setenv("UPGRADE_FROM", "HEAD")

    assert releases.previous(folder) == second


def test_folder_without_git_or_without_a_past_says_so(repository, tmp_path):
    folder, commit = repository
    with pytest.raises(releases.Missing, match="no earlier release here"):
        releases.previous(tmp_path)
    commit("app/migrations/0001_initial.py")
    with pytest.raises(releases.Missing, match="no earlier release here"):
        releases.previous(folder)
