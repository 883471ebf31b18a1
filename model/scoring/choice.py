"""What somebody who scores files says of them. Imports nothing that has to be installed for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """How a file holds texts."""

    TEXT = "text"  # one a line
    CSV = "csv"
    TSV = "tsv"  # quotes are not special
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is said of the files; what is left open is found out."""

    format: Format | None = None
    column: str | None = None  # that holds the texts
    keep: tuple[str, ...] = ()  # columns to copy
    has_header: bool = True  # of tables; else columns are called 1, 2, …
