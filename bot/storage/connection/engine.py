"""Open SQLAlchemy's engines on a database whose tables are those of `bot.storage.schema`.

`bot.storage.database` works with them. What is particular to SQLite stands in `sqlite`, to PostgreSQL in `postgresql`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.connection import postgresql, sqlite
from bot.storage.connection.errors import FAILURES, DatabaseError, cause_of
from bot.storage.connection.migrating import refuse_other_versions

__all__ = ["IN_MEMORY", "DatabaseError", "explain", "open_engines", "open_reader", "parse_url"]

IN_MEMORY = "\0memory"  # in place of a URL, and none that anybody can configure: a bot must not forget


async def open_engines(url: str) -> tuple[AsyncEngine, AsyncEngine]:
    """Migrate a database to the newest revision; return an engine that writes, and one that reads beside it.

    Raises:
        DatabaseError: There is no such database, it is none of ours, or it cannot be written.
    """
    if url == IN_MEMORY:
        return await sqlite.open_memory()
    parsed = parse_url(url)
    try:
        return await sqlite.open_file(parsed) if is_sqlite(parsed) else await postgresql.open_server(parsed)
    except FAILURES as error:
        raise explain(error, parsed) from error


@asynccontextmanager
async def open_reader(url: str) -> AsyncIterator[AsyncConnection]:
    """Open a database as it is, neither made nor migrated, to read and nothing else.

    Raises:
        DatabaseError: There is no such database, it is none of ours, or of another version.
    """
    parsed = parse_url(url)
    engine = sqlite.reader(parsed) if is_sqlite(parsed) else postgresql.reader(parsed)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(refuse_other_versions, place_of(parsed))
            yield connection
    except FAILURES as error:
        raise explain(error, parsed) from error
    finally:
        await engine.dispose()


def place_of(url: URL) -> str:
    """Return where a database is, as it may be shown."""
    return str(url.database) if is_sqlite(url) else postgresql.place_of(url)


def explain(error: Exception, url: URL) -> DatabaseError:
    """Say in one sentence what a failed statement means to the operator."""
    cause = cause_of(error)
    return sqlite.explain(cause, url) if is_sqlite(url) else postgresql.explain(cause, url)


def parse_url(url: str) -> URL:
    """Read a database's URL.

    Raises:
        DatabaseError: It is none of a database that Jigi works with. Says nothing of what it holds: passwords.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseError("wrong_url") from None
    if "@" in f"{parsed.host}{parsed.database}" and not is_sqlite(parsed):  # there is a part of the password in it
        raise DatabaseError("unescaped_password")
    if parsed.drivername not in (sqlite.DRIVER, postgresql.DRIVER) or parsed.database in (None, "", ":memory:"):
        raise DatabaseError("wrong_url")
    return parsed


def is_sqlite(url: URL) -> bool:
    """Tell whether a database is an SQLite file."""
    return url.get_backend_name() == "sqlite"
