"""What people see of a training: its progress, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.domain.learning.trainings import Cancelled, Mode, Outcome, Progress, Published, Refused, Training
from bot.localisation.commands import Caller
from bot.localisation.formats import bar, cut, percent
from bot.localisation.texts import Texts
from bot.wording.checks import label
from model.examples import ExampleLabel
from model.gate import Changed, Check, CheckName, Gate, Side
from model.prediction import Label

_N_CHANGED = 5  # golden sentences shown
_MOST_OF_TEXT = 80  # characters of each


def progress_text(training: Training, progress: Progress | None, seconds: float, caller: Caller) -> str:
    """Say how far a training is; `seconds` is how long it has been running."""
    request, texts = training.request, caller.texts
    what = texts(f"training.{request.mode.name.lower()}", corpus=request.corpus or "")
    lines = [texts("training.title", what=what, by=f"<@{request.requested_by}>")]
    if progress is None:
        lines.append(texts("training.preparing"))
    else:
        lines.append(f"`{bar(progress.share)}` {percent(progress.share)}")
        lines.append(_epoch(progress, seconds, texts))
    if request.mode is not Mode.IMPORT:
        lines.append(texts("training.how_to_stop", command=caller.name("retrain cancel")))
    return "\n".join(lines)


def _epoch(progress: Progress, seconds: float, texts: Texts) -> str:
    parts = [texts("training.epoch", epoch=progress.epoch, n_epochs=progress.n_epochs)]
    if progress.accuracy is not None:
        parts.append(texts("training.accuracy", accuracy=percent(progress.accuracy)))
    left = progress.seconds_left(seconds)
    if left is not None:
        minutes = max(1, round(left / 60))
        parts.append(texts("training.minutes_left", n=minutes) if left >= 60 else texts("training.soon"))
    return " · ".join(parts)


def gate_lines(gate: Gate, texts: Texts) -> Iterator[str]:
    """Say of each test of the gate what came out, before and now."""
    for check in [each for each in gate.checks if not _is_dull(each)] or gate.checks:
        name, now = texts(f"gate.{check.name.value}"), _figure(check, check.now)
        mark = "✅" if check.is_passed else "❌"
        before = "" if check.before is None else texts("gate.before", before=_figure(check, check.before))
        failed = "" if check.is_passed else texts("gate.limit", limit=_figure(check, check.limit))
        yield " ".join(filter(None, [f"{mark} {name} **{now}**", before, failed]))


def _is_dull(check: Check) -> bool:
    """Tell whether a test is of interest only where something is wrong: whether the export answers as the network."""
    return check.name is CheckName.PARITY and check.is_passed


def outcome_title(outcome: Outcome, texts: Texts) -> str:
    """Say in a few words what became of a training."""
    match outcome:
        case Published(_, version) if version.is_forced:
            return texts("training.forced", version=version.name)
        case Published(_, version):
            return texts("training.published", version=version.name)
        case Refused():
            return texts("training.refused")
        case Cancelled():
            return texts("training.cancelled")
        case _:
            return texts("training.failed")


def changed_lines(gate: Gate, texts: Texts, quote: Callable[[str], str]) -> Iterator[str]:
    """Say how the verdicts of the first golden sentences change; `quote` says how a text is set down."""
    for changed in gate.changed[:_N_CHANGED]:
        sides = f"{_side(changed.before, texts)} → {_side(changed.after, texts)}"
        yield f"{_mark(changed)} {sides} · {quote(cut(changed.text, _MOST_OF_TEXT))}"


def _mark(changed: Changed) -> str:
    """Say whether a change is for the better, by what people say of the text."""
    before, after = (_merit(side, changed.expected) for side in (changed.before, changed.after))
    return "👍" if after > before else "👎" if after < before else "➖"


def _merit(side: Side, expected: ExampleLabel) -> int:
    """Return how good an answer is: of a negative text best if flagged, of a neutral one whenever it is not."""
    if expected is ExampleLabel.NEGATIVE:
        return (side.label == Label.NEGATIVE) + side.is_flagged
    is_called_right = expected is ExampleLabel.POSITIVE and side.label == Label.POSITIVE
    return is_called_right - side.is_flagged


def _side(side: Side, texts: Texts) -> str:
    shown = label(1 - side.negative_probability, texts)
    return f"{shown} {percent(side.negative_probability)}{' 🚩' if side.is_flagged else ''}"


def _figure(check: Check, value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:.1e}" if check.name is CheckName.PARITY else percent(value)
