"""Read the weights of a model that was saved as in the chapter: `model.save("naver_review.h5")`, of Keras 2 or 3.

The arrays alone are taken, in the order of the layers; nothing that a file says of layers, code or other files is
followed. Imports h5py and no TensorFlow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from model.errors import WeightsError
from model.versions.weights import EMBEDDING_DIM, WEIGHT_NAMES, Weights, weight_shapes

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_OTHERS = (  # what begins otherwise, and what to do about it
    (b"PK\x03\x04", 'a ZIP archive, as Keras\' .keras files are. Save the model again with model.save("NAME.h5")'),
    (b"\x80", 'a pickle, which could run code and is never opened. Save the model with model.save("NAME.h5")'),
    (b"", 'something else. Save the model with model.save("NAME.h5")'),
)
_MOST_IDS = 20_000  # more than there are characters; a file that promises more is not read
_MOST_SHOWN = 12  # shapes that are repeated
_NO_WEIGHTS = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError)  # what h5py ends in


@dataclass(frozen=True, slots=True)
class KerasFile:
    """What is taken of a file: the weights, float32, in Keras' order, and the version of Keras that wrote it."""

    weights: Weights
    keras_version: str

    @property
    def n_ids(self) -> int:
        """Return how many ids the network knows, padding and `<OOV>` included."""
        return len(self.weights["embedding"])


def read_keras_file(path: Path) -> KerasFile:
    """Read a legacy HDF5 model, whole or its weights alone.

    Raises:
        WeightsError: It is no such file, is damaged, or holds another network than the book's.
    """
    _check_start(path)
    try:
        with h5py.File(path, "r") as file:
            arrays = _arrays(path, _layers(file))
            keras_version = re.sub(r"[^\w.+-]", "", _text(_layers(file).attrs.get("keras_version", "")))[:20]
    except _NO_WEIGHTS as error:
        raise WeightsError(
            f"{path} is damaged, cut short, or no Keras model: {error}. Copy it again, or save the model again."
        ) from error
    return KerasFile(arrays, keras_version)


def _check_start(path: Path) -> None:
    if path.is_dir():
        raise WeightsError(f'{path} is a folder. Give the file that model.save("NAME.h5") has written.')
    try:
        with path.open("rb") as file:
            start = file.read(len(_SIGNATURE))
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}. Give the model's .h5 file.") from error
    if start != _SIGNATURE:
        received = next(about for begin, about in _OTHERS if start.startswith(begin))
        raise WeightsError(f"{path} must be a Keras model in HDF5. Received: {received if start else 'an empty file'}.")


def _layers(file: h5py.File) -> h5py.Group:
    return file.get("model_weights", file)


def _arrays(path: Path, layers: h5py.Group) -> Weights:
    """Return the arrays by Jigi's names; what is too large, or kept in another file, is not read."""
    found = list(_datasets(layers))
    n_ids = found[0].shape[0] if found and len(found[0].shape) == 2 else 0
    expected = list(weight_shapes(n_ids).values())
    if [dataset.shape for dataset in found] != expected or not 2 <= n_ids <= _MOST_IDS:
        received = _shapes(dataset.shape for dataset in found[:_MOST_SHOWN])
        raise WeightsError(
            f"{path} must hold the book's network, Embedding({EMBEDDING_DIM}) → LSTM(64) → LSTM(32) → Dense(1): "
            f"arrays of {_shapes(expected[1:])} after the embedding. Received: {received}"
        )
    if any(d.is_virtual or d.external or d.file.filename != layers.file.filename for d in found):
        raise WeightsError(f"{path} must hold its weights itself, and refers to other files")
    weights = {name: np.asarray(dataset[()], np.float32) for name, dataset in zip(WEIGHT_NAMES, found, strict=True)}
    if not all(np.isfinite(array).all() for array in weights.values()):
        raise WeightsError(f"{path} must hold numbers. Received: NaN or infinity in its weights")
    return weights


def _datasets(layers: h5py.Group) -> Iterator[h5py.Dataset]:
    """Yield the arrays in the order of the layers, as Keras 2 and 3 list them in attributes."""
    for layer in layers.attrs["layer_names"]:
        group = layers[_text(layer)]
        for name in group.attrs["weight_names"]:
            dataset = group[_text(name)]
            if not isinstance(dataset, h5py.Dataset):
                raise ValueError(f"{_text(name)} is no array")
            yield dataset


def _shapes(shapes: object) -> str:
    return ", ".join("×".join(map(str, shape)) for shape in shapes) or "none"  # type: ignore[attr-defined]


def _text(name: object) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
