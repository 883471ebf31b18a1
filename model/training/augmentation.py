"""More texts out of few: runs of their words, and two such runs joined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_N_CUTS, _N_JOINS = 6, 6  # pieces made of each text


def cut_and_join(texts: Sequence[str], generator: np.random.Generator) -> list[str]:
    """Return runs of words of the texts, and such runs of two texts joined, none twice."""
    cuts = [_cut(text, generator) for _ in range(_N_CUTS) for text in texts]
    joins = [
        f"{_cut(texts[a], generator)} {_cut(texts[b], generator)}"
        for _ in range(_N_JOINS)
        for a, b in enumerate(generator.permutation(len(texts)))
    ]
    return list(dict.fromkeys([*cuts, *joins]))


def _cut(text: str, generator: np.random.Generator) -> str:
    words = text.split()
    n_words = max(2, round(len(words) * generator.uniform(0.3, 0.8)))
    if len(words) <= n_words:
        return text
    start = int(generator.integers(0, len(words) - n_words + 1))
    return " ".join(words[start : start + n_words])
