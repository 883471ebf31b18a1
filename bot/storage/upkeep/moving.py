"""Carry a database over to another one that is empty, as from a file to a server: `python -m bot move-database`.

It may be killed, and goes on when it is begun again: what has arrived is compared and left as it is. Until all has
arrived the target says so in its settings, and no bot opens it.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from sqlalchemy import URL, ColumnElement, LargeBinary, Table, Text, delete, func, insert, select, tuple_, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.connection import postgresql
from bot.storage.connection.bulk import bound, insert_rows
from bot.storage.connection.engine import is_sqlite, open_engines, parse_url
from bot.storage.connection.errors import DatabaseError
from bot.storage.connection.transactions import Transactions
from bot.storage.schema import metadata, settings
from bot.storage.schema.sealed import Sealed
from bot.storage.sealing import DIGEST_KEY
from bot.storage.upkeep.source import open_source, refuse_others

_UNFINISHED = "moved_from"  # the setting of a database into which another one is being moved
_N_ROWS, _N_LARGE = 2_000, 4  # carried at once; of tables that hold whole models

Tell = Callable[[str, int, int], None]  # a table's name, rows that have arrived, rows there are
_Row = tuple[Any, ...]


class _ChangedError(Exception):
    """What had arrived before is no longer what the source holds."""


async def move(source_url: str, target_url: str, tell: Tell) -> int:
    """Carry all rows of a database over to another, count them there, and return how many they are.

    Raises:
        DatabaseError: The source is in use or of another version; the target holds something else, or is in use.
    """
    source, target = parse_url(source_url), parse_url(target_url)
    if source.set(query={}) == target.set(query={}):
        raise DatabaseError("same_database")
    async with open_source(source) as reading:
        transactions = Transactions(*await open_engines(target_url))
        try:
            return await _Move(reading, transactions, target, tell).run()
        finally:
            await transactions.close()


async def refuse_unfinished(connection: AsyncConnection) -> None:
    """Refuse a database into which another one is being moved.

    Raises:
        DatabaseError: It is such a one.
    """
    if await connection.scalar(select(settings.c.value).where(settings.c.key == _UNFINISHED)) is not None:
        raise DatabaseError("unfinished")


class _Move:
    def __init__(self, source: AsyncConnection, target: Transactions, place: URL, tell: Tell) -> None:
        self._source, self._target, self._url, self._tell = source, target, place, tell
        self._place = place.database if is_sqlite(place) else postgresql.place_of(place)

    async def run(self) -> int:
        """Begin or go on, and finish."""
        if await self._begin():
            try:
                await self._carry(is_new=False)
                return await self._finish()
            except _ChangedError:
                await self._clear()
        await self._carry(is_new=True)
        try:
            return await self._finish()
        except _ChangedError as error:
            raise DatabaseError("miscounted", place=self._place, reason=error) from error

    async def _begin(self) -> bool:
        """Mark the target as unfinished; return whether it was.

        Raises:
            DatabaseError: It is in use, or holds something else.
        """
        name = await self._name_of_source()
        async with self._target.writing() as connection:
            await refuse_others(connection, self._place)
            begun = await connection.scalar(select(settings.c.value).where(settings.c.key == _UNFINISHED))
            if begun == name:
                return True
            for table in _carried():
                if begun is not None or await _count(connection, table):
                    raise DatabaseError("not_empty", place=self._place)
            await connection.execute(delete(settings))
            await connection.execute(insert(settings).values(key=_UNFINISHED, value=name))
        return False

    async def _name_of_source(self) -> str:
        """Return what tells a source from others. It is not the key of its digests, but known by it."""
        key = await self._source.scalar(select(settings.c.value).where(settings.c.key == DIGEST_KEY))
        return hashlib.blake2b((key or "").encode(), digest_size=16, person=b"move-database").hexdigest()

    async def _carry(self, *, is_new: bool) -> None:
        for table in _carried():
            n_all, n_done = await _count(self._source, table), 0
            async for rows in _rows(self._source, table):
                if is_new or not await self._has_arrived(table, rows):
                    await self._insert(table, rows)
                n_done += len(rows)
                self._tell(table.name, n_done, n_all)

    async def _has_arrived(self, table: Table, rows: Sequence[_Row]) -> bool:
        """Tell whether rows are there. If others are, nothing that has arrived can be relied upon."""
        of_key = [index for index, column in enumerate(table.c) if column.primary_key]
        first, last = (tuple(row[index] for index in of_key) for row in (rows[0], rows[-1]))
        key = tuple_(*table.primary_key.columns)
        query = select(*_as_stored(table)).where(key >= first, key <= last).order_by(*table.primary_key.columns)
        async with self._target.reading() as connection:
            found = [tuple(row) for row in await connection.execute(query)]
        if found and found != list(rows):
            raise _ChangedError
        return bool(found)

    async def _insert(self, table: Table, rows: Sequence[_Row]) -> None:
        async with self._target.writing() as connection:
            dialect = connection.dialect
            as_bound = [
                tuple(bound(column, value, dialect) for column, value in zip(_as_stored(table), row, strict=True))
                for row in rows
            ]
            await insert_rows(connection, table, [column.name for column in table.c], as_bound)

    async def _clear(self) -> None:
        async with self._target.writing() as connection:
            for table in reversed(_carried()):
                await connection.execute(delete(table))

    async def _finish(self) -> int:
        """Count, have ids go on behind those that were carried, and take the mark away."""
        n_rows = 0
        async with self._target.writing() as connection:
            for table in _carried():
                expected, found = await _count(self._source, table), await _count(connection, table)
                if expected != found:
                    raise _ChangedError(f"{table.name}: {expected} / {found}")
                n_rows += found
            if not is_sqlite(self._url):
                await postgresql.settle(connection, _carried())
            await connection.execute(delete(settings))
            rows = [{"key": row.key, "value": row.value} for row in await self._source.execute(select(settings))]
            if rows:
                await connection.execute(insert(settings), rows)
        return n_rows + len(rows)


def _carried() -> list[Table]:
    """Return the tables whose rows are carried, those before that others point to. The settings come at the end."""
    return [table for table in metadata.sorted_tables if table is not settings and not table.info.get("is_passing")]


def _as_stored(table: Table) -> list[ColumnElement[Any]]:
    """Return the columns of a table, of texts what is stored: what is sealed is carried as it is, without its key."""
    return [type_coerce(column, Text) if isinstance(column.type, Sealed) else column for column in table.c]


async def _count(connection: AsyncConnection, table: Table) -> int:
    return await connection.scalar(select(func.count()).select_from(table)) or 0


async def _rows(connection: AsyncConnection, table: Table) -> AsyncIterator[list[_Row]]:
    """Yield the rows of a table in the order of their keys, with texts as every database takes them."""
    columns = _as_stored(table)
    key = list(table.primary_key.columns)
    is_large = any(isinstance(column.type, LargeBinary) and column.type.length is None for column in table.c)
    query = select(*columns).order_by(*key).limit(_N_LARGE if is_large else _N_ROWS)
    which = query
    while rows := (await connection.execute(which)).all():
        yield [tuple(map(_storable, row)) for row in rows]
        last = tuple(rows[-1][index] for index, column in enumerate(table.c) if column.primary_key)
        which = query.where(tuple_(*key) > last)


def _storable(value: Any) -> Any:
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value
