"""More texts out of few: runs of their words, and two such runs joined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_N_RUNS, _N_JOINS = 6, 6  # made of each text


def recombine(texts: Sequence[str], generator: np.random.Generator) -> list[str]:
    """Return runs of words of the texts, and such runs of two texts joined, none twice."""
    runs = [_run_of_words(text, generator) for _ in range(_N_RUNS) for text in texts]
    joins = [
        f"{_run_of_words(texts[a], generator)} {_run_of_words(texts[b], generator)}"
        for _ in range(_N_JOINS)
        for a, b in enumerate(generator.permutation(len(texts)))
    ]
    return list(dict.fromkeys([*runs, *joins]))


def _run_of_words(text: str, generator: np.random.Generator) -> str:
    words = text.split()
    n_words = max(2, round(len(words) * generator.uniform(0.3, 0.8)))
    if len(words) <= n_words:
        return text
    start = int(generator.integers(0, len(words) - n_words + 1))
    return " ".join(words[start : start + n_words])
