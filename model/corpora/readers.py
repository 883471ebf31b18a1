"""Read review corpora: one format each, one result.

A `Corpus` holds cleaned, unique texts with the target the network is taught: 1 positive, 0 negative, 0.5 neutral.
`model.training.train` mixes them; `model.corpora.download` fetches the public ones.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.errors import CorpusError
from model.examples import LABELS, ExampleLabel, target_of
from model.text import clean

NEUTRAL_TARGET = target_of(ExampleLabel.NEUTRAL)
_TARGETS = {written: target_of(label) for written, label in LABELS.items()}
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


def read_naver_shopping(path: Path) -> Corpus:
    """Read `rating<TAB>review` lines (ratings 1, 2, 4, 5, no header). The book's rule: a rating above 3 is positive."""
    table = _read_table(path, ["rating", "review"], header=None)
    is_positive = _numbers(path, table["rating"], first_line=1) > 3
    return make_corpus("naver-shopping", table["review"], is_positive)


def read_nsmc(path: Path) -> Corpus:
    """Read NSMC's `id<TAB>document<TAB>label` lines (label 0 or 1, with a header)."""
    table = _read_table(path, ["id", "document", "label"], header=0)
    return make_corpus("nsmc", table["document"], _numbers(path, table["label"], first_line=2) > 0)


def read_nsmc_neutral(path: Path) -> Corpus:
    """Read `id<TAB>document<TAB>rating` lines of middling reviews (ratings 5–8, with a header), all neutral."""
    table = _read_table(path, ["id", "document", "rating"], header=0)
    return make_corpus("nsmc-neutral", table["document"], np.full(len(table), NEUTRAL_TARGET))


def read_plain(path: Path, name: str) -> Corpus:
    """Read one neutral text a line."""
    try:
        texts = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} cannot be read: {error}") from error
    return make_corpus(name, texts, np.full(len(texts), NEUTRAL_TARGET))


def read_labelled_csv(path: Path) -> Corpus:
    """Read a CSV file (TSV when so named) with the columns `label` and `text`; labels as in `model.examples.LABELS`.

    Raises:
        CorpusError: A column is missing or a label is none of these; the message says in which line.
    """
    separator = "\t" if path.suffix == ".tsv" else ","
    table = _read(path, sep=separator, quoting=csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL)
    if missing := {"text", "label"} - set(table.columns):
        raise CorpusError(f"{path} must have the columns text and label in its first line. Missing: {sorted(missing)}")
    targets = table["label"].str.strip().str.lower().map(_TARGETS)
    if targets.isna().any():
        row = int(targets.isna().to_numpy().argmax())
        label = table["label"][row]
        raise CorpusError(f"{path}, data row {row + 1}: label must be 긍정, 부정 or 중립. Received: {label!r}")
    return make_corpus(path.stem, table["text"], targets.to_numpy(np.float32))


def make_corpus(name: str, texts: Sequence[str] | pd.Series[str], targets: NDArray[np.generic]) -> Corpus:
    """Clean the texts, drop the empty and keep the first of equal ones, as the book's `drop_duplicates` does."""
    cleaned = pd.Series([clean(text) for text in texts], dtype=str)
    table = pd.DataFrame({"text": cleaned, "target": np.asarray(targets, np.float32)})
    table = table[table["text"].str.strip() != ""].drop_duplicates("text")
    if table.empty:
        raise CorpusError(f"The {name} corpus holds no Korean text")
    return Corpus(name, table["text"].tolist(), table["target"].to_numpy(np.float32))


def _read_table(path: Path, columns: list[str], header: int | None) -> pd.DataFrame:
    """Read lines whose columns are parted by tabs; quotes are not special, a lone carriage return ends no line."""
    return _read(path, sep="\t", names=columns, header=header, quoting=csv.QUOTE_NONE, lineterminator="\n")


def _read(path: Path, **options: object) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8", **options)  # type: ignore[call-overload, no-any-return]
    except (OSError, ValueError) as error:  # pandas' ParserError and UnicodeDecodeError are ValueErrors
        raise CorpusError(f"{path} cannot be read: {error}") from error


def _numbers(path: Path, column: pd.Series[str], first_line: int) -> NDArray[np.float64]:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    if np.isnan(numbers).any():
        row = int(np.isnan(numbers).argmax())
        raise CorpusError(
            f"{path}, line {row + first_line}: {column.name} must be a number. Received: {column.iloc[row]!r}"
        )
    return numbers
