"""Thresholds for a guild: what its messages scored lately, what gives it as many alerts as its team can read."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from bot.domain.thresholds import Observed, least_sane
from bot.services.serving import Serving, ServingModels
from bot.storage.database import Database
from model.classifier import Classifier
from model.examples import ExampleLabel
from model.golden import golden_examples

_OBSERVED = timedelta(days=14)
_known: WeakKeyDictionary[Classifier, float] = WeakKeyDictionary()  # what a classifier answers never changes


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


def least_threshold(classifier: Classifier) -> float:
    """Return the lowest threshold to advise for a classifier: below it neutral sentences would flood its guild.

    Takes a moment the first time: call it in a thread.
    """
    if classifier not in _known:
        neutral = [each.text for each in golden_examples() if each.label is ExampleLabel.NEUTRAL]
        scores = [prediction.negative_probability for prediction in classifier.classify(neutral)]
        _known[classifier] = least_sane(scores, classifier.threshold)
    return _known[classifier]
