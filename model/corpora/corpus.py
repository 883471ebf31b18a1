"""A corpus: unique texts as the network reads them, each with the target that it is taught, and its parts.

The target is P(positive): 1 of a positive text, 0 of a negative one, 0.5 of a neutral one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.errors import CorpusError
from model.examples import ExampleLabel, target_of
from model.reading.clean import clean
from model.reading.read import read

NEUTRAL_TARGET = target_of(ExampleLabel.NEUTRAL)

_SPLIT_SEED = 42  # the book's

Reading = Callable[[str], str]  # what the network is given of a text: `read`, or the book's `clean`


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts as the network reads them, none empty, none twice, and their targets, float32 (n_texts,) in [0, 1].

    `cleaned` are the same texts by the book's rule alone, where that was kept: by them `split` parts a corpus.
    """

    name: str
    texts: list[str]
    targets: NDArray[np.float32]
    cleaned: list[str] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Corpus:
        """Return the chosen rows (a mask or indices) as a corpus of the same name."""
        indices = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        cleaned = [self.cleaned[i] for i in indices] if self.cleaned is not None else None
        return Corpus(self.name, [self.texts[i] for i in indices], self.targets[indices], cleaned)

    def without(self, texts: Set[str]) -> Corpus:
        """Return the rows whose text is none of these."""
        return self.take(np.array([text not in texts for text in self.texts], bool))


@dataclass(frozen=True, slots=True)
class Split:
    """Three parts of a corpus that share no text."""

    train: Corpus
    validation: Corpus
    test: Corpus


def split(corpus: Corpus, validation: float, test: float) -> Split:
    """Split by a checksum of each cleaned text: the same text falls into the same part in every corpus and every run.

    `validation` and `test` are fractions of the rows, each in [0, 1). The test part lies at the lower end of the
    checksums, so that a text held out for testing with a small fraction is held out with every larger one too; and what
    an earlier version held out stays held out, however texts come to be read.
    """
    seed = _SPLIT_SEED.to_bytes(4, "little")
    cleaned = corpus.texts if corpus.cleaned is None else corpus.cleaned
    place = np.array([zlib.crc32(seed + text.encode()) for text in cleaned], np.float64) / 2**32
    is_test = place < test
    is_validation = ~is_test & (place < test + validation)
    return Split(corpus.take(~is_test & ~is_validation), corpus.take(is_validation), corpus.take(is_test))


def make_corpus(
    name: str, texts: Sequence[str] | pd.Series[str], targets: NDArray[np.generic], reading: Reading = read
) -> Corpus:
    """Read the texts, drop the empty and keep the first of equal ones, as the book's `drop_duplicates` does."""
    table = pd.DataFrame({"text": pd.Series([reading(text) for text in texts], dtype=str)})
    table["target"] = np.asarray(targets, np.float32)
    table["cleaned"] = pd.Series([clean(text) for text in texts], dtype=str)
    table = table[table["text"].str.strip() != ""].drop_duplicates("text")
    if table.empty:
        raise CorpusError(f"The {name} corpus holds no Korean text")
    return Corpus(name, table["text"].tolist(), table["target"].to_numpy(np.float32), table["cleaned"].tolist())
