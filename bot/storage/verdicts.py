"""The rows of verdicts and cursors: SQL only, in a transaction that `bot.storage.database` opens and ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import CloseReason
from bot.storage import outbox
from bot.storage.connection.transactions import chunks
from bot.storage.examples import delete_examples_of_messages
from bot.storage.schema import channels, decisions, verdicts


async def newest_verdicts(connection: AsyncConnection, message_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Return the newest verdict of each message that has one: ids, revision, digest, whether it is flagged and right.

    `is_right` is what a moderator has decided of it, None if nobody has.
    """
    columns = (verdicts.c[name] for name in ("message_id", "id", "revision", "is_flagged", "content_digest"))
    with_decisions = verdicts.outerjoin(decisions, decisions.c.verdict_id == verdicts.c.id)
    query = select(*columns, decisions.c.is_right).select_from(with_decisions).order_by(verdicts.c.revision)
    newest: dict[int, Row[Any]] = {}
    for chunk in chunks(message_ids):
        rows = await connection.execute(query.where(verdicts.c.message_id.in_(chunk)))
        newest |= {row.message_id: row for row in rows}
    return newest


async def erase(connection: AsyncConnection, message_ids: Iterable[int], reason: CloseReason) -> None:
    """Erase text and author of messages, what was learned of them, and their alerts."""
    for chunk in chunks(message_ids):
        await erase_texts(connection, chunk)
        await delete_examples_of_messages(connection, chunk)
        await outbox.take_back(connection, chunk, reason)


async def erase_texts(connection: AsyncConnection, message_ids: Sequence[int]) -> None:
    """Erase text and author of messages."""
    if not message_ids:
        return
    await connection.execute(
        update(verdicts)
        .where(verdicts.c.message_id.in_(message_ids), verdicts.c.text.is_not(None))
        .values(text=None, author_id=None, erased_at=datetime.now(UTC))
    )


async def advance(connection: AsyncConnection, passed: Mapping[int, int]) -> None:
    """Move cursors forward. Written for every database: SQLite and PostgreSQL spell an upsert differently."""
    for chunk in chunks(passed):
        query = select(channels.c.channel_id).where(channels.c.channel_id.in_(chunk))
        known = set((await connection.scalars(query)).all())
        now = datetime.now(UTC)
        rows = [{"channel_id": each, "last_message_id": passed[each], "updated_at": now} for each in chunk]
        if new := [row for row in rows if row["channel_id"] not in known]:
            await connection.execute(insert(channels), new)
        for row in rows:
            behind = channels.c.channel_id == row["channel_id"], channels.c.last_message_id < row["last_message_id"]
            await connection.execute(update(channels).where(*behind).values(row))
