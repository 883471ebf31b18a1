"""A store and a pipeline for tests: real databases, real messages, a front end that only remembers."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.config import PATIENCE, Config, Patience
from bot.domain.actions import ActionKind, ActionResult, PendingAction
from bot.domain.messages import IncomingMessage
from bot.domain.troubles import Trouble
from bot.domain.verdicts import EVERYTHING, NOTHING, Acting, Policy, Verdict, decide
from bot.services.delivery import Delivery
from bot.services.judge import Judge
from bot.services.pipeline import Pipeline
from bot.services.serving import ServingModels
from bot.services.settings import SettingsOfGuilds
from bot.storage.database import Database
from model.classifier import Classifier
from model.prediction import Prediction
from model.reading.read import read_message
from tests.support import postgresql

BAD, GOOD, PLAIN = (
    "별로예요 다시는 안 사요",
    "좋아요 짱이에요",
    "오늘 점심 뭐 먹지",
)  # as the tiny model understands them
CHANNEL = 7
UNPACED = replace(  # one alert a message, as fast as can be
    PATIENCE, alert_pause=0.0, settling_pause=0.05, folds_from=1_000, n_of_author=1_000, n_of_channel=1_000
)


def message(
    message_id: int, content: str, revision: int = 0, channel_id: int = CHANNEL, guild_id: int | None = 1
) -> IncomingMessage:
    """Make a message as it is at a revision."""
    return IncomingMessage(message_id, channel_id, guild_id, 99, content, revision)


def verdict(
    message_id: int,
    content: str,
    revision: int = 0,
    acting: Acting = EVERYTHING,
    *,
    channel_id: int = CHANNEL,
    guild_id: int | None = 1,
    is_bad: bool | None = None,
) -> Verdict:
    """Decide of a message as the tiny model would, or as `is_bad` says."""
    probability = 0.01 if (content == BAD if is_bad is None else is_bad) else 0.99
    new = message(message_id, content, revision, channel_id, guild_id)
    return decide(new, read_message(new.content), Prediction(probability), Policy(0.9, "keyword-1", acting))


class Recorder:
    """A front end that only remembers, and says that alerts were sent as messages 1001, 1002, … of a channel."""

    def __init__(self, before: Callable[[PendingAction], Awaitable[None]] | None = None) -> None:
        self.actions: list[PendingAction] = []
        self.troubles: list[Trouble] = []
        self._before = before

    @property
    def deeds(self) -> list[tuple[str, int]]:
        """Return kind and message of every action, in order."""
        return [(action.kind.value, action.verdict.message_id) for action in self.actions]

    def tell(self, trouble: Trouble) -> None:
        """Remember a trouble."""
        self.troubles.append(trouble)

    async def act(self, action: PendingAction) -> ActionResult:
        """Remember an action."""
        if self._before is not None:
            await self._before(action)
        self.actions.append(action)
        return ActionResult(5, 1000 + len(self.actions)) if action.kind is ActionKind.ALERT else ActionResult()


def url(path: Path, **options: str) -> str:
    """Return the URL of a database: a file, with options of SQLite, or what stands for one on PostgreSQL's server."""
    if path.suffix == postgresql.SUFFIX:
        return postgresql.url_of(path)
    return f"sqlite+aiosqlite:///{path}" + "".join(f"?{name}={value}" for name, value in options.items())


@asynccontextmanager
async def open_store(
    path: Path, *, text_keys: Sequence[str] = (), may_miss_keys: bool = False, **options: str
) -> AsyncIterator[Database]:
    """Open a database and close it again."""
    database = await Database.open(url(path, **options), text_keys, may_miss_keys=may_miss_keys)
    try:
        yield database
    finally:
        await database.close()


def settings_with_log(database: Database, **options: Any) -> SettingsOfGuilds:
    """Return settings by which every guild has a log channel; `options` go to their `Config`."""
    return SettingsOfGuilds(database, Config(log_channel_id=5, **options))


@asynccontextmanager
async def run_pipeline(
    classifier: Classifier,
    database: Database,
    handler: Any = None,
    *,
    on_verdict: Callable[[Verdict], None] | None = None,
    patience: Patience = UNPACED,
    close_limit: float = 10.0,
    **options: Any,
) -> AsyncIterator[Pipeline]:
    """Start a pipeline with a log channel, and close it again; `options` go to its `Judge`."""
    acting = EVERYTHING if handler else NOTHING
    models = options.pop("models", None) or ServingModels(classifier, database, settings_with_log(database))
    judge = Judge(models, database, acting, on_verdict, handler.tell if handler else None, **options)
    delivery = Delivery(database, handler, patience) if handler else None
    pipeline = Pipeline(database, judge, delivery, close_limit=close_limit)
    await pipeline.start()
    try:
        yield pipeline
    finally:
        await pipeline.close()


async def next_action(database: Database) -> PendingAction | None:
    """Return the oldest action that is due on any route."""
    found = [each for route in await database.outbox.routes() for each in await database.outbox.due(route)]
    return min(found, key=lambda each: each.id, default=None)


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds that threads or other tasks bring about."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - the end of a thread sets no event
            await asyncio.sleep(0.01)


def n_threads() -> int:
    """Count the threads, without those that asyncio keeps for later. One that is left keeps a bot alive."""
    return sum(not thread.name.startswith("asyncio") for thread in threading.enumerate())


def counts(path: Path) -> tuple[int, int]:
    """Count the verdicts, and those that flag."""
    ((n_judged, n_flagged),) = rows(path, "SELECT count(*), count(*) FILTER (WHERE is_flagged) FROM verdicts")
    return n_judged, n_flagged


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Ask the database itself, past all code of ours."""
    if path.suffix == postgresql.SUFFIX:
        return postgresql.rows(path, query)
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def change(path: Path, *statements: str) -> None:
    """Change something in the database itself, past all code of ours."""
    if path.suffix == postgresql.SUFFIX:
        postgresql.change(path, *statements)
        return
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
