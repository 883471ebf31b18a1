"""Which classifier and threshold judge a guild's messages.

A guild's choice is looked up with every batch, so that a version that was published, chosen or rolled back serves from
the next message on, in every process that shares the database; what is being judged finishes with the old one.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic

from bot.domain.explanations import CheckResult, check
from bot.domain.guilds import GuildSettings
from bot.domain.troubles import Trouble, TroubleKind
from bot.domain.versions import UnknownVersionError
from bot.storage.database import Database
from model.classifier import Classifier
from model.errors import JigiModelError
from model.reading.read import read_message
from model.versions.archive import unpacked

_log = logging.getLogger(__name__)

_NOTHING_CHOSEN = GuildSettings()


@dataclass(frozen=True, slots=True)
class Serving:
    """What judges a guild's messages. `threshold` is the P(negative) in (0, 1] from which one is flagged."""

    classifier: Classifier
    threshold: float

    def check(self, text: str) -> CheckResult:
        """Say of one text what is thought of it. Takes as long as judging 100 messages: call it in a thread."""
        return check(self.classifier.explain(read_message(text)), self.threshold)


class ServingModels:
    """The classifiers: the configured one, and those of guilds that have their own.

    `threshold` is what the operator has configured; a guild's own goes before it, a version's own behind it.
    `n_cached` classifiers of guilds are kept, about 3 MB each. `on_trouble` hears of a version that cannot be loaded,
    which is tried again after `retried_after` seconds.
    """

    def __init__(
        self,
        configured: Classifier,
        database: Database,
        threshold: float | None = None,
        on_trouble: Callable[[Trouble], None] | None = None,
        *,
        n_cached: int = 64,
        retried_after: float = 60.0,
    ) -> None:
        self.configured = configured
        self._database = database
        self._threshold = threshold
        self._on_trouble = on_trouble
        self._n_cached, self._retried_after = n_cached, retried_after
        self._cache: dict[int, Classifier] = {}  # by the version's id; what it is never changes
        self._damaged: dict[int, float] = {}  # versions that cannot be loaded, and when they are tried again

    async def for_guild(self, guild_id: int | None) -> Serving:
        """Return what judges the messages of a guild now.

        Raises:
            DatabaseError: The guild's choice cannot be read.
        """
        return (await self.for_guilds([guild_id]))[guild_id]

    async def for_guilds(self, guild_ids: Iterable[int | None]) -> dict[int | None, Serving]:
        """Return what judges the messages of each guild now; None stands for no guild.

        Raises:
            DatabaseError: The guilds' choices cannot be read.
        """
        asked = set(guild_ids)
        chosen = await self._database.guilds.settings(guild_id for guild_id in asked if guild_id is not None)
        return {each: await self._serving(each, chosen.get(each or 0, _NOTHING_CHOSEN)) for each in asked}

    async def _serving(self, guild_id: int | None, settings: GuildSettings) -> Serving:
        version_id = settings.model_version_id
        classifier = self.configured if version_id is None else await self._classifier(guild_id or 0, version_id)
        own = (settings.threshold, self._threshold, classifier.threshold)
        return Serving(classifier, next(threshold for threshold in own if threshold is not None))

    async def _classifier(self, guild_id: int, version_id: int) -> Classifier:
        """Return a version's classifier; for one that cannot be loaded the configured one, so that judging goes on."""
        if version_id in self._cache:
            return self._cache[version_id]
        if monotonic() < self._damaged.get(version_id, 0.0):
            return self.configured
        try:
            name, content = await self._database.versions.content(version_id)
            classifier = await asyncio.to_thread(load_archive, name, content)
        except (JigiModelError, UnknownVersionError, OSError) as error:
            self._note_damage(guild_id, version_id, error)
            return self.configured
        self._damaged.pop(version_id, None)
        if len(self._cache) >= self._n_cached:  # at random: guilds that take turns would push out the next in line
            del self._cache[random.choice(list(self._cache))]
        self._cache[version_id] = classifier
        return classifier

    def _note_damage(self, guild_id: int, version_id: int, error: Exception) -> None:
        if version_id not in self._damaged:
            _log.error("A model of guild %d cannot be loaded, the configured one serves instead: %s", guild_id, error)
            if self._on_trouble is not None:
                self._on_trouble(Trouble(TroubleKind.VERSION_DAMAGED, guild_id))
        self._damaged[version_id] = monotonic() + self._retried_after


def load_archive(name: str, content: bytes) -> Classifier:
    """Return the classifier of a version's archive, called `name`. Blocks: call it in a thread.

    Raises:
        JigiModelError: The archive is damaged.
        OSError: There is no room to unpack it.
    """
    with unpacked(content) as folder:
        return Classifier.load(folder, name)
