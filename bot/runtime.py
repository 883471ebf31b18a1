"""All that Jigi holds open while it works in a bot.

`bot.plugin` opens it, the cogs work with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.config import Config
from bot.localisation import Texts
from bot.pipeline import Handler, Pipeline
from bot.storage.database import Database
from bot.verdict import Policy
from model.classifier import Classifier


class PluginError(Exception):
    """The bot cannot take Jigi in; the message says what to change.

    Stands here, not in `bot.plugin`: discord.py loads an extension as a new module, whose classes nobody else has.
    """


@dataclass(frozen=True, slots=True)
class Jigi:
    """What the cogs work with. `threshold` is the P(negative) from which a message is flagged."""

    config: Config
    texts: Texts
    threshold: float
    database: Database
    pipeline: Pipeline


@asynccontextmanager
async def open_jigi(config: Config, texts: Texts, make_handler: Callable[[Database], Handler]) -> AsyncIterator[Jigi]:
    """Open database, classifier and pipeline; on leaving, finish what was submitted and close them.

    The pipeline is not started yet: its first actions need a bot that is logged in.

    Raises:
        ModelError, DatabaseError: The model or the database cannot be opened.
    """
    classifier = await asyncio.to_thread(Classifier.load, config.model_folder)
    threshold = classifier.threshold if config.threshold is None else config.threshold
    database = await Database.open(config.database_url)
    try:
        policy = Policy(threshold, classifier.version)
        has_log = config.log_channel_id is not None
        pipeline = Pipeline(classifier, database, policy, make_handler(database), log_channel=has_log)
        try:
            yield Jigi(config, texts, threshold, database, pipeline)
        finally:
            await pipeline.close()
    finally:
        await database.close()
