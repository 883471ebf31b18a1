"""Open SQLAlchemy's engine on a database whose tables are those of `bot.storage.schema`.

`bot.storage.database` works with it. What is particular to SQLite stands here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

import migrations
from bot.localisation.texts import Language, Texts

# What the world can do to a database that is used rightly; OSError comes from a server that cannot be reached.
FAILURES = (DBAPIError, TimeoutError, OSError)
_ONE_CONNECTION = {"pool_size": 1, "max_overflow": 0}
_N_READERS = 2  # connections; each is a thread
IN_MEMORY = "\0memory"  # in place of a URL, and none that anybody can configure: a bot must not forget
_DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


class DatabaseError(Exception):
    """The database cannot be opened, read or written. `str` is English, `sentence` speaks any language."""

    def __init__(self, problem: str, **fields: object) -> None:
        self.problem = problem
        self.fields = fields
        super().__init__(self.sentence(Texts.load(Language.ENGLISH)))

    def sentence(self, texts: Texts) -> str:
        """Say what is wrong and what to do."""
        return texts(f"database.{self.problem}", **self.fields)


async def open_engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """Migrate a database to the newest revision; return an engine that writes, and one that reads beside it.

    Raises:
        DatabaseError: There is no such database, it is none of ours, or it cannot be written.
    """
    if url == IN_MEMORY:
        return await _open_memory()
    parsed = parse_url(url)
    try:
        writer = create_async_engine(parsed, **_options(parsed))
    except ModuleNotFoundError as error:
        raise DatabaseError("no_driver", reason=error) from error
    try:
        if _is_sqlite(parsed):
            await asyncio.to_thread(_migrate_file, parsed)
            _set_up(writer.sync_engine, foreign_keys=True)
        else:
            async with writer.begin() as connection:
                await connection.run_sync(_migrate, parsed)
    except BaseException as error:
        await writer.dispose()
        if isinstance(error, FAILURES):
            raise explain(error, parsed) from error
        raise
    return writer, _reader_of(writer)


@asynccontextmanager
async def open_reader(url: str) -> AsyncIterator[AsyncConnection]:
    """Open a database as it is, neither made nor migrated, to read and nothing else.

    Raises:
        DatabaseError: There is no such database, it is none of ours, or of another version.
    """
    parsed = parse_url(url)
    path = file_of(parsed)
    if path is not None and not path.is_file():
        raise DatabaseError("not_there", place=path)
    try:
        engine = create_async_engine(parsed, **_options(parsed))
    except ModuleNotFoundError as error:
        raise DatabaseError("no_driver", reason=error) from error
    try:
        async with engine.execution_options(postgresql_readonly=True).connect() as connection:
            if _is_sqlite(parsed):
                await connection.exec_driver_sql("PRAGMA query_only = ON")
            await connection.run_sync(_check_revision, parsed)
            yield connection
    except FAILURES as error:
        raise explain(error, parsed) from error
    finally:
        await engine.dispose()


async def _open_memory() -> tuple[AsyncEngine, AsyncEngine]:
    """Open a database that is gone with the process. It has one connection, which all take turns with.

    What lives in memory belongs to its connection; several that share it would find its tables locked.
    """
    url = make_url("sqlite+aiosqlite://")
    engine = create_async_engine(url, poolclass=AsyncAdaptedQueuePool, hide_parameters=True, **_ONE_CONNECTION)
    _set_up(engine.sync_engine, foreign_keys=True)
    async with engine.begin() as connection:
        await connection.run_sync(_migrate, url)
    return engine, engine.execution_options(is_reading=True)


def explain(error: Exception, url: URL) -> DatabaseError:
    """Say in one sentence what a failed statement means to the operator."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    place = url.database if _is_sqlite(url) else url.render_as_string(hide_password=True)
    match getattr(cause, "sqlite_errorname", "").split("_")[1:2]:
        case ["CANTOPEN"]:
            problem = "not_opened"
        case ["NOTADB"]:
            problem = "not_a_database"
        case ["READONLY"]:
            problem = "read_only"
        case ["BUSY" | "LOCKED"]:
            problem = "locked"
        case ["FULL"]:
            problem = "full"
        case _:
            problem = "broken"
    return DatabaseError(problem, place=place, reason=" ".join(str(cause).split()))


def parse_url(url: str) -> URL:
    """Return the parts of DATABASE_URL.

    Raises:
        DatabaseError: It is none that we can work with.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError("wrong_url") from None
    if parsed.drivername not in _DRIVERS or parsed.database in (None, "", ":memory:"):
        raise DatabaseError("wrong_url")
    return parsed


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _options(url: URL) -> dict[str, Any]:
    """Return how many connections are pooled: one to SQLite, which has one writer, and where each is a thread.

    `hide_parameters`: an error must not carry what people wrote into a log.
    """
    return {"hide_parameters": True} | (_ONE_CONNECTION if _is_sqlite(url) else {})


def _reader_of(writer: AsyncEngine) -> AsyncEngine:
    """Return an engine that reads what `writer` has committed; SQLite lets several read while one writes."""
    if not _is_sqlite(writer.url):
        return writer.execution_options(is_reading=True)
    reader = create_async_engine(writer.url, hide_parameters=True, pool_size=_N_READERS, max_overflow=0)
    _set_up(reader.sync_engine, foreign_keys=True)
    return reader.execution_options(is_reading=True)


def _migrate_file(url: URL) -> None:
    """Migrate an SQLite file, on a connection of its own: moving a table would trip over foreign keys.

    Not aiosqlite's: what cannot be opened leaves its thread behind, which complains when the loop is closed.
    """
    _keep_to_ourselves(url)
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool)
    _set_up(engine, foreign_keys=False)
    with engine.begin() as connection:
        _migrate(connection, url)


def downgrade_file(url: str, revision: str) -> None:
    """Bring an SQLite file back to a revision, whole or not at all.

    Raises:
        DatabaseError: It cannot be written.
    """
    parsed = parse_url(url)
    engine = create_engine(parsed.set(drivername="sqlite"), poolclass=NullPool, hide_parameters=True)
    _set_up(engine, foreign_keys=False)
    try:
        with engine.begin() as connection:
            migrations.downgrade(connection, revision)
    except FAILURES as error:
        raise explain(error, parsed) from error


def _keep_to_ourselves(url: URL) -> None:
    """Let nobody else read the file, and the log beside it, which SQLite makes like the file."""
    path = file_of(url)
    if path is None:
        return
    with contextlib.suppress(OSError):  # whatever ails the file, SQLite says it better
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)


def file_of(url: URL) -> Path | None:
    """Return the file of a database, None where there is none, or SQLite's own options name it."""
    if not _is_sqlite(url) or not url.database or url.database.startswith("file:"):
        return None
    return Path(url.database)


def _migrate(connection: Connection, url: URL) -> None:
    known, current = migrations.revisions(), migrations.current_revision(connection)
    if current is not None and current not in known:
        raise DatabaseError("newer", place=url.database, current=current, newest=known[-1])
    if current != known[-1]:
        migrations.migrate(connection)


def _check_revision(connection: Connection, url: URL) -> None:
    known, current = migrations.revisions(), migrations.current_revision(connection)
    place = url.database
    if current is None:
        raise DatabaseError("not_ours", place=place)
    if current not in known:
        raise DatabaseError("newer", place=place, current=current, newest=known[-1])
    if current != known[-1]:
        raise DatabaseError("older", place=place)


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
