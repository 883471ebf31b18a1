"""The guilds' model versions: published, chosen, listed and handed out.

`model.versions.archive` packs what is stored.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.learning.trainings import TrainingState
from bot.domain.learning.versions import NewVersion, UnknownVersionError, Version, VersionOrigin
from bot.storage.connection.transactions import Store, Transactions, uninterrupted
from bot.storage.guilds import write_settings
from bot.storage.learning.trainings import end_training
from bot.storage.schema import guilds, model_versions

N_KEPT = 10  # versions of a guild, besides the one that serves and the one behind it


_COLUMNS = [model_versions.c[name] for name in Version.__dataclass_fields__]


class Versions(Store):
    """The versions of all guilds. `chosen` is told of every guild for which one was chosen."""

    def __init__(self, transactions: Transactions, chosen: set[int]) -> None:
        super().__init__(transactions)
        self._chosen = chosen

    @uninterrupted
    async def publish(self, new: NewVersion, training_id: int | None = None) -> Version:
        """Store a version, have it serve from now on, delete what is too old, and end the training that made it.

        All of it or nothing: whatever interrupts this leaves the version before it serving.
        """
        async with self._writing() as connection:
            version = await _insert(connection, new)
            await write_settings(connection, new.guild_id, new.created_by, model_version_id=version.id)
            await _delete_oldest(connection, version)
            if training_id is not None:
                await end_training(connection, training_id, TrainingState.PUBLISHED, version_id=version.id)
        self._chosen.add(new.guild_id)
        return version

    @uninterrupted
    async def serve(self, guild_id: int, number: int | None, by: int) -> Version | None:
        """Have a version serve its guild, None the configured model; return it.

        Raises:
            UnknownVersionError: The guild has no version of that number.
        """
        async with self._writing() as connection:
            version = None if number is None else await _find(connection, guild_id, model_versions.c.number == number)
            await write_settings(connection, guild_id, by, model_version_id=version.id if version else None)
        self._chosen.add(guild_id)
        return version

    @uninterrupted
    async def roll_back(self, guild_id: int, by: int) -> Version | None:
        """Have the version serve from which the serving one was trained; return it, None for the configured model.

        Raises:
            UnknownVersionError: The configured model serves already, or the version was deleted.
        """
        async with self._writing() as connection:
            serving = await _serving(connection, guild_id)
            if serving is None:
                raise UnknownVersionError(guild_id)
            parent_id = serving.parent_id
            parent = None if parent_id is None else await _find(connection, guild_id, model_versions.c.id == parent_id)
            await write_settings(connection, guild_id, by, model_version_id=parent_id)
        self._chosen.add(guild_id)
        return parent

    @uninterrupted
    async def serving(self, guild_id: int) -> Version | None:
        """Return the version that serves a guild, None for the configured model."""
        async with self._reading() as connection:
            return await _serving(connection, guild_id)

    @uninterrupted
    async def for_guild(self, guild_id: int) -> list[Version]:
        """Return a guild's versions, the newest first."""
        query = select(*_COLUMNS).where(model_versions.c.guild_id == guild_id)
        async with self._reading() as connection:
            rows = await connection.execute(query.order_by(model_versions.c.number.desc()))
            return [_version(row) for row in rows]

    @uninterrupted
    async def find(self, guild_id: int, number: int) -> Version:
        """Return a guild's version.

        Raises:
            UnknownVersionError: The guild has no version of that number.
        """
        async with self._reading() as connection:
            return await _find(connection, guild_id, model_versions.c.number == number)

    @uninterrupted
    async def content(self, version_id: int) -> tuple[str, bytes]:
        """Return a version's name and archive.

        Raises:
            UnknownVersionError: There is none, or it was deleted.
        """
        query = select(model_versions.c.number, model_versions.c.content).where(model_versions.c.id == version_id)
        async with self._reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise UnknownVersionError(version_id)
        return f"v{row.number}", row.content


async def _insert(connection: AsyncConnection, new: NewVersion) -> Version:
    newest = select(func.max(model_versions.c.number)).where(model_versions.c.guild_id == new.guild_id)
    values = {
        **{name: getattr(new, name) for name in NewVersion.__slots__},
        "number": (await connection.scalar(newest) or 0) + 1,
        "manifest": json.dumps(new.manifest, ensure_ascii=False),
        "created_at": datetime.now(UTC),
    }
    row = await connection.execute(insert(model_versions).values(values).returning(*_COLUMNS))
    return _version(row.one())


async def _delete_oldest(connection: AsyncConnection, serving: Version) -> None:
    """Keep the newest versions, the one that serves, and the one to which a rollback leads."""
    of_guild = model_versions.c.guild_id == serving.guild_id
    newest = select(model_versions.c.id).where(of_guild).order_by(model_versions.c.number.desc()).limit(N_KEPT)
    kept = {*(await connection.scalars(newest)).all(), serving.id, serving.parent_id}
    await connection.execute(delete(model_versions).where(of_guild, model_versions.c.id.not_in(kept - {None})))


async def _find(connection: AsyncConnection, guild_id: int, which: Any) -> Version:
    query = select(*_COLUMNS).where(model_versions.c.guild_id == guild_id, which)
    row = (await connection.execute(query)).first()
    if row is None:
        raise UnknownVersionError(guild_id)
    return _version(row)


async def _serving(connection: AsyncConnection, guild_id: int) -> Version | None:
    chosen = select(guilds.c.model_version_id).where(guilds.c.guild_id == guild_id).scalar_subquery()
    row = (await connection.execute(select(*_COLUMNS).where(model_versions.c.id == chosen))).first()
    return _version(row) if row else None


def _version(row: Row[Any]) -> Version:
    fields = dict(row._mapping)
    return Version(**fields | {"origin": VersionOrigin(fields["origin"]), "manifest": json.loads(fields["manifest"])})
