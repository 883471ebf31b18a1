"""Word vectors are opened once, for whom they are."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.config import Config
from bot.domain.words.questions import Layer
from bot.services.word_vectors import WordVectors
from model.errors import JigiModelError
from model.vectors.table import VECTORS
from model.versions.archive import pack
from tests.support.publishing import ADMIN, GUILD, new_version
from tests.support.store import open_store
from tests.support.tiny_words import make_words


@pytest.fixture
def config(tmp_path: Path, tiny_model: Path) -> Config:
    return Config(words_folder=make_words(tmp_path / "words"), model_folder=tiny_model)


async def test_they_are_opened_at_the_first_question_and_once(tmp_path: Path, config: Config) -> None:
    async with open_store(tmp_path / "jigi.sqlite3") as database:
        vectors = WordVectors(config, database)
        opened = await asyncio.gather(*(vectors.for_guild(Layer.WORDS, GUILD) for _ in range(4)))
        assert len({id(each) for each in opened}) == 1


async def test_damage_is_found_and_can_be_mended_meanwhile(tmp_path: Path, config: Config) -> None:
    async with open_store(tmp_path / "jigi.sqlite3") as database:
        vectors = WordVectors(config, database)
        (config.words_folder / VECTORS).write_bytes(b"not an array")
        with pytest.raises(JigiModelError, match=r"vectors\.npy is damaged"):
            await vectors.for_guild(Layer.WORDS, GUILD)
        make_words(config.words_folder)
        assert "배송" in await vectors.for_guild(Layer.WORDS, GUILD)


async def test_a_guilds_own_version_is_unpacked_once_and_anew_when_another_serves(
    tmp_path: Path, config: Config, tiny_model: Path
) -> None:
    async with open_store(tmp_path / "jigi.sqlite3") as database:
        vectors = WordVectors(config, database)
        content = pack(tiny_model)
        await database.versions.publish(new_version(content))
        first = await vectors.for_guild(Layer.CLASSIFIER, GUILD)
        assert await vectors.for_guild(Layer.CLASSIFIER, GUILD) is first
        assert (await vectors.for_guild(Layer.CLASSIFIER, 2)).version == "keyword-1"
        await database.versions.publish(new_version(content))
        assert (await vectors.for_guild(Layer.CLASSIFIER, GUILD)).version == "v2"
        await database.versions.serve(GUILD, 1, ADMIN)
        assert await vectors.for_guild(Layer.CLASSIFIER, GUILD) is first
