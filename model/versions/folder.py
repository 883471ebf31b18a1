"""A folder that is whole, checked, or not there at all: what model versions and word vectors are kept in.

    manifest.json    the format, what the folder says of itself, and the SHA-256 of each of its files

A manifest may come from anywhere. No file is opened because it names it, and none that is too large or too deeply
nested is read. `model.versions.version` and `model.vectors.table` say which files belong to theirs.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from model.errors import JigiModelError

FORMAT = 1
MANIFEST = "manifest.json"

_MOST_BYTES = 2**20  # of a manifest; the shipped ones have 7 kB
_DEEPEST = 20  # levels of JSON; those of the shipped ones are 6

ManifestT = TypeVar("ManifestT")
T = TypeVar("T")


class _Header(msgspec.Struct):
    """What every manifest holds."""

    format: int
    sha256: dict[str, str]


@dataclass(frozen=True, slots=True)
class FolderFormat(Generic[ManifestT]):
    """One kind of folder: the dataclass its manifest is, its files, and how its errors are worded."""

    manifest: type[ManifestT]
    files: tuple[str, ...]  # those that are checked; others may stand beside them
    contents: str  # "model": no `contents` can be read at …
    mend: str
    error: type[JigiModelError]

    def publish(self, folder: Path, manifest: ManifestT, write_files: Callable[[Path], None]) -> None:
        """Write a folder aside, then move it to `folder` in one step, replacing what was there.

        `write_files` writes the files into the folder it is given. A failure, in it or later, leaves an older folder
        as it was.
        """
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            write_files(aside)
            checksums = {name: self._sha256(aside / name) for name in self.files}
            document = {"format": FORMAT, **_plain(manifest), "sha256": checksums}
            (aside / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")
            aside.chmod(0o755)
            _replace(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def read(self, folder: Path) -> ManifestT:
        """Read the manifest and check every file against its SHA-256.

        Raises:
            JigiModelError: A file is missing, was changed, or is of another format; `error` says which kind.
        """
        path = folder / MANIFEST
        document = self._document(path)
        header = self._convert(path, document, _Header)
        if header.format != FORMAT:
            raise self.error(f"{path} must have format {FORMAT}. Received: {header.format}")
        manifest = self._convert(path, document, self.manifest)
        for name in self.files:
            if name not in header.sha256:
                raise self.error(f"{path} is damaged: no SHA-256 of {name}. {self.mend}")
            if self._sha256(folder / name) != header.sha256[name]:
                raise self.error(f"{folder / name} is damaged: its SHA-256 is not the manifest's. {self.mend}")
        return manifest

    def unreadable(self, path: Path, reason: object) -> JigiModelError:
        """Return the error for a file of the folder that cannot be read."""
        return self.error(f"{path} cannot be read: {reason}. {self.mend}")

    def _document(self, path: Path) -> object:
        try:
            document = json.loads(_read(path))  # takes NaN, which earlier versions wrote where nothing was measured
        except (OSError, ValueError, RecursionError) as error:
            raise self.error(f"No {self.contents} can be read at {path.parent}: {error}. {self.mend}") from error
        if _depth(document) > _DEEPEST:
            raise self.error(f"{path} is damaged: it is nested more than {_DEEPEST} levels deep. {self.mend}")
        return document

    def _convert(self, path: Path, document: object, kind: type[T]) -> T:
        try:
            return msgspec.convert(document, kind)
        except msgspec.ValidationError as error:
            raise self.error(f"{path} is damaged: {error}. {self.mend}") from error

    def _sha256(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise self.unreadable(path, error) from error


def _plain(manifest: object) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(manifest)
    return document


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {_MOST_BYTES:,} bytes")
    return content


def _depth(document: object) -> int:
    """Return how many levels of lists and objects a JSON document has, without recursion."""
    depth, level = 0, [document]
    while level := [item for each in level for item in _items(each)]:
        depth += 1
    return depth


def _items(document: object) -> list[object]:
    if isinstance(document, dict):
        return list(document.values())
    return document if isinstance(document, list) else []


def _replace(aside: Path, folder: Path) -> None:
    """Move `aside` to `folder`. A folder can only replace an empty one, so an older one steps aside, or back."""
    if not folder.exists():
        aside.replace(folder)
        return
    older = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.replace(older)
    try:
        aside.replace(folder)
    except OSError:
        older.replace(folder)
        raise
    shutil.rmtree(older, ignore_errors=True)
