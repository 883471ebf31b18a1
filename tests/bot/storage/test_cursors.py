"""A channel is read on from where it was left."""

from __future__ import annotations

from pathlib import Path

from tests.support.store import (
    CHANNEL,
    open_store,
)


class TestCursors:
    async def test_a_channel_never_read_has_none(self, path: Path) -> None:
        async with open_store(path) as database:
            assert await database.cursors.find(CHANNEL) is None

    async def test_a_cursor_never_moves_back(self, path: Path) -> None:
        async with open_store(path) as database:
            await database.cursors.advance({1: 10, 2: 20})
            await database.verdicts.record([], {1: 5, 2: 25, 3: 30})
            assert [await database.cursors.find(channel) for channel in (1, 2, 3)] == [10, 25, 30]
