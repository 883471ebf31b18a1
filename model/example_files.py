"""Labelled examples as CSV and TSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from model.errors import JigiModelError
from model.examples import LABELS, Example, ExampleLabel
from model.reading import read_message


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file of examples may be; `n_characters` is of one text."""

    n_bytes: int = 1_000_000
    n_rows: int = 5_000
    n_characters: int = 4_000  # the longest message that Discord lets anyone send


class Problem(StrEnum):
    """What is wrong with a row."""

    COLUMNS = "it has not as many columns as the first line"
    NO_HANGUL = "the text holds no Hangul and no digit to learn from"
    TOO_LONG = "the text is too long"
    LABEL = "label must be negative, neutral or positive (부정, 중립, 긍정)"
    RATING = "rating must be a number from 1 to 5"
    CONTRADICTION = "the same text stands above with another label"


class FileProblem(StrEnum):
    """What is wrong with a whole file."""

    TOO_LARGE = "it is too large"
    TOO_MANY_ROWS = "it has too many rows"
    NO_TEXT = "it is no text in UTF-8 or CP949"
    NO_TABLE = "it is neither CSV nor TSV"
    NO_COLUMNS = "its first line does not name the columns"
    EMPTY = "it has no example"
    BAD_ROWS = "some rows are wrong"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken. Rows count from 1, the line of column names included, as spreadsheets show them."""

    row: int
    problem: Problem
    received: str

    def __str__(self) -> str:
        """Return one line for a report."""
        return f"row {self.row}: {self.problem}. Received: {self.received[:50]!r}"


class ExamplesError(JigiModelError):
    """Examples cannot be taken; `bad_rows` names every row that is wrong. Nothing of them was imported."""

    def __init__(self, problem: FileProblem, message: str, bad_rows: Sequence[BadRow] = ()) -> None:
        super().__init__("\n".join([message, *map(str, bad_rows)]))
        self.problem = problem
        self.bad_rows = tuple(bad_rows)


def read_examples(content: bytes, limits: Limits = Limits(), author: str = "") -> list[Example]:
    """Read a CSV or TSV file with the columns `text` and `label`, or `rating` and `review`, in any order.

    The first line names the columns; a tab in it makes it TSV, where quotes are not special. UTF-8, or the CP949 in
    which Korean Excel saves CSV. By the book's rule a rating above 3 is positive; 3 itself is neutral. Equal rows
    count once, empty ones not at all.

    Raises:
        ExamplesError: The file is too large or not of this format, or has bad rows, all of which are named.
    """
    if len(content) > limits.n_bytes:
        message = f"The file must not be larger than {limits.n_bytes:,} bytes. Received: {len(content):,}"
        raise ExamplesError(FileProblem.TOO_LARGE, message)
    rows = _rows(_decode(content))
    if len(rows) - 1 > limits.n_rows:
        message = f"The file must not have more than {limits.n_rows:,} rows. Received: {len(rows) - 1:,}"
        raise ExamplesError(FileProblem.TOO_MANY_ROWS, message)
    reader = _RowReader(_columns(rows), limits, author)
    found = [reader.read(number, row) for number, row in enumerate(rows[1:], 2) if any(map(str.strip, row))]
    if bad_rows := [row for row in found if isinstance(row, BadRow)]:
        message = f"Nothing was imported: {len(bad_rows):,} of {len(found):,} rows are wrong."
        raise ExamplesError(FileProblem.BAD_ROWS, message, bad_rows)
    if not found:
        message = "The file must have at least one example below the line of column names."
        raise ExamplesError(FileProblem.EMPTY, message)
    return list(dict.fromkeys(row for row in found if isinstance(row, Example)))


def write_examples(examples: Iterable[Example]) -> bytes:
    """Return the examples as UTF-8 CSV with the columns `text` and `label`, which `read_examples` reads."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["text", "label"])
    writer.writerows([example.text, example.label] for example in examples)
    return file.getvalue().encode("utf-8-sig")  # Excel takes CSV without the mark for CP949


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp949"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ExamplesError(FileProblem.NO_TEXT, "The file must be a text file in UTF-8 (or CP949).")


def _rows(text: str) -> list[list[str]]:
    first_line = text.split("\n", 1)[0]
    try:
        if "\t" in first_line:
            return list(csv.reader(_lines(text), delimiter="\t", quoting=csv.QUOTE_NONE))
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ExamplesError(FileProblem.NO_TABLE, f"The file must be CSV or TSV: {error}") from error


def _lines(text: str) -> Iterator[str]:
    """Yield lines of TSV; only a line feed ends one."""
    return (line.removesuffix("\r").replace("\r", " ") for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class _Columns:
    n_columns: int
    text: int
    label: int
    is_rating: bool


def _columns(rows: Sequence[Sequence[str]]) -> _Columns:
    names = [name.strip().lower() for name in rows[0]] if rows else []
    for text, label in (("text", "label"), ("review", "rating")):
        if text in names and label in names:
            return _Columns(len(names), names.index(text), names.index(label), label == "rating")
    received = ",".join(names)[:100]
    message = f"The first line must name the columns text,label or rating,review. Received: {received!r}"
    raise ExamplesError(FileProblem.NO_COLUMNS, message)


class _RowReader:
    """Reads one row after the other and remembers the labels of those before."""

    def __init__(self, columns: _Columns, limits: Limits, author: str) -> None:
        self._columns, self._limits, self._author = columns, limits, author
        self._label_of: dict[str, ExampleLabel] = {}

    def read(self, number: int, row: Sequence[str]) -> Example | BadRow:
        columns = self._columns
        if len(row) != columns.n_columns:
            return BadRow(number, Problem.COLUMNS, ",".join(row))
        text, written = row[columns.text].strip(), row[columns.label].strip()
        cleaned = read_message(text)
        if not cleaned:
            return BadRow(number, Problem.NO_HANGUL, text)
        if len(text) > self._limits.n_characters:
            return BadRow(number, Problem.TOO_LONG, text)
        label = _label_of_rating(written) if columns.is_rating else LABELS.get(written.lower())
        if label is None:
            return BadRow(number, Problem.RATING if columns.is_rating else Problem.LABEL, written)
        if self._label_of.setdefault(cleaned, label) != label:
            return BadRow(number, Problem.CONTRADICTION, text)
        return Example(text, label, self._author)


def _label_of_rating(written: str) -> ExampleLabel | None:
    try:
        rating = float(written)
    except ValueError:
        return None
    if not 1 <= rating <= 5:
        return None
    if rating == 3:
        return ExampleLabel.NEUTRAL
    return ExampleLabel.POSITIVE if rating > 3 else ExampleLabel.NEGATIVE
