"""The book's network as bare arrays: their names, shapes, and how they are read from a version's folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.errors import WeightsError
from model.versions.version import WEIGHTS

Weights = dict[str, NDArray[np.float32]]


def weight_shapes(vocab_size: int) -> dict[str, tuple[int, ...]]:
    """Return names and shapes in Keras' order, the gates in the order i, f, c, o; `vocab_size` counts pad and OOV."""
    return {
        "embedding": (vocab_size, 16),
        "lstm_1/kernel": (16, 256), "lstm_1/recurrent_kernel": (64, 256), "lstm_1/bias": (256,),
        "lstm_2/kernel": (64, 128), "lstm_2/recurrent_kernel": (32, 128), "lstm_2/bias": (128,),
        "dense/kernel": (32, 1), "dense/bias": (1,),
    }  # fmt: skip


WEIGHT_NAMES = tuple(weight_shapes(0))


def read_weights(folder: Path, vocab_size: int) -> Weights:
    """Return the weights of the version in `folder`, float32, in Keras' order.

    Raises:
        WeightsError: They are not those of the book's network with a vocabulary of that size.
    """
    path, shapes = folder / WEIGHTS, weight_shapes(vocab_size)
    try:
        with np.load(path, allow_pickle=False) as file:
            weights = {name: np.asarray(file[name], np.float32) for name in shapes}
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise WeightsError(f"{path} must hold the arrays {', '.join(shapes)}: {error}") from error
    for name, shape in shapes.items():
        if weights[name].shape != shape:
            raise WeightsError(f"{path}: {name} must be of shape {shape}. Received: {weights[name].shape}")
        if not np.isfinite(weights[name]).all():
            raise WeightsError(f"{path}: {name} must hold numbers. Received: NaN or infinity")
    return weights
