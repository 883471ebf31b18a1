"""Judge a candidate against the version it would replace: on the golden set, and on examples that were held back.

NumPy and ONNX Runtime only. `model.finetune` calls it at the end of a training, `python -m model compare` for people.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import numpy as np

from model.classifier import Classifier, Prediction
from model.examples import Example, ExampleLabel
from model.metrics import Probabilities
from model.own_texts import GOLDEN

MAX_ACCURACY_LOSS = 0.01
MAX_NEUTRAL_FLAGGED = 0.02
MAX_DIFFERENCE_TO_KERAS = 1e-5


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
        checks, changed = ([asdict(item) for item in items] for items in (self.checks, self.changed))
        return {"is_passed": self.is_passed, "checks": checks, "changed": changed}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Gate:
        """Return the gate that `as_json` described."""
        checks = (Check(**{**check, "name": CheckName(check["name"])}) for check in document["checks"])
        return cls(tuple(checks), tuple(map(_changed_from_json, document["changed"])))


def judge(
    candidate: Classifier, current: Classifier, held_back: Sequence[Example], difference_to_keras: float | None
) -> Gate:
    """Judge whether `candidate` may take the place of `current`.

    `held_back` are examples that the candidate never saw; without any, that test is left out. `difference_to_keras`
    is the largest that the candidate's training measured; None, which is unknown, does not pass.
    """
    golden = golden_examples()
    now, before = (_Answers.of(classifier, golden) for classifier in (candidate, current))
    checks = [_golden_accuracy(now, before), _neutral_flagged(now, before)]
    if held_back:
        checks.append(_held_back(*(_Answers.of(classifier, held_back) for classifier in (candidate, current))))
    return Gate((*checks, _parity(difference_to_keras)), tuple(_changed(now, before)))


@cache
def golden_examples() -> tuple[Example, ...]:
    """Return the golden set: sentences written to judge models by, never trained on."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(Example(row["text"], ExampleLabel(row["label"])) for row in rows)


def golden_accuracy(classifier: Classifier) -> float:
    """Return the share of the negative and positive golden texts that fall on their side of 0.5."""
    return _Answers.of(classifier, golden_examples()).polar_accuracy


@dataclass(frozen=True, slots=True)
class _Answers:
    """P(positive) of examples, float32 of shape (n_examples,), with the threshold that goes with them."""

    examples: Sequence[Example]
    probability: Probabilities
    threshold: float

    @classmethod
    def of(cls, classifier: Classifier, examples: Sequence[Example]) -> _Answers:
        probability = classifier.probabilities([example.text for example in examples])
        return cls(examples, probability, classifier.threshold)

    def sides(self) -> list[Side]:
        predictions = map(Prediction, self.probability.tolist())
        return [Side(p.negative_probability, p.label, p.is_flagged(self.threshold)) for p in predictions]

    def is_right(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Return whether each polar text falls on its side of 0.5 and each neutral one is left unflagged."""
        called = np.where(self.probability > 0.5, ExampleLabel.POSITIVE, ExampleLabel.NEGATIVE)
        flagged = np.array([side.is_flagged for side in self.sides()])
        labels = self.labels()
        return np.where(labels == ExampleLabel.NEUTRAL, ~flagged, called == labels)

    def labels(self) -> np.ndarray[Any, np.dtype[np.str_]]:
        return np.array([example.label.value for example in self.examples])

    @property
    def polar_accuracy(self) -> float:
        return float(np.mean(self.is_right()[self.labels() != ExampleLabel.NEUTRAL]))

    @property
    def neutral_flagged(self) -> float:
        return float(1 - np.mean(self.is_right()[self.labels() == ExampleLabel.NEUTRAL]))


def _golden_accuracy(now: _Answers, before: _Answers) -> Check:
    limit = before.polar_accuracy - MAX_ACCURACY_LOSS
    is_passed = now.polar_accuracy >= limit
    return Check(CheckName.GOLDEN_ACCURACY, is_passed, now.polar_accuracy, before.polar_accuracy, limit)


def _neutral_flagged(now: _Answers, before: _Answers) -> Check:
    """Allow 2 %, or what a version that was forced through has already: the candidate does not rise above it."""
    limit = max(MAX_NEUTRAL_FLAGGED, before.neutral_flagged)
    is_passed = now.neutral_flagged <= limit
    return Check(CheckName.NEUTRAL_FLAGGED, is_passed, now.neutral_flagged, before.neutral_flagged, limit)


def _held_back(now: _Answers, before: _Answers) -> Check:
    share, limit = (float(np.mean(answers.is_right())) for answers in (now, before))
    return Check(CheckName.HELD_BACK, share >= limit, share, limit, limit)


def _parity(difference: float | None) -> Check:
    is_passed = difference is not None and difference <= MAX_DIFFERENCE_TO_KERAS
    return Check(CheckName.PARITY, is_passed, difference, None, MAX_DIFFERENCE_TO_KERAS)


def _changed(now: _Answers, before: _Answers) -> Iterator[Changed]:
    pairs = list(zip(now.examples, before.sides(), now.sides(), strict=True))
    pairs.sort(key=lambda pair: -abs(pair[2].negative_probability - pair[1].negative_probability))
    for example, was, became in pairs:
        if (was.label, was.is_flagged) != (became.label, became.is_flagged):
            yield Changed(example.text, example.label, was, became)


def _changed_from_json(document: Mapping[str, Any]) -> Changed:
    before, after = Side(**document["before"]), Side(**document["after"])
    return Changed(document["text"], ExampleLabel(document["expected"]), before, after)
