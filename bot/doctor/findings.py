"""What was found, as lines that a person reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TextIO

from wcwidth import wcswidth

from bot.localisation.texts import Texts


class Mark(Enum):
    """How something is, and the colour of that in a terminal."""

    WELL = "✓", 32
    WRONG = "✗", 31
    NOT_CHECKED = "–", 90  # or of no concern


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at (a key of `[doctor]`), how it is, and a sentence that says so, with the mend."""

    what: str
    mark: Mark
    sentence: str


def show(findings: Iterable[Finding], texts: Texts, out: TextIO = sys.stdout) -> int:
    """Print what was found, and return the exit code: 0 where nothing is to be mended."""
    n_wrong = 0
    print(texts("doctor.title") + "\n", file=out)
    for each in findings:
        n_wrong += each.mark is Mark.WRONG
        print(_line(each, texts, is_coloured=_is_coloured(out)), file=out)
    print("\n" + (texts("doctor.mend", n=n_wrong) if n_wrong else texts("doctor.well")), file=out)
    return 1 if n_wrong else 0


def _line(finding: Finding, texts: Texts, *, is_coloured: bool) -> str:
    sign, colour = finding.mark.value
    widest = max(wcswidth(texts(f"doctor.{what}")) for what in WHATS)
    name = texts(f"doctor.{finding.what}")
    mark = f"\033[{colour}m{sign}\033[0m" if is_coloured else sign
    return f"{mark} {name}{' ' * (widest - wcswidth(name))}  {' '.join(finding.sentence.split())}"


def _is_coloured(out: TextIO) -> bool:
    return out.isatty() and "NO_COLOR" not in os.environ


WHATS = ("config", "database", "disk", "model", "metrics", "token", "intents", "clock", "permissions")
