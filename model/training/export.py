"""Turn trained weights into the ONNX graph that serves them.

The graph computes what the Keras network computes, with two exact savings. A text shorter than 100 characters begins
with pads, and the LSTMs' states after n pads depend on n alone: they are a table in the graph, gathered as the
initial states. The text itself then comes left-aligned with its length, so that no pad is ever computed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from model.training.cells import LstmCell
from model.versions.weights import UNITS, Weights
from model.vocabulary import MAX_LENGTH, PAD_ID

_OPSET = 17
_IR_VERSION = 8  # read by every ONNX Runtime since 1.14


def export_onnx(weights: Weights) -> bytes:
    """Return the serving graph: `ids` int32 (batch, n) and `lengths` int32 (batch,) → `probability` float32 (batch,).

    `ids` are left-aligned and not longer than 100; `lengths` are in [1, 100]. An empty text is one pad of length 1.
    """
    tables = _pad_states(weights)
    constants: dict[str, NDArray[np.generic]] = {
        "embedding": weights["embedding"],
        **_onnx_lstm(weights, "lstm_1"),
        **_onnx_lstm(weights, "lstm_2"),
        **{name: table.astype(np.float32) for name, table in tables.items()},
        "dense/kernel": weights["dense/kernel"],
        "dense/bias": weights["dense/bias"],
        "max_length": np.array(MAX_LENGTH, np.int32),
        "axis_0": np.array([0], np.int64),
        "axis_1": np.array([1], np.int64),
    }
    network: bytes = _model(constants).SerializeToString()
    return network


def _model(constants: dict[str, NDArray[np.generic]]) -> onnx.ModelProto:
    node = helper.make_node
    nodes = [
        node("Gather", ["embedding", "ids"], ["embedded"]),  # (batch, n, 16)
        node("Transpose", ["embedded"], ["steps"], perm=[1, 0, 2]),  # (n, batch, 16)
        node("Sub", ["max_length", "lengths"], ["n_pads"]),  # (batch,)
        *_lstm_nodes("lstm_1", "steps"),
        node("Squeeze", ["lstm_1/sequence", "axis_1"], ["sequence"]),  # (n, batch, 64)
        *_lstm_nodes("lstm_2", "sequence"),
        node("Squeeze", ["lstm_2/last", "axis_0"], ["last"]),  # (batch, 32)
        node("Gemm", ["last", "dense/kernel", "dense/bias"], ["logits"]),  # (batch, 1)
        node("Sigmoid", ["logits"], ["sigmoid"]),
        node("Squeeze", ["sigmoid", "axis_1"], ["probability"]),  # (batch,)
    ]
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT32, ["batch", "n"]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
    ]
    outputs = [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["batch"])]
    initializers = [numpy_helper.from_array(np.ascontiguousarray(a), name) for name, a in constants.items()]
    graph = helper.make_graph(nodes, "jigi", inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
    onnx.checker.check_model(model)
    return model


def _lstm_nodes(name: str, sequence: str) -> list[onnx.NodeProto]:
    node = helper.make_node
    gathers = [
        step
        for state in ("h", "c")
        for step in (
            node("Gather", [f"{name}/{state}_after_pads", "n_pads"], [f"{name}/{state}_rows"]),  # (batch, units)
            node("Unsqueeze", [f"{name}/{state}_rows", "axis_0"], [f"{name}/{state}"]),  # (1, batch, units)
        )
    ]
    inputs = [sequence, f"{name}/W", f"{name}/R", f"{name}/B", "lengths", f"{name}/h", f"{name}/c"]
    outputs = [f"{name}/sequence", f"{name}/last"]
    return [*gathers, node("LSTM", inputs, outputs, hidden_size=UNITS[name])]


def _onnx_lstm(weights: Weights, name: str) -> Weights:
    """Reorder the gates from Keras' i, f, c, o to ONNX' i, o, f, c, one row a unit, one direction."""

    def reorder(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        i, f, c, o = np.split(matrix, 4, axis=-1)
        return np.concatenate([i, o, f, c], axis=-1).T[None]

    bias = reorder(weights[f"{name}/bias"])
    return {
        f"{name}/W": reorder(weights[f"{name}/kernel"]),
        f"{name}/R": reorder(weights[f"{name}/recurrent_kernel"]),
        f"{name}/B": np.concatenate([bias, np.zeros_like(bias)], axis=-1),
    }


def _pad_states(weights: Weights) -> dict[str, NDArray[np.floating[Any]]]:
    """Return both LSTMs' states after 0 … 100 pads, each of shape (101, units), computed in double precision."""
    steps: NDArray[np.floating[Any]] = np.repeat(weights["embedding"][PAD_ID][None].astype(np.float64), MAX_LENGTH, 0)
    tables: dict[str, NDArray[np.floating[Any]]] = {}
    for name, units in UNITS.items():
        happened = lstm_cell(weights, name).run(steps)
        begin = np.zeros((1, units))
        tables[f"{name}/h_after_pads"] = np.concatenate([begin, happened.hidden])
        tables[f"{name}/c_after_pads"] = np.concatenate([begin, happened.cell])
        steps = happened.hidden
    return tables


def lstm_cell(weights: Weights, name: str) -> LstmCell:
    """Return one of the network's LSTMs as a cell by hand, in double precision."""
    return LstmCell(*(weights[f"{name}/{part}"].astype(np.float64) for part in ("kernel", "recurrent_kernel", "bias")))
