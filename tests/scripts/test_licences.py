"""The list of licences names every dependency, and says when a licence cannot be read."""

import pytest

from scripts import licences

pytestmark = pytest.mark.once


def test_every_pin_of_the_locks_is_listed():
    page = licences.document()
    locked = licences.pins("production.txt") | licences.pins("dev.txt") | licences.pins("uv.txt")

    assert len(locked) > 80
    assert [pin for pin in sorted(locked) if f"| {pin[0]} | {pin[1]} | " not in page] == []


@pytest.mark.parametrize(
    ("name", "licence"),
    [
        ("psycopg", "LGPL-3.0-only"),
        ("babel", "BSD-3-Clause"),
        ("procrastinate", "MIT"),
        ("django-filter", "BSD-3-Clause"),
    ],
)
def test_licence_is_read_from_metadata_or_stated(name, licence):
    assert licences.licence_of(name) == licence


@pytest.mark.parametrize("name", ["no-such-package", "text-unidecode"])
def test_package_without_a_plain_licence_has_to_be_stated(name, monkeypatch):
    monkeypatch.setattr(licences, "STATED", {})

    with pytest.raises(SystemExit, match=name):
        licences.licence_of(name)
