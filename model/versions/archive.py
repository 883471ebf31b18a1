"""A model version as one file: a ZIP archive of its folder, for databases and for people who carry it elsewhere.

What comes from elsewhere is not trusted: `unpack` takes the known files alone, each once, packed as `pack` packs, none
of them too large. `model.versions.foreign` says what else is not believed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from model.errors import VersionError
from model.versions.folder import MANIFEST
from model.versions.version import NETWORK, VOCABULARY, WEIGHTS

CURVES = "learning_curves.png"

_NEEDED = (MANIFEST, NETWORK, WEIGHTS, VOCABULARY)
_KNOWN = (*_NEEDED, CURVES)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may take minutes to unpack a few kilobytes
_MOST_BYTES = {MANIFEST: 2**17}  # of a file; the shipped version's manifest has 7 kB
_MOST_OF_OTHERS = 8 * 2**20  # those of the shipped version are below 0.4 MB
_LONGEST_NAME = 60  # characters of a foreign name that are repeated
_NO_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, MemoryError
)  # fmt: skip  # RuntimeError: encrypted, and RecursionError


def pack(folder: Path) -> bytes:
    """Return the archive of a version's folder."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name in _KNOWN:
            if (folder / name).exists():
                file.write(folder / name, name)
    return archive.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Write the files of an archive into a new folder. `model.versions.version.read_manifest` checks them.

    Raises:
        VersionError: It is no archive of a version.
    """
    folder.mkdir(exist_ok=True)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            for info in _entries(file):
                _extract(file, info, folder)
    except _NO_ARCHIVE as error:
        raise VersionError(f"The file must be a model version that Jigi exported, a ZIP archive: {error}") from error
    if missing := [name for name in _NEEDED if not (folder / name).exists()]:
        raise VersionError(f"The archive must hold {', '.join(_NEEDED)}. Missing: {', '.join(missing)}")


@contextmanager
def unpacked(content: bytes) -> Iterator[Path]:
    """Give the folder of an archive for as long as the block lasts.

    Raises:
        VersionError: It is no archive of a version.
    """
    with TemporaryDirectory(prefix="jigi-") as folder:
        unpack(content, Path(folder))
        yield Path(folder)


def _entries(file: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return what an archive says that it holds, before anything of it is unpacked: known names, each once."""
    entries = list(islice(file.infolist(), len(_KNOWN) + 1))
    for entry in entries:
        if entry.filename not in _KNOWN:
            raise ValueError(f"{entry.filename[:_LONGEST_NAME]!r} is not a file of a model version")
        if entry.compress_type not in _METHODS:
            raise ValueError(f"{entry.filename} is packed in a way that Jigi does not use")
    if len({entry.filename for entry in entries}) < len(entries):
        raise ValueError("it holds a file twice")
    return entries


def _extract(file: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    """Write one file; its name is one of a few, so that it cannot lead out of the folder."""
    most = _MOST_BYTES.get(entry.filename, _MOST_OF_OTHERS)
    with file.open(entry) as source:
        content = source.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{entry.filename} is larger than {most:,} bytes")
    (folder / entry.filename).write_bytes(content)
