"""`python -m bot doctor`, from the configuration to the exit code."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import logs
from bot.config import Config, ConfigError
from bot.doctor import here
from bot.doctor.discord_side import look_at_discord
from bot.doctor.findings import Finding, Mark, show
from bot.localisation.texts import Texts
from bot.services.settings import SettingsOfGuilds
from bot.storage.connection.engine import IN_MEMORY, DatabaseError
from bot.storage.database import Database
from bot.storage.upkeep.inspection import Inspection, read_settings


def run() -> int:
    """Look at everything, say what was found, and return the exit code: 1 if there is something to mend."""
    try:
        config = Config.from_environ()
    except ConfigError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    logs.set_up(logging.CRITICAL)
    logging.getLogger("discord").setLevel(logging.CRITICAL)  # what it would say is said below, and better
    texts = Texts.load(config.language)
    return show(asyncio.run(_look(config, texts)), texts)


async def _look(config: Config, texts: Texts) -> list[Finding]:
    database, inspected = await here.look_at_database(config, texts)
    findings = [here.look_at_config(texts), database, here.look_at_disk(inspected, texts)]
    findings += [here.look_at_model(config, texts), await here.look_at_metrics(config, texts)]
    try:
        async with _settings(config, inspected) as settings:
            findings += [each async for each in look_at_discord(config, settings, texts)]
    except DatabaseError as error:
        findings.append(Finding("database", Mark.WRONG, error.sentence(texts)))
    return findings


@asynccontextmanager
async def _settings(config: Config, inspected: Inspection | None) -> AsyncIterator[SettingsOfGuilds]:
    """Give what servers have chosen, as far as it can be read without bringing the database to another schema."""
    chosen = await read_settings(config.database_url) if inspected is not None and inspected.is_newest else {}
    nowhere = await Database.open(IN_MEMORY)  # settings that are only asked need none, and ours is not to be opened
    try:
        yield SettingsOfGuilds(nowhere, config, chosen=chosen)
    finally:
        await nowhere.close()
