"""Read review corpora: one format each, one result.

`model.corpora.splits` finds them in a folder, `model.corpora.download` fetches the public ones.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.corpora.corpus import NEUTRAL_TARGET, Corpus, Reading, make_corpus
from model.errors import CorpusError
from model.examples import LABELS, target_of
from model.reading.read import read

MIDDLE_RATING = 3
_TARGETS = {written: target_of(label) for written, label in LABELS.items()}


def read_naver_shopping(path: Path, reading: Reading = read) -> Corpus:
    """Read `rating<TAB>review` lines (ratings 1, 2, 4, 5, no header). The book's rule: a rating above 3 is positive."""
    ratings, reviews = read_rated_reviews(path)
    return _both_sides(path, make_corpus("naver-shopping", reviews, ratings > MIDDLE_RATING, reading))


def read_rated_reviews(path: Path) -> tuple[NDArray[np.float64], pd.Series[str]]:
    """Return the ratings and the raw reviews of a file of `rating<TAB>review` lines.

    Raises:
        CorpusError: It cannot be read, or a rating is no number.
    """
    table = _read_table(path, ["rating", "review"], header=None)
    return _numbers(path, table["rating"], first_line=1), table["review"]


def read_nsmc(path: Path) -> Corpus:
    """Read NSMC's `id<TAB>document<TAB>label` lines (label 0 or 1, with a header)."""
    table = _read_table(path, ["id", "document", "label"], header=0)
    return _both_sides(path, make_corpus("nsmc", table["document"], _numbers(path, table["label"], first_line=2) > 0))


def read_nsmc_mixed(path: Path) -> Corpus:
    """Read `id<TAB>document<TAB>rating` lines of mixed reviews (ratings 5–8, with a header), all neutral."""
    table = _read_table(path, ["id", "document", "rating"], header=0)
    return make_corpus("nsmc-neutral", table["document"], np.full(len(table), NEUTRAL_TARGET))


def read_kodoli(path: Path) -> tuple[Corpus, Corpus]:
    """Read KODOLI, talk of communities: tab-separated lines or the publisher's CSV, with a header.

    The columns are `offensiveness`, `sentiment` and `sentence` (the publisher's `sentences`); others are left alone.

    Returns:
        What is neither offensive nor an opinion, neutral; and what is praise (1) or blame (0), offensive or not.
    """
    sentence = "sentences" if path.suffix == ".csv" else "sentence"
    table = read_named(path, ["offensiveness", "sentiment", sentence])
    is_talk = (table["offensiveness"] == "NOT") & (table["sentiment"] == "NEU")
    opinions = table[table["sentiment"].isin(["POS", "NEG"])]
    if not is_talk.any():
        raise CorpusError(f"{path} must hold neutral talk: rows with NOT and NEU. There is none in it.")
    talk = make_corpus("community", table[sentence][is_talk], np.full(int(is_talk.sum()), NEUTRAL_TARGET))
    is_praise = (opinions["sentiment"] == "POS").to_numpy()
    return talk, _both_sides(path, make_corpus("community-opinions", opinions[sentence], is_praise))


def read_3i4k(path: Path) -> Corpus:
    """Read 3i4K's `class<TAB>sentence` lines: statements, questions and requests, all neutral.

    The publisher's `.txt` has no header, any other file has.
    """
    columns = ["class", "sentence"]
    table = _read_table(path, columns, header=None) if path.suffix == ".txt" else read_named(path, columns)
    return make_corpus("requests", table["sentence"], np.full(len(table), NEUTRAL_TARGET))


def read_chat(path: Path) -> Corpus:
    """Read everyday chat: one line a text, or the publisher's CSV, of which the questions (`Q`) are read."""
    if path.suffix != ".csv":
        return read_plain(path, "chat")
    table = read_named(path, ["Q"])
    return make_corpus("chat", table["Q"], np.full(len(table), NEUTRAL_TARGET))


def read_plain(path: Path, name: str) -> Corpus:
    """Read one neutral text a line, from a file that may be gzipped."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        texts = content.decode("utf-8").replace("\r\n", "\n").split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
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


def _both_sides(path: Path, corpus: Corpus) -> Corpus:
    """Return the corpus, which must have texts of both sides to learn from."""
    n_positive = int((corpus.targets > NEUTRAL_TARGET).sum())
    if n_positive in (0, len(corpus)):
        missing = "negative" if n_positive else "positive"
        raise CorpusError(f"{path} must hold positive and negative texts. There is no {missing} one in it.")
    return corpus


def read_named(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read a CSV, or lines parted by tabs if it is named otherwise; its first line names these columns among others.

    Raises:
        CorpusError: It cannot be read, or a column is missing.
    """
    if path.suffix == ".csv":
        table = _read(path, header=0)
    else:
        table = _read(path, sep="\t", header=0, quoting=csv.QUOTE_NONE, lineterminator="\n")
    if missing := [column for column in columns if column not in table.columns]:
        raise CorpusError(f"{path} must have the columns {', '.join(columns)} in its first line. Missing: {missing}")
    return table[columns]


def _read_table(path: Path, columns: list[str], header: int | None) -> pd.DataFrame:
    """Read lines whose columns are parted by tabs; quotes are not special, a lone carriage return ends no line."""
    return _read(path, sep="\t", names=columns, header=header, quoting=csv.QUOTE_NONE, lineterminator="\n")


def _read(path: Path, **options: object) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8", **options)  # type: ignore[call-overload, no-any-return]
    except (OSError, ValueError, EOFError, zlib.error) as error:  # pandas' and Unicode's errors are ValueErrors
        raise CorpusError(f"{path} cannot be read: {error}") from error


def _numbers(path: Path, column: pd.Series[str], first_line: int) -> NDArray[np.float64]:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    if np.isnan(numbers).any():
        row = int(np.isnan(numbers).argmax())
        raise CorpusError(
            f"{path}, line {row + first_line}: {column.name} must be a number. Received: {column.iloc[row]!r}"
        )
    return numbers
