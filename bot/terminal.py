"""What a terminal shows: columns that stay aligned with Hangul and emoji in them, and colour where it is welcome.

`bot.console` draws with it.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from dataclasses import dataclass
from typing import TextIO

RED, GREEN, BOLD, DIM, MARKED = "31", "32", "1", "2", "1;4"  # ANSI's numbers; the last is bold and underlined


@dataclass(frozen=True, slots=True)
class Screen:
    """Where is written: a terminal of a width, in colour or not, or (no width) a pipe or file."""

    n_columns: int | None = None
    is_coloured: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> Screen:
        """Look at a stream. NO_COLOR, set to anything, switches colour off (https://no-color.org)."""
        if not stream.isatty():
            return cls()
        is_coloured = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(shutil.get_terminal_size().columns, is_coloured)

    def paint(self, text: str, colour: str) -> str:
        """Return a text in a colour, if there is colour."""
        return f"\x1b[{colour}m{text}\x1b[0m" if self.is_coloured else text

    def fit(self, text: str, n_used: int) -> str:
        """Cut a text to what is left of a line, if the line has an end."""
        return text if self.n_columns is None else cut(text, max(self.n_columns - n_used, 10))


def printable(text: str) -> str:
    """Return what may be printed of a text: joined syllables, nothing invisible, no command to the terminal."""
    composed = unicodedata.normalize("NFC", text)
    shown = (c if c.isprintable() else "" if unicodedata.category(c) == "Cf" else " " for c in composed)
    return "".join(shown)


def width(text: str) -> int:
    """Return how many cells a printable text takes: Hangul and emoji two, combining marks none."""
    return sum(map(_cells, text))


def pad(text: str, n_cells: int) -> str:
    """Fill a text up with spaces on the right."""
    return text + " " * (n_cells - width(text))


def cut(text: str, n_cells: int) -> str:
    """Cut a text to so many cells, the last of them an ellipsis."""
    if width(text) <= n_cells:
        return text
    left = n_cells - 1
    for end, character in enumerate(text):
        left -= _cells(character)
        if left < 0:
            return text[:end] + "…"
    return text


def _cells(character: str) -> int:
    if unicodedata.combining(character) or "\u1160" <= character <= "\u11ff":  # vowels and finals join what is before
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
