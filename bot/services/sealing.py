"""Seal in the background what was written before there was a key, or with an older one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from bot.services.retrying.backoff import until_stored
from bot.storage.database import Database

_log = logging.getLogger(__name__)

_PAUSE = 0.05  # seconds between two chunks, in which verdicts are stored


@asynccontextmanager
async def sealing(database: Database) -> AsyncIterator[None]:
    """Seal for as long as the block lasts, or until all is sealed; the next start goes on."""
    task = asyncio.create_task(_seal(database), name="seal texts")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _seal(database: Database) -> None:
    n_sealed = await until_stored(partial(database.sealing.seal_all, _PAUSE))
    if n_sealed:
        _log.info("Texts that are sealed with the first of the keys from now on: %d", n_sealed)
