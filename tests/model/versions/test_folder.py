"""A checked folder: it is replaced whole or not at all, and a manifest from anywhere does no harm."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from model.errors import VersionError
from model.versions.folder import MANIFEST, FolderFormat


@dataclass(frozen=True, slots=True)
class Note:
    """What the folders of this test say of themselves."""

    title: str
    facts: dict[str, Any] = field(default_factory=dict)


FORMAT = FolderFormat(Note, ("a.txt", "b.txt"), "notes", "Write them again.", VersionError)


def write(folder: Path) -> None:
    for name in ("a.txt", "b.txt", "beside.png"):
        (folder / name).write_text(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    FORMAT.publish(tmp_path / "notes", Note("first", {"n": 1}), write)
    return tmp_path / "notes"


def change(folder: Path, **facts: object) -> None:
    document = json.loads((folder / MANIFEST).read_text()) | facts
    (folder / MANIFEST).write_text(json.dumps(document))


def test_what_was_published_is_read(folder: Path) -> None:
    assert FORMAT.read(folder) == Note("first", {"n": 1})
    assert (folder / "beside.png").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["notes"]


def test_the_older_folder_comes_back_when_the_new_one_cannot_be_moved(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, moved = os.replace, list[Path]()

    def fail_at_the_second(source: Path, target: Path) -> None:
        moved.append(target)
        if len(moved) == 2:
            raise OSError("no space left")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_at_the_second)
    with pytest.raises(OSError, match="no space"):
        FORMAT.publish(folder, Note("second"), write)
    assert FORMAT.read(folder).title == "first"
    assert [path.name for path in folder.parent.iterdir()] == ["notes"]


def test_no_file_is_opened_because_a_manifest_names_it(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
    checksums = json.loads((folder / MANIFEST).read_text())["sha256"]
    change(folder, sha256={**checksums, "../pipe": "0" * 64})
    assert FORMAT.read(folder).title == "first"


@pytest.mark.parametrize("name", ["a.txt", "b.txt"])
def test_every_file_of_the_format_must_be_vouched_for(folder: Path, name: str) -> None:
    checksums = json.loads((folder / MANIFEST).read_text())["sha256"]
    del checksums[name]
    change(folder, sha256=checksums)
    with pytest.raises(VersionError, match=f"no SHA-256 of {name}. Write them again"):
        FORMAT.read(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "No notes can be read"),
        (b"\xff", "No notes can be read"),
        (b"[]", "Expected `object`"),
        (b'{"format": 1}', "missing required field"),
        (b"[" * 100_000, "No notes can be read"),
        (b'{"facts": ' + b"[" * 21 + b"]" * 21 + b"}", "nested more than 20 levels"),
        (b" " * (2**20 + 1), "larger than 1,048,576 bytes"),
    ],
    ids=["nothing", "no text", "a list", "half", "endless", "deep", "large"],
)
def test_a_manifest_that_is_none_is_refused_in_one_sentence(folder: Path, content: bytes, message: str) -> None:
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(VersionError, match=message) as refused:
        FORMAT.read(folder)
    assert "Write them again." in str(refused.value)
    assert len(str(refused.value)) < 500


def test_the_error_names_what_is_of_the_wrong_kind(folder: Path) -> None:
    change(folder, title=3)
    with pytest.raises(VersionError, match=r"Expected `str`, got `int` - at `\$\.title`"):
        FORMAT.read(folder)
