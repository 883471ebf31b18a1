"""A corpus: cleaned, unique texts, each with the target that the network is taught, and its parts.

The target is P(positive): 1 of a positive text, 0 of a negative one, 0.5 of a neutral one.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.errors import CorpusError
from model.examples import ExampleLabel, target_of
from model.text import clean

NEUTRAL_TARGET = target_of(ExampleLabel.NEUTRAL)

_SPLIT_SEED = 42  # the book's


@dataclass(frozen=True, slots=True)
class Corpus:
    """Cleaned texts, none empty, none twice, and their targets, float32 of shape (n_texts,) in [0, 1]."""

    name: str
    texts: list[str]
    targets: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Corpus:
        """Return the chosen rows (a mask or indices) as a corpus of the same name."""
        indices = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return Corpus(self.name, [self.texts[i] for i in indices], self.targets[indices])


@dataclass(frozen=True, slots=True)
class Split:
    """Three parts of a corpus that share no text."""

    train: Corpus
    validation: Corpus
    test: Corpus


def split(corpus: Corpus, validation: float, test: float) -> Split:
    """Split by a checksum of each text: the same text falls into the same part in every corpus and every run.

    `validation` and `test` are fractions of the rows, each in [0, 1). The test part lies at the lower end of the
    checksums, so that a text held out for testing with a small fraction is held out with every larger one too.
    """
    seed = _SPLIT_SEED.to_bytes(4, "little")
    place = np.array([zlib.crc32(seed + text.encode()) for text in corpus.texts], np.float64) / 2**32
    is_test = place < test
    is_validation = ~is_test & (place < test + validation)
    return Split(corpus.take(~is_test & ~is_validation), corpus.take(is_validation), corpus.take(is_test))


def make_corpus(name: str, texts: Sequence[str] | pd.Series[str], targets: NDArray[np.generic]) -> Corpus:
    """Clean the texts, drop the empty and keep the first of equal ones, as the book's `drop_duplicates` does."""
    cleaned = pd.Series([clean(text) for text in texts], dtype=str)
    table = pd.DataFrame({"text": cleaned, "target": np.asarray(targets, np.float32)})
    table = table[table["text"].str.strip() != ""].drop_duplicates("text")
    if table.empty:
        raise CorpusError(f"The {name} corpus holds no Korean text")
    return Corpus(name, table["text"].tolist(), table["target"].to_numpy(np.float32))
