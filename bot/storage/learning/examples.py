"""The examples that moderators have labelled for their guild's model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.learning.examples import MAX_EXAMPLES, Source, StoredExample, TooManyExamplesError
from bot.storage.connection.transactions import Store, Transactions, Whose, chunks, uninterrupted
from bot.storage.schema import examples
from model.examples import Example, ExampleLabel
from model.reading.clean import clean

_COLUMNS = [examples.c[name] for name in StoredExample.__dataclass_fields__]


class Examples(Store):
    """The examples of all guilds. The newest label of a text holds, whoever gave it."""

    def __init__(self, transactions: Transactions, digest: Callable[[str], bytes], limit: int = MAX_EXAMPLES) -> None:
        super().__init__(transactions)
        self._digest, self._limit = digest, limit

    @uninterrupted
    async def add(self, guild_id: int, new: Sequence[Example], source: Source, by: int) -> None:
        """Add examples, all or none.

        Raises:
            TooManyExamplesError: There would be too many.
        """
        async with self._writing() as connection:
            await self.add_within(connection, guild_id, new, source, by)

    async def add_within(
        self,
        connection: AsyncConnection,
        guild_id: int,
        new: Iterable[Example],
        source: Source,
        by: int,
        message_id: int | None = None,
    ) -> None:
        """Add examples in a transaction that is open; an older example of the same cleaned text goes.

        Raises:
            TooManyExamplesError: There would be too many.
        """
        by_digest = {self._digest(clean(example.text).strip()): example for example in new}
        await _delete(connection, guild_id, examples.c.text_digest, by_digest)
        n_stored = await connection.scalar(select(func.count()).where(examples.c.guild_id == guild_id))
        if (n_stored or 0) + len(by_digest) > self._limit:
            raise TooManyExamplesError
        now = datetime.now(UTC)
        rows = [
            {"guild_id": guild_id, "text": example.text, "text_digest": text_digest, "label": example.label,
             "source": source, "message_id": message_id, "added_by": by, "created_at": now}
            for text_digest, example in by_digest.items()
        ]  # fmt: skip
        if rows:
            await connection.execute(insert(examples), rows)

    @uninterrupted
    async def remove(self, guild_id: int, example_ids: Iterable[int]) -> int:
        """Remove examples of a guild and return how many there were of them."""
        async with self._writing() as connection:
            return await _delete(connection, guild_id, examples.c.id, example_ids)

    @uninterrupted
    async def for_guild(self, guild_id: int, limit: int | None = None, offset: int = 0) -> list[StoredExample]:
        """Return a guild's examples, the newest first: at most `limit`, without the `offset` newest ones."""
        query = select(*_COLUMNS).where(examples.c.guild_id == guild_id)
        async with self._reading() as connection:
            rows = await connection.execute(query.order_by(examples.c.id.desc()).limit(limit).offset(offset or None))
            return [_stored(row) for row in rows]

    @uninterrupted
    async def count(self, guild_id: int) -> dict[ExampleLabel, int]:
        """Return how many examples of each label a guild has."""
        query = select(examples.c.label, func.count()).where(examples.c.guild_id == guild_id)
        async with self._reading() as connection:
            found = {row[0]: int(row[1]) for row in await connection.execute(query.group_by(examples.c.label))}
        return {label: found.get(label, 0) for label in ExampleLabel}


async def delete_examples_of_messages(connection: AsyncConnection, message_ids: Sequence[int]) -> None:
    """Delete the examples that are these channel messages."""
    await connection.execute(delete(examples).where(examples.c.message_id.in_(message_ids)))


async def delete_old_examples_of_messages(connection: AsyncConnection, cutoff: datetime, whose: Whose) -> None:
    """Delete the examples that are channel messages, of some guilds, and were added before a time."""
    is_old = examples.c.message_id.is_not(None), examples.c.created_at < cutoff
    await connection.execute(delete(examples).where(*is_old, whose(examples.c.guild_id)))


async def _delete(connection: AsyncConnection, guild_id: int, column: Any, values: Iterable[Any]) -> int:
    n_deleted = 0
    for chunk in chunks(values):
        done = await connection.execute(delete(examples).where(examples.c.guild_id == guild_id, column.in_(chunk)))
        n_deleted += done.rowcount
    return n_deleted


def _stored(row: Row[Any]) -> StoredExample:
    return StoredExample(row.id, row.text, ExampleLabel(row.label), Source(row.source), row.added_by, row.created_at)
