"""Rows as lines of CSV and JSON, which no spreadsheet runs and no program misreads. Pure.

Ids are strings: JavaScript's numbers do not hold them. Times are ISO 8601 in UTC.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from model.example_files import harmless

Value = str | int | float | bool | datetime | None
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Excel takes CSV without it for CP949


class Format(StrEnum):
    """How rows are written: a table with a line of names, or an object a line."""

    CSV = "csv"
    JSON = "json"

    @property
    def suffix(self) -> str:
        """How a file's name ends."""
        return ".csv" if self is Format.CSV else ".jsonl"

    def head(self, names: Sequence[str]) -> bytes:
        """Return what a file begins with."""
        return BYTE_ORDER_MARK + _csv_line(names) if self is Format.CSV else b""

    def line(self, names: Sequence[str], values: Iterable[Value]) -> bytes:
        """Return a row."""
        if self is Format.CSV:
            return _csv_line([_cell(value) for value in values])
        row = dict(zip(names, map(_plain, values), strict=True))
        return json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _csv_line(cells: Sequence[str | int | float]) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(cells)
    return file.getvalue().encode("utf-8", "replace")


def _cell(value: Value) -> str | int | float:
    """Return what stands in a cell: a number as it is, a text so that it cannot be run as a formula."""
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return harmless(plain) if isinstance(plain, str) else plain


def _plain(value: Value) -> str | int | float | bool | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
