"""Which classifier and threshold judge a guild's messages.

A version that was published, chosen or rolled back serves from the next message on, and within seconds in every process
that shares the database (`bot.services.settings`); what is being judged finishes with the old one.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic

from bot.domain.automatic import Thresholds
from bot.domain.explanations import CheckResult, check
from bot.domain.guilds import threshold_of
from bot.domain.learning.versions import UnknownVersionError
from bot.domain.messages import IncomingMessage
from bot.domain.troubles import Trouble, TroubleKind
from bot.domain.verdicts import EVERYTHING, Acting
from bot.services.settings import SettingsOfGuilds
from bot.storage.database import Database
from model.classifier import Classifier
from model.errors import JigiModelError
from model.reading.read import read_message
from model.versions.archive import unpacked

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Serving:
    """What judges a guild's messages, and what is done about them.

    `threshold` is the P(negative) in (0, 1] from which one is flagged; `thresholds` are those of single channels and
    categories.
    """

    classifier: Classifier
    threshold: float
    thresholds: Mapping[int, float] = field(default_factory=dict, hash=False)
    acting: Acting = EVERYTHING
    automatic: Thresholds = ()

    def threshold_of(self, message: IncomingMessage) -> float:
        """Return the threshold of the place where a message was written: the nearest that has one of its own."""
        if not self.thresholds:
            return self.threshold
        return threshold_of(self.thresholds, (message.channel_id, *message.parent_ids)) or self.threshold

    def check(self, text: str) -> CheckResult:
        """Say of one text what is thought of it. Takes as long as judging 100 messages: call it in a thread."""
        return check(self.classifier.explain(read_message(text)), self.threshold)


class ServingModels:
    """The classifiers: the configured one, and those of guilds that have their own.

    A guild's own threshold goes before the operator's, and that before a version's own.
    `n_cached` classifiers of guilds are kept, about 3 MB each. `on_trouble` hears of a version that cannot be loaded,
    which is tried again after `retried_after` seconds.
    """

    def __init__(
        self,
        configured: Classifier,
        database: Database,
        settings: SettingsOfGuilds | None = None,
        on_trouble: Callable[[Trouble], None] | None = None,
        *,
        n_cached: int = 64,
        retried_after: float = 60.0,
    ) -> None:
        self.configured = configured
        self._database = database
        self._settings = settings or SettingsOfGuilds(database)
        self.on_trouble = on_trouble
        self._n_cached, self._retried_after = n_cached, retried_after
        self._cache: dict[int, Classifier] = {}  # by the version's id; what it is never changes
        self._damaged: dict[int, float] = {}  # versions that cannot be loaded, and when they are tried again

    @property
    def n_loaded(self) -> int:
        """How many versions of guilds are in memory."""
        return len(self._cache)

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
        await self._settings.refresh(asked)
        return {each: await self._serving(each) for each in asked}

    async def _serving(self, guild_id: int | None) -> Serving:
        chosen = self._settings.of(guild_id)
        version_id = chosen.model_version_id
        classifier = self.configured if version_id is None else await self._classifier(guild_id or 0, version_id)
        own = (chosen.threshold, self._settings.threshold, classifier.threshold)
        threshold = next(each for each in own if each is not None)
        automatic = chosen.automatic_under(classifier.version)
        return Serving(classifier, threshold, chosen.thresholds, self._settings.acting(guild_id), automatic)

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
            sentence = "A model of guild %d cannot be loaded, the configured one serves instead: %s"
            _log.error(sentence, guild_id, error, extra={"guild_id": guild_id})
            if self.on_trouble is not None:
                self.on_trouble(Trouble(TroubleKind.VERSION_DAMAGED, guild_id))
        self._damaged[version_id] = monotonic() + self._retried_after


def load_archive(name: str, content: bytes) -> Classifier:
    """Return the classifier of a version's archive, called `name`. Blocks: call it in a thread.

    Raises:
        JigiModelError: The archive is damaged.
        OSError: There is no room to unpack it.
    """
    with unpacked(content) as folder:
        return Classifier.load(folder, name)
