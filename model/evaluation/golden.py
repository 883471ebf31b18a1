"""What a model makes of the golden set, by category."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from model.classifier import Classifier
from model.examples import ExampleLabel
from model.golden import golden_rows


@dataclass(frozen=True, slots=True)
class CategoryFigures:
    """How many sentences of a category there are, and the shares of them that are flagged, by what people say of them.

    `recall` is of the negative, `false_flags` of the others, `accuracy` the share of the polar ones on their side of
    0.5; each is None where there is no such sentence.
    """

    n_texts: int
    recall: float | None
    false_flags: float | None
    accuracy: float | None


def by_category(classifier: Classifier, threshold: float) -> dict[str, CategoryFigures]:
    """Return the figures of every category of the golden set, in alphabetical order, and of "all"."""
    rows = golden_rows()
    predictions = classifier.classify([row["text"] for row in rows])
    answers = [
        (row["category"], ExampleLabel(row["label"]), p.is_flagged(threshold), p.probability > 0.5)
        for row, p in zip(rows, predictions, strict=True)
    ]
    names = sorted({category for category, *_ in answers})
    of = {name: [answer for category, *answer in answers if category == name] for name in names}
    return {name: _figures(group) for name, group in (of | {"all": [answer for _, *answer in answers]}).items()}


def _figures(answers: list[list[object]]) -> CategoryFigures:
    negative = [is_flagged for label, is_flagged, _ in answers if label == ExampleLabel.NEGATIVE]
    others = [is_flagged for label, is_flagged, _ in answers if label != ExampleLabel.NEGATIVE]
    right = [
        called_positive == (label == ExampleLabel.POSITIVE)
        for label, _, called_positive in answers
        if label != ExampleLabel.NEUTRAL
    ]
    return CategoryFigures(len(answers), _share(negative), _share(others), _share(right))


def _share(answers: Iterable[object]) -> float | None:
    values = [bool(answer) for answer in answers]
    return sum(values) / len(values) if values else None
