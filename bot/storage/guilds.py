"""What guilds have chosen for themselves: the version that serves, and the threshold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.guilds import GuildSettings
from bot.storage.connection.transactions import Store, uninterrupted
from bot.storage.connection.upsert import insert_into
from bot.storage.schema import guilds


class Guilds(Store):
    """The guilds' choices."""

    @uninterrupted
    async def settings(self, guild_ids: Iterable[int]) -> dict[int, GuildSettings]:
        """Return the choices of those guilds that have made any."""
        query = select(guilds.c.guild_id, guilds.c.model_version_id, guilds.c.threshold)
        async with self._reading() as connection:
            rows = await connection.execute(query.where(guilds.c.guild_id.in_(list(guild_ids))))
            return {row.guild_id: GuildSettings(row.model_version_id, row.threshold) for row in rows}

    @uninterrupted
    async def set_threshold(self, guild_id: int, threshold: float | None, by: int) -> None:
        """Set a guild's threshold; None gives it back to the model."""
        async with self._writing() as connection:
            await write_settings(connection, guild_id, by, threshold=threshold)


async def write_settings(connection: AsyncConnection, guild_id: int, by: int, **values: object) -> None:
    """Write a guild's choices, in a transaction that is open."""
    changes = values | {"updated_by": by, "updated_at": datetime.now(UTC)}
    new = insert_into(connection, guilds).values(guild_id=guild_id, **changes)
    await connection.execute(new.on_conflict_do_update(index_elements=["guild_id"], set_=changes))
