"""Transactions that are done whole or not at all, also when who asked for them is cancelled meanwhile.

Every store (`bot.storage.database` and its neighbours) works through here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.connection.engine import explain
from bot.storage.connection.errors import FAILURES, DatabaseError
from bot.storage.connection.sqlite import file_of

_FINISH_LIMIT = 10.0  # seconds
_SCRUBBED_AFTER = 1.0  # seconds after an erasure
CHUNK = 256  # values in one IN (...): every database takes that many

Whose = Callable[[ColumnElement[int]], ColumnElement[bool]]  # of which guilds, by a table's column that holds theirs

_T = TypeVar("_T")
_P = ParamSpec("_P")
_S = TypeVar("_S", bound="Store")


class Transactions:
    """Opens transactions, and lets what was begun be finished before the database is closed.

    SQLite has one writer; `reader` has connections of its own, so that nobody who reads waits for who writes.
    """

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer, self._reader = writer, reader
        self._unfinished: set[asyncio.Task[Any]] = set()
        self._is_closed = False
        self._file = file_of(writer.url)
        self._identity = _identity(self._file)
        self._scrubbing: asyncio.Task[None] | None = None
        self.on_doubt: Callable[[], None] = lambda: None  # what was written may be stored although it has failed

    async def finish(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do what works with the database to its end, also if the caller is cancelled.

        A connection whose statement is cancelled is closed by force, and SQLAlchemy then waits for ever for aiosqlite's
        thread to answer: the process would not end.
        """
        if self._is_closed:  # the engine would open a new connection, which nobody closes
            work.close()
            raise DatabaseError("closed")
        task = asyncio.create_task(work)
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
        return await asyncio.shield(task)

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Begin a transaction that writes."""
        return self._transaction(self._writer)

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Begin a transaction that only reads."""
        return self._transaction(self._reader)

    def scrub(self) -> None:
        """Take what was erased out of SQLite's log, too, within a few seconds: many erasures share one scrubbing."""
        if self._file is not None and self._scrubbing is None and not self._is_closed:
            self._scrubbing = asyncio.create_task(self._scrub_soon())

    async def close(self) -> None:
        """Finish what was begun, take nothing new, and close every connection."""
        self._is_closed = True
        if self._unfinished:
            await asyncio.wait(self._unfinished, timeout=_FINISH_LIMIT)
        if self._scrubbing is not None:
            self._scrubbing.cancel()
            await asyncio.gather(self._scrubbing, return_exceptions=True)
            await self._scrub()
        await self._writer.dispose()
        await self._reader.dispose()

    async def _scrub_soon(self) -> None:
        for pause in (_SCRUBBED_AFTER, *(10 * _SCRUBBED_AFTER,) * 30):  # a long reading keeps the log from being cut
            await asyncio.sleep(pause)
            if await asyncio.shield(asyncio.ensure_future(self._scrub())):
                break
        self._scrubbing = None

    async def _scrub(self) -> bool:
        """Write SQLite's log into the file and cut it to nothing; return whether that was possible now."""
        try:
            async with self._writer.execution_options(is_bare=True).connect() as connection:
                (is_busy, *_) = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()
        except FAILURES:
            return False
        return not is_busy

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        if _identity(self._file) != self._identity:  # SQLite would go on writing into a file that nobody can find
            raise DatabaseError("replaced", place=self._file)
        try:
            async with engine.begin() as connection:
                yield connection
        except FAILURES as error:
            explained = explain(error, engine.url)
            if engine is self._writer and explained.is_doubtful:
                self.on_doubt()
            raise explained from error


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Return what tells a file from another that takes its name; None for none."""
    if file is None:
        return None
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class Store:
    """A part of the database. Its methods raise `DatabaseError` where the database cannot be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._writing, self._reading = transactions.writing, transactions.reading


def uninterrupted(
    method: Callable[Concatenate[_S, _P], Coroutine[Any, Any, _T]],
) -> Callable[Concatenate[_S, _P], Coroutine[Any, Any, _T]]:
    """Have a store's method done to its end, also if the caller is cancelled."""

    @wraps(method)
    async def whole(store: _S, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await store._transactions.finish(method(store, *args, **kwargs))

    return whole


def chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Cut values into lists that one IN (...) may hold."""
    remaining = iter(values)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
