"""The golden set, read: `model.evaluation.judge` judges versions by it, the bot advises no threshold against it."""

from __future__ import annotations

import csv
from functools import cache

from model.data.paths import GOLDEN
from model.examples import Example, ExampleLabel


@cache
def golden_examples() -> tuple[Example, ...]:
    """Return the golden set: sentences written to judge models by, never trained on."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return tuple(Example(row["text"], ExampleLabel(row["label"])) for row in rows)
