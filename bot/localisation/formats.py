"""How numbers and texts are written so that they fit where they are shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from bot.localisation.texts import Texts


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


def _cells(character: str) -> int:
    if unicodedata.combining(character) or "\u1160" <= character <= "\u11ff":  # vowels and finals join what is before
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def bar(probability: float, width: int = 20) -> str:
    """Draw a probability in [0, 1] as `width` blocks: full for the part that is reached, light for the rest."""
    n_full = round(min(max(probability, 0.0), 1.0) * width)
    return "█" * n_full + "░" * (width - n_full)


def percent(probability: float) -> str:
    """Write a probability in [0, 1] as a percentage with one decimal."""
    return f"{probability:.1%}"


def clip(text: str, n_cells: int) -> str:
    """Cut a text to so many cells, the last of them an ellipsis."""
    if width(text) <= n_cells:
        return text
    left = n_cells - 1
    for end, character in enumerate(text):
        left -= _cells(character)
        if left < 0:
            return text[:end] + "…"
    return text
