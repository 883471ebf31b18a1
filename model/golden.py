"""The golden set: sentences written to judge models by, never trained on, each of one category."""

from __future__ import annotations

import csv
from functools import cache

from model.data.paths import GOLDEN
from model.examples import Example, ExampleLabel


@cache
def golden_examples() -> tuple[Example, ...]:
    """Return the sentences, with what people say of them."""
    return tuple(Example(row["text"], ExampleLabel(row["label"])) for row in golden_rows())


@cache
def golden_rows() -> tuple[dict[str, str], ...]:
    """Return the rows of the file: its columns are label, category, tags and text."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
