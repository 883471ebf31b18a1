"""CSV and TSV as people save them: what parts the columns, what they are called, and which row cannot be read.

`model.example_files` makes examples of the rows. Standard library only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
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
TEXT_NAMES = tuple(dict.fromkeys(name for texts, _, _ in _NAMES for name in sorted(texts)))
DELIMITERS = ",;\t"
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
    for delimiter in DELIMITERS:
        names = [name_of_column(each) for each in next(csv.reader([first_line], delimiter=delimiter), [])]
        if (columns := _columns(names)) is not None:
            return columns, list(_rows(text, delimiter))[1:]
    raise NoColumnsError(first_line)


def name_of_column(written: str) -> str:
    """Return what a column is called, however it was written."""
    return normalize("NFC", written).strip().lower()  # macOS decomposes Hangul


def _columns(names: Sequence[str]) -> Columns | None:
    for of_text, of_label, kind in _NAMES:
        text = next((place for place, name in enumerate(names) if name in of_text), None)
        label = next((place for place, name in enumerate(names) if name in of_label), None)
        if text is not None and label is not None:
            return Columns(len(names), text, label, kind)
    return None


def read_rows(lines: Iterable[str], delimiter: str, *, is_lenient: bool = False) -> Iterator[tuple[list[str], int]]:
    """Yield the rows that lines make, and how many lines each took. Memory does not grow with them.

    Lines between tabs come without their end, others with it. A row that only begins with a quotation is read as it
    stands; a lenient reader does the same with a quotation mark that is never closed.

    Raises:
        UnclosedQuoteError: A quotation mark is not closed.
    """
    if delimiter == "\t":
        yield from ((row, 1) for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
        return
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    for row in count(1):
        source.taken.clear()
        try:
            yield next(reader), len(source.taken)
        except StopIteration:
            return
        except csv.Error as error:
            if str(error) == _UNCLOSED and not is_lenient:
                first, *others = source.taken
                raise UnclosedQuoteError(row, first.rstrip(), is_only_row=row == 2 and not others) from error
            source.go_back()
            yield next(csv.reader(source.taken, delimiter=delimiter, quoting=csv.QUOTE_NONE), []), 1


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    lines: Iterable[str] = io.StringIO(text, newline="")
    if delimiter == "\t":  # only a line feed ends a line
        lines = (line.removesuffix("\r").replace("\r", " ") for line in text.split("\n"))
    return (row for row, _ in read_rows(lines, delimiter))


class _Lines:
    """Lines as they come; those that the row being read has taken can be given again."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: list[str] = []  # the next one last
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self.taken.append(self._again.pop() if self._again else next(self._lines))
        return self.taken[-1]

    def go_back(self) -> None:
        """Give all lines again but the row's first."""
        self._again += reversed(self.taken[1:])
        del self.taken[1:]
