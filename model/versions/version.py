"""A model version on disk: which files its folder holds, and what it says of itself.

    manifest.json      version, thresholds, metrics, provenance, and the SHA-256 of every other file
    network.onnx       the network as it is served
    weights.npz        the same weights as Keras holds them, for training on
    vocabulary.json    the characters it knows

`model.classifier` serves what `model.training.publish` wrote. Nothing here is pickled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import msgspec

from model.errors import VersionError
from model.versions.folder import FolderFormat
from model.vocabulary import Vocabulary

NETWORK, WEIGHTS, VOCABULARY = "network.onnx", "weights.npz", "vocabulary.json"

PRETRAINED = Path(__file__).parents[1] / "pretrained" / "jigi-3"

_LONGEST_TEXT = 300  # characters of any text in a manifest from elsewhere
_MOST_ITEMS = 200  # of any list or object in it
_LARGEST_NUMBER = 1e15  # no seed, count or figure is larger


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model version says of itself.

    `threshold` is the P(negative) in (0, 1] from which a text is flagged. `metrics` and `provenance` are JSON objects
    for people and reports: figures on rows never trained on, and the recipe, seed and command that made the version.
    """

    version: str
    threshold: Annotated[float, msgspec.Meta(gt=0, le=1)]
    metrics: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    @property
    def recipe(self) -> dict[str, Any]:
        """The numbers of the training that made it, as far as it says so."""
        recipe = self.provenance.get("recipe")
        return recipe if isinstance(recipe, dict) else {}

    def bounded(self) -> Manifest:
        """Return what may be kept of a manifest from elsewhere: nothing too long, and figures where figures belong."""
        provenance = {name: value for name, value in self.provenance.items() if _is_of_its_kind(name, value)}
        return replace(
            self, version=_cut(self.version), metrics=_bounded(self.metrics), provenance=_bounded(provenance)
        )


_FORMAT = FolderFormat(
    Manifest,
    (NETWORK, WEIGHTS, VOCABULARY),
    "model",
    "Install Jigi again, or train the model again with `python -m model train`.",
    VersionError,
)


def publish(folder: Path, manifest: Manifest, write_files: Callable[[Path], None]) -> None:
    """Write a version aside, then move it to `folder` in one step, replacing what was there.

    `write_files` writes network, weights and vocabulary into the folder it is given; a failure in it leaves an older
    version at `folder` as it was.
    """
    _FORMAT.publish(folder, manifest, write_files)


def read_manifest(folder: Path) -> Manifest:
    """Read a version's manifest and check every file against its SHA-256.

    Raises:
        VersionError: A file is missing, was changed, or is of another format.
    """
    return _FORMAT.read(folder)


def read_vocabulary(folder: Path) -> Vocabulary:
    """Read the characters that the version in `folder` knows.

    Raises:
        VersionError: The file is missing or no vocabulary.
    """
    try:
        return Vocabulary.load(folder / VOCABULARY)
    except (OSError, ValueError) as error:
        raise _FORMAT.unreadable(folder / VOCABULARY, error) from error


def _is_of_its_kind(name: str, value: object) -> bool:
    """Say whether a fact that reports rely on is what they take it for."""
    match name:
        case "n_examples" | "n_held_back" | "seed" | "seconds":
            return isinstance(value, int | float) and abs(value) <= _LARGEST_NUMBER  # NaN is not
        case "recipe":
            return isinstance(value, dict) and isinstance(value.get("name", ""), str)
    return True


def _bounded(document: Any) -> Any:
    match document:
        case str():
            return _cut(document)
        case dict():
            return {_cut(name): _bounded(value) for name, value in list(document.items())[:_MOST_ITEMS]}
        case list():
            return [_bounded(value) for value in document[:_MOST_ITEMS]]
        case int() | float() if not abs(document) <= _LARGEST_NUMBER:
            return None
    return document


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
