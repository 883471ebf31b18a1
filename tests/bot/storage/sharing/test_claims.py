"""A route of the outbox is worked off by one process at a time, and not held up long by one that has died."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from bot.domain.actions import Lane, Route
from bot.storage.sharing import claims
from tests.support.store import BAD, change, open_store, rows, verdict

MARKS, OTHER = Route(Lane.MARKS, 7), Route(Lane.MARKS, 8)
LONG = 60.0


class TestClaims:
    async def test_a_route_is_taken_by_one_of_two(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            taken = await asyncio.gather(*(each.claims.take(MARKS, LONG) for each in (first, second) * 5))
            assert sorted([set(taken[::2]), set(taken[1::2])], key=str) == [{False}, {True}]
            assert await second.claims.take(OTHER, LONG)

    async def test_who_has_it_may_take_it_again_and_give_it_up(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            assert await first.claims.take(MARKS, LONG)
            assert await first.claims.take(MARKS, LONG)
            await second.claims.release(MARKS)  # not theirs
            assert not await second.claims.take(MARKS, LONG)
            await first.claims.release(MARKS)
            assert await second.claims.take(MARKS, LONG)
            assert await first.claims.take(OTHER, LONG)
            await second.claims.release_all()
            assert await first.claims.take(MARKS, LONG)
        assert rows(path, "SELECT count(*) FROM claims") == [(2,)]

    async def test_one_that_is_not_renewed_ends_with_its_time(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            assert await first.claims.take(MARKS, 0.0)
            assert await second.claims.take(MARKS, LONG)
            assert not await first.claims.take(MARKS, LONG)

    async def test_one_that_is_renewed_does_not_end(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            assert await first.claims.take(MARKS, 0.0)
            await first.claims.renew(LONG)
            await second.claims.renew(LONG)
            assert not await second.claims.take(MARKS, LONG)

    async def test_what_is_due_on_a_route_of_others_is_not_seen(self, path: Path) -> None:
        async with open_store(path) as first, open_store(path) as second:
            await first.verdicts.record([verdict(1, BAD), verdict(2, BAD, channel_id=8)])
            assert await second.outbox.seconds_until_due() is None
            await first.claims.take(MARKS, LONG)
            assert {route.place for route in await second.outbox.routes() if route.lane is Lane.MARKS} == {8}
            assert await second.outbox.due(MARKS) == []
            assert len(await first.outbox.due(MARKS)) == 1
            assert len(await second.outbox.due(OTHER)) == 1
            assert await second.outbox.seconds_until_due() is not None  # the first may die
            assert await first.outbox.seconds_until_due() is None


class TestTheDead:
    async def test_those_of_a_process_that_has_died_here_are_taken_away_at_the_next_start(self, path: Path) -> None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
        await process.wait()
        dead = process.pid
        machine = claims._machine()
        async with open_store(path) as living:
            assert await living.claims.take(MARKS, LONG)
            for place, owner in (
                (1, f"{machine}/{dead}/aa"),
                (2, f"{machine}/{os.getppid()}/aa"),
                (3, f"elsewhere/{dead}/aa"),
                (4, f"{machine}/{os.getpid()}/aa"),
            ):
                copied = f"SELECT lane, {place}, '{owner}', claimed_until FROM claims WHERE place = 7"
                change(path, f"INSERT INTO claims {copied}")
            async with open_store(path):
                assert rows(path, "SELECT place FROM claims ORDER BY place") == [(2,), (3,), (7,)]
