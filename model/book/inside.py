"""Look inside a version while it reads: the gates of its last LSTM, and P(positive), after each character."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.errors import CommandError
from model.reading.read import read
from model.reading.windows import windows
from model.training.cells import LstmStep, sigmoid
from model.training.export import lstm_cell
from model.versions.version import read_manifest, read_vocabulary
from model.versions.weights import Weights, read_weights

LAST = "lstm_2"


@dataclass(frozen=True, slots=True)
class Reading:
    """What happened while a text was read, one row a character."""

    characters: str
    happened: LstmStep  # of the last LSTM, each (n_characters, 32)
    probabilities: NDArray[np.floating[Any]]  # P(positive) if the text ended there, (n_characters,)
    weights: NDArray[np.float64]  # of the units in the answer, (32,): above 0 speaks for positive


def look_inside(text: str, version: Path) -> Reading:
    """Read a text with a version's weights, its cells computed by hand; of a long text, the last 100 characters.

    Raises:
        CommandError: There is nothing to read in the text.
        VersionError: The version is missing or damaged.
    """
    read_manifest(version)  # checks the files
    vocabulary = read_vocabulary(version)
    weights = read_weights(version, len(vocabulary))
    characters = windows(read(text))[-1]
    if not characters.strip():
        raise CommandError(f"The sentence must hold Hangul or digits. Received: {text!r}")
    happened = _run(weights, vocabulary.encode([characters])[0])
    shown = LstmStep(*(values[-len(characters) :] for values in happened))
    dense = weights["dense/kernel"][:, 0].astype(np.float64)
    return Reading(characters, shown, sigmoid(shown.hidden @ dense + weights["dense/bias"][0]), dense)


def _run(weights: Weights, ids: NDArray[np.int32]) -> LstmStep:
    embedded = weights["embedding"][ids].astype(np.float64)  # (100, 16), padding included
    return lstm_cell(weights, LAST).run(lstm_cell(weights, "lstm_1").run(embedded).hidden)


def widest(gate: NDArray[np.floating[Any]], characters: str) -> tuple[int, float]:
    """Return at which character a gate was open widest, on the mean of its units, and how far; no space is one."""
    openness = gate.mean(axis=1)
    is_letter = np.array([character != " " for character in characters])
    best = int(np.where(is_letter, openness, -1).argmax())
    return best, float(openness[best])
