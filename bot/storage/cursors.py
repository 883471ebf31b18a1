"""How far each channel has been read: the newest message that was judged or passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connection.transactions import Store, chunks, uninterrupted
from bot.storage.connection.upsert import insert_into
from bot.storage.schema import channels


class Cursors(Store):
    """The cursors of all channels."""

    @uninterrupted
    async def find(self, channel_id: int) -> int | None:
        """Return a channel's cursor, None for a channel never read."""
        query = select(channels.c.last_message_id).where(channels.c.channel_id == channel_id)
        async with self._reading() as connection:
            return await connection.scalar(query)

    @uninterrupted
    async def find_all(self, channel_ids: Iterable[int]) -> dict[int, int]:
        """Return the cursors of those channels that have one."""
        query = select(channels.c.channel_id, channels.c.last_message_id)
        found: dict[int, int] = {}
        async with self._reading() as connection:
            for chunk in chunks(channel_ids):
                rows = await connection.execute(query.where(channels.c.channel_id.in_(chunk)))
                found |= {row.channel_id: row.last_message_id for row in rows}
        return found

    @uninterrupted
    async def advance(self, passed: Mapping[int, int], homes: Mapping[int, int | None] | None = None) -> None:
        """Move channels' cursors to message ids; a cursor never moves back. `homes` are the channels' guilds."""
        async with self._writing() as connection:
            await advance(connection, passed, homes or {})

    @uninterrupted
    async def homeless(self) -> list[int]:
        """Return the channels of which it is not known whose they are: they were read by an earlier version."""
        async with self._reading() as connection:
            return list(await connection.scalars(select(channels.c.channel_id).where(channels.c.guild_id.is_(None))))

    @uninterrupted
    async def find_homes(self, homes: Mapping[int, int]) -> None:
        """Note which guilds channels are of."""
        async with self._writing() as connection:
            for channel_id, guild_id in homes.items():
                which = channels.c.channel_id == channel_id, channels.c.guild_id.is_(None)
                await connection.execute(update(channels).where(*which).values(guild_id=guild_id))


async def advance(connection: AsyncConnection, passed: Mapping[int, int], homes: Mapping[int, int | None]) -> None:
    """Move cursors forward, in a transaction that is open."""
    if not passed:
        return
    now = datetime.now(UTC)
    rows = [
        {"channel_id": each, "last_message_id": passed[each], "updated_at": now, "guild_id": homes.get(each)}
        for each in passed
    ]
    new = insert_into(connection, channels)
    moved = {
        "last_message_id": new.excluded.last_message_id,
        "updated_at": new.excluded.updated_at,
        "guild_id": func.coalesce(new.excluded.guild_id, channels.c.guild_id),
    }
    is_forward = channels.c.last_message_id < new.excluded.last_message_id
    upsert = new.on_conflict_do_update(index_elements=["channel_id"], set_=moved, where=is_forward)
    await connection.execute(upsert, rows)
