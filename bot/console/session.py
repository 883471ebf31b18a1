"""What judges in the terminal, open for a while."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.config import Config
from bot.console.output import Tally
from bot.domain.guilds import DEFAULT_TIME_ZONE
from bot.domain.messages import IncomingMessage
from bot.domain.statistics import Span
from bot.domain.thresholds import ThresholdOrigin
from bot.domain.verdicts import Verdict
from bot.domain.words.answers import Answer
from bot.domain.words.questions import Layer
from bot.localisation.texts import Texts
from bot.runtime import Jigi, open_jigi
from bot.services.pictures import picture_of_answer
from bot.wording.statistics import summary, weeks
from bot.wording.thresholds import now
from model.vectors.keyed_vectors import Vectors

_DISCORD_EPOCH = 1_420_070_400_000  # milliseconds since 1970
_NOBODY = 0  # no channel or member has this id


class Session:
    """Judges lines, and counts them."""

    def __init__(self, jigi: Jigi, tally: Tally) -> None:
        self.jigi = jigi
        self.tally = tally
        self._message_ids = _snowflakes()

    async def judge(self, lines: Iterable[str]) -> None:
        """Judge lines; their verdicts have been told on return."""
        begin = time.perf_counter()
        for line in lines:
            self.tally.n_lines += 1
            await self.jigi.pipeline.submit(IncomingMessage(next(self._message_ids), _NOBODY, None, _NOBODY, line))
        await self.jigi.pipeline.drain()
        self.tally.seconds += time.perf_counter() - begin

    async def open_vectors(self, layer: Layer) -> Vectors:
        """Return the vectors that answer a question; raises what `WordVectors.for_guild` does."""
        return await self.jigi.word_vectors.for_guild(layer, None)

    def threshold(self, texts: Texts) -> str:
        """Say from which threshold texts are flagged here, and where it comes from."""
        chosen = self.jigi.config.threshold
        if chosen is None:
            return now(self.jigi.models.configured.threshold, ThresholdOrigin.MODEL, texts, str)
        return now(chosen, ThresholdOrigin.OPERATOR, texts, str)

    async def statistics(self, n_days: int, texts: Texts) -> list[str]:
        """Say what was judged here in the last days."""
        span = Span.last_days(n_days, datetime.now(UTC), DEFAULT_TIME_ZONE)
        counted = await self.jigi.database.statistics.count(None, span)
        title = texts("stats.title", n_days=n_days) if n_days > 1 else texts("stats.title_today")
        return [title, *summary(counted, texts, str), *weeks(counted, texts)]

    async def draw(self, found: Answer, texts: Texts) -> bytes:
        """Return the picture of an answer about words."""
        return await self.jigi.pictures.draw(None, picture_of_answer(found, texts))


@asynccontextmanager
async def open_session(config: Config, on_verdict: Callable[[Verdict], None]) -> AsyncIterator[Session]:
    """Open what judges; on leaving, judge what is left, and close.

    There is no handler: what is due in the outbox is the Discord bot's, which may be using the same database.

    Raises:
        JigiModelError, DatabaseError: The model or the database cannot be opened.
    """
    tally = Tally()

    def count(verdict: Verdict) -> None:
        tally.n_judged += 1
        tally.n_flagged += verdict.is_flagged
        on_verdict(verdict)

    async with open_jigi(config, on_verdict=count) as jigi:
        await jigi.database.verdicts.erase_older_than(*jigi.settings.retention)
        await jigi.pipeline.start()
        yield Session(jigi, tally)


def _snowflakes() -> Iterator[int]:
    """Make message ids as Discord does: the time, who made them (here: chance), and a number that counts up."""
    millisecond = time.time_ns() // 1_000_000 - _DISCORD_EPOCH
    maker = secrets.randbits(10)
    for number in itertools.count():
        yield ((millisecond + number // 4096) << 22) | (maker << 12) | (number % 4096)
