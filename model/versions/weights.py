"""The book's network as bare arrays: their names, shapes, and how they are read from a version's folder."""

from __future__ import annotations

import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.errors import WeightsError
from model.versions.version import WEIGHTS

Weights = dict[str, NDArray[np.float32]]

EMBEDDING_DIM = 16
UNITS = {"lstm_1": 64, "lstm_2": 32}  # the book's, by layer

_MOST_OF_VALUE, _MOST_OF_HEADER = 8, 1024  # bytes; a file that unpacks to more is not read
# What a file that is none of ours can end in: MemoryError where a header promises more than there is room for.
_NO_ARRAYS = (
    OSError, ValueError, KeyError, EOFError, RuntimeError, MemoryError, NotImplementedError, tokenize.TokenError,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip


def weight_shapes(vocab_size: int) -> dict[str, tuple[int, ...]]:
    """Return names and shapes in Keras' order, the gates in the order i, f, c, o; `vocab_size` counts pad and OOV."""
    shapes: dict[str, tuple[int, ...]] = {"embedding": (vocab_size, EMBEDDING_DIM)}
    n_inputs = EMBEDDING_DIM
    for layer, units in UNITS.items():
        shapes[f"{layer}/kernel"] = (n_inputs, 4 * units)
        shapes[f"{layer}/recurrent_kernel"] = (units, 4 * units)
        shapes[f"{layer}/bias"] = (4 * units,)
        n_inputs = units
    return shapes | {"dense/kernel": (n_inputs, 1), "dense/bias": (1,)}


WEIGHT_NAMES = tuple(weight_shapes(0))


def read_weights(folder: Path, vocab_size: int) -> Weights:
    """Return the weights of the version in `folder`, float32, in Keras' order.

    Raises:
        WeightsError: They are not those of the book's network with a vocabulary of that size.
    """
    path, shapes = folder / WEIGHTS, weight_shapes(vocab_size)
    try:
        weights = _read_arrays(path, shapes)
    except _NO_ARRAYS as error:
        raise WeightsError(f"{path} must hold the arrays {', '.join(shapes)}: {error}") from error
    for name, shape in shapes.items():
        if weights[name].shape != shape:
            raise WeightsError(f"{path}: {name} must be of shape {shape}. Received: {weights[name].shape}")
        if not np.isfinite(weights[name]).all():
            raise WeightsError(f"{path}: {name} must hold numbers. Received: NaN or infinity")
    return weights


def write_weights(folder: Path, weights: Weights) -> None:
    """Write the weights into a version's folder, as `read_weights` reads them."""
    np.savez(folder / WEIGHTS, **weights)  # type: ignore[arg-type]


def _read_arrays(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> Weights:
    """Read the arrays of these names; before one is unpacked, look whether it is larger than its shape allows."""
    with zipfile.ZipFile(path) as archive:
        for name, shape in shapes.items():
            if archive.getinfo(f"{name}.npy").file_size > _MOST_OF_VALUE * math.prod(shape) + _MOST_OF_HEADER:
                raise ValueError(f"{name} is larger than an array of shape {shape}")
    with np.load(path, allow_pickle=False) as file:
        return {name: np.asarray(file[name], np.float32) for name in shapes}
