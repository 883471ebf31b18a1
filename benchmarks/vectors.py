"""Queries of the shipped word vectors beside gensim's `KeyedVectors` on the same vectors."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from model.vectors import Vectors

N_CALLS = 200


def measure() -> dict[str, Any]:
    """Time opening the vectors and one query each way; return medians in seconds, ratios and the largest difference."""
    from gensim.models import KeyedVectors

    vectors = Vectors.load()
    twin = KeyedVectors(vectors.vectors.shape[1])
    twin.add_vectors(list(vectors.index_to_key), np.asarray(vectors.vectors, np.float32))
    words = list(vectors.index_to_key[: N_CALLS * 20 : 20])
    ways: dict[str, Callable[[str], list[tuple[str, float]]]] = {
        "vectors": vectors.most_similar,
        "gensim": lambda word: twin.most_similar(word),
    }
    nearest = {name: _median_seconds(way, words) for name, way in ways.items()}
    analogy = {
        "vectors": _median_seconds(lambda word: vectors.most_similar_cosmul([word, "좋다"], ["나쁘다"]), words),
        "gensim": _median_seconds(lambda word: twin.most_similar_cosmul([word, "좋다"], ["나쁘다"]), words),
    }
    return {
        "n_words": len(vectors),
        "open_seconds": _median_seconds(lambda _: Vectors.load().most_similar("배송"), words[:5]),
        "most_similar_seconds": nearest,
        "most_similar_ratio": nearest["vectors"] / nearest["gensim"],
        "most_similar_cosmul_seconds": analogy,
        "most_similar_cosmul_ratio": analogy["vectors"] / analogy["gensim"],
        "suggest_seconds": _median_seconds(lambda word: vectors.suggest(word[:1]), words),
        "spelled_like_seconds": _median_seconds(lambda word: vectors.speller.spelled_like(word), words[:20]),
        "largest_difference": max(_difference(vectors.most_similar(word), twin.most_similar(word)) for word in words),
    }


def _median_seconds(call: Callable[[str], Any], words: list[str]) -> float:
    call(words[0])
    durations = []
    for word in words:
        started = perf_counter()
        call(word)
        durations.append(perf_counter() - started)
    return median(durations)


def _difference(ours: list[tuple[str, float]], theirs: list[tuple[str, float]]) -> float:
    return max(abs(a - b) for (_, a), (_, b) in zip(ours, theirs, strict=True))
