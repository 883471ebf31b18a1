"""What is said of a checked text. Pure: both front ends say it, each set off in its own way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.explanations import CheckResult
from bot.localisation.formats import bar, percent
from bot.localisation.texts import Texts
from bot.wording.thresholds import number
from model.prediction import Prediction
from model.reading.read import read_message
from model.vocabulary import MAX_LENGTH

_CERTAIN = 2 / 3  # of a label's probability: below it, people would call the text neither


@dataclass(frozen=True, slots=True)
class Style:
    """How a front end sets off what is important, a bar, a character that mattered, and the text that was checked."""

    strong: Callable[[str], str] = str
    bar: Callable[[str], str] = str
    mark: Callable[[str], str] = str
    quote: Callable[[str], str] = str


def label(probability: float, texts: Texts) -> str:
    """Name what is thought of a text by its P(positive): between the two thirds it is neutral.

    The book's own label, which knows no neutral, stays with programs: `Prediction.label`.
    """
    if 1 - _CERTAIN < probability < _CERTAIN:
        return texts("label.neutral")
    return texts(f"label.{Prediction(probability).label.name.lower()}")


def describe(result: CheckResult, text: str, texts: Texts, style: Style) -> list[str]:
    """Say how likely a text is negative, whether it is flagged, and which characters mattered."""
    negative = Prediction(result.probability).negative_probability
    flag = texts("check.flagged" if result.is_flagged else "check.not_flagged")
    return [
        texts("check.result", percent=style.strong(percent(negative)), flag=flag),
        style.bar(bar(negative)),
        texts("check.about", label=label(result.probability, texts), threshold=number(result.threshold)),
        *_characters(result, read_message(text), texts, style),
    ]


def _characters(result: CheckResult, read: str, texts: Texts, style: Style) -> list[str]:
    """Show the characters that mattered in what the network read, and say how much of a long text that is."""
    if not any(is_marked for _, is_marked in result.marks):
        return [texts("check.no_marks")]
    marked = "".join(style.mark(part) if is_marked else part for part, is_marked in result.marks)
    before = "" if read.startswith(result.characters) else "…"
    after = "" if read.endswith(result.characters) else "…"
    lines = [texts("check.marks", marks=style.quote(f"{before}{marked}{after}"))]
    if len(read) > MAX_LENGTH:
        lines.append(texts("check.cut", n=f"{len(read):,}", n_shown=len(result.characters)))
    return lines
