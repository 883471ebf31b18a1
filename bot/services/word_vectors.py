"""Whose word vectors answer: those of the words, or the characters of the classifier that serves a guild.

They are opened at the first question, and then stay: most bots are never asked.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from bot.config import Config
from bot.domain.words.questions import Layer
from bot.storage.database import Database
from model.vectors.keyed_vectors import Vectors
from model.versions.archive import unpacked


class WordVectors:
    """The vectors that questions are answered by; those of `n_cached` guilds' own classifiers are kept."""

    def __init__(self, config: Config, database: Database, *, n_cached: int = 8) -> None:
        self._config, self._database = config, database
        self._n_cached = n_cached
        self._words: Vectors | None = None
        self._configured: Vectors | None = None
        self._of_versions: OrderedDict[int, Vectors] = OrderedDict()  # what a version is never changes
        self._opening = asyncio.Lock()

    async def for_guild(self, layer: Layer, guild_id: int | None) -> Vectors:
        """Return the vectors that answer a question of a guild; whoever comes while they are being opened waits.

        Raises:
            JigiModelError: They are missing or damaged.
            UnknownVersionError: The guild's version was deleted meanwhile.
            DatabaseError: The guild's version cannot be read.
        """
        async with self._opening:
            if layer is Layer.WORDS:
                return await self._of_words()
            serving = await self._database.versions.serving(guild_id) if guild_id is not None else None
            return await self._of_version(serving.id) if serving else await self._of_configured()

    async def _of_words(self) -> Vectors:
        if self._words is None:
            self._words = await asyncio.to_thread(_open_words, self._config)
        return self._words

    async def _of_configured(self) -> Vectors:
        if self._configured is None:
            self._configured = await asyncio.to_thread(Vectors.of_classifier, self._config.model_folder)
        return self._configured

    async def _of_version(self, version_id: int) -> Vectors:
        if version_id not in self._of_versions:
            name, content = await self._database.versions.content(version_id)
            self._of_versions[version_id] = await asyncio.to_thread(_characters_of, name, content)
        self._of_versions.move_to_end(version_id)
        while len(self._of_versions) > self._n_cached:
            self._of_versions.popitem(last=False)
        return self._of_versions[version_id]


def _open_words(config: Config) -> Vectors:
    vectors = Vectors.load(config.words_folder)
    vectors.suggest("")  # builds what every later question needs
    return vectors


def _characters_of(name: str, content: bytes) -> Vectors:
    with unpacked(content) as folder:
        return Vectors.of_classifier(folder, name)
