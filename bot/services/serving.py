"""Which classifier and threshold judge a guild's messages.

A guild's choice is looked up with every batch, so that a version that was published, chosen or rolled back serves from
the next message on, in every process that shares the database; what is being judged finishes with the old one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.guilds import GuildSettings
from bot.domain.versions import UnknownVersionError
from bot.storage.database import Database
from model.classifier import Classifier
from model.errors import JigiModelError
from model.versions.archive import unpacked

_log = logging.getLogger(__name__)

_N_CACHED = 16  # classifiers of guilds, about 3 MB each
_NOTHING_CHOSEN = GuildSettings()


@dataclass(frozen=True, slots=True)
class Serving:
    """What judges a guild's messages. `threshold` is the P(negative) in (0, 1] from which one is flagged."""

    classifier: Classifier
    threshold: float


class Models:
    """The classifiers: the configured one, and those of guilds that have their own.

    `threshold` is what the operator has configured; a guild's own goes before it, a version's own behind it.
    """

    def __init__(self, configured: Classifier, database: Database, threshold: float | None = None) -> None:
        self.configured = configured
        self._database = database
        self._threshold = threshold
        self._cache: OrderedDict[int, Classifier] = OrderedDict()  # by the version's id; what it is never changes

    async def of(self, guild_id: int | None) -> Serving:
        """Return what judges the messages of a guild now.

        Raises:
            DatabaseError: The guild's choice cannot be read.
        """
        return (await self.of_each([guild_id]))[guild_id]

    async def of_each(self, guild_ids: Iterable[int | None]) -> dict[int | None, Serving]:
        """Return what judges the messages of each guild now; None stands for no guild.

        Raises:
            DatabaseError: The guilds' choices cannot be read.
        """
        asked = set(guild_ids)
        chosen = await self._database.guilds.settings(guild_id for guild_id in asked if guild_id is not None)
        return {guild_id: await self._serving(chosen.get(guild_id or 0, _NOTHING_CHOSEN)) for guild_id in asked}

    async def _serving(self, settings: GuildSettings) -> Serving:
        version_id = settings.model_version_id
        classifier = self.configured if version_id is None else await self._classifier(version_id)
        own = (settings.threshold, self._threshold, classifier.threshold)
        return Serving(classifier, next(threshold for threshold in own if threshold is not None))

    async def _classifier(self, version_id: int) -> Classifier:
        if version_id not in self._cache:
            self._cache[version_id] = await self._load(version_id)
        self._cache.move_to_end(version_id)
        while len(self._cache) > _N_CACHED:
            self._cache.popitem(last=False)
        return self._cache[version_id]

    async def _load(self, version_id: int) -> Classifier:
        """Load a version; instead of a damaged one take the configured one, so that messages go on being judged."""
        try:
            name, content = await self._database.versions.content(version_id)
            return await asyncio.to_thread(load_archive, name, content)
        except (JigiModelError, UnknownVersionError) as error:
            _log.error("A guild's model version cannot be loaded, the configured one serves instead: %s", error)
            return self.configured


def load_archive(name: str, content: bytes) -> Classifier:
    """Return the classifier of a version's archive, called `name`.

    Raises:
        JigiModelError: The archive is damaged.
    """
    with unpacked(content) as folder:
        classifier = Classifier.load(folder)
    classifier.version = name
    return classifier
