"""Open SQLAlchemy's engine on a database whose tables are those of `bot.schema`.

`bot.database` works with it. What is particular to SQLite stands here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import migrations
from bot.localisation import Language, Texts

# What the world can do to a database that is used rightly; OSError comes from a server that cannot be reached.
FAILURES = (DBAPIError, TimeoutError, OSError)
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


async def open_engine(url: str) -> AsyncEngine:
    """Migrate a database to the newest revision and return an engine for it.

    Raises:
        DatabaseError: There is no such database, it is none of ours, or it cannot be written.
    """
    parsed = _parse(url)
    try:
        await _migrate(parsed)
    except FAILURES as error:
        raise explain(error, parsed) from error
    return _create_engine(parsed, foreign_keys=True)


def explain(error: Exception, url: URL) -> DatabaseError:
    """Say in one sentence what a failed statement means to the operator."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    place = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
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


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseError("wrong_url") from None
    # Migrating and working are two connections: what lives in memory would not be the same database.
    if parsed.drivername not in _DRIVERS or parsed.database in (None, "", ":memory:"):
        raise DatabaseError("wrong_url")
    return parsed


async def _migrate(url: URL) -> None:
    """Migrate in one transaction, on a connection of its own: moving a table would trip over foreign keys."""
    engine = _create_engine(url, foreign_keys=False)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate_if_behind, url)
    finally:
        await engine.dispose()


def _migrate_if_behind(connection: Connection, url: URL) -> None:
    known, current = migrations.revisions(), migrations.current_revision(connection)
    if current is not None and current not in known:
        raise DatabaseError("newer", place=url.database, current=current, newest=known[-1])
    if current != known[-1]:
        migrations.migrate(connection)


def _create_engine(url: URL, *, foreign_keys: bool) -> AsyncEngine:
    try:
        if url.get_backend_name() != "sqlite":
            return create_async_engine(url)
        # One connection: SQLite has one writer anyway, and each connection is a thread.
        engine = create_async_engine(url, pool_size=1, max_overflow=0)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseError("no_driver", reason=error) from error
    event.listen(engine.sync_engine, "connect", _set_up_with_foreign_keys if foreign_keys else _set_up)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _set_up(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes late, and not at all before DDL; see _begin
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")  # with WAL, a crash of the process loses nothing committed
    cursor.close()


def _set_up_with_foreign_keys(connection: Any, record: object) -> None:
    _set_up(connection, record)
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Begin as a writer from the start: SQLite refuses at once, without waiting, to make one out of a reader later."""
    is_reading = connection.get_execution_options().get("is_reading", False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
