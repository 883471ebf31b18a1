"""Pictures as PNG: one at a time, since matplotlib's caches are made for one thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from bot.domain.words.answers import Answer
from bot.localisation.texts import Texts
from bot.wording.thresholds import number
from bot.wording.words import _title, readable

_drawing = threading.Lock()  # one picture at a time: matplotlib's caches are made for one thread


def draw_answer(answer: Answer, texts: Texts) -> bytes:
    """Return a PNG of the words and their neighbours on a plane. Takes half a second: call it in a thread."""
    with _drawing:
        from model.pictures.neighbours import NeighbourCaptions, draw_neighbours  # matplotlib takes a second to import

        captions = NeighbourCaptions(
            title=_title(answer, texts, lambda word: readable(word, texts)),
            note=texts("words.picture_note", share="{share:.0%}"),
            negative=texts("words.negative"),
            neutral=texts("words.neutral"),
            positive=texts("words.positive"),
            space=texts("words.space"),
        )
        return draw_neighbours(answer.vectors, answer.words, [*answer.rows, *answer.around], captions)


def _draw(
    probabilities: Sequence[float], counts: Sequence[int], serving: float, advised: float | None, texts: Texts
) -> bytes:
    from model.pictures.scores import (  # with it comes matplotlib, which serving does not need
        Mark,
        ScoreCaptions,
        draw_scores,
    )

    captions = ScoreCaptions(
        texts("threshold.picture_title"), texts("alert.probability"), texts("threshold.picture_count")
    )
    mark = Mark(serving, texts("threshold.picture_serving", threshold=number(serving)))
    if advised is None or advised == serving:
        return draw_scores(probabilities, mark, captions, counts=counts)
    advised_mark = Mark(advised, texts("threshold.picture_advised", threshold=number(advised)))
    return draw_scores(probabilities, mark, captions, advised_mark, counts)
