"""Labelled examples as CSV and TSV files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import normalize

from model.errors import JigiModelError, NotTextError
from model.examples import LABELS, Example, ExampleLabel
from model.reading.read import read_message
from model.textfiles.decoding import decode
from model.textfiles.tables import Columns, LabelKind, NoColumnsError, UnclosedQuoteError, read_table

_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠|%\t\r]")  # what makes a spreadsheet run a cell, and our marks before it
_DIGITS = {"0": ExampleLabel.NEGATIVE, "1": ExampleLabel.POSITIVE}  # as the Naver movie reviews are labelled


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
    QUOTES = "a quotation mark is not closed"


class FileProblem(StrEnum):
    """What is wrong with a whole file."""

    TOO_LARGE = "it is too large"
    TOO_MANY_ROWS = "it has too many rows"
    NO_TEXT = "it is no text in UTF-8 or CP949"
    SPREADSHEET = "it is a spreadsheet, not CSV"
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
    """Read a CSV or TSV file of texts with labels or ratings, in any order of columns.

    `model.textfiles.tables` says how files are read, and which names columns may have: `text` and `label`, or `rating`
    and `review`, or what Korean files call them. By the book's rule a rating above 3 is positive; 3 itself is neutral.
    Equal rows count once, empty ones not at all.

    Raises:
        ExamplesError: The file is too large or not of this format, or has bad rows, all of which are named.
    """
    if len(content) > limits.n_bytes:
        message = f"The file must not be larger than {limits.n_bytes:,} bytes. Received: {len(content):,}"
        raise ExamplesError(FileProblem.TOO_LARGE, message)
    columns, rows = _table(content)
    if len(rows) > limits.n_rows:
        message = f"The file must not have more than {limits.n_rows:,} rows. Received: {len(rows):,}"
        raise ExamplesError(FileProblem.TOO_MANY_ROWS, message)
    reader = _RowReader(columns, limits, author)
    found = [reader.read(number, row) for number, row in enumerate(rows, 2) if any(map(str.strip, row))]
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
    writer.writerows([harmless(example.text), example.label] for example in examples)
    return file.getvalue().encode("utf-8-sig")  # Excel takes CSV without the mark for CP949


def harmless(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs as a formula; `read_examples` undoes it."""
    return "'" + text if _FORMULA.match(text) else text


def _table(content: bytes) -> tuple[Columns, list[list[str]]]:
    """Return which columns count, and the rows below the line that names them."""
    try:
        return read_table(decode(content))
    except NotTextError as error:
        problem = FileProblem.SPREADSHEET if error.is_spreadsheet else FileProblem.NO_TEXT
        raise ExamplesError(problem, str(error)) from error
    except UnclosedQuoteError as error:
        bad_rows = [] if error.is_only_row else [BadRow(error.row, Problem.QUOTES, error.line)]
        message = "The file must be CSV or TSV: a quotation mark is not closed."
        raise ExamplesError(FileProblem.NO_TABLE, message, bad_rows) from error
    except NoColumnsError as error:
        message = f"The first line must name the columns text,label or rating,review. Received: {error.received!r}"
        raise ExamplesError(FileProblem.NO_COLUMNS, message) from error
    except csv.Error as error:
        raise ExamplesError(FileProblem.NO_TABLE, f"The file must be CSV or TSV: {error}") from error


class _RowReader:
    """Reads one row after the other and remembers the labels of those before."""

    def __init__(self, columns: Columns, limits: Limits, author: str) -> None:
        self._columns, self._limits, self._author = columns, limits, author
        self._label_of: dict[str, ExampleLabel] = {}

    def read(self, number: int, row: Sequence[str]) -> Example | BadRow:
        columns = self._columns
        if len(row) != columns.n_columns:
            return BadRow(number, Problem.COLUMNS, ",".join(row))
        text, written = _unmarked(row[columns.text].strip()), row[columns.label].strip()
        cleaned = read_message(text)
        if not cleaned:
            return BadRow(number, Problem.NO_HANGUL, text)
        if len(text) > self._limits.n_characters:
            return BadRow(number, Problem.TOO_LONG, text)
        label = _label(written, columns.kind)
        if label is None:
            is_rating = columns.kind is LabelKind.RATING
            return BadRow(number, Problem.RATING if is_rating else Problem.LABEL, written)
        if self._label_of.setdefault(cleaned, label) != label:
            return BadRow(number, Problem.CONTRADICTION, text)
        return Example(text, label, self._author)


def _unmarked(cell: str) -> str:
    """Undo what `harmless` does."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _label(written: str, kind: LabelKind) -> ExampleLabel | None:
    if kind is LabelKind.RATING:
        return _label_of_rating(written)
    name = normalize("NFC", written).lower()  # macOS decomposes Hangul
    return (_DIGITS if kind is LabelKind.DIGIT else LABELS).get(name) or LABELS.get(name)


def _label_of_rating(written: str) -> ExampleLabel | None:
    try:
        rating = float(normalize("NFC", written).removesuffix("점"))
    except ValueError:
        return None
    if not 1 <= rating <= 5:
        return None
    if rating == 3:
        return ExampleLabel.NEUTRAL
    return ExampleLabel.POSITIVE if rating > 3 else ExampleLabel.NEGATIVE
