"""Pictures as PNG, drawn in a process of their own: matplotlib holds on to Python, and no verdict may wait for it.

One at a time, and a short queue for each guild: whoever asks for more is told to come back.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

import model.pictures
from bot.domain.history.scans import Scanned, Span
from bot.domain.statistics import Counts, Statistics
from bot.domain.words.answers import Answer
from bot.localisation.texts import Texts
from bot.services.child import environment
from bot.wording.statistics import day
from bot.wording.thresholds import number
from bot.wording.words import readable, title
from model.pictures.requests import (
    CountBar,
    CountCaptions,
    CountPicture,
    Mark,
    NeighbourCaptions,
    NeighbourPicture,
    Picture,
    ScanCaptions,
    ScanPicture,
    ScanSpan,
    ScoreCaptions,
    ScorePicture,
    neighbour_picture,
)

_log = logging.getLogger(__name__)

MOST_WAITING = 2  # pictures of one guild, besides the one that is being drawn
_N_LENGTH = 4  # bytes; see `model.pictures.__main__`


class PictureProblem(StrEnum):
    """Why there is no picture."""

    TOO_MANY = "too_many"  # others of the guild are waiting
    FAILED = "failed"  # the log says more


class PictureError(Exception):
    """There is no picture."""

    def __init__(self, problem: PictureProblem) -> None:
        super().__init__(problem)
        self.problem = problem


class Pictures:
    """Draws one picture after the other.

    The process that draws is started by the first, and let go when nobody has asked for `kept_for` seconds.
    """

    def __init__(self, *, kept_for: float = 60.0) -> None:
        self._kept_for = kept_for
        self._n_asked: Counter[int | None] = Counter()  # by guild: waiting, or being drawn
        self._in_turn = asyncio.Lock()
        self._child: Process | None = None
        self._letting_go: asyncio.TimerHandle | None = None
        self._ending: dict[Process, asyncio.Task[None]] = {}

    async def draw(self, guild_id: int | None, picture: Picture) -> bytes:
        """Return a picture of a guild.

        Raises:
            PictureError: Others of the guild are waiting, or it cannot be drawn.
        """
        if self._n_asked[guild_id] > MOST_WAITING:
            raise PictureError(PictureProblem.TOO_MANY)
        self._n_asked[guild_id] += 1
        try:
            async with self._in_turn:
                return await self._drawn(picture)
        finally:
            self._n_asked[guild_id] -= 1
            if not self._n_asked[guild_id]:
                del self._n_asked[guild_id]

    async def close(self) -> None:
        """Draw no more; what is being drawn is not waited for."""
        if self._letting_go is not None:
            self._letting_go.cancel()
        self._let_go()
        for child in self._ending:
            _kill(child)
        await asyncio.gather(*self._ending.values())

    async def _drawn(self, picture: Picture) -> bytes:
        if self._letting_go is not None:
            self._letting_go.cancel()
        request = msgspec.msgpack.encode(picture)
        is_there = self._child is not None and self._child.returncode is None
        child, self._child = (self._child if is_there else None) or await _start(), None  # kept if it answers whole
        try:
            drawn = await _ask(child, request)
            self._child = child
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            _log.error("A picture cannot be drawn, its process has ended with %d", await child.wait())
            raise PictureError(PictureProblem.FAILED) from error
        finally:
            if self._child is None:
                _kill(child)
                self._end(child)
        self._letting_go = asyncio.get_running_loop().call_later(self._kept_for, self._let_go)
        return drawn

    def _let_go(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            self._end(child)

    def _end(self, child: Process) -> None:
        """See a process to its end: its pipes must be closed before the loop is."""
        self._ending[child] = ending = asyncio.create_task(_ended(child))
        ending.add_done_callback(lambda _: self._ending.pop(child))


def _kill(child: Process) -> None:
    if child.returncode is None:
        child.kill()


async def _ended(child: Process) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()  # it ends when nobody can ask it any more
    await child.stdout.read()
    await child.wait()


async def _start() -> Process:
    program = (sys.executable, "-m", model.pictures.__name__)
    return await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE, env=environment())


async def _ask(child: Process, request: bytes) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(len(request).to_bytes(_N_LENGTH) + request)
    await child.stdin.drain()
    return await child.stdout.readexactly(int.from_bytes(await child.stdout.readexactly(_N_LENGTH)))


def picture_of_answer(answer: Answer, texts: Texts) -> NeighbourPicture:
    """Return the picture of the words and their neighbours on a plane."""
    captions = NeighbourCaptions(
        title=title(answer, texts, lambda word: readable(word, texts)),
        note=texts("words.picture_note", share="{share:.0%}"),
        negative=texts("words.negative"),
        neutral=texts("words.neutral"),
        positive=texts("words.positive"),
        space=texts("words.space"),
    )
    return neighbour_picture(answer.vectors, answer.words, [*answer.rows, *answer.around], captions)


def picture_of_scores(
    probabilities: Sequence[float], counts: Sequence[int], serving: float, advised: float | None, texts: Texts
) -> ScorePicture:
    """Return the picture of how many messages have which P(negative), with the thresholds in it."""
    captions = ScoreCaptions(
        texts("threshold.picture_title"), texts("case.probability"), texts("threshold.picture_count")
    )
    mark = Mark(serving, texts("threshold.picture_serving", threshold=number(serving)))
    advised_mark = None
    if advised is not None and advised != serving:
        advised_mark = Mark(advised, texts("threshold.picture_advised", threshold=number(advised)))
    return ScorePicture(probabilities, mark, captions, advised_mark, counts)


def picture_of_counts(
    title: str, counted: Statistics, channels: Iterable[tuple[str, Counts]], texts: Texts
) -> CountPicture:
    """Return the picture of what was flagged, by day or week and by channel."""
    captions = CountCaptions(
        title=texts("stats.picture_title", title=title),
        right=texts("case.state_right"),
        false_alarm=texts("case.state_false_alarm"),
        undecided=texts("stats.undecided"),
        count=texts("stats.picture_count"),
        channels=texts("stats.by_channel"),
    )
    days = (day(first, texts) for first in counted.span.first_days)
    times = [_bar(name, counts) for name, counts in zip(days, counted.by_part, strict=True)]
    return CountPicture(times, [_bar(*each) for each in channels], captions)


def _bar(label: str, counts: Counts) -> CountBar:
    return CountBar(label, counts.n_right, counts.n_false_alarms, counts.n_undecided)


def picture_of_scan(found: Sequence[Scanned], parts: Sequence[Span], texts: Texts) -> ScanPicture:
    """Return the picture of what a look through old messages has found, `parts` being the spans of its time."""
    captions = ScanCaptions(
        spread=texts("scan.picture_spread"),
        probability=texts("case.probability"),
        count=texts("threshold.picture_count"),
        shares=texts("scan.picture_shares"),
        days=texts("scan.picture_days"),
        share=texts("scan.picture_share"),
    )
    thresholds = {each.threshold for each in found}
    mark = None
    if len(thresholds) == 1:
        threshold = thresholds.pop()
        mark = Mark(threshold, texts("scan.picture_threshold", threshold=number(threshold)))
    n_left_out = 5 if len({each.begins.year for each in parts}) == 1 else 2  # 11-03, or 25-11-03
    spans = [ScanSpan(each.begins.isoformat()[n_left_out:], each.n_judged, each.n_flagged) for each in parts]
    probabilities = [each.negative_probability for each in found]
    return ScanPicture(probabilities, [each.is_flagged for each in found], mark, spans, captions)
