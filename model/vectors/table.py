"""Word vectors on disk: a folder that is whole, checked, or not there at all. Nothing in it is pickled.

    manifest.json   version, provenance, metrics, and the SHA-256 of every other file
    vectors.npy     int8, float16 or float32 of shape (n_words, n_dimensions); of a row only its direction counts
    counts.npy      uint32 of shape (n_words,), how often each word occurred; 0 where nobody knows
    leanings.npy    float16 of shape (n_words,) in [-1, 1], NaN where nobody knows
    words.json      the words, most frequent first
    forms.json      dictionary form → its inflected forms, parted by spaces

`model.vectors.keyed_vectors` answers from it; `model.vector_training.train` writes it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.errors import VectorsError

FORMAT = 1
MANIFEST = "manifest.json"
VECTORS, COUNTS, LEANINGS, WORDS, FORMS = "vectors.npy", "counts.npy", "leanings.npy", "words.json", "forms.json"
_FILES = (VECTORS, COUNTS, LEANINGS, WORDS, FORMS)
_MEND = "Install Jigi again, or make the vectors again with `python -m model vectors train` or `vectors load`."

PRETRAINED_WORDS = Path(__file__).parents[1] / "pretrained" / "words-1"


@dataclass(frozen=True, slots=True)
class WordTable:
    """What the files hold; shapes as in the module's first lines."""

    words: Sequence[str]
    vectors: NDArray[Any]
    counts: NDArray[np.uint32]
    leanings: NDArray[np.float16]
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


def publish_words(folder: Path, manifest: WordsManifest, table: WordTable) -> None:
    """Write the files aside, then move them to `folder`, replacing what was there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_files(aside, table)
        document = {"format": FORMAT, **asdict(manifest), "sha256": {name: _sha256(aside / name) for name in _FILES}}
        (aside / MANIFEST).write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        aside.chmod(0o755)
        if folder.exists():
            os.replace(folder, aside.with_name(aside.name + "-old"))
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(aside.with_name(aside.name + "-old"), ignore_errors=True)


def _write_files(folder: Path, table: WordTable) -> None:
    np.save(folder / VECTORS, np.ascontiguousarray(table.vectors), allow_pickle=False)
    np.save(folder / COUNTS, table.counts.astype(np.uint32), allow_pickle=False)
    np.save(folder / LEANINGS, table.leanings.astype(np.float16), allow_pickle=False)
    forms = {word: " ".join(forms) for word, forms in table.forms.items()}
    for name, content in ((WORDS, list(table.words)), (FORMS, forms)):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def is_words_folder(folder: Path) -> bool:
    """Say whether a folder looks like word vectors, at the cost of two looks at the disk. It is not opened."""
    return all(os.path.isfile(folder / name) for name in (MANIFEST, VECTORS))  # unlike Path's, raises for none


def read_words_manifest(folder: Path) -> WordsManifest:
    """Read the manifest and check every file against its SHA-256.

    Raises:
        VectorsError: A file is missing, was changed, or is of another format.
    """
    document = _read_json(folder / MANIFEST)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise VectorsError(f"{folder / MANIFEST} must be a JSON object with format {FORMAT}. {_MEND}")
    try:
        manifest = WordsManifest(document["version"], document["metrics"], document["provenance"])
        expected = {name: document["sha256"][name] for name in _FILES}
    except (KeyError, TypeError) as error:
        raise VectorsError(f"{folder / MANIFEST} is damaged: {error} is missing. {_MEND}") from error
    for name, checksum in expected.items():
        if _sha256(folder / name) != checksum:
            raise VectorsError(f"{folder / name} is damaged: its SHA-256 is not the manifest's. {_MEND}")
    return manifest


def read_words(folder: Path) -> list[str]:
    """Return the words, most frequent first."""
    return list(_read_json(folder / WORDS))


def read_forms(folder: Path) -> dict[str, list[str]]:
    """Return the inflected forms of each dictionary form."""
    return {word: forms.split(" ") for word, forms in _read_json(folder / FORMS).items()}


def read_array(folder: Path, name: str) -> NDArray[Any]:
    """Return an array of the folder, memory-mapped."""
    try:
        return np.load(folder / name, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
    except (OSError, ValueError) as error:
        raise VectorsError(f"{folder / name} cannot be read: {error}. {_MEND}") from error


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise VectorsError(f"No word vectors can be read at {path.parent}: {error}. {_MEND}") from error


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise VectorsError(f"{path} cannot be read: {error}. {_MEND}") from error
