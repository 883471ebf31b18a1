"""A gate for a terminal: its tests, and the golden sentences that changed most."""

from __future__ import annotations

from collections.abc import Iterator

from model.gate import Check, CheckName, Gate, Side

_N_CHANGED_SHOWN = 10
_TITLES = {
    CheckName.GOLDEN_ACCURACY: "golden set, accuracy",
    CheckName.NEUTRAL_FLAGGED: "golden set, neutral flagged",
    CheckName.HELD_BACK: "examples held back, right",
    CheckName.PARITY: "largest difference to Keras",
}


def gate_table(gate: Gate) -> str:
    """Return the tests of a gate and the golden sentences that changed most, for a terminal."""
    return "\n".join(_lines(gate))


def _lines(gate: Gate) -> Iterator[str]:
    yield f"{'':<32}{'now':>10}{'before':>10}{'limit':>10}"
    for check in gate.checks:
        figures = "".join(f"{_figure(check, value):>10}" for value in (check.now, check.before, check.limit))
        yield f"{_TITLES[check.name]:<32}{figures}  {'passed' if check.is_passed else 'FAILED'}"
    yield f"\n{len(gate.changed)} golden sentences get another verdict (P(negative), flagged: !)"
    for changed in gate.changed[:_N_CHANGED_SHOWN]:
        yield f"  {_side(changed.before)} → {_side(changed.after)}  {changed.expected:<8}  {changed.text}"


def _figure(check: Check, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1e}" if check.name == CheckName.PARITY else f"{value:.2%}"


def _side(side: Side) -> str:
    return f"{side.negative_probability:.3f}{'!' if side.is_flagged else ' '}"
