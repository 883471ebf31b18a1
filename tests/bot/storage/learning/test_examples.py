"""What moderators teach is stored whole, and belongs to their guild alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.learning.examples import Source, TooManyExamplesError
from model.examples import Example, ExampleLabel
from tests.support.records import GUILD, MODERATOR, OTHER, taught, teach
from tests.support.store import open_store

NEGATIVE, NEUTRAL, POSITIVE = ExampleLabel.NEGATIVE, ExampleLabel.NEUTRAL, ExampleLabel.POSITIVE


class TestExamples:
    async def test_they_come_back_newest_first_with_who_and_when(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("늦어요", NEGATIVE), ("빨라요", POSITIVE))
            newest, oldest = await database.examples.for_guild(GUILD)
        assert (newest.text, oldest.text) == ("빨라요", "늦어요")
        assert (newest.source, newest.added_by) == (Source.TYPED, MODERATOR)
        assert datetime.now(UTC) - newest.created_at < timedelta(minutes=1)

    async def test_the_newest_label_of_a_text_wins_whoever_gave_it(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("늦어요", NEGATIVE), ("빨라요", POSITIVE))
            await database.examples.add(GUILD, [Example("늦어요!!", NEUTRAL)], Source.UPLOADED, OTHER)
            newest, *others = await database.examples.for_guild(GUILD)
        assert (newest.text, newest.label, newest.added_by) == ("늦어요!!", NEUTRAL, OTHER)
        assert [each.text for each in others] == ["빨라요"]

    async def test_guilds_do_not_see_each_others(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("늦어요", NEGATIVE))
            await teach(database, ("늦어요", POSITIVE), guild_id=2)
            assert (await taught(database), await taught(database, 2)) == (
                [("늦어요", NEGATIVE)], [("늦어요", POSITIVE)]
            )  # fmt: skip

    async def test_they_are_counted_by_label(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("하나", NEGATIVE), ("둘", NEGATIVE), ("셋", POSITIVE))
            assert await database.examples.count(GUILD) == {NEGATIVE: 2, NEUTRAL: 0, POSITIVE: 1}
            assert sum((await database.examples.count(2)).values()) == 0

    async def test_they_are_read_page_by_page(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, *((f"글 {n}", NEUTRAL) for n in range(5)))
            pages = [await database.examples.for_guild(GUILD, limit=2, offset=offset) for offset in (0, 2, 4, 6)]
            rest = await database.examples.for_guild(GUILD, offset=4)
        assert [[each.text for each in page] for page in pages] == [["글 4", "글 3"], ["글 2", "글 1"], ["글 0"], []]
        assert rest == pages[2]

    async def test_too_many_are_all_left_out(self, path: Path) -> None:
        async with open_store(path) as database:
            database.examples._limit = 3
            await teach(database, ("하나", NEGATIVE), ("둘", NEGATIVE))
            with pytest.raises(TooManyExamplesError):
                await teach(database, ("하나", POSITIVE), ("셋", POSITIVE), ("넷", POSITIVE))
            assert await taught(database) == [("둘", NEGATIVE), ("하나", NEGATIVE)]
            await teach(database, ("하나", POSITIVE), ("셋", POSITIVE))
            assert sum((await database.examples.count(GUILD)).values()) == 3

    async def test_only_the_own_guilds_are_removed(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("하나", NEGATIVE))
            await teach(database, ("둘", NEGATIVE), guild_id=2)
            own, others = (await database.examples.for_guild(GUILD))[0].id, (await database.examples.for_guild(2))[0].id
            assert await database.examples.remove(GUILD, [own, others, 12345]) == 1
            assert (await taught(database), await taught(database, 2)) == ([], [("둘", NEGATIVE)])

    @pytest.mark.parametrize("text", ["늦어요\0", "늦어요\ud83d"])
    async def test_what_no_database_takes_is_replaced(self, path: Path, text: str) -> None:
        async with open_store(path) as database:
            await teach(database, (text, NEGATIVE))
            assert await taught(database) == [("늦어요\ufffd", NEGATIVE)]

    async def test_other_guilds_fill_nobodys_store(self, path: Path) -> None:
        async with open_store(path) as database:
            database.examples._limit = 2
            await teach(database, ("하나", NEGATIVE), ("둘", NEGATIVE), guild_id=2)
            await teach(database, ("하나", NEGATIVE), ("둘", NEGATIVE))
            with pytest.raises(TooManyExamplesError):
                await teach(database, ("셋", NEGATIVE))
            assert [len(await taught(database, guild_id)) for guild_id in (1, 2)] == [2, 2]

    async def test_a_label_changes_in_the_own_guild_alone_and_of_the_own_text_alone(self, path: Path) -> None:
        async with open_store(path) as database:
            for guild_id in (1, 2):
                await teach(database, ("하나", NEGATIVE), ("둘", NEGATIVE), guild_id=guild_id)
            await teach(database, ("하나", POSITIVE))
            assert await taught(database) == [("하나", POSITIVE), ("둘", NEGATIVE)]
            assert await taught(database, 2) == [("둘", NEGATIVE), ("하나", NEGATIVE)]

    async def test_those_named_are_removed_and_no_others(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, *((f"글 {n}", NEUTRAL) for n in range(600)))
            ids = [each.id for each in await database.examples.for_guild(1)]
            assert await database.examples.remove(1, ids[:-1]) == 599
            assert await taught(database) == [("글 0", NEUTRAL)]

    async def test_counts_are_of_the_own_guild(self, path: Path) -> None:
        async with open_store(path) as database:
            await teach(database, ("하나", NEGATIVE))
            await teach(database, ("하나", POSITIVE), ("둘", NEGATIVE), guild_id=2)
            assert await database.examples.count(2) == {NEGATIVE: 1, NEUTRAL: 0, POSITIVE: 1}
            assert await database.examples.count(1) == {NEGATIVE: 1, NEUTRAL: 0, POSITIVE: 0}
