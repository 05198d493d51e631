"""A copy of the migrated database is used while nothing changed that it was made of, and no longer."""

import shutil

import pytest
from django.conf import settings

from tests import migrated

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """What is looked at of the project, to be changed by one test after the other."""
    folder = tmp_path_factory.mktemp("tree")
    for name in (*migrated.APPS, "requirements", "shoppartners"):
        shutil.copytree(settings.BASE_DIR / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "partners/migrations/0002_markets_and_categories.py",
        "accounts/operations.py",  # imported by migrations
        "accounts/letters.py",  # ... by what those import
        "partners/data/markets.csv",
        "requirements/dev.txt",
        "requests_app/integrity/append_only.py",
    ],
)
def test_database_is_migrated_anew_where_something_of_it_changed(tree, name):
    before = migrated.key(tree)

    with (tree / name).open("a") as file:
        file.write("\n")

    assert migrated.key(tree) != before


def test_new_migration_makes_another_database(tree):
    before = migrated.key(tree)

    (tree / "partners/migrations/9999_new.py").write_text("")

    assert migrated.key(tree) != before


def test_copy_is_used_where_only_pages_changed(tree):
    before = migrated.key(tree)

    (tree / "requests_app/seller/views/new.py").write_text("")

    assert migrated.key(tree) == before


def test_folder_that_others_may_write_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(migrated.tempfile, "gettempdir", lambda: str(tmp_path))
    migrated.folder().chmod(0o777)

    with pytest.raises(AssertionError, match="is not ours alone"):
        migrated.folder()
