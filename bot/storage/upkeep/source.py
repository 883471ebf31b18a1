"""Open a database only to read it, as a whole and while nobody works with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, Connection, NullPool, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.storage.connection import postgresql, sqlite
from bot.storage.connection.engine import explain, is_sqlite
from bot.storage.connection.errors import FAILURES, DatabaseError
from bot.storage.connection.migrating import refuse_other_versions


@asynccontextmanager
async def open_source(url: URL) -> AsyncIterator[AsyncConnection]:
    """Yield a connection that reads one moment of a database of the newest schema, and writes nothing.

    Raises:
        DatabaseError: There is none, it is older or newer, or a bot works with it.
    """
    engine, place = (_file(url), url.database) if is_sqlite(url) else (postgresql.reader(url), postgresql.place_of(url))
    try:
        async with engine.connect() as connection:
            await connection.run_sync(refuse_other_versions, place)
            await refuse_others(connection, place)
            yield connection
    except FAILURES as error:
        explained = explain(error, url)
        raise (DatabaseError("in_use", place=place) if explained.problem == "locked" else explained) from error
    finally:
        await engine.dispose()


async def refuse_others(connection: AsyncConnection, place: object) -> None:
    """Refuse a database on a server that a bot works with; a file is locked for them.

    Raises:
        DatabaseError: One works with it.
    """
    if connection.dialect.name != "sqlite" and await postgresql.n_others(connection):
        raise DatabaseError("in_use", place=place)


def _file(url: URL) -> AsyncEngine:
    """Open a file that nobody else has open, and which nobody else can open meanwhile."""
    path = sqlite.file_of(url)
    if path is None or not path.is_file():
        raise DatabaseError("not_there", place=path or url.database)
    as_uri = URL.create(sqlite.DRIVER, database=path.absolute().as_uri(), query={"mode": "rw", "uri": "true"})
    engine = create_async_engine(as_uri, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": 1})

    def on_connect(connection: Any, record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA locking_mode = EXCLUSIVE")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        connection.exec_driver_sql("PRAGMA query_only = ON")

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", on_begin)
    return engine
