"""A model version on disk: a folder that is whole, checked, or not there at all.

    manifest.json      version, thresholds, metrics, provenance, and the SHA-256 of every other file
    network.onnx       the network as it is served
    weights.npz        the same weights as Keras holds them, for training on
    vocabulary.json    the characters it knows

`model.classifier` serves what `model.training.train` wrote. Nothing here is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from model.errors import VersionError

FORMAT = 1
MANIFEST, NETWORK, WEIGHTS, VOCABULARY = "manifest.json", "network.onnx", "weights.npz", "vocabulary.json"
_FILES = (NETWORK, WEIGHTS, VOCABULARY)

PRETRAINED = Path(__file__).parents[1] / "pretrained" / "jigi-2"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model version says of itself.

    `threshold` is the P(negative) in (0, 1] from which a text is flagged. `metrics` and `provenance` are JSON objects
    for people and reports: figures on rows never trained on, and the recipe, seed and command that made the version.
    """

    version: str
    threshold: float
    metrics: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)


def publish(folder: Path, manifest: Manifest, write_files: Callable[[Path], None]) -> None:
    """Write a version aside, then move it to `folder` in one step, replacing what was there.

    `write_files` writes network, weights and vocabulary into the folder it is given; a failure in it leaves an older
    version at `folder` as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        write_files(aside)
        document = {"format": FORMAT, **asdict(manifest), "sha256": {name: _sha256(aside / name) for name in _FILES}}
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        (aside / MANIFEST).write_text(text, encoding="utf-8")
        aside.chmod(0o755)
        _replace_folder(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def read_manifest(folder: Path) -> Manifest:
    """Read a version's manifest and check every file against its SHA-256.

    Raises:
        VersionError: A file is missing, was changed, or is of another format.
    """
    document = _read_document(folder / MANIFEST)
    if document.get("format") != FORMAT:
        raise VersionError(f"{folder / MANIFEST} must have format {FORMAT}. Received: {document.get('format')!r}")
    if missing := set(_FILES) - set(document["sha256"]):
        raise VersionError(f"{folder / MANIFEST} is damaged: no SHA-256 of {sorted(missing)}. {_MEND}")
    for name, expected in document["sha256"].items():
        if _sha256(folder / name) != expected:
            raise VersionError(f"{folder / name} is damaged: its SHA-256 is not the manifest's. {_MEND}")
    return Manifest(document["version"], document["threshold"], document["metrics"], document["provenance"])


_MEND = "Install Jigi again, or train the model again with `python -m model train`."


def _read_document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise VersionError(f"No model can be read at {path.parent}: {error}. {_MEND}") from error
    keys = {"version": str, "threshold": float, "metrics": dict, "provenance": dict, "sha256": dict}
    wrong = [key for key, kind in keys.items() if not isinstance(document.get(key), kind)]
    if wrong:
        raise VersionError(f"{path} is damaged: {', '.join(wrong)} missing or of the wrong kind. {_MEND}")
    return document  # type: ignore[no-any-return]


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise VersionError(f"{path} cannot be read: {error}. {_MEND}") from error


def _replace_folder(aside: Path, folder: Path) -> None:
    """Move `aside` to `folder`. A folder can only replace an empty one, so an older version steps aside first."""
    if not folder.exists():
        os.replace(aside, folder)
        return
    older = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    os.replace(folder, older)
    os.replace(aside, folder)
    shutil.rmtree(older)
