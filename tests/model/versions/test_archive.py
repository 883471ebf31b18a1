"""A version travels as one file, and what comes from outside is not trusted."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from model.errors import VersionError
from model.versions.archive import pack, unpack
from model.versions.version import NETWORK
from tests.support.strict_model import make_strict_model


@pytest.fixture(scope="module")
def content(tiny_model: Path) -> bytes:
    return pack(tiny_model)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return pack(make_strict_model(tmp_path_factory.mktemp("strict") / "strict-1"))


class TestArchives:
    def test_what_is_packed_is_unpacked_the_same(self, tiny_model: Path, content: bytes, tmp_path: Path) -> None:
        unpack(content, tmp_path / "m")
        assert {p.name: p.read_bytes() for p in (tmp_path / "m").iterdir()} == {
            p.name: p.read_bytes() for p in tiny_model.iterdir()
        }

    @pytest.mark.parametrize("name", ["../evil.txt", "/etc/passwd", "other.bin", "sub/network.onnx"])
    def test_files_that_do_not_belong_are_refused(self, tmp_path: Path, name: str) -> None:
        archive = tmp_path / "a.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr(name, "x")
        with pytest.raises(VersionError, match="is not a file of a model version"):
            unpack(archive.read_bytes(), tmp_path / "m")
        assert not (tmp_path / "evil.txt").exists()

    def test_a_bomb_is_not_unpacked(self, tmp_path: Path) -> None:
        archive = tmp_path / "a.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(NETWORK, b"\0" * (64 * 2**20))
        with pytest.raises(VersionError, match="larger than"):
            unpack(archive.read_bytes(), tmp_path / "m")

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", b"\0" * 100])
    def test_what_is_no_archive_is_refused(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(VersionError, match="ZIP"):
            unpack(content, tmp_path / "m")

    def test_an_archive_without_a_network_is_refused(self, tmp_path: Path) -> None:
        archive = tmp_path / "a.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("manifest.json", "{}")
        with pytest.raises(VersionError, match="Missing"):
            unpack(archive.read_bytes(), tmp_path / "m")
