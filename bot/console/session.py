"""What judges in the terminal, open for a while."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Iterable, Iterator

from bot.config import Config
from bot.console.output import Tally
from bot.domain.messages import IncomingMessage
from bot.domain.verdicts import Verdict
from bot.services.pipeline import Pipeline
from bot.services.serving import Models
from bot.storage.database import Database
from model.classifier import Classifier

_DISCORD_EPOCH = 1_420_070_400_000  # milliseconds since 1970
_NOBODY = 0  # no channel or member has this id


class Session:
    """What judges, open for a while."""

    def __init__(
        self, classifier: Classifier, config: Config, database: Database, on_verdict: Callable[[Verdict], None]
    ) -> None:
        self.models = Models(classifier, database, config.threshold)
        self.tally = Tally()
        self._message_ids = _snowflakes()
        self._database = database
        # No handler: what is due in the outbox is the Discord bot's, which may be using the same database.
        self._pipeline = Pipeline(self.models, database, None, log_channel=False, on_verdict=self._tell)
        self._on_verdict = on_verdict

    @classmethod
    async def open(cls, config: Config, on_verdict: Callable[[Verdict], None]) -> Session:
        """Load the model and open the database.

        Raises:
            JigiModelError, DatabaseError: They cannot be opened.
        """
        classifier = Classifier.load(config.model_folder)
        database = await Database.open(config.database_url)
        session = cls(classifier, config, database, on_verdict)
        try:
            await database.erase_older_than(config.retention_days)
            await session._pipeline.start()
        except BaseException:
            await session.close()
            raise
        return session

    async def close(self) -> None:
        """Judge what is left, and close."""
        try:
            await self._pipeline.close()
        finally:
            await self._database.close()

    async def judge(self, lines: Iterable[str]) -> None:
        """Judge lines; their verdicts have been told on return."""
        begin = time.perf_counter()
        for line in lines:
            self.tally.n_lines += 1
            await self._pipeline.submit(IncomingMessage(next(self._message_ids), _NOBODY, None, _NOBODY, line))
        await self._pipeline.drain()
        self.tally.seconds += time.perf_counter() - begin

    def _tell(self, verdict: Verdict) -> None:
        self.tally.n_judged += 1
        self.tally.n_flagged += verdict.is_flagged
        self._on_verdict(verdict)


def _snowflakes() -> Iterator[int]:
    """Make message ids as Discord does: the time, who made them (here: chance), and a number that counts up."""
    millisecond = time.time_ns() // 1_000_000 - _DISCORD_EPOCH
    maker = secrets.randbits(10)
    for number in itertools.count():
        yield ((millisecond + number // 4096) << 22) | (maker << 12) | (number % 4096)
