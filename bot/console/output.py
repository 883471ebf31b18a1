"""What the console writes: a table for people, JSON for programs.

`bot.console.app` hands over verdicts, `bot.localisation.formats` keeps its columns straight.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

from bot.domain.explanations import CheckResult
from bot.domain.verdicts import Verdict
from bot.localisation.formats import clip, pad, pad_left, percent, printable, width
from bot.localisation.texts import Texts
from bot.wording.checks import Style, describe, label

_FLAG = "🚩"

RED, GREEN, BOLD, DIM, MARKED = "31", "32", "1", "2", "1;4"  # ANSI's numbers; the last is bold and underlined


@dataclass(slots=True)
class Tally:
    """How much a session has judged so far, and the time that took."""

    n_lines: int = 0
    n_judged: int = 0
    n_flagged: int = 0
    seconds: float = 0.0


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
        return text if self.n_columns is None else clip(text, max(self.n_columns - n_used, 10))


class Table:
    """Verdicts in columns, and the answers of a conversation."""

    def __init__(self, texts: Texts, screen: Screen) -> None:
        self._texts = texts
        self._screen = screen
        self._names = [texts(f"console.{column}") for column in ("label", "probability", "flag", "text")]
        labels = [texts(f"label.{each}") for each in ("positive", "neutral", "negative")]
        widest = max(labels, key=width), percent(0.999), _FLAG
        self._widths = [max(width(name), width(cell)) for name, cell in zip(self._names, widest, strict=False)]

    def header(self) -> None:
        """Write the columns' names."""
        print(self._screen.paint(self._row(*self._names), DIM))

    def verdict(self, verdict: Verdict) -> None:
        """Write one verdict in one line."""
        prediction = verdict.prediction
        flag = _FLAG if verdict.is_flagged else ""
        text = printable(verdict.message.content)
        shown = label(prediction.probability, self._texts)
        row = self._row(shown, percent(prediction.negative_probability), flag, text)
        print(self._screen.paint(row, RED) if verdict.is_flagged else row)

    def checked(self, result: CheckResult, text: str) -> list[str]:
        """Return what is thought of a text, and which characters mattered."""
        return describe(result, text, self._texts, Style(mark=self._mark))

    def write(self, lines: Iterable[str]) -> None:
        """Write lines as they are."""
        print(*lines, sep="\n")

    def say(self, key: str, **fields: object) -> None:
        """Write a sentence."""
        print(self._texts(key, **fields))

    def summary(self, tally: Tally) -> None:
        """Write how many messages were judged and flagged, and how fast."""
        print()
        print(self._screen.paint(_summary(self._texts, tally), BOLD))

    def _row(self, label_name: str, probability: str, flag: str, text: str) -> str:
        n_label, n_probability, n_flag = self._widths
        start = f"{pad(label_name, n_label)}  {pad_left(probability, n_probability)}  {pad(flag, n_flag)}  "
        return start + self._screen.fit(text, width(start))

    def _mark(self, part: str) -> str:
        return self._screen.paint(part, MARKED) if self._screen.is_coloured else f"「{part}」"


class JsonLines:
    """One JSON object a line. The summary goes to standard error, out of the programs' way."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def header(self) -> None:
        """Write nothing: every line names its fields."""

    def verdict(self, verdict: Verdict) -> None:
        """Write one verdict; `probability` is P(positive), and the label the book's, which knows no neutral."""
        document = {
            "message_id": verdict.message.message_id,
            "text": verdict.message.content,
            "label": verdict.prediction.label,
            "probability": verdict.prediction.probability,
            "negative_probability": verdict.prediction.negative_probability,
            "is_flagged": verdict.is_flagged,
            "threshold": verdict.policy.threshold,
            "model_version": verdict.policy.model_version,
        }
        print(json.dumps(document, ensure_ascii=False))

    def summary(self, tally: Tally) -> None:
        """Write how many messages were judged and flagged, and how fast."""
        print(_summary(self._texts, tally), file=sys.stderr)


def _summary(texts: Texts, tally: Tally) -> str:
    rate = tally.n_judged / tally.seconds if tally.seconds else 0
    key = "summary" if tally.n_flagged else "nothing_flagged" if tally.n_judged else "nothing_judged"
    figures = {"n_judged": f"{tally.n_judged:,}", "n_flagged": f"{tally.n_flagged:,}", "rate": f"{rate:,.0f}"}
    sentence = texts(f"console.{key}", **figures)
    n_skipped = tally.n_lines - tally.n_judged
    return f"{sentence} {texts('console.skipped', n_skipped=n_skipped)}" if n_skipped else sentence
