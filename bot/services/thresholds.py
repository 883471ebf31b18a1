"""What a guild's messages scored lately, and the threshold that gives a guild as many alerts as its team can read."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from bot.domain.thresholds import Observed
from bot.services.neutral import least_threshold
from bot.services.serving import Serving, ServingModels
from bot.storage.database import Database

_OBSERVED = timedelta(days=14)


async def observe(database: Database, guild_id: int, serving: Serving) -> Observed:
    """Return what a guild's messages scored lately, as the model that serves judged them."""
    moment = datetime.now(UTC)
    return Observed(await database.decisions.scores(guild_id, serving.classifier.version, moment - _OBSERVED), moment)


async def choose_threshold(
    database: Database, models: ServingModels, guild_id: int, alerts_per_day: float
) -> float | None:
    """Return the lowest threshold with at most so many alerts a day; None while too little was seen to tell."""
    serving = await models.for_guild(guild_id)
    observed = await observe(database, guild_id, serving)
    if not observed.is_enough:
        return None
    lowest = await asyncio.to_thread(least_threshold, serving.classifier)
    return observed.lowest_with(alerts_per_day, lowest).threshold
