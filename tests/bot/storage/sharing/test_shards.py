"""Leases: each shard has one holder, and what a dead one held is free in time."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.sharding import Holding, ShardCountError, shard_of
from tests.support.store import open_store


async def test_shards_are_shared_out(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.sqlite3") as database:
        shards = database.shards
        assert await shards.n_shards() is None
        assert await shards.hold("first", 6, 2, 60) == {0, 1}
        assert await shards.hold("second", 6, 2, 60) == {2, 3}
        assert await shards.hold("first", 6, 2, 60) == {0, 1}
        assert await shards.hold("greedy", 6, 9, 60) == {4, 5}
        assert await shards.hold("late", 6, 2, 60) == frozenset()
        assert await shards.n_shards() == 6


async def test_what_is_given_back_is_free_at_once(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.sqlite3") as database:
        await database.shards.hold("first", 2, 2, 60)
        await database.shards.release("first")
        assert await database.shards.hold("second", 2, 2, 60) == {0, 1}


async def test_what_a_dead_process_held_is_free_when_its_time_is_over(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.sqlite3") as database:
        await database.shards.hold("dead", 2, 2, 0.05)
        await asyncio.sleep(0.1)
        assert await database.shards.hold("second", 2, 1, 60) == {0}
        assert await database.shards.hold("dead", 2, 2, 60) == {1}  # it is not: it takes what is left


async def test_fewer_are_held_when_fewer_are_wanted(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.sqlite3") as database:
        await database.shards.hold("first", 4, 4, 60)
        assert await database.shards.hold("first", 4, 1, 60) == {0}
        assert await database.shards.hold("second", 4, 4, 60) == {1, 2, 3}


async def test_another_number_of_shards_is_refused_while_others_live(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.sqlite3") as database:
        await database.shards.hold("first", 4, 2, 60)
        with pytest.raises(ShardCountError) as refusal:
            await database.shards.hold("second", 6, 2, 60)
        assert (refusal.value.own, refusal.value.others) == (6, 4)
        await database.shards.release("first")
        assert await database.shards.hold("second", 6, 2, 60) == {0, 1}


async def test_one_shard_is_never_held_twice(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.sqlite3") as one, open_store(tmp_path / "a.sqlite3") as other:
        held = await asyncio.gather(*(each.shards.hold(str(n), 8, 3, 60) for n, each in enumerate([one, other] * 3)))
        assert sorted(shard_id for ids in held for shard_id in ids) == list(range(8))


async def test_sessions_begin_one_after_the_other(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.sqlite3") as database:
        assert await database.shards.take_turn(0, 60) == 0
        assert await database.shards.take_turn(1, 60) == 0
        assert 59 < await database.shards.take_turn(0, 60) <= 60


async def test_who_waits_as_long_as_told_has_the_next_turn(tmp_path: Path) -> None:
    async with open_store(tmp_path / "a.sqlite3") as database:
        assert await database.shards.take_turn(2, 0.05) == 0
        await asyncio.sleep(await database.shards.take_turn(2, 60))
        assert await database.shards.take_turn(2, 60) == 0


@pytest.mark.parametrize(("guild_id", "shard"), [(None, 0), (5 << 22, 1), ((6 << 22) + 9, 2), (2**63 - 1, 3)])
def test_guilds_are_shared_out_as_discord_does(guild_id: int | None, shard: int) -> None:
    assert shard_of(guild_id, 4) == shard
    assert Holding(4, frozenset({shard})).has(guild_id)
    assert not Holding(4, frozenset({(shard + 1) % 4})).has(guild_id)
