"""Compare the cells by hand with Keras' layers on random weights and inputs."""

from __future__ import annotations

import keras
import numpy as np

from model.errors import ParityError
from model.training.cells import LstmCell, SimpleCell

TOLERANCE = 1e-5
_N_TEXTS, _N_STEPS, _N_INPUTS, _UNITS = 4, 100, 16, 32


def largest_differences(seed: int = 42) -> dict[str, float]:
    """Return the largest difference between our cells and Keras' layers over all steps of some random sequences.

    Raises:
        ParityError: It is above 1e-5.
    """
    inputs = np.random.default_rng(seed).normal(size=(_N_TEXTS, _N_STEPS, _N_INPUTS)).astype(np.float32)
    steps = inputs.swapaxes(0, 1)  # a step of all texts at a time
    keras.utils.set_random_seed(seed)
    differences = {}
    for kind in (keras.layers.SimpleRNN, keras.layers.LSTM):
        layer = kind(_UNITS, return_sequences=True)
        expected, weights = np.asarray(layer(inputs)), layer.get_weights()
        is_simple = kind is keras.layers.SimpleRNN
        ours = SimpleCell(*weights).run(steps) if is_simple else LstmCell(*weights).run(steps).hidden
        difference = float(np.abs(ours.swapaxes(0, 1) - expected).max())
        if not difference <= TOLERANCE:
            raise ParityError(f"{kind.__name__} by hand must equal Keras within {TOLERANCE}. Difference: {difference}")
        differences[kind.__name__] = difference
    return differences
