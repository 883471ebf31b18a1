"""All that Jigi holds open while it works in a bot.

`bot.plugin` opens it, the cogs work with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.config import Config
from bot.localisation.texts import Texts
from bot.services.pipeline import Handler, Pipeline
from bot.services.serving import Models
from bot.services.trainer import Retraining
from bot.storage.database import Database
from model.classifier import Classifier


class PluginError(Exception):
    """The bot cannot take Jigi in; the message says what to change.

    Stands here, not in `bot.plugin`: discord.py loads an extension as a new module, whose classes nobody else has.
    """


@dataclass(frozen=True, slots=True)
class Jigi:
    """What the cogs work with."""

    config: Config
    texts: Texts
    database: Database
    models: Models
    retraining: Retraining
    pipeline: Pipeline


@asynccontextmanager
async def open_jigi(config: Config, texts: Texts, make_handler: Callable[[Database], Handler]) -> AsyncIterator[Jigi]:
    """Open database, classifier and pipeline; on leaving, finish what was submitted and close them.

    The pipeline is not started yet: its first actions need a bot that is logged in.

    Raises:
        JigiModelError, DatabaseError: The model or the database cannot be opened.
    """
    classifier = await asyncio.to_thread(Classifier.load, config.model_folder)
    database = await Database.open(config.database_url)
    try:
        models = Models(classifier, database, config.threshold)
        has_log = config.log_channel_id is not None
        pipeline = Pipeline(models, database, make_handler(database), log_channel=has_log)
        try:
            yield Jigi(config, texts, database, models, Retraining(config, database), pipeline)
        finally:
            await pipeline.close()
    finally:
        await database.close()
