"""How numbers and texts are written so that they fit where they are shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

import wcwidth

from bot.localisation.texts import Texts

_JOINER = "\u200d"
_PICTURE = "[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
_NOT_BETWEEN_PICTURES = re.compile(f"(?<!{_PICTURE}){_JOINER}|{_JOINER}(?!{_PICTURE})")


def fit(
    lines: Sequence[str], texts: Texts, room: int, written: Callable[[str], str] = lambda line: line
) -> tuple[str, bool]:
    """Join as many lines as there is room for, say how many more there are, and return whether that is all.

    `written` says how a line is set down; it is asked only of those that may find room.
    """
    shown = list(_up_to(map(written, lines), room))
    if len(shown) == len(lines):
        return "\n".join(shown), True
    while shown:
        joined = "\n".join([*shown, texts("problem.more", n=len(lines) - len(shown))])
        if len(joined) <= room:
            return joined, False
        shown.pop()
    return written(lines[0])[:room], False


def _up_to(lines: Iterable[str], room: int) -> Iterator[str]:
    """Yield lines as long as they have room, with a line feed between them."""
    for line in lines:
        room -= len(line)
        if room < 0:
            return
        yield line
        room -= 1


def pages(blocks: Iterable[str], room: int) -> list[str]:
    """Join blocks of lines to as few pages as they need; a block has room on a page of its own."""
    joined: list[str] = []
    for block in blocks:
        if joined and len(joined[-1]) + 1 + len(block) <= room:
            joined[-1] += f"\n{block}"
        else:
            joined.append(block[:room].lstrip("\n"))
    return joined


def cut(text: str, most: int) -> str:
    """Return a text as one line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def printable(text: str) -> str:
    """Return what may be printed of a text: joined syllables, nothing invisible, no command to the terminal.

    What joins pictures to one, such as a family, is invisible too, and stays between them.
    """
    composed = unicodedata.normalize("NFC", text)
    kept = _NOT_BETWEEN_PICTURES.sub("", composed)
    shown = (c if c.isprintable() or c == _JOINER else "" if unicodedata.category(c) == "Cf" else " " for c in kept)
    return "".join(shown)


def width(text: str) -> int:
    """Return how many cells of a terminal a printable text takes: a syllable or an emoji, of however many, two."""
    return wcwidth.width(text)


def pad(text: str, n_cells: int) -> str:
    """Fill a text up with spaces on the right."""
    return wcwidth.ljust(text, n_cells)


def pad_left(text: str, n_cells: int) -> str:
    """Fill a text up with spaces on the left."""
    return wcwidth.rjust(text, n_cells)


def clip(text: str, n_cells: int) -> str:
    """Cut a text to so many cells, the last of them an ellipsis."""
    return text if width(text) <= n_cells else wcwidth.clip(text, 0, n_cells - 1).rstrip() + "…"


def bar(probability: float, width: int = 20) -> str:
    """Draw a share in [0, 1] as `width` blocks, dark as far as it reaches; full, or empty, where `percent` says so."""
    reached = min(max(probability, 0.0), 1.0)
    n_full = min(max(round(reached * width), percent(reached) != "0%"), width - (percent(reached) != "100%"))
    return "█" * n_full + "░" * (width - n_full)


def percent(share: float, n_decimals: int = 1) -> str:
    """Write a share in [0, 1] as people do: 97%, 0.3%; at most so many decimals, and no zeros behind them."""
    written = f"{100 * share:.{n_decimals}f}"
    return f"{written.rstrip('0').rstrip('.') if n_decimals else written}%"
