"""What moderators teach by hand: lines and lists of ids are read, examples written as files, mistakes put into words.

Pure. Files are read by `model.examples`; `bot.cogs.teaching` speaks on Discord.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.messages import is_judgeable
from model.example_files import BadRow, ExamplesError, FileProblem, Limits, Problem, harmless
from model.examples import Example, ExampleLabel

LIMITS = Limits()
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Excel takes CSV without it for CP949
_COLUMNS = ("text", "label", "source", "added_by", "created_at")  # `read_examples` reads the first two
_ID = re.compile("#?([0-9]{1,18})")

MAX_EXAMPLES = 20_000  # of one guild


def read_lines(text: str, label: ExampleLabel, limits: Limits = LIMITS) -> list[Example]:
    """Read one example a line. Equal lines count once, empty ones not at all.

    Raises:
        ExamplesError: Lines hold nothing to learn or are too long, all of which are named; or there is none.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if bad_lines := [bad for number, line in lines if (bad := _bad_line(number, line, limits))]:
        raise ExamplesError(FileProblem.BAD_ROWS, f"{len(bad_lines)} of {len(lines)} lines are wrong.", bad_lines)
    if not lines:
        raise ExamplesError(FileProblem.EMPTY, "There must be at least one line.")
    return list(dict.fromkeys(Example(line, label) for _, line in lines))


def read_ids(text: str) -> list[int]:
    """Read ids with spaces or commas between them, with or without #; none of them if any is no id."""
    found = [_ID.fullmatch(piece) for piece in re.split(r"[\s,]+", text.strip())]
    return list(dict.fromkeys(int(each[1]) for each in found if each)) if all(found) else []


def write_files(examples: Sequence[StoredExample], limits: Limits = LIMITS) -> list[bytes]:
    """Return the examples, given the newest first, as CSV files, the oldest first; each is small enough to be read."""
    head = _BYTE_ORDER_MARK + _row(_COLUMNS)
    files: list[list[bytes]] = []
    size = limits.n_bytes
    for row in (_row_of(example) for example in reversed(examples)):
        if size + len(row) > limits.n_bytes or len(files[-1]) > limits.n_rows:
            files.append([head])
            size = len(head)
        files[-1].append(row)
        size += len(row)
    return [b"".join(rows) for rows in files]


def _bad_line(number: int, line: str, limits: Limits) -> BadRow | None:
    if not is_judgeable(line):
        return BadRow(number, Problem.NO_HANGUL, line)
    return BadRow(number, Problem.TOO_LONG, line) if len(line) > limits.n_characters else None


def _row_of(example: StoredExample) -> bytes:
    when = example.created_at.isoformat(timespec="seconds")
    return _row((harmless(example.text), example.label.value, example.source.value, str(example.added_by), when))


def _row(values: Sequence[str]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(values)
    return file.getvalue().encode()


class Source(StrEnum):
    """Where an example came from. Discord's policy makes the difference: channel messages may not be learned from."""

    TYPED = "typed"
    UPLOADED = "uploaded"
    CORPUS = "corpus"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class StoredExample:
    """An example of a guild, with who added it and when."""

    id: int
    text: str
    label: ExampleLabel
    source: Source
    added_by: int
    created_at: datetime


class TooManyExamplesError(Exception):
    """The guild would have more than `MAX_EXAMPLES`; nothing was added."""
