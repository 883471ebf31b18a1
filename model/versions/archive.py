"""A model version as one file: a ZIP archive of its folder, for databases and for people who carry it elsewhere.

What comes from elsewhere is not trusted: `unpack` takes the known files alone, none of them too large, and
`python -m model import` builds the network anew from the weights, so that no foreign graph is ever run.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from model.errors import VersionError
from model.versions.folder import MANIFEST
from model.versions.version import NETWORK, VOCABULARY, WEIGHTS

CURVES = "learning_curves.png"

_NEEDED = (MANIFEST, NETWORK, WEIGHTS, VOCABULARY)
_KNOWN = (*_NEEDED, CURVES)
_MAX_BYTES = 8 * 2**20  # of one file; those of the shipped version are below 0.4 MB


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
            for info in file.infolist():
                _extract(file, info, folder)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
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


def _extract(file: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path) -> None:
    """Write one file; its name is one of a few, so that it cannot lead out of the folder."""
    if info.filename not in _KNOWN:
        raise ValueError(f"{info.filename!r} is not a file of a model version")
    with file.open(info) as source:
        content = source.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ValueError(f"{info.filename} is larger than {_MAX_BYTES:,} bytes")
    (folder / info.filename).write_bytes(content)
