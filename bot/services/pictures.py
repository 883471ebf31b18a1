"""Pictures as PNG, drawn on a thread of their own: judging never waits for them, nor they for it.

One thread, since matplotlib's caches are made for one, and a short queue for each guild: whoever asks for more is told
to come back.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec

from bot.domain.words.answers import Answer
from bot.localisation.texts import Texts
from bot.wording.thresholds import number
from bot.wording.words import readable, title

MOST_WAITING = 2  # pictures of one guild, besides the one that is being drawn

_P = ParamSpec("_P")


class TooManyPicturesError(Exception):
    """A guild has as many pictures waiting as it may."""


class Pictures:
    """Draws one picture after the other."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._n_asked: Counter[int | None] = Counter()  # by guild: waiting, or being drawn

    async def draw(self, guild_id: int | None, draw: Callable[_P, bytes], *args: _P.args, **kwargs: _P.kwargs) -> bytes:
        """Return a picture of a guild.

        Raises:
            TooManyPicturesError: Others of the guild are waiting.
        """
        if self._n_asked[guild_id] > MOST_WAITING:
            raise TooManyPicturesError
        self._n_asked[guild_id] += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, lambda: draw(*args, **kwargs))
        finally:
            self._n_asked[guild_id] -= 1
            if not self._n_asked[guild_id]:
                del self._n_asked[guild_id]

    def close(self) -> None:
        """Draw no more; what is being drawn is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def draw_answer(answer: Answer, texts: Texts) -> bytes:
    """Return a PNG of the words and their neighbours on a plane. Takes half a second."""
    from model.pictures.neighbours import NeighbourCaptions, draw_neighbours  # matplotlib takes a second to import

    captions = NeighbourCaptions(
        title=title(answer, texts, lambda word: readable(word, texts)),
        note=texts("words.picture_note", share="{share:.0%}"),
        negative=texts("words.negative"),
        neutral=texts("words.neutral"),
        positive=texts("words.positive"),
        space=texts("words.space"),
    )
    return draw_neighbours(answer.vectors, answer.words, [*answer.rows, *answer.around], captions)


def draw_threshold(
    probabilities: Sequence[float], counts: Sequence[int], serving: float, advised: float | None, texts: Texts
) -> bytes:
    """Return a PNG of how many messages have which P(negative), with the thresholds in it."""
    from model.pictures.scores import Mark, ScoreCaptions, draw_scores  # with it comes matplotlib

    captions = ScoreCaptions(
        texts("threshold.picture_title"), texts("case.probability"), texts("threshold.picture_count")
    )
    mark = Mark(serving, texts("threshold.picture_serving", threshold=number(serving)))
    if advised is None or advised == serving:
        return draw_scores(probabilities, mark, captions, counts=counts)
    advised_mark = Mark(advised, texts("threshold.picture_advised", threshold=number(advised)))
    return draw_scores(probabilities, mark, captions, advised_mark, counts)
