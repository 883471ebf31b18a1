"""What a gate finds: whether a candidate may take the place of the version that serves. Plain values, stored as JSON.

`model.evaluation.judge` judges, at the end of a training and for `python -m model compare`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from model.examples import ExampleLabel


class CheckName(StrEnum):
    """What the gate tests."""

    GOLDEN_ACCURACY = "golden_accuracy"
    NEUTRAL_FLAGGED = "neutral_flagged"
    HELD_BACK = "held_back"
    PARITY = "parity"


@dataclass(frozen=True, slots=True)
class Check:
    """One test: the candidate's value, the current version's, and what the candidate's must not pass.

    `limit` is the least for shares of right answers and the most for the others. `before` is None where nothing is
    compared, `now` where it is unknown.
    """

    name: CheckName
    is_passed: bool
    now: float | None
    before: float | None
    limit: float


@dataclass(frozen=True, slots=True)
class Side:
    """One version's answer to a text."""

    negative_probability: float
    label: str
    is_flagged: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A golden text whose label or flag is not what it was; `expected` is what people say of it."""

    text: str
    expected: ExampleLabel
    before: Side
    after: Side


@dataclass(frozen=True, slots=True)
class Gate:
    """The result: every test, and the golden texts whose verdicts change, the largest change first."""

    checks: tuple[Check, ...]
    changed: tuple[Changed, ...]

    @property
    def is_passed(self) -> bool:
        """Whether the candidate may serve."""
        return all(check.is_passed for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """Return a JSON object."""
        checks, changed = (msgspec.to_builtins(list(items)) for items in (self.checks, self.changed))
        return {"is_passed": self.is_passed, "checks": checks, "changed": changed}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Gate:
        """Return the gate that `as_json` described.

        Raises:
            ValueError: The document is none; the message names the place.
        """
        return msgspec.convert(document, cls)
