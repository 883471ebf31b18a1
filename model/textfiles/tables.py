"""CSV and TSV as people save them: what parts the columns, what they are called, and which row cannot be read.

`model.example_files` makes examples of the rows. Standard library only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count
from unicodedata import normalize


class LabelKind(Enum):
    """What says how a text is meant."""

    NAME = auto()  # positive, 긍정, …
    DIGIT = auto()  # 0 or 1, or a name
    RATING = auto()  # 1 to 5


# Of each kind of file the names of its two columns. A file that is called by several is the first of them.
_NAMES: tuple[tuple[frozenset[str], frozenset[str], LabelKind], ...] = tuple(
    (frozenset(texts.split()), frozenset(labels.split()), kind)
    for texts, labels, kind in (
        ("text 글 문장 내용 텍스트", "label 판정 라벨 레이블 감정 감성", LabelKind.NAME),
        ("review 리뷰 후기 리뷰내용 글 내용 text", "rating 평점 별점 점수 score stars", LabelKind.RATING),
        ("document", "label", LabelKind.DIGIT),
        ("review 리뷰 후기 리뷰내용", "label 판정 라벨 레이블 감정 감성", LabelKind.NAME),
    )
)
_DELIMITERS = ",;\t"
_UNCLOSED = "unexpected end of data"  # csv's words for it
_LONGEST = 100  # characters of a line that is repeated


class NoColumnsError(ValueError):
    """The first line does not name the columns."""

    def __init__(self, received: str) -> None:
        super().__init__(received)
        self.received = received[:_LONGEST]


class UnclosedQuoteError(ValueError):
    """A quotation mark is opened and never closed. Rows count from 1, the line of column names included."""

    def __init__(self, row: int, line: str, *, is_only_row: bool) -> None:
        super().__init__(row, line)
        self.row, self.line, self.is_only_row = row, line[:_LONGEST], is_only_row


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table count."""

    n_columns: int
    text: int
    label: int
    kind: LabelKind


def read_table(text: str) -> tuple[Columns, list[list[str]]]:
    """Return which columns count, and the rows below the line that names them.

    Commas part columns, or semicolons, or tabs, where quotes are not special. A row that only begins with a quotation
    is read as it stands.

    Raises:
        NoColumnsError: The first line does not name them.
        UnclosedQuoteError: A quotation mark is not closed.
        csv.Error: A cell is larger than any text.
    """
    first_line = next(io.StringIO(text, newline=""), "").strip("\r\n\ufeff")
    for delimiter in _DELIMITERS:
        names = [_name(each) for each in next(csv.reader([first_line], delimiter=delimiter), [])]
        if (columns := _columns(names)) is not None:
            return columns, list(_rows(text, delimiter))[1:]
    raise NoColumnsError(first_line)


def _name(written: str) -> str:
    return normalize("NFC", written).strip().lower()  # macOS decomposes Hangul


def _columns(names: Sequence[str]) -> Columns | None:
    for of_text, of_label, kind in _NAMES:
        text = next((place for place, name in enumerate(names) if name in of_text), None)
        label = next((place for place, name in enumerate(names) if name in of_label), None)
        if text is not None and label is not None:
            return Columns(len(names), text, label, kind)
    return None


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    if delimiter == "\t":  # only a line feed ends a line
        lines = (line.removesuffix("\r").replace("\r", " ") for line in text.split("\n"))
        yield from csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return
    source = _Lines(text)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    for row in count(1):
        first = source.at
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            source.at = first + 1
            if str(error) == _UNCLOSED:
                raise UnclosedQuoteError(
                    row, source.lines[first].rstrip(), is_only_row=len(source.lines) == 2
                ) from error
            yield next(csv.reader([source.lines[first]], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])


class _Lines:
    """The lines of a text, to which a reader can go back."""

    def __init__(self, text: str) -> None:
        self.lines = list(io.StringIO(text, newline=""))
        self.at = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.at == len(self.lines):
            raise StopIteration
        self.at += 1
        return self.lines[self.at - 1]
