"""Delete all that is kept of a guild, whatever tables there are: which those are follows from the schema.

A table that has a `guild_id` is a guild's, and whatever refers to one that is. `bot.cogs.guilds` says when it is time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, delete, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connection.transactions import CHUNK, Store, uninterrupted
from bot.storage.schema import claims, identify_turns, metadata, settings, shard_leases, stays

NOT_OF_GUILDS = frozenset({settings, claims, shard_leases, identify_turns})  # what the database knows of itself


class Purging(Store):
    """Purges guilds, a little in each transaction: others come in between."""

    async def purge(self, guild_id: int, left_before: datetime) -> bool:
        """Delete everything of a guild that the bot has left before a time; return whether it is all gone.

        Killed meanwhile, it goes on where it was. It ends when the bot is back.
        """
        while (n_deleted := await self._purge_some(guild_id, left_before)) is not None:
            if n_deleted == 0:
                return True
        return False

    @uninterrupted
    async def _purge_some(self, guild_id: int, left_before: datetime) -> int | None:
        """Delete some rows and return how many, 0 if none was left but the stay's; None: the bot is back."""
        is_left = stays.c.guild_id == guild_id, stays.c.left_at <= left_before
        async with self._writing() as connection:
            begun = update(stays).where(*is_left).values(purge_begun_at=datetime.now(UTC))
            if not (await connection.execute(begun)).rowcount:
                return None
            n_deleted = await _delete_some(connection, guild_id)
            if n_deleted == 0:
                await connection.execute(delete(stays).where(*is_left))
        self._transactions.scrub()
        return n_deleted


def tables_of_guilds() -> list[Table]:
    """Return the tables that hold something of guilds: what refers to another stands behind it, and the stays last."""
    found: list[Table] = []
    for table in metadata.sorted_tables:
        if table is not stays and ("guild_id" in table.c or any(parent in found for parent, _ in _parents(table))):
            found.append(table)
    return [*found, stays]


async def _delete_some(connection: AsyncConnection, guild_id: int) -> int:
    """Delete rows of the first table that has any of a guild, with all that refers to them."""
    for table in tables_of_guilds()[:-1]:
        if "guild_id" not in table.c:
            continue  # its rows go with those that they refer to
        limit = 1 if any(map(_is_large, table.c)) else CHUNK
        query = select(*table.primary_key).where(table.c.guild_id == guild_id).limit(limit)
        if keys := [tuple(row) for row in await connection.execute(query)]:
            return await _delete(connection, table, keys, guild_id)
    return 0


async def _delete(connection: AsyncConnection, table: Table, keys: Sequence[Any], guild_id: int) -> int:
    """Delete rows by their primary keys, after those that refer to them. No row of another guild may do so."""
    for child, column in _children(table):
        query = select(*child.primary_key).where(column.in_([key[0] for key in keys]))
        if "guild_id" in child.c:
            query = query.where(or_(child.c.guild_id == guild_id, child.c.guild_id.is_(None)))
        while theirs := [tuple(row) for row in await connection.execute(query.limit(CHUNK))]:
            await _delete(connection, child, theirs, guild_id)
    columns = list(table.primary_key)
    is_it = columns[0].in_([key[0] for key in keys]) if len(columns) == 1 else tuple_(*columns).in_(keys)
    return (await connection.execute(delete(table).where(is_it))).rowcount


def _parents(table: Table) -> Iterator[tuple[Table, Column[Any]]]:
    return ((key.column.table, key.parent) for key in table.foreign_keys)


def _children(table: Table) -> list[tuple[Table, Column[Any]]]:
    """Return what refers to a table, and by which column: always to its primary key, of one column."""
    return [
        (child, column) for child in metadata.sorted_tables for parent, column in _parents(child) if parent is table
    ]


def _is_large(column: Column[Any]) -> bool:
    return isinstance(column.type, LargeBinary) and column.type.length is None
