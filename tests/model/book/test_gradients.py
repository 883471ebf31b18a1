"""The vanishing gradient: what is measured is the derivative, and it vanishes where it must."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import keras

from model.book.gradients import dependence, measure_reach, reach
from model.book.korean import korean_network
from model.errors import CommandError


def linear_network(decay: float) -> keras.Model:
    """Return a network whose state is `decay` times the one before, plus the input."""
    layers = keras.layers
    recurrent = layers.SimpleRNN(1, activation="linear")
    network = keras.Sequential([keras.Input((20,)), layers.Embedding(5, 1), recurrent, layers.Dense(1, "sigmoid")])
    network.layers[1].set_weights([np.ones((1, 1)), np.full((1, 1), decay), np.zeros(1)])
    return network


@pytest.mark.parametrize("decay", [0.5, 0.9])
def test_the_dependence_falls_by_the_factor_of_the_state(decay: float) -> None:
    ids = np.random.default_rng(0).integers(0, 5, (4, 20)).astype(np.int32)
    np.testing.assert_allclose(dependence(linear_network(decay), ids), decay ** np.arange(20), rtol=1e-4)


def test_the_reach_is_how_long_a_share_is_left() -> None:
    assert reach(0.5 ** np.arange(20)) == 7  # 2^-6 is above a hundredth, 2^-7 below
    assert reach(np.ones(20)) == 20


@pytest.mark.parametrize("kind", ["simple-rnn", "lstm"])
def test_a_network_is_measured_before_it_has_learned(kind: str, tmp_path: Path) -> None:
    measured = measure_reach(kind, tmp_path / "nowhere")
    assert list(measured) == [False]
    assert measured[False].shape == (100,)
    assert measured[False][0] == 1


def test_a_folder_without_a_network_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="must hold a trained network"):
        measure_reach("lstm", tmp_path)


def test_korean_networks_have_the_books_sizes() -> None:
    assert korean_network("lstm", 100).count_params() == 100 * 16 + 20_736 + 12_416 + 33
    assert korean_network("dense", 100).count_params() == 100 * 16 + 1_601
