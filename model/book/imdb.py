"""The IMDB reviews as `keras.datasets.imdb` hands them out: from the Internet, or made of a file of raw texts.

Either way a review begins with `<start>`, its words are numbered by their frequency, and rows are shuffled by one seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.book.words import split_words
from model.corpora.readers import read_named
from model.errors import CorpusError
from model.vocabulary import by_frequency, pad

NUM_WORDS = 10_000
START_ID, OOV_ID, INDEX_FROM = 1, 2, 3  # Keras': the most frequent word has 1 + 3

_COLUMNS = ["split", "label", "text"]
_FORMAT = "split<TAB>label<TAB>rating<TAB>text, split being train or test and label 0 or 1"
_SEED = 113  # Keras'


@dataclass(frozen=True, slots=True)
class Rows:
    """Padded ids, int32 of shape (n_rows, length), and labels, float32 of shape (n_rows,): 1 is positive."""

    ids: NDArray[np.int32]
    labels: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews as lists of ids, not padded, and their labels."""

    ids: Sequence[Sequence[int]]
    labels: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    def padded(self, length: int) -> Rows:
        """Return the last `length` ids of each review, padded at the front."""
        return Rows(pad(self.ids, length), self.labels)

    def without(self, others: Reviews) -> Reviews:
        """Return the reviews that are none of the others."""
        left_out = set(map(tuple, others.ids))
        kept = np.array([tuple(ids) not in left_out for ids in self.ids], bool)
        return Reviews([ids for ids, is_kept in zip(self.ids, kept, strict=True) if is_kept], self.labels[kept])


@dataclass(frozen=True, slots=True)
class Imdb:
    """The reviews to learn from, those to test by, and each word's rank by frequency, from 1."""

    train: Reviews
    test: Reviews
    word_index: Mapping[str, int]

    def most_frequent(self, n: int) -> list[str]:
        """Return the `n` most frequent words."""
        return sorted(self.word_index, key=self.word_index.__getitem__)[:n]

    def text(self, ids: Iterable[int]) -> str:
        """Return a review in words again; what is unknown is a question mark."""
        words = {rank + INDEX_FROM: word for word, rank in self.word_index.items()}
        return " ".join(words.get(word_id, "?") for word_id in ids if word_id > START_ID)


def load_imdb(file: Path | None = None) -> Imdb:
    """Read the reviews of a file, or fetch those that Keras offers.

    The published training part holds some reviews of the test part word for word: they are left out of it.

    Raises:
        CorpusError: The file is not of the format, or there is no connection.
    """
    imdb = _fetch() if file is None else read_imdb(file)
    return replace(imdb, train=imdb.train.without(imdb.test))


def read_imdb(path: Path) -> Imdb:
    """Read a TSV `split<TAB>label<TAB>rating<TAB>text` of raw reviews, gzipped or not.

    Raises:
        CorpusError: It cannot be read or is not of the format.
    """
    table = _checked(path)
    table["words"] = table["text"].map(split_words)
    table = table.iloc[np.random.default_rng(_SEED).permutation(len(table))]
    train, test = (table[table["split"] == name] for name in ("train", "test"))
    word_index = {word: rank for rank, word in enumerate(by_frequency(train.sort_index()["words"]), 1)}
    return Imdb(_numbered(train, word_index), _numbered(test, word_index), word_index)


def _checked(path: Path) -> pd.DataFrame:
    try:
        table = read_named(path, _COLUMNS)
    except CorpusError as error:
        raise CorpusError(f"{error} --imdb expects a TSV with the header {_FORMAT}.") from error
    for column, allowed in (("split", ["train", "test"]), ("label", ["0", "1"])):
        is_wrong = ~table[column].isin(allowed).to_numpy()
        if is_wrong.any():
            row = int(is_wrong.argmax())
            expected, received = " or ".join(allowed), table[column].iloc[row]
            raise CorpusError(f"{path}, line {row + 2}: {column} must be {expected}. Received: {received!r}")
    for name in ("train", "test"):
        if table[table["split"] == name]["label"].nunique() < 2:
            raise CorpusError(f"{path} must hold positive and negative reviews in the {name} part, and does not.")
    return table.copy()


def _numbered(part: pd.DataFrame, word_index: Mapping[str, int]) -> Reviews:
    ids = [list(chain([START_ID], (_id(word_index.get(word)) for word in words))) for words in part["words"]]
    return Reviews(ids, part["label"].to_numpy(np.float32))


def _id(rank: int | None) -> int:
    return OOV_ID if rank is None or rank + INDEX_FROM >= NUM_WORDS else rank + INDEX_FROM


def _fetch() -> Imdb:
    import keras  # to read a file takes no Keras

    try:
        (train, train_labels), (test, test_labels) = keras.datasets.imdb.load_data(num_words=NUM_WORDS)
        word_index = keras.datasets.imdb.get_word_index()
    except OSError as error:  # no connection; Keras wraps urllib's errors
        raise _unreachable(error) from error
    except Exception as error:
        if type(error) is not Exception:  # Keras raises a bare one for a failed download
            raise
        raise _unreachable(error) from error
    return Imdb(
        Reviews(train, train_labels.astype(np.float32)), Reviews(test, test_labels.astype(np.float32)), word_index
    )


def _unreachable(error: Exception) -> CorpusError:
    return CorpusError(
        f"The IMDB reviews cannot be fetched by keras.datasets: {error}. Check the connection, or give a TSV with the "
        f"header {_FORMAT}: --imdb FILE"
    )
