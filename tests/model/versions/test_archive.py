"""A version as one file: what was packed comes back, and what comes from elsewhere does no harm."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from model.errors import VersionError
from model.versions.archive import pack, unpack
from model.versions.folder import MANIFEST
from model.versions.foreign import read_foreign
from model.versions.version import NETWORK, VOCABULARY, WEIGHTS
from model.vocabulary import Vocabulary
from tests.support.tiny_model import keyword_weights, publish_model


def test_what_is_packed_is_unpacked_the_same(tiny_model: Path, tmp_path: Path) -> None:
    unpack(pack(tiny_model), tmp_path / "m")
    assert {p.name: p.read_bytes() for p in (tmp_path / "m").iterdir()} == {
        p.name: p.read_bytes() for p in tiny_model.iterdir()
    }


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/passwd", "other.bin", "sub/network.onnx"])
def test_files_that_do_not_belong_are_refused(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(name, "x")
    with pytest.raises(VersionError, match="is not a file of a model version"):
        unpack(archive.read_bytes(), tmp_path / "m")
    assert not (tmp_path / "evil.txt").exists()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(NETWORK, b"\0" * (64 * 2**20))
    with pytest.raises(VersionError, match="larger than"):
        unpack(archive.read_bytes(), tmp_path / "m")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", b"\0" * 100])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(VersionError, match="ZIP"):
        unpack(content, tmp_path / "m")


def test_an_archive_without_a_network_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("manifest.json", "{}")
    with pytest.raises(VersionError, match="Missing"):
        unpack(archive.read_bytes(), tmp_path / "m")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_in_other_ways_is_not_unpacked_at_all(tmp_path: Path, method: int) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", method) as file:
        file.writestr(NETWORK, b"\0" * 1000)
    with pytest.raises(VersionError, match="packed in a way"):
        unpack(archive.read_bytes(), tmp_path / "m")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_twice_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for content in ("one", "another"):
            file.writestr(NETWORK, content)
    with pytest.raises(VersionError, match="twice"):
        unpack(archive.read_bytes(), tmp_path / "m")


def test_a_manifest_of_a_novel_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(MANIFEST, " " * 2**18)
    with pytest.raises(VersionError, match="larger than 131,072 bytes"):
        unpack(archive.read_bytes(), tmp_path / "m")


@pytest.mark.parametrize("place", range(0, 60, 3))
def test_a_damaged_archive_is_refused_wherever_it_is_damaged(tiny_model: Path, tmp_path: Path, place: int) -> None:
    content = bytearray(pack(tiny_model))
    start = len(content) * place // 60
    content[start : start + 4096] = bytes(range(256)) * 16
    archive = tmp_path / "a.zip"
    archive.write_bytes(content)
    with pytest.raises(VersionError):
        read_foreign(archive)


def repacked(folder: Path, archive: Path, **changed: object) -> Path:
    """Pack a version with its manifest changed."""
    document = json.loads((folder / MANIFEST).read_bytes()) | changed
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name in (NETWORK, WEIGHTS, VOCABULARY):
            file.write(folder / name, name)
        file.writestr(MANIFEST, json.dumps(document))
    return archive


def test_no_file_of_the_host_is_opened_because_a_manifest_names_it(tiny_model: Path, tmp_path: Path) -> None:
    checksums = json.loads((tiny_model / MANIFEST).read_bytes())["sha256"]
    archive = repacked(tiny_model, tmp_path / "a.zip", sha256={**checksums, "/etc/passwd": "0" * 64})
    assert read_foreign(archive).manifest.version == "keyword-1"


def test_what_a_foreign_manifest_says_is_bounded(tiny_model: Path, tmp_path: Path) -> None:
    provenance = {
        "n_examples": "9" * 3000,
        "seed": 10**400,
        "seconds": float("nan"),
        "recipe": {"name": ["x"]},
        "note": "y" * 3000,
    }
    read = read_foreign(repacked(tiny_model, tmp_path / "a.zip", provenance=provenance)).manifest.provenance
    assert list(read) == ["note"]
    assert len(read["note"]) == 300


def test_a_model_that_knows_more_characters_than_there_are_is_refused(tmp_path: Path) -> None:
    vocabulary = Vocabulary("".join(map(chr, range(0x4E00, 0x4E00 + 12_000))))
    folder = publish_model(tmp_path / "m", vocabulary, keyword_weights(len(vocabulary)), "m", 0.9)
    (tmp_path / "a.zip").write_bytes(pack(folder))
    with pytest.raises(VersionError, match="at most 11,234 characters"):
        read_foreign(tmp_path / "a.zip")


def test_what_is_no_archive_is_refused_before_tensorflow_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no archive")
    program = (
        "import sys; from model.__main__ import main;"
        f"code = main(['import', {str(tmp_path / 'a.zip')!r}, '--output', {str(tmp_path / 'm')!r}]);"
        "assert not {'tensorflow', 'keras'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: The file must be a model version that Jigi exported")
    assert done.stderr.count("\n") == 1
