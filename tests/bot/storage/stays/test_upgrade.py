"""An earlier database comes to know its guilds: none of them is welcomed, and what is theirs can be purged."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage.schema import metadata
from tests.support.paths import ROOT
from tests.support.store import open_store, rows

FIRST, SECOND = 1, 2  # guilds


@pytest.mark.sqlite
async def test_an_earlier_databases_guilds_are_known_and_can_be_purged(path: Path) -> None:
    path.write_bytes(gzip.decompress((ROOT / "tests" / "data" / "before" / "database.gz").read_bytes()))
    async with open_store(path) as database:
        assert rows(path, "SELECT guild_id, bot_id, left_at, greeting FROM stays ORDER BY guild_id") == [
            (FIRST, None, None, None), (SECOND, None, None, None),
        ]  # fmt: skip
        upgraded_at = await database.stays.upgraded_at()
        assert upgraded_at is not None
        assert abs((datetime.now(UTC) - upgraded_at).total_seconds()) < 60
        homes = dict(rows(path, "SELECT channel_id, guild_id FROM channels"))
        assert homes
        known = rows(path, "SELECT DISTINCT channel_id, guild_id FROM verdicts WHERE guild_id IS NOT NULL")
        assert {channel: homes[channel] for channel, _ in known if channel in homes} == {
            channel: guild for channel, guild in known if channel in homes
        }
        await database.cursors.find_homes(dict.fromkeys(await database.cursors.homeless(), SECOND))
        assert await database.cursors.homeless() == []
        await database.stays.leave(FIRST, 9)
        assert await database.purging.purge(FIRST, datetime.now(UTC))
    of_guilds = [table.name for table in metadata.sorted_tables if "guild_id" in table.c]
    assert {name: rows(path, f"SELECT count(*) FROM {name} WHERE guild_id = {FIRST}") for name in of_guilds} == {
        name: [(0,)] for name in of_guilds
    }
    assert rows(path, f"SELECT count(*) > 0 FROM examples WHERE guild_id = {SECOND}") == [(1,)]


async def test_a_new_database_was_never_upgraded(path: Path) -> None:
    for _ in range(2):
        async with open_store(path) as database:
            assert await database.stays.upgraded_at() is None
