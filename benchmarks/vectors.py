"""Queries of the shipped word vectors beside gensim's `KeyedVectors` on the same vectors, one thread each.

With more threads gensim waits for whichever core is busy: from 0.7 to 10 ms for the same question on two cores.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from model.vectors.keyed_vectors import Vectors

N_CALLS = 200


def measure() -> dict[str, Any]:
    """Time opening the vectors and one query each way; return medians in seconds, ratios and the largest difference."""
    from gensim.models import KeyedVectors

    vectors = Vectors.load()
    twin = KeyedVectors(vectors.vectors.shape[1])
    twin.add_vectors(list(vectors.index_to_key), np.asarray(vectors.vectors, np.float32))
    words = list(vectors.index_to_key[: N_CALLS * 20 : 20])
    both = {"vectors": vectors, "gensim": twin}
    with threadpool_limits(1):
        nearest = _side_by_side({name: each.most_similar for name, each in both.items()}, words)
        analogy = _side_by_side({name: _analogy(each) for name, each in both.items()}, words)
    return {
        "n_words": len(vectors),
        "open_seconds": _median_seconds(lambda _: Vectors.load().most_similar("배송"), words[:5]),
        "most_similar_seconds": nearest,
        "most_similar_ratio": nearest["vectors"] / nearest["gensim"],
        "most_similar_cosmul_seconds": analogy,
        "most_similar_cosmul_ratio": analogy["vectors"] / analogy["gensim"],
        "suggest_seconds": _median_seconds(lambda word: vectors.suggest(word[:1]), words),
        "spelled_like_seconds": _median_seconds(lambda word: vectors.speller.spelled_like(word), words[:20]),
        "picture_seconds": _picture_seconds(vectors, words[:10]),
        "largest_difference": max(_difference(vectors.most_similar(word), twin.most_similar(word)) for word in words),
    }


def _analogy(vectors: Any) -> Callable[[str], Any]:
    return lambda word: vectors.most_similar_cosmul([word, "좋다"], ["나쁘다"])


def _picture_seconds(vectors: Vectors, words: list[str]) -> float:
    from model.pictures.neighbours import draw_neighbours
    from model.pictures.requests import NeighbourCaptions, neighbour_picture

    captions = NeighbourCaptions("가까운 단어", "분산의 {share:.0%}", "부정", "중립", "긍정", "(빈칸)")

    def draw(word: str) -> bytes:
        return draw_neighbours(neighbour_picture(vectors, [word], vectors.neighbours(word), captions))

    return _median_seconds(draw, words)


def _median_seconds(call: Callable[[str], Any], words: list[str]) -> float:
    return _side_by_side({"": call}, words)[""]


def _side_by_side(ways: dict[str, Callable[[str], Any]], words: list[str]) -> dict[str, float]:
    """Time each way on each word in turn, so that a busy moment of the machine meets all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for word in [words[0], *words]:
        for name, call in ways.items():
            started = perf_counter()
            call(word)
            seconds[name].append(perf_counter() - started)
    return {name: median(each[1:]) for name, each in seconds.items()}  # the first call builds what later ones need


def _difference(ours: list[tuple[str, float]], theirs: list[tuple[str, float]]) -> float:
    return max(abs(a - b) for (_, a), (_, b) in zip(ours, theirs, strict=True))
