"""Looks through old messages. At most one is under way in each guild, whatever process works on it.

A look belongs to the process that has begun it, or taken it over after a restart. What an earlier owner still wants to
write is refused, so that nothing is read twice and nothing shown twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, astuple
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.history.scans import LONGEST, Position, Scan, ScanBusyError, Scanned, ScanRequest, ScanState
from bot.storage.connection.bulk import insert_rows
from bot.storage.connection.transactions import Store, Transactions, chunks, uninterrupted
from bot.storage.schema import scanned_messages, scans

_FOUND = [scanned_messages.c[name] for name in Scanned.__slots__]
_IS_RUNNING = scans.c.state == ScanState.RUNNING


class Scans(Store):
    """The looks of all guilds, as this process sees them."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self._owner = secrets.token_hex(16)

    @uninterrupted
    async def begin(self, request: ScanRequest) -> Scan:
        """Note that a look begins.

        Raises:
            ScanBusyError: Another is under way in this guild.
        """
        async with self._writing() as connection:
            if (running := await _first(connection, scans.c.guild_id == request.guild_id, _IS_RUNNING)) is not None:
                raise ScanBusyError(running)
            values = {**asdict(request), **asdict(Position()), "state": ScanState.RUNNING, "owner": self._owner}
            new = insert(scans).values(**values, started_at=datetime.now(UTC)).returning(scans.c.id)
            found = await _first(connection, scans.c.id == (await connection.execute(new)).scalar_one())
        assert found is not None
        return found

    @uninterrupted
    async def find(self, guild_id: int, scan_id: int) -> Scan | None:
        """Return a guild's look, if it has one of that id."""
        async with self._reading() as connection:
            return await _first(connection, scans.c.guild_id == guild_id, scans.c.id == scan_id)

    @uninterrupted
    async def take_over(self, guild_ids: Collection[int], own: Collection[int] = ()) -> list[Scan]:
        """Return the looks of some guilds that are under way, but for `own`: from now on they are this process's."""
        which = _IS_RUNNING, scans.c.guild_id.in_(guild_ids), scans.c.id.not_in(own)
        async with self._writing() as connection:
            await connection.execute(update(scans).where(*which).values(owner=self._owner))
            return [_scan(row) for row in await connection.execute(_with_counts().where(*which))]

    @uninterrupted
    async def show_in(self, scan: Scan, message_id: int) -> bool:
        """Note which message shows a look; return False if it is this process's no more."""
        async with self._writing() as connection:
            return await self._update(connection, scan, report_message_id=message_id)

    @uninterrupted
    async def advance(self, scan: Scan, position: Position, found: Sequence[Scanned]) -> Scan | None:
        """Note what was found and how far a look is, in one transaction; None if it is over, or another process's."""
        async with self._writing() as connection:
            if not await self._update(connection, scan, **asdict(position)):
                return None
            if found:
                rows = [(scan.id, *astuple(each)) for each in found]
                await insert_rows(connection, scanned_messages, ("scan_id", *Scanned.__slots__), rows)
            return await _first(connection, scans.c.id == scan.id)

    @uninterrupted
    async def found(self, scan: Scan) -> list[Scanned]:
        """Return what a look has found, the oldest message first."""
        query = select(*_FOUND).where(scanned_messages.c.scan_id == scan.id).order_by(scanned_messages.c.message_id)
        async with self._reading() as connection:
            return [Scanned(*row) for row in await connection.execute(query)]

    @uninterrupted
    async def end(self, scan: Scan, state: ScanState) -> bool:
        """End a look and erase what it has found; return False if it is over already. Whoever asks may end it."""
        async with self._writing() as connection:
            n_ended = await _end(connection, scans.c.id == scan.id, state)
        self._transactions.scrub()
        return n_ended > 0

    @uninterrupted
    async def expire(self) -> list[Scan]:
        """End the looks that were begun more than a day ago and erase what they have found; return them.

        Those that have been over for as long are forgotten, and with them who has asked.
        """
        cutoff = datetime.now(UTC) - LONGEST
        is_old = and_(_IS_RUNNING, scans.c.started_at < cutoff)
        async with self._writing() as connection:
            old = [_scan(row) for row in await connection.execute(_with_counts().where(is_old))]
            await _end(connection, is_old, ScanState.EXPIRED)
            await connection.execute(delete(scans).where(scans.c.ended_at < cutoff))
        if old:
            self._transactions.scrub()
        return old

    async def erase(self, message_ids: Iterable[int]) -> None:
        """Erase what was found of deleted messages."""
        await self._erase(scanned_messages.c.message_id, message_ids)

    async def erase_channels(self, channel_ids: Iterable[int]) -> None:
        """Erase what was found in deleted channels and threads."""
        await self._erase(scanned_messages.c.channel_id, channel_ids)

    @uninterrupted
    async def erase_guild(self, guild_id: int) -> None:
        """Erase all looks of a guild that the bot has left."""
        ids = select(scans.c.id).where(scans.c.guild_id == guild_id)
        async with self._writing() as connection:
            await connection.execute(delete(scanned_messages).where(scanned_messages.c.scan_id.in_(ids)))
            await connection.execute(delete(scans).where(scans.c.guild_id == guild_id))
        self._transactions.scrub()

    @uninterrupted
    async def _erase(self, column: Column[int], values: Iterable[int]) -> None:
        for chunk in chunks(values):
            async with self._writing() as connection:
                await connection.execute(delete(scanned_messages).where(column.in_(chunk)))

    async def _update(self, connection: AsyncConnection, scan: Scan, **values: Any) -> bool:
        is_ours = scans.c.id == scan.id, _IS_RUNNING, scans.c.owner == self._owner
        return bool((await connection.execute(update(scans).where(*is_ours).values(values))).rowcount)


async def _end(connection: AsyncConnection, which: ColumnElement[bool], state: ScanState) -> int:
    ids = (await connection.scalars(select(scans.c.id).where(which, _IS_RUNNING))).all()
    await connection.execute(delete(scanned_messages).where(scanned_messages.c.scan_id.in_(ids)))
    ended = update(scans).where(scans.c.id.in_(ids)).values(state=state, ended_at=datetime.now(UTC))
    return (await connection.execute(ended)).rowcount


def _with_counts() -> Select[tuple[Any, ...]]:
    its = scanned_messages.c.scan_id == scans.c.id
    n_judged = select(func.count()).where(its).correlate(scans).scalar_subquery()
    n_flagged = select(func.count()).where(its, scanned_messages.c.is_flagged).correlate(scans).scalar_subquery()
    return select(scans, n_judged.label("n_judged"), n_flagged.label("n_flagged"))


async def _first(connection: AsyncConnection, *which: ColumnElement[bool]) -> Scan | None:
    row = (await connection.execute(_with_counts().where(*which))).first()
    return _scan(row) if row else None


def _scan(row: Row[Any]) -> Scan:
    request = ScanRequest(row.guild_id, row.channel_id, row.most, row.requested_by, row.report_channel_id)
    position = Position(row.place_id, row.before_id, row.n_read, row.is_read)
    counts = row.report_message_id, row.n_judged, row.n_flagged, ScanState(row.state)
    return Scan(row.id, request, position, row.started_at, *counts)
