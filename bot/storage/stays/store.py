"""In which guilds the bot is, since when it has left others, and what it still has to say to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.stays import Greeting, Stay
from bot.storage.connection.transactions import Store, chunks, uninterrupted
from bot.storage.connection.upsert import insert_into
from bot.storage.schema import settings, stays

_UPGRADED = "upgraded_to_stays_at"


class Stays(Store):
    """The stays in all guilds."""

    @uninterrupted
    async def upgraded_at(self) -> datetime | None:
        """Return when this database came from a version that did not remember its guilds, None if it never did."""
        async with self._reading() as connection:
            value = await connection.scalar(select(settings.c.value).where(settings.c.key == _UPGRADED))
        return None if value is None else datetime.fromisoformat(value)

    @uninterrupted
    async def unknown(self, guild_ids: Iterable[int], bot_id: int) -> list[int]:
        """Return those guilds of which it is not written down that this bot is in them."""
        known: set[int] = set()
        async with self._reading() as connection:
            ids = list(guild_ids)
            for chunk in chunks(ids):
                here = stays.c.left_at.is_(None), stays.c.bot_id == bot_id
                known |= set(
                    await connection.scalars(select(stays.c.guild_id).where(stays.c.guild_id.in_(chunk), *here))
                )
        return [each for each in ids if each not in known]

    @uninterrupted
    async def see(self, guild_id: int, bot_id: int, *, is_welcomed: bool) -> None:
        """Note that a bot is in a guild, and what it has to say there: a welcome only where it is new."""
        async with self._writing() as connection:
            before = (await connection.execute(select(stays).where(stays.c.guild_id == guild_id))).first()
            values: dict[str, Any] = {"bot_id": bot_id, "left_at": None, "notice_at": None, "purge_begun_at": None}
            if (greeting := _greeting(before, bot_id, is_welcomed=is_welcomed)) is not None:
                values |= {"greeting": greeting, "greeting_begun_at": None}
            new = insert_into(connection, stays).values(guild_id=guild_id, **values)
            await connection.execute(new.on_conflict_do_update(index_elements=["guild_id"], set_=values))

    @uninterrupted
    async def leave(self, guild_id: int, bot_id: int) -> bool:
        """Note that a bot has left a guild; return whether that is news. Another bot may be in it still."""
        values = {"bot_id": bot_id, "left_at": datetime.now(UTC), "greeting": None}
        async with self._writing() as connection:
            new = insert_into(connection, stays).values(guild_id=guild_id, **values)
            is_news = stays.c.left_at.is_(None), or_(stays.c.bot_id.is_(None), stays.c.bot_id == bot_id)
            upsert = new.on_conflict_do_update(index_elements=["guild_id"], set_=values, where=is_news[0] & is_news[1])
            return (await connection.execute(upsert)).rowcount > 0

    @uninterrupted
    async def absent(self, present: Collection[int], bot_id: int) -> list[tuple[int, bool]]:
        """Return the guilds in which this bot should be, and is not; and whether it was it that was seen there."""
        query = select(stays.c.guild_id, stays.c.bot_id).where(stays.c.left_at.is_(None), _is_of(bot_id))
        async with self._reading() as connection:
            rows = await connection.execute(query)
            return [(row.guild_id, row.bot_id is not None) for row in rows if row.guild_id not in present]

    @uninterrupted
    async def left(self, bot_id: int) -> list[Stay]:
        """Return the guilds that this bot has left, the first first."""
        query = select(stays).where(stays.c.left_at.is_not(None), _is_of(bot_id)).order_by(stays.c.left_at)
        async with self._reading() as connection:
            rows = await connection.execute(query)
            return [Stay(row.guild_id, row.left_at, row.notice_at is not None) for row in rows]

    @uninterrupted
    async def note_notice(self, guild_id: int) -> bool:
        """Note that somebody is told of a guild's end; return False if that was noted before."""
        which = stays.c.guild_id == guild_id, stays.c.left_at.is_not(None), stays.c.notice_at.is_(None)
        return await self._update(which, notice_at=datetime.now(UTC)) > 0

    @uninterrupted
    async def greetings(self, guild_ids: Iterable[int]) -> dict[int, Greeting]:
        """Return what is still to be said in some guilds."""
        found: dict[int, Greeting] = {}
        async with self._reading() as connection:
            for chunk in chunks(guild_ids):
                query = select(stays.c.guild_id, stays.c.greeting).where(stays.c.guild_id.in_(chunk))
                rows = await connection.execute(query.where(stays.c.greeting.is_not(None)))
                found |= {row.guild_id: Greeting(row.greeting) for row in rows}
        return found

    @uninterrupted
    async def begin_greeting(self, guild_id: int, *, again_after: float = 60.0) -> bool | None:
        """Take it on to greet a guild: return whether that was begun before, None if somebody is at it, or it is done.

        `again_after` is in seconds: for so long whoever has begun may be at it.
        """
        now = datetime.now(UTC)
        async with self._writing() as connection:
            query = select(stays.c.greeting_begun_at).where(stays.c.guild_id == guild_id)
            row = (await connection.execute(query.where(stays.c.greeting.is_not(None)))).first()
            begun_at = row.greeting_begun_at if row else None
            if row is None or (begun_at is not None and now - begun_at < timedelta(seconds=again_after)):
                return None
            await connection.execute(update(stays).where(stays.c.guild_id == guild_id).values(greeting_begun_at=now))
        return begun_at is not None

    @uninterrupted
    async def end_greeting(self, guild_id: int, *, is_said: bool) -> None:
        """Note that a guild was greeted, or that this could not be begun."""
        values: Mapping[str, Any] = {"greeting": None} if is_said else {"greeting_begun_at": None}
        await self._update((stays.c.guild_id == guild_id,), **values)

    async def _update(self, which: Iterable[ColumnElement[bool]], **values: Any) -> int:
        async with self._writing() as connection:
            return await _update(connection, which, **values)


async def _update(connection: AsyncConnection, which: Iterable[ColumnElement[bool]], **values: Any) -> int:
    return (await connection.execute(update(stays).where(*which).values(values))).rowcount


def _is_of(bot_id: int) -> ColumnElement[bool]:
    return or_(stays.c.bot_id.is_(None), stays.c.bot_id == bot_id)


def _greeting(before: Row[Any] | None, bot_id: int, *, is_welcomed: bool) -> Greeting | None:
    """Return what is to be said, None for nothing new. Whom only another bot held to be gone has not been away."""
    if before is None:
        return Greeting.WELCOME if is_welcomed else None
    if before.left_at is None or before.bot_id != bot_id:
        return None
    return Greeting.BACK if before.purge_begun_at is None else Greeting.WELCOME
