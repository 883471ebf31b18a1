"""What guilds have chosen for themselves, and who has changed it when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import WatchedChannels
from bot.domain.guilds import GuildSettings, QuietHours, SettingChange
from bot.localisation.texts import Language
from bot.storage.connection.transactions import Store, chunks, uninterrupted
from bot.storage.connection.upsert import insert_into
from bot.storage.schema import guilds, setting_changes

_COLUMNS = [guilds.c[field.name] for field in fields(GuildSettings)]
_NOTHING_CHOSEN = GuildSettings()
_N_LATE = 32  # changes, among which one may appear later than others that have a higher number


class Guilds(Store):
    """The guilds' choices."""

    @uninterrupted
    async def settings(self, guild_ids: Iterable[int]) -> dict[int, GuildSettings]:
        """Return the choices of those guilds that have made any."""
        found: dict[int, GuildSettings] = {}
        async with self._reading() as connection:
            for chunk in chunks(guild_ids):
                found |= await _settings(connection, guilds.c.guild_id.in_(chunk))
        return found

    @uninterrupted
    async def all_settings(self) -> dict[int, GuildSettings]:
        """Return the choices of all guilds that have made any."""
        async with self._reading() as connection:
            return await settings_in(connection)

    @uninterrupted
    async def changed_lately(self) -> dict[int, GuildSettings]:
        """Return the choices of the guilds that the newest changes are of, whichever process has made them."""
        newest = select(func.max(setting_changes.c.id)).scalar_subquery()
        theirs = select(setting_changes.c.guild_id).where(setting_changes.c.id > newest - _N_LATE)
        async with self._reading() as connection:
            return await _settings(connection, guilds.c.guild_id.in_(theirs))

    @uninterrupted
    async def change(self, guild_id: int, by: int | None, /, **values: object) -> GuildSettings:
        """Change some of a guild's choices, fields of `GuildSettings`; return all of them. No `by`: Jigi itself."""
        async with self._writing() as connection:
            await write_settings(connection, guild_id, by, **values)
            found = await _settings(connection, guilds.c.guild_id == guild_id)
        return found.get(guild_id, _NOTHING_CHOSEN)

    @uninterrupted
    async def changes(self, guild_id: int, limit: int) -> list[SettingChange]:
        """Return the newest changes of a guild's settings, the newest first."""
        query = select(setting_changes).where(setting_changes.c.guild_id == guild_id)
        async with self._reading() as connection:
            rows = await connection.execute(query.order_by(setting_changes.c.id.desc()).limit(limit))
            return [_change(row) for row in rows]


async def write_settings(connection: AsyncConnection, guild_id: int, by: int | None, **values: object) -> None:
    """Write some of a guild's choices, and that they have changed, in a transaction that is open."""
    before = (await _settings(connection, guilds.c.guild_id == guild_id)).get(guild_id, _NOTHING_CHOSEN)
    changed = {name: value for name, value in values.items() if getattr(before, name) != value}
    if not changed:
        return
    if "model_version_id" in changed and before.alerts_per_day is not None and before.threshold is not None:
        changed["threshold"] = None  # it was chosen by the scores of the other model, and will be anew
    now = datetime.now(UTC)
    written = {name: _encoded(value) for name, value in changed.items()}
    row = written | {"updated_by": by or 0, "updated_at": now}
    new = insert_into(connection, guilds).values(guild_id=guild_id, **row)
    await connection.execute(new.on_conflict_do_update(index_elements=["guild_id"], set_=row))
    common = {"guild_id": guild_id, "changed_by": by, "changed_at": now}
    noted = [
        common | {"name": name, "before": _encoded(getattr(before, name)), "after": value}
        for name, value in written.items()
    ]
    await connection.execute(insert(setting_changes), noted)


async def _settings(connection: AsyncConnection, which: ColumnElement[bool]) -> dict[int, GuildSettings]:
    rows = await connection.execute(select(guilds.c.guild_id, *_COLUMNS).where(which))
    return {row.guild_id: GuildSettings(**_decoded(row)) for row in rows}


def _decoded(row: Row[Any]) -> dict[str, Any]:
    """Return the fields of a guild's choices; what is empty takes its default."""
    names = (column.name for column in _COLUMNS)
    return {name: _value(name, row._mapping[name]) for name in names if row._mapping[name] is not None}


def _value(name: str, value: Any) -> Any:
    """Return a field of `GuildSettings` from what its column holds."""
    match name:
        case _ if value is None:
            return getattr(_NOTHING_CHOSEN, name)
        case "watched":
            return WatchedChannels(is_all=True) if value == "all" else WatchedChannels(frozenset(value))
        case "thresholds":
            return {int(place_id): threshold for place_id, threshold in value.items()}
        case "exempt_role_ids" | "exempt_user_ids" | "exempt_channel_ids":
            return frozenset(value)
        case "quiet_hours":
            return QuietHours(*map(time.fromisoformat, value.split("-")))
        case "language":
            return Language(value)
        case _:
            return value


def _encoded(value: Any) -> Any:
    """Return what a column holds of a field."""
    match value:
        case WatchedChannels():
            return "all" if value.is_all else sorted(value.ids)
        case QuietHours():
            return f"{value.begins:%H:%M}-{value.ends:%H:%M}"
        case Mapping():
            return {str(place_id): value[place_id] for place_id in sorted(value)}
        case frozenset():
            return sorted(value)
        case Language():
            return value.value
        case _:
            return value


async def settings_in(connection: AsyncConnection) -> dict[int, GuildSettings]:
    """Return the choices of all guilds that have made any, over a connection that is open."""
    return await _settings(connection, guilds.c.guild_id.is_not(None))


def _change(row: Row[Any]) -> SettingChange:
    return SettingChange(
        row.name, _value(row.name, row.before), _value(row.name, row.after), row.changed_by, row.changed_at
    )
