"""Word vectors on disk: which files their folder holds. Nothing in it is pickled.

    manifest.json   version, provenance, metrics, and the SHA-256 of every other file
    vectors.npy     int8, float16 or float32 of shape (n_words, n_dimensions); of a row only its direction counts
    counts.npy      uint32 of shape (n_words,), how often each word occurred; 0 where nobody knows
    leanings.npy    float16 of shape (n_words,) in [-1, 1], NaN where nobody knows
    words.json      the words, most frequent first
    forms.json      dictionary form → its inflected forms, parted by spaces

`model.vectors.keyed_vectors` answers from it; `model.vector_training.train` writes it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from model.errors import VectorsError
from model.versions.folder import MANIFEST, FolderFormat

VECTORS, COUNTS, POLARITIES, WORDS, FORMS = "vectors.npy", "counts.npy", "leanings.npy", "words.json", "forms.json"

T = TypeVar("T")

PRETRAINED_WORDS = Path(__file__).parents[1] / "pretrained" / "words-2"


@dataclass(frozen=True, slots=True)
class WordTable:
    """What the files hold; shapes as in the module's first lines."""

    words: Sequence[str]
    vectors: NDArray[Any]
    counts: NDArray[np.uint32]
    polarities: NDArray[np.float16]
    forms: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WordsManifest:
    """What a folder of vectors says of itself; `metrics` and `provenance` are JSON objects for people and reports."""

    version: str
    metrics: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)


def to_int8(vectors: NDArray[np.float32]) -> NDArray[np.int8]:
    """Round each row to int8 with its largest component at ±127; only a row's direction counts, so no scale is kept."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scale = 127 / np.where(largest > 0, largest, 1)
    rounded: NDArray[np.int8] = np.rint(vectors * scale).astype(np.int8)
    return rounded


_FORMAT = FolderFormat(
    WordsManifest,
    (VECTORS, COUNTS, POLARITIES, WORDS, FORMS),
    "word vectors",
    "Install Jigi again, or make the vectors again with `python -m model vectors train` or `vectors load`.",
    VectorsError,
)


def publish_words(folder: Path, manifest: WordsManifest, table: WordTable) -> None:
    """Write the files aside, then move them to `folder`, replacing what was there."""
    _FORMAT.publish(folder, manifest, lambda aside: _write_files(aside, table))


def _write_files(folder: Path, table: WordTable) -> None:
    np.save(folder / VECTORS, np.ascontiguousarray(table.vectors), allow_pickle=False)
    np.save(folder / COUNTS, table.counts.astype(np.uint32), allow_pickle=False)
    np.save(folder / POLARITIES, table.polarities.astype(np.float16), allow_pickle=False)
    forms = {word: " ".join(forms) for word, forms in table.forms.items()}
    for name, content in ((WORDS, list(table.words)), (FORMS, forms)):
        (folder / name).write_bytes(msgspec.json.encode(content))


def is_words_folder(folder: Path) -> bool:
    """Say whether a folder looks like word vectors, at the cost of two looks at the disk. It is not opened."""
    # Path's raises for some names, such as too long ones; os.path's for none.
    return all(os.path.isfile(folder / name) for name in (MANIFEST, VECTORS))  # noqa: PTH113


def read_words_manifest(folder: Path) -> WordsManifest:
    """Read the manifest and check every file against its SHA-256.

    Raises:
        VectorsError: A file is missing, was changed, or is of another format.
    """
    return _FORMAT.read(folder)


def read_words(folder: Path) -> list[str]:
    """Return the words, most frequent first.

    Raises:
        VectorsError: The file cannot be read or is no list of words, each there once.
    """
    words = _read_json(folder / WORDS, list[str])
    if len(set(words)) < len(words):
        raise _FORMAT.unreadable(folder / WORDS, "a word stands there twice")
    return words


def read_forms(folder: Path) -> dict[str, list[str]]:
    """Return the inflected forms of each dictionary form.

    Raises:
        VectorsError: The file cannot be read or holds something else.
    """
    return {word: forms.split() for word, forms in _read_json(folder / FORMS, dict[str, str]).items()}


def read_array(folder: Path, name: str) -> NDArray[Any]:
    """Return an array of the folder, memory-mapped.

    Raises:
        VectorsError: It cannot be read.
    """
    try:
        return np.load(folder / name, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
    except (OSError, ValueError, EOFError) as error:
        raise _FORMAT.unreadable(folder / name, error) from error


def _read_json(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        raise _FORMAT.unreadable(path, error) from error
