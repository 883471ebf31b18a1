"""The recurrent cells by hand: one step as the definition has it, and whole runs as Keras computes them."""

from __future__ import annotations

import numpy as np
import pytest

from model.training.cells import LstmCell, SimpleCell, sigmoid


def test_a_simple_cell_hands_its_output_on() -> None:
    cell = SimpleCell(np.array([[2.0]]), np.array([[0.5]]), np.array([0.1]))
    first, second = cell.run(np.array([[1.0], [-1.0]]))[:, 0]
    assert first == pytest.approx(np.tanh(2.1))
    assert second == pytest.approx(np.tanh(-2 + 0.5 * first + 0.1))


def test_a_closed_input_gate_and_an_open_forget_gate_keep_the_cell_state() -> None:
    shut, open_ = -50.0, 50.0
    cell = LstmCell(np.zeros((1, 4)), np.zeros((1, 4)), np.array([shut, open_, 3.0, open_]))
    step = cell.step(np.ones(1), np.zeros(1), np.array([0.7]))
    assert step.cell == pytest.approx(0.7)
    assert step.hidden == pytest.approx(np.tanh(0.7))
    assert (step.forget[0], step.input[0]) == pytest.approx((1, 0))


def test_a_closed_forget_gate_takes_the_candidate_alone() -> None:
    cell = LstmCell(np.zeros((1, 4)), np.zeros((1, 4)), np.array([50.0, -50.0, 0.5, 0.0]))
    step = cell.step(np.ones(1), np.zeros(1), np.array([0.7]))
    assert step.cell == pytest.approx(np.tanh(0.5))
    assert step.hidden == pytest.approx(0.5 * np.tanh(np.tanh(0.5)))


def test_the_sigmoid_overflows_nowhere() -> None:
    with np.errstate(all="raise"):
        np.testing.assert_allclose(sigmoid(np.array([-1000.0, 0.0, 1000.0])), [0, 0.5, 1])


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM"])
def test_runs_equal_keras(name: str, seed: int) -> None:
    layers = pytest.importorskip("keras.layers")
    generator = np.random.default_rng(seed)
    inputs = generator.normal(size=(3, 30, 5)).astype(np.float32)
    layer = getattr(layers, name)(8, return_sequences=True)
    layer.build(inputs.shape)
    weights = [generator.normal(0, 0.5, weight.shape).astype(np.float32) for weight in layer.get_weights()]
    layer.set_weights(weights)
    steps = inputs.swapaxes(0, 1)
    ours = SimpleCell(*weights).run(steps) if name == "SimpleRNN" else LstmCell(*weights).run(steps).hidden
    np.testing.assert_allclose(ours.swapaxes(0, 1), np.asarray(layer(inputs)), atol=1e-5)
