"""A look through old messages belongs to one process at a time, and leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.history.scans import Position, ScanBusyError, Scanned, ScanRequest, ScanState
from tests.support.store import open_store, rows

ASKED = ScanRequest(1, 7, 100, 70, 5)
FOUND = [Scanned(number, 7, 0.01, 0.9, number % 2 == 0, "keyword-1") for number in range(10, 14)]


async def test_one_goes_on_in_a_guild_at_a_time(path: Path) -> None:
    async with open_store(path) as database:
        first = await database.scans.begin(ASKED)
        await database.scans.begin(replace(ASKED, guild_id=2))
        with pytest.raises(ScanBusyError) as busy:
            await database.scans.begin(replace(ASKED, requested_by=99))
        assert busy.value.running == first
        assert await database.scans.end(first, ScanState.DONE)
        assert not await database.scans.end(first, ScanState.CANCELLED)
        assert await database.scans.begin(ASKED)


async def test_findings_and_position_are_stored_together_and_counted(path: Path) -> None:
    async with open_store(path) as database:
        scan = await database.scans.begin(ASKED)
        advanced = await database.scans.advance(scan, Position(7, 10, 4), FOUND)
        assert advanced is not None
        assert (advanced.position, advanced.n_judged, advanced.n_flagged) == (Position(7, 10, 4), 4, 2)
        assert await database.scans.found(scan) == FOUND
        assert await database.scans.find(2, scan.id) is None


async def test_who_has_lost_it_to_another_process_writes_no_more(path: Path) -> None:
    async with open_store(path) as database, open_store(path) as other:
        scan = await database.scans.begin(ASKED)
        assert await other.scans.take_over([2]) == []
        assert await other.scans.take_over([1], own=[scan.id]) == []
        (taken,) = await other.scans.take_over([1])
        assert taken == scan
        assert await database.scans.advance(scan, Position(7, 10, 4), FOUND) is None
        assert not await database.scans.show_in(scan, 6)
        assert await other.scans.advance(taken, Position(7, 10, 4), FOUND)
    assert rows(path, "SELECT count(*) FROM scanned_messages") == [(4,)]


@pytest.mark.parametrize("way", ["end", "expire", "erase_guild"])
async def test_its_end_erases_what_was_found_of_it_and_of_no_other(path: Path, way: str) -> None:
    async with open_store(path) as database:
        scan, other = await database.scans.begin(ASKED), await database.scans.begin(replace(ASKED, guild_id=2))
        for each in (scan, other):
            await database.scans.advance(each, Position(7, 10, 4), FOUND)
        if way == "end":
            await database.scans.end(scan, ScanState.DONE)
        elif way == "erase_guild":
            await database.scans.erase_guild(1)
        else:
            assert await database.scans.expire() == []
            async with database._transactions.writing() as connection:
                await connection.exec_driver_sql("UPDATE scans SET started_at = '2020-01-01' WHERE guild_id = 1")
            assert [each.id for each in await database.scans.expire()] == [scan.id]
        assert await database.scans.found(scan) == []
        assert await database.scans.found(other) == FOUND


async def test_a_day_after_its_end_nobody_knows_of_it_any_more(path: Path) -> None:
    async with open_store(path) as database:
        old, new = await database.scans.begin(ASKED), await database.scans.begin(replace(ASKED, guild_id=2))
        for each in (old, new):
            await database.scans.end(each, ScanState.DONE)
        async with database._transactions.writing() as connection:
            await connection.exec_driver_sql("UPDATE scans SET ended_at = '2020-01-01' WHERE guild_id = 1")
        assert await database.scans.expire() == []
        assert await database.scans.find(1, old.id) is None
        assert await database.scans.find(2, new.id) is not None


async def test_deleted_messages_and_channels_are_forgotten(path: Path) -> None:
    async with open_store(path) as database:
        scan = await database.scans.begin(ASKED)
        elsewhere = replace(FOUND[3], channel_id=8)
        await database.scans.advance(scan, Position(7, 10, 4), [*FOUND[:3], elsewhere])
        await database.scans.erase([FOUND[0].message_id])
        await database.scans.erase_channels([7])
        assert await database.scans.found(scan) == [elsewhere]
