"""SQLite: one file, one writer, several who read beside it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import migrations
from bot.storage.connection.errors import DatabaseError, in_one_line
from bot.storage.connection.migrating import bring_up_to_date

DRIVER = "sqlite+aiosqlite"
_ONE_CONNECTION = {"pool_size": 1, "max_overflow": 0}
_N_READERS = 2  # connections; each is a thread
_PROBLEMS = {
    "CANTOPEN": "not_opened",
    "NOTADB": "not_a_database",
    "READONLY": "read_only",
    "BUSY": "locked",
    "LOCKED": "locked",
    "FULL": "full",
}


async def open_file(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """Migrate a file, made if it is not there; return an engine that writes, and one that reads beside it."""
    await asyncio.to_thread(_migrate_file, url)
    writer = create_async_engine(url, hide_parameters=True, **_ONE_CONNECTION)
    reader = create_async_engine(url, hide_parameters=True, pool_size=_N_READERS, max_overflow=0)
    for engine in (writer, reader):
        _set_up(engine.sync_engine, foreign_keys=True)
    return writer, reader.execution_options(is_reading=True)


def reader(url: URL) -> AsyncEngine:
    """Return an engine that reads a file that is there, and nothing else.

    Raises:
        DatabaseError: There is none.
    """
    path = file_of(url)
    if path is not None and not path.is_file():
        raise DatabaseError("not_there", place=path)
    engine = create_async_engine(url, hide_parameters=True, **_ONE_CONNECTION)
    event.listen(engine.sync_engine, "connect", lambda connection, _: _make_reading(connection))
    return engine


def _make_reading(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()


async def open_memory() -> tuple[AsyncEngine, AsyncEngine]:
    """Open a database that is gone with the process. It has one connection, which all take turns with.

    What lives in memory belongs to its connection; several that share it would find its tables locked.
    """
    url = make_url(f"{DRIVER}://")
    engine = create_async_engine(url, poolclass=AsyncAdaptedQueuePool, hide_parameters=True, **_ONE_CONNECTION)
    _set_up(engine.sync_engine, foreign_keys=True)
    async with engine.begin() as connection:
        await connection.run_sync(bring_up_to_date, url.database)
    return engine, engine.execution_options(is_reading=True)


def explain(cause: BaseException, url: URL) -> DatabaseError:
    """Say in one sentence what a failed statement means to the operator."""
    kind = (getattr(cause, "sqlite_errorname", "").split("_")[1:2] or [""])[0]
    return DatabaseError(_PROBLEMS.get(kind, "broken"), place=url.database, reason=in_one_line(cause))


def file_of(url: URL) -> Path | None:
    """Return the file of a database, None where there is none, or SQLite's own options name it."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith("file:"):
        return None
    return Path(url.database)


def _migrate_file(url: URL) -> None:
    """Migrate an SQLite file, on a connection of its own: moving a table would trip over foreign keys.

    Not aiosqlite's: what cannot be opened leaves its thread behind, which complains when the loop is closed.
    """
    _keep_to_ourselves(url)
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool)
    _set_up(engine, foreign_keys=False)
    with engine.begin() as connection:
        bring_up_to_date(connection, url.database)


def downgrade(url: URL, revision: str) -> None:
    """Bring a file back to a revision, whole or not at all."""
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool, hide_parameters=True)
    _set_up(engine, foreign_keys=False)
    with engine.begin() as connection:
        migrations.downgrade(connection, revision)


def _keep_to_ourselves(url: URL) -> None:
    """Let nobody else read the file, and the log beside it, which SQLite makes like the file."""
    path = file_of(url)
    if path is None:
        return
    with contextlib.suppress(OSError):  # whatever ails the file, SQLite says it better
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)


def _set_up(engine: Engine, *, foreign_keys: bool) -> None:
    """Have every new connection of an engine to SQLite set up, and every transaction begun, as we need it."""

    def on_connect(connection: Any, record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes late, and not at all before DDL
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")  # with WAL, a killed process loses nothing committed
        cursor.execute("PRAGMA secure_delete = ON")  # what is erased leaves no bytes in free pages
        cursor.execute(f"PRAGMA foreign_keys = {foreign_keys:d}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        # Begin as a writer at once: SQLite does not wait for others when a reader wants to become one later.
        options = connection.get_execution_options()
        if not options.get("is_bare", False):
            connection.exec_driver_sql("BEGIN" if options.get("is_reading", False) else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
