"""What ails the log channels of guilds, and who has heard of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from bot.domain.cases import CaseState
from bot.domain.stays import LogTrouble, LogTroubleKind
from bot.storage.connection.transactions import Store, uninterrupted
from bot.storage.connection.upsert import insert_into
from bot.storage.schema import cases, log_troubles, setting_changes


class LogTroubles(Store):
    """The troubles with the log channels of all guilds."""

    @uninterrupted
    async def all(self) -> dict[int, LogTrouble]:
        """Return every trouble that there is, or was lately, by guild."""
        async with self._reading() as connection:
            return {row.guild_id: _trouble(row) for row in await connection.execute(select(log_troubles))}

    @uninterrupted
    async def find(self, guild_id: int) -> LogTrouble | None:
        """Return a guild's, also one that is over."""
        async with self._reading() as connection:
            row = (await connection.execute(select(log_troubles).where(log_troubles.c.guild_id == guild_id))).first()
        return _trouble(row) if row else None

    @uninterrupted
    async def notice(self, trouble: LogTrouble) -> None:
        """Write down a trouble in place of what was known of its guild."""
        values = {
            "kind": trouble.kind, "channel_id": trouble.channel_id, "noticed_at": trouble.noticed_at,
            "tried_at": trouble.tried_at, "told_at": trouble.told_at, "ended_at": trouble.ended_at,
        }  # fmt: skip
        async with self._writing() as connection:
            new = insert_into(connection, log_troubles).values(guild_id=trouble.guild_id, **values)
            await connection.execute(new.on_conflict_do_update(index_elements=["guild_id"], set_=values))

    @uninterrupted
    async def note(self, guild_id: int, /, **moments: datetime | None) -> None:
        """Note when a trouble was told, could not be told, or has ended."""
        async with self._writing() as connection:
            await connection.execute(update(log_troubles).where(log_troubles.c.guild_id == guild_id).values(**moments))

    @uninterrupted
    async def keepers(self, guild_id: int, names: Iterable[str]) -> list[int]:
        """Return who has changed some settings of a guild last, the newest first: they know what they are."""
        newest = func.max(setting_changes.c.id)
        which = setting_changes.c.guild_id == guild_id, setting_changes.c.changed_by.is_not(None)
        query = select(setting_changes.c.changed_by).where(*which, setting_changes.c.name.in_(list(names)))
        async with self._reading() as connection:
            found = await connection.scalars(query.group_by(setting_changes.c.changed_by).order_by(newest.desc()))
            return [each for each in found if each is not None]

    @uninterrupted
    async def n_open_cases(self, guild_id: int) -> int:
        """Return how many cases of a guild are open."""
        query = select(func.count()).where(cases.c.guild_id == guild_id, cases.c.state == CaseState.OPEN)
        async with self._reading() as connection:
            return await connection.scalar(query) or 0


def _trouble(row: Row[Any]) -> LogTrouble:
    fields = dict(row._mapping)
    return LogTrouble(**fields | {"kind": LogTroubleKind(row.kind)})
