"""uv itself is asked which pinned releases have no wheel for a platform; here of an index that is a folder."""

import hashlib
import io
import tarfile
import zipfile

import pytest

from scripts import platforms

pytestmark = pytest.mark.once

METADATA = "Metadata-Version: 2.1\nName: {0}\nVersion: 1.0\n"


def wheel(folder, name, tag):
    path = folder / f"{name}-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{name}-1.0.dist-info/METADATA", METADATA.format(name))
        file.writestr(f"{name}-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        file.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return path


def source(folder, name):
    path, text = folder / f"{name}-1.0.tar.gz", METADATA.format(name).encode()
    with tarfile.open(path, "w:gz") as file:
        member = tarfile.TarInfo(f"{name}-1.0/PKG-INFO")
        member.size = len(text)
        file.addfile(member, io.BytesIO(text))
    return path


@pytest.fixture
def lock(tmp_path, monkeypatch):
    """The text of a lock: `anywhere` has a wheel for all, `linux` for one platform, `nowhere` only its source."""
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path))
    paths = [
        wheel(tmp_path, "anywhere", "py3-none-any"),
        wheel(tmp_path, "linux", "cp313-cp313-manylinux_2_28_x86_64"),
        source(tmp_path, "linux"),
        source(tmp_path, "nowhere"),
    ]
    hashes = {}
    for path in paths:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        hashes.setdefault(path.name.partition("-")[0], []).append(f" \\\n    --hash=sha256:{digest}")
    return "# from pyproject.toml\n" + "".join(f"{name}==1.0{''.join(lines)}\n" for name, lines in hashes.items())


@pytest.mark.parametrize(
    ("platform", "python", "lacking"),
    [
        ("x86_64-manylinux_2_28", "3.13", {"nowhere==1.0"}),
        ("x86_64-manylinux_2_28", "3.14", {"linux==1.0", "nowhere==1.0"}),
        ("aarch64-apple-darwin", "3.13", {"linux==1.0", "nowhere==1.0"}),
    ],
)
def test_releases_without_a_wheel_are_named(lock, platform, python, lacking):
    assert set(platforms.without_wheel(lock, platform, python)) == lacking


def test_what_uv_says_else_is_raised(lock):
    with pytest.raises(RuntimeError, match="elsewhere"):
        platforms.without_wheel(
            lock + "elsewhere==1.0 \\\n    --hash=sha256:" + "0" * 64, "aarch64-apple-darwin", "3.13"
        )
