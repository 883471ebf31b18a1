"""The chapter's networks: their sizes, and that they learn what the words give away."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")

from model.book.networks import PLANS, embed


@pytest.mark.parametrize(("name", "n_parameters"), [("dense", 336_001), ("simple-rnn", 324_193), ("lstm", 357_281)])
def test_each_has_the_chapters_number_of_parameters(name: str, n_parameters: int) -> None:
    network = PLANS[name].network()
    assert network.count_params() == n_parameters
    assert network.output_shape == (None, 1)
    assert network.input_shape == (None, PLANS[name].length)


def test_the_layers_parameters_are_the_chapters() -> None:
    assert [layer.count_params() for layer in PLANS["lstm"].network().layers] == [320_000, 24_832, 12_416, 33]
    assert [layer.count_params() for layer in PLANS["dense"].network().layers] == [320_000, 0, 16_001]


def test_equal_ids_have_equal_dense_vectors() -> None:
    vectors = embed(np.array([[2, 3], [3, 2]], np.int32), 5, 4)
    assert vectors.shape == (2, 2, 4)
    np.testing.assert_array_equal(vectors[0], vectors[1, ::-1])
    assert not np.array_equal(vectors[0, 0], vectors[0, 1])
