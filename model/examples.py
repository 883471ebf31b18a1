"""Labelled examples that people teach a model: read from CSV or TSV, counted by author, written again.

`bot` imports this module, so it needs no training package. `model.training.finetune` learns the
examples, `model.evaluation.judge` judges by those that were held back.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from model.prediction import Label
from model.reading.read import read_message

_FEWEST_TO_HOLD_BACK_FROM, _SHARE_HELD_BACK = 40, 0.1


class ExampleLabel(StrEnum):
    """What a person says of a text."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


# Every spelling of a label that is read, in lower case; the network's own two words are among them.
LABELS: Mapping[str, ExampleLabel] = {
    **{label.value: label for label in ExampleLabel},
    Label.NEGATIVE.value: ExampleLabel.NEGATIVE,
    "중립": ExampleLabel.NEUTRAL,
    Label.POSITIVE.value: ExampleLabel.POSITIVE,
}


def target_of(label: ExampleLabel, neutral_target: float = 0.5) -> float:
    """Return the P(positive) that a text of this label is taught."""
    return {ExampleLabel.NEGATIVE: 0.0, ExampleLabel.NEUTRAL: neutral_target, ExampleLabel.POSITIVE: 1.0}[label]


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its label, and who said so (any name that tells people apart; empty when unknown)."""

    text: str
    label: ExampleLabel
    author: str = ""


def at_most_per_author(examples: Sequence[Example], n: int) -> list[Example]:
    """Keep the newest `n` examples of each author, in order. `examples` are the oldest first."""
    kept, n_kept = [], Counter[str]()
    for example in reversed(examples):
        if n_kept[example.author] < n:
            n_kept[example.author] += 1
            kept.append(example)
    return kept[::-1]


def newest_of_each_text(examples: Iterable[Example]) -> list[Example]:
    """Keep one example of each text as it is read, the last: a person can correct another. Drop texts left empty."""
    newest = {read_message(example.text): example for example in examples}
    return [example for text, example in newest.items() if text]


def as_read(examples: Iterable[Example]) -> list[Example]:
    """Return the examples with their texts as the network reads them."""
    return [replace(example, text=read_message(example.text)) for example in examples]


def split_held_back(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Return the examples to teach, and those to judge by: one in ten, none of fewer than 40.

    A checksum of what is read chooses, so that a text held back once is held back in every training.
    """
    if len(examples) < _FEWEST_TO_HOLD_BACK_FROM:
        return list(examples), []
    taught: list[Example] = []
    held_back: list[Example] = []
    for example in examples:
        checksum = zlib.crc32(read_message(example.text).encode())
        (held_back if checksum < _SHARE_HELD_BACK * 2**32 else taught).append(example)
    return taught, held_back
