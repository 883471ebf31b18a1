"""Count what became of a guild's messages. Texts and authors are not asked for: what was erased counts as before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, and_, column, exists, func, literal, or_, select, values
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.statistics import Counts, Span, Statistics, Tally, Waited
from bot.storage.connection.transactions import Store, uninterrupted
from bot.storage.schema import UtcDateTime, cases, decisions, verdicts


class StatisticsOfGuilds(Store):
    """Counts, on a connection of its own that only reads: nobody who writes waits for it."""

    @uninterrupted
    async def count(self, guild_id: int | None, span: Span) -> Statistics:
        """Return what became of a guild's messages, each as it was judged last, in the part of the span it was judged.

        No guild is that of the terminal.
        """
        async with self._reading() as connection:
            tallies = [*await _judged(connection, guild_id, span), *await _flagged(connection, guild_id, span)]
            return Statistics(span, tallies, await _waited(connection, guild_id, span))


async def _judged(connection: AsyncConnection, guild_id: int | None, span: Span) -> list[Tally]:
    part, within = _parts(span, guild_id)
    alike = part.c.number, verdicts.c.channel_id
    query = select(*alike, func.count()).select_from(part.join(verdicts, within)).where(~_is_outdated())
    return [Tally(number, channel_id, Counts(n)) for number, channel_id, n in await _rows(connection, query, alike)]


async def _flagged(connection: AsyncConnection, guild_id: int | None, span: Span) -> list[Tally]:
    part, within = _parts(span, guild_id)
    has_case = exists().where(cases.c.message_id == verdicts.c.message_id)
    is_of_terminal = literal(guild_id is None)  # which has no cases, and no shadow mode
    is_seen = or_(is_of_terminal, decisions.c.is_right.is_not(None), has_case).label("is_seen")
    alike = part.c.number, verdicts.c.channel_id, decisions.c.is_right, is_seen
    found = part.join(verdicts, and_(within, verdicts.c.is_flagged)).outerjoin(decisions)
    query = select(*alike, func.count()).select_from(found).where(~_is_outdated())
    return [
        Tally(number, channel_id, _counts(is_right, n, is_seen=bool(was_seen)))
        for number, channel_id, is_right, was_seen, n in await _rows(connection, query, alike)
    ]


def _counts(is_right: bool | None, n: int, *, is_seen: bool) -> Counts:
    """Return flagged messages of one kind as counts; what has no case was flagged in shadow mode."""
    if not is_seen:
        return Counts(n_shadow=n)
    return Counts(n_flagged=n, n_right=n * (is_right is True), n_false_alarms=n * (is_right is False))


async def _waited(connection: AsyncConnection, guild_id: int | None, span: Span) -> list[Waited]:
    """Return how long each decision took: there are as many as people have made."""
    within = _within(guild_id, span.edges[0], span.edges[-1])
    columns = verdicts.c.channel_id, verdicts.c.created_at, decisions.c.decided_at
    query = select(*columns).join(decisions).where(within, verdicts.c.is_flagged, ~_is_outdated())
    return [
        Waited(span.part_of(judged_at), channel_id, (decided_at - judged_at).total_seconds())
        for channel_id, judged_at, decided_at in await connection.execute(query)
    ]


def _parts(span: Span, guild_id: int | None) -> tuple[CTE, ColumnElement[bool]]:
    """Return the parts of a span as a table, and which verdicts are of each: one look into the index a part."""
    columns = column("number", Integer), column("begins", UtcDateTime), column("ends", UtcDateTime)
    rows = [(number, *edges) for number, edges in enumerate(zip(span.edges, span.edges[1:], strict=False))]
    part = values(*columns, name="part").data(rows).cte("part")
    return part, _within(guild_id, part.c.begins, part.c.ends)


def _within(
    guild_id: int | None, begins: ColumnElement[datetime] | datetime, ends: ColumnElement[datetime] | datetime
) -> ColumnElement[bool]:
    created_at = verdicts.c.created_at
    return and_(verdicts.c.guild_id == guild_id, created_at >= begins, created_at < ends)


def _is_outdated() -> ColumnElement[bool]:
    """Tell whether a message was edited, and judged again."""
    newer = verdicts.alias()
    return exists().where(newer.c.message_id == verdicts.c.message_id, newer.c.revision > verdicts.c.revision)


async def _rows(connection: AsyncConnection, query: Select[Any], alike: Sequence[ColumnElement[Any]]) -> list[Any]:
    return list(await connection.execute(query.group_by(*alike)))
