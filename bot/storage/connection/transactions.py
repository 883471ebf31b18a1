"""Transactions that are done whole or not at all, also when who asked for them is cancelled meanwhile.

Every store (`bot.storage.database` and its neighbours) works through here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from itertools import islice
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.connection.engine import FAILURES, DatabaseError, explain

_FINISH_LIMIT = 10.0  # seconds
CHUNK = 256  # values in one IN (...): every database takes that many

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

    async def close(self) -> None:
        """Finish what was begun, take nothing new, and close every connection."""
        self._is_closed = True
        if self._unfinished:
            await asyncio.wait(self._unfinished, timeout=_FINISH_LIMIT)
        await self._writer.dispose()
        await self._reader.dispose()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        try:
            async with engine.begin() as connection:
                yield connection
        except FAILURES as error:
            raise explain(error, engine.url) from error


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
