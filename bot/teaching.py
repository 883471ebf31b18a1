"""What moderators teach by hand: lines and lists of ids are read, examples written as files, mistakes put into words.

Pure. Files are read by `model.examples`; `bot.cogs.teaching` speaks on Discord.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from bot.localisation import Texts
from bot.storage.examples import StoredExample
from bot.verdict import is_judgeable
from model.examples import BadRow, Example, ExampleLabel, ExamplesError, FileProblem, Limits, Problem

LIMITS = Limits()
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Excel takes CSV without it for CP949
_COLUMNS = ("text", "label", "source", "added_by", "created_at")  # `read_examples` reads the first two
_MOST_RECEIVED = 40  # characters of a wrong value that are repeated
_ID = re.compile("#?([0-9]{1,18})")


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


def explain(error: ExamplesError, texts: Texts, *, row_key: str, shows_received: bool) -> Iterator[str]:
    """Say what is wrong: one line, and one more for each bad row as the sentence `row_key` puts it."""
    if not error.bad_rows:
        yield _sentence(error.problem, texts)
        return
    yield texts("problem.nothing_added", n=len(error.bad_rows))
    for bad in error.bad_rows:
        line = texts(row_key, row=bad.row, problem=_sentence(bad.problem, texts))
        yield line + texts("problem.received", received=cut(bad.received, _MOST_RECEIVED)) if shows_received else line


def fit(lines: Sequence[str], texts: Texts, room: int) -> tuple[str, bool]:
    """Join as many lines as there is room for, say how many more there are, and return whether that is all."""
    for n_shown in range(len(lines), 0, -1):
        left = [texts("problem.more", n=len(lines) - n_shown)] if n_shown < len(lines) else []
        joined = "\n".join([*lines[:n_shown], *left])
        if len(joined) <= room:
            return joined, not left
    return lines[0][:room], False


def cut(text: str, most: int) -> str:
    """Return a text as one line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _bad_line(number: int, line: str, limits: Limits) -> BadRow | None:
    if not is_judgeable(line):
        return BadRow(number, Problem.NO_HANGUL, line)
    return BadRow(number, Problem.TOO_LONG, line) if len(line) > limits.n_characters else None


def _row_of(example: StoredExample) -> bytes:
    when = example.created_at.isoformat(timespec="seconds")
    return _row((example.text, example.label.value, example.source.value, str(example.added_by), when))


def _row(values: Sequence[str]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(values)
    return file.getvalue().encode()


def _sentence(problem: Problem | FileProblem, texts: Texts) -> str:
    fields = {"n_bytes": f"{LIMITS.n_bytes:,}", "n_rows": f"{LIMITS.n_rows:,}", "n_characters": LIMITS.n_characters}
    return texts(f"problem.{problem.name.lower()}", **fields)
