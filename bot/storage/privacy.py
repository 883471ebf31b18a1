"""Count what is kept of what people wrote, without changing anything: `python -m bot privacy-report`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, case, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.learning.versions import VersionOrigin
from bot.domain.members.privacy import GRACE_DAYS, Holdings, PrivacyReport, Seals
from bot.storage.connection.engine import open_reader
from bot.storage.schema import case_acts, cases, examples, guilds, metadata, model_versions, verdicts
from bot.storage.schema.sealed import fingerprint_of, is_sealed, looks_sealed, prefix, prefix_of, sealed_columns

_HAS_TEXT = verdicts.c.text.is_not(None)
# For each guild, fields of `Holdings`.
_COUNTS: tuple[tuple[Column[Any], Any], ...] = (
    (
        verdicts.c.guild_id,
        select(
            func.count().label("n_texts"),
            func.count(distinct(verdicts.c.author_id)).label("n_writers"),
            func.min(verdicts.c.created_at).label("oldest"),
            func.max(verdicts.c.created_at).label("newest"),
        ).where(_HAS_TEXT),
    ),
    (cases.c.guild_id, select(func.count(distinct(cases.c.author_id)).label("n_known"))),
    (
        examples.c.guild_id,
        select(func.count().label("n_examples"), func.count(examples.c.message_id).label("n_examples_of_messages")),
    ),
    (
        cases.c.guild_id,
        select(func.count(case_acts.c.id).label("n_notes"))
        .select_from(case_acts.join(cases, cases.c.id == case_acts.c.case_id))
        .where(case_acts.c.reason.is_not(None)),
    ),
    (
        model_versions.c.guild_id,
        select(func.count().label("n_models")).where(model_versions.c.origin == VersionOrigin.TRAINED),
    ),
)


async def report(url: str, text_keys: Sequence[str], retention_days: int) -> PrivacyReport:
    """Count what a database keeps; `retention_days` hold for guilds that have chosen no others.

    Raises:
        DatabaseError: It is not there, none of ours, or of another version.
    """
    now = datetime.now(UTC)
    known = [prefix_of(key) for key in text_keys]
    async with open_reader(url) as connection:
        kept = await _holdings(connection, retention_days, now)
        found = {str(column): await _by_prefix(connection, column) for column in sealed_columns(metadata)}
    lost = {each for counts in found.values() for each in counts if is_sealed(each)} - set(known)
    seals = [_seals(name, counts, known) for name, counts in found.items()]
    return PrivacyReport(now, kept, seals, *([fingerprint_of(each) for each in some] for some in (known, sorted(lost))))


async def _holdings(connection: AsyncConnection, retention_days: int, now: datetime) -> list[Holdings]:
    of_guilds: dict[int | None, dict[str, Any]] = defaultdict(dict)
    for guild_id, query in _COUNTS:
        for row in await connection.execute(query.add_columns(guild_id.label("guild")).group_by(guild_id)):
            of_guilds[row.guild] |= {name: value for name, value in row._mapping.items() if name != "guild"}
    chosen = await connection.execute(
        select(guilds.c.guild_id, guilds.c.retention_days).where(guilds.c.retention_days.is_not(None))
    )
    own: dict[int | None, int] = {row.guild_id: row.retention_days for row in chosen}
    kept = []
    for guild, fields in sorted(of_guilds.items(), key=lambda each: each[0] or 0):
        days = own.get(guild, retention_days)
        n_overdue = await _n_overdue(connection, guild, now - timedelta(days=days + GRACE_DAYS))
        kept.append(Holdings(guild, days, guild in own, n_overdue=n_overdue, **fields))
    return kept


async def _n_overdue(connection: AsyncConnection, guild_id: int | None, cutoff: datetime) -> int:
    """Count the texts of messages of before a time, also those that became examples."""
    texts = select(func.count()).where(
        _HAS_TEXT, verdicts.c.guild_id.is_not_distinct_from(guild_id), verdicts.c.created_at < cutoff
    )
    of_messages = select(func.count()).where(
        examples.c.guild_id == guild_id, examples.c.message_id.is_not(None), examples.c.created_at < cutoff
    )
    return (await connection.scalar(texts) or 0) + (await connection.scalar(of_messages) or 0)


async def _by_prefix(connection: AsyncConnection, column: Column[str]) -> dict[str, int]:
    """Count the texts of a column by the key that they are sealed with, "" for none."""
    how = case((looks_sealed(column), prefix(column)), else_="").label("how")
    rows = await connection.execute(select(how, func.count()).where(column.is_not(None)).group_by("how"))
    return {row[0]: row[1] for row in rows}


def _seals(column: str, counts: dict[str, int], known: Sequence[str]) -> Seals:
    n_plain, n_first = counts.get("", 0), sum(counts.get(each, 0) for each in known[:1])
    n_older = sum(counts.get(each, 0) for each in known[1:])
    return Seals(column, n_first, n_older, sum(counts.values()) - n_plain - n_first - n_older, n_plain)
