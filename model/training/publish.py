"""From a trained network to a published version: export → prove parity → publish. Under every training and import.

Keras itself is not imported: whoever publishes hands over its network, or weights that came from elsewhere.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from model.classifier import Classifier
from model.errors import ParityError
from model.reading.read import read
from model.reading.windows import windows
from model.training.export import export_onnx
from model.versions.archive import CURVES
from model.versions.version import NETWORK, VOCABULARY, Manifest, publish
from model.versions.weights import WEIGHT_NAMES, Weights, write_weights
from model.vocabulary import Vocabulary

if TYPE_CHECKING:
    import keras

PARITY_TOLERANCE = 1e-5

_PARITY_BATCH_SIZE = 1024


class _Recipe(Protocol):
    """A frozen dataclass of a training's numbers."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ExportedNetwork:
    """A network as it will be served, exported once."""

    vocabulary: Vocabulary
    weights: Weights
    onnx: bytes

    @classmethod
    def of(cls, vocabulary: Vocabulary, weights: Weights) -> ExportedNetwork:
        """Export weights in Keras' order."""
        return cls(vocabulary, weights, export_onnx(weights))

    def classifier(self, name: str, threshold: float = 1.0) -> Classifier:
        """Return what serves it."""
        return Classifier(name, threshold, self.vocabulary, self.onnx)


def weights_of(network: keras.Model) -> Weights:
    """Return the weights of a Keras network by their names."""
    return dict(zip(WEIGHT_NAMES, network.get_weights(), strict=True))


def prove_parity(classifier: Classifier, network: keras.Model, texts: Sequence[str]) -> float:
    """Return the largest difference between the served and the Keras network on the windows of texts.

    Raises:
        ParityError: It is above 1e-5.
    """
    parts = [part for text in texts for part in windows(read(text))]
    ids = classifier.vocabulary.encode(parts)
    expected = network.predict(ids, batch_size=_PARITY_BATCH_SIZE, verbose=0)[:, 0]
    difference = float(np.abs(classifier.probabilities(parts) - expected).max())
    if not difference <= PARITY_TOLERANCE:  # NaN is no parity either
        raise ParityError(f"ONNX Runtime must equal Keras within {PARITY_TOLERANCE}. Largest difference: {difference}")
    return difference


def provenance(command: str, recipe: _Recipe, seed: int, seconds: float, **facts: object) -> dict[str, Any]:
    """Return how a version was made; `facts` are what else there is to say of this training."""
    return {
        "command": command,
        "recipe": asdict(recipe),
        "seed": seed,
        **facts,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "python": platform.python_version(),
        "keras": version("keras"),
        "tensorflow": version("tensorflow"),
    }


def publish_version(folder: Path, manifest: Manifest, network: ExportedNetwork, curves: bytes | None = None) -> None:
    """Publish a network as the version at `folder`, with a PNG of its learning curves if there is one."""

    def write_files(aside: Path) -> None:
        network.vocabulary.save(aside / VOCABULARY)
        write_weights(aside, network.weights)
        (aside / NETWORK).write_bytes(network.onnx)
        if curves:
            (aside / CURVES).write_bytes(curves)

    publish(folder, manifest, write_files)
