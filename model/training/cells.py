"""The recurrent cells by hand: one step of a SimpleRNN and of an LSTM in NumPy, equal to Keras' layers.

Weights have Keras' shapes: kernel (n_inputs, n), recurrent kernel (units, n) and bias (n,), where n is the number of
units, of an LSTM four times as many, its gates in the order i, f, c, o. Inputs and states may be batches: (…, n_inputs)
and (…, units). `model.training.export` computes an LSTM's states after padding with it, `model.book` looks inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class SimpleCell:
    """A simple recurrent cell: its output is the state it hands to the next step."""

    kernel: Array
    recurrent_kernel: Array
    bias: Array

    def step(self, x: Array, state: Array) -> Array:
        """Return tanh(W·x + U·state + b)."""
        output: Array = np.tanh(x @ self.kernel + state @ self.recurrent_kernel + self.bias)
        return output

    def run(self, steps: Sequence[Array] | Array) -> Array:
        """Return the state after each step, (n_steps, …, units), beginning with zeros."""
        state = np.zeros((*steps[0].shape[:-1], len(self.recurrent_kernel)), self.kernel.dtype)
        states = []
        for x in steps:
            state = self.step(x, state)
            states.append(state)
        return np.stack(states)


class LstmStep(NamedTuple):
    """What happens in an LSTM cell in one step, each of shape (…, units); of a whole run, (n_steps, …, units)."""

    forget: Array  # how much of the cell state is kept, in (0, 1)
    input: Array  # how much of the candidate is let in, in (0, 1)
    candidate: Array  # what might be remembered, in (-1, 1)
    output: Array  # how much of the cell state is shown, in (0, 1)
    cell: Array  # forget · cell before + input · candidate
    hidden: Array  # output · tanh(cell)


@dataclass(frozen=True, slots=True)
class LstmCell:
    """An LSTM cell: its gates say what the cell state forgets, takes in and shows."""

    kernel: Array
    recurrent_kernel: Array
    bias: Array

    def step(self, x: Array, hidden: Array, cell: Array) -> LstmStep:
        """Return the gates, and the states after this step."""
        i, f, c, o = np.split(x @ self.kernel + hidden @ self.recurrent_kernel + self.bias, 4, axis=-1)
        input_gate, forget_gate, candidate, output_gate = sigmoid(i), sigmoid(f), np.tanh(c), sigmoid(o)
        cell = forget_gate * cell + input_gate * candidate
        return LstmStep(forget_gate, input_gate, candidate, output_gate, cell, output_gate * np.tanh(cell))

    def run(self, steps: Sequence[Array] | Array) -> LstmStep:
        """Return gates and states of all steps, beginning with states of zeros."""
        hidden = cell = np.zeros((*steps[0].shape[:-1], len(self.recurrent_kernel)), self.kernel.dtype)
        happened = []
        for x in steps:
            happened.append(self.step(x, hidden, cell))
            hidden, cell = happened[-1].hidden, happened[-1].cell
        return LstmStep(*(np.stack(each) for each in zip(*happened, strict=True)))


def sigmoid(x: Array) -> Array:
    """Return the logistic function, without overflow."""
    result: Array = 0.5 * (1 + np.tanh(0.5 * x))
    return result
