"""A digest is begun by one process, once, and begun again only if it was not finished."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.digests import TRIED_AGAIN, Digest, DigestState
from tests.support.store import open_store

DUE = datetime(2026, 11, 23, tzinfo=UTC)
NOW = DUE + timedelta(hours=1)


async def test_of_several_processes_one_begins_it(path: Path) -> None:
    async with open_store(path) as first, open_store(path) as second:
        asked = [each.digests.begin(1, DUE, NOW) for each in (first, second) * 4]
        assert sorted(await asyncio.gather(*asked), key=str) == [1] + [None] * 7
        assert await second.digests.begin(2, DUE, NOW) == 1


async def test_what_was_sent_is_not_begun_again_and_the_next_week_is(path: Path) -> None:
    async with open_store(path) as database:
        assert await database.digests.begin(1, DUE, NOW) == 1
        await database.digests.finish(1, DUE, DigestState.SENT, 5, 6)
    async with open_store(path) as database:
        assert await database.digests.begin(1, DUE, NOW + timedelta(days=6)) is None
        assert await database.digests.newest(1) == Digest(DUE, DigestState.SENT, 1, 5, 6)
        next_week = DUE + timedelta(days=7)
        assert await database.digests.begin(1, next_week, next_week) == 1
        assert await database.digests.begin(1, DUE, next_week) is None


@pytest.mark.parametrize("state", [DigestState.BEGUN, DigestState.REFUSED])
async def test_what_was_not_finished_is_begun_again_after_a_while(path: Path, state: DigestState) -> None:
    async with open_store(path) as database:
        await database.digests.begin(1, DUE, NOW)
        await database.digests.finish(1, DUE, state, None)
        assert await database.digests.begin(1, DUE, NOW + TRIED_AGAIN - timedelta(seconds=1)) is None
        assert await database.digests.begin(1, DUE, NOW + TRIED_AGAIN) == 2
        assert await database.digests.begin(1, DUE, NOW + TRIED_AGAIN) is None


@pytest.mark.parametrize("state", [DigestState.NOTHING, DigestState.FAILED])
async def test_what_is_over_stays_so(path: Path, state: DigestState) -> None:
    async with open_store(path) as database:
        await database.digests.begin(1, DUE, NOW)
        await database.digests.finish(1, DUE, state, None)
        assert await database.digests.begin(1, DUE, NOW + TRIED_AGAIN) is None


async def test_what_was_due_before_somebody_chose_it_is_not_sent(path: Path) -> None:
    async with open_store(path) as database:
        await database.guilds.change(1, 7, digest_weekday=0)
        now = datetime.now(UTC)
        assert await database.digests.begin(1, now - timedelta(hours=1), now) is None
        assert await database.digests.begin(2, now - timedelta(hours=1), now) == 1
        assert await database.digests.begin(1, now + timedelta(hours=1), now + timedelta(hours=2)) == 1
