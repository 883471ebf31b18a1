"""All that Jigi holds open while it works, in a bot or in the terminal.

`bot.plugin` and `bot.console.session` open it, the cogs work with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.config import Config
from bot.domain.actions import Handler
from bot.domain.verdicts import EVERYTHING, NOTHING, Verdict
from bot.localisation.texts import Texts
from bot.services.delivery import Delivery
from bot.services.judge import Judge
from bot.services.learning.trainer import Retraining
from bot.services.measuring.measurements import Measurements
from bot.services.pictures import Pictures
from bot.services.pipeline import Pipeline
from bot.services.sealing import sealing
from bot.services.serving import ServingModels
from bot.services.settings import SettingsOfGuilds
from bot.services.shards import ShardLeases
from bot.services.word_vectors import WordVectors
from bot.storage.database import Database
from model.classifier import Classifier


class PluginError(Exception):
    """The bot cannot take Jigi in; the message says what to change.

    Stands here, not in `bot.plugin`: discord.py loads an extension as a new module, whose classes nobody else has.
    """


@dataclass(frozen=True, slots=True)
class Jigi:
    """What the front ends work with."""

    config: Config
    texts: Texts
    database: Database
    settings: SettingsOfGuilds
    models: ServingModels
    retraining: Retraining
    pipeline: Pipeline
    word_vectors: WordVectors
    pictures: Pictures
    measurements: Measurements
    leases: ShardLeases | None = None  # where several processes share the database


@asynccontextmanager
async def open_jigi(
    config: Config,
    make_handler: Callable[[Database, SettingsOfGuilds, ServingModels], Handler] | None = None,
    on_verdict: Callable[[Verdict], None] | None = None,
    home_of: Callable[[int], int | None] = lambda channel_id: None,
) -> AsyncIterator[Jigi]:
    """Open database, classifier and pipeline; on leaving, finish what was submitted and close them.

    Without a handler messages are judged and stored, and nothing is done about them. The pipeline is not started yet:
    its first actions need a bot that is logged in. `home_of` says which guild a channel is of, None if that is unknown.

    Raises:
        JigiModelError, DatabaseError: The model or the database cannot be opened.
    """
    classifier = await asyncio.to_thread(Classifier.load, config.model_folder)
    async with AsyncExitStack() as stack:
        database = await Database.open(
            config.database_url, config.text_keys, may_miss_keys=config.allow_unreadable_texts
        )
        stack.push_async_callback(database.close)
        if config.text_keys:
            await stack.enter_async_context(sealing(database))
        settings = SettingsOfGuilds(database, config, home_of)
        await settings.start()
        stack.push_async_callback(settings.close)
        models = ServingModels(classifier, database, settings)
        handler = make_handler(database, settings, models) if make_handler else None
        most, lease = config.shards_per_process, config.patience.lease
        leases = ShardLeases(database, most, lease) if most is not None else None
        jigi = _assemble(config, models, database, settings, handler, on_verdict, leases)
        if leases is not None:
            stack.push_async_callback(leases.close)  # others begin to read when nothing is in hand here any more
        stack.push_async_callback(jigi.pipeline.close)
        stack.push_async_callback(jigi.pictures.close)
        yield jigi


def _assemble(
    config: Config,
    models: ServingModels,
    database: Database,
    settings: SettingsOfGuilds,
    handler: Handler | None,
    on_verdict: Callable[[Verdict], None] | None,
    leases: ShardLeases | None,
) -> Jigi:
    tell = handler.tell if handler else None
    models.on_trouble = tell
    counted = Measurements()
    delivery = Delivery(database, handler, config.patience, leases, counted) if handler else None
    judge = Judge(models, database, EVERYTHING if handler else NOTHING, on_verdict, tell, measurements=counted)
    return Jigi(
        config=config,
        texts=Texts.load(config.language),
        database=database,
        settings=settings,
        models=models,
        retraining=Retraining(config, database, counted),
        pipeline=Pipeline(database, judge, delivery),
        word_vectors=WordVectors(config, database),
        pictures=Pictures(),
        measurements=counted,
        leases=leases,
    )
