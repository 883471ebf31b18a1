"""PostgreSQL: a server that several processes share, one of which writes at a time.

What writes takes turns by a lock of the server's, as with SQLite: so each transaction finds what the one before has
left, and none has to be tried again. What reads waits for nobody, and sees one moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import Any

from sqlalchemy import URL, Connection, NullPool, Table, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.storage.connection.asyncpg_dialect import APPLICATION, PATH, connect, options_of
from bot.storage.connection.errors import DatabaseError, in_one_line
from bot.storage.connection.migrating import bring_up_to_date, is_newest

DRIVER = "postgresql+asyncpg"
WRITING_LOCK = 0x6A696769  # the number of the lock that who writes holds until the end of the transaction
PATIENCE = 5.0  # seconds: a server that does not answer for so long hangs
_N_READERS = 3  # connections
_REPEATS = "invalid input for query argument"  # so asyncpg begins to say what a value was
_HIDDEN = "a value of a kind that PostgreSQL does not take"
_PROBLEMS = {  # by the first characters of PostgreSQL's error codes
    "08": "unreachable",
    "57P": "unreachable",
    "28": "wrong_password",
    "3D": "no_such_database",
    "42501": "no_privilege",
    "25006": "server_read_only",
    "53100": "full",
    "53300": "too_many_connections",
    "55P03": "locked",
    "40P01": "locked",
}


async def open_server(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """Migrate a database on a server; return an engine that writes, and one that reads beside it.

    Raises:
        DatabaseError: The server cannot be reached, or it does not let us in.
    """
    options = options_of(url, PATIENCE)
    writer = _engine(url, options, pool_size=1, max_overflow=0, pool_pre_ping=True)
    event.listen(writer.sync_engine, "begin", _take_turns)
    async with AsyncExitStack() as undo:
        undo.push_async_callback(writer.dispose)
        async with writer.execution_options(is_bare=True).connect() as connection:
            is_ready = await connection.run_sync(is_newest, place_of(url))
        if not is_ready:
            await _migrate(url, options)
        undo.pop_all()
    return writer, reader(url)


def reader(url: URL) -> AsyncEngine:
    """Return an engine that reads: each transaction sees one moment.

    Raises:
        DatabaseError: The URL has an option that there is not, or the driver is missing.
    """
    engine = _engine(url, options_of(url, PATIENCE), pool_size=_N_READERS, max_overflow=0, pool_pre_ping=True)
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


async def n_others(connection: AsyncConnection) -> int:
    """Return how many other connections Jigi has to a database: a bot works with it."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    return await connection.scalar(text(f"{query} AND application_name = '{APPLICATION}'")) or 0


async def settle(connection: AsyncConnection, tables: Iterable[Table]) -> None:
    """Have ids go on behind those that were stored, and queries planned by what is there."""
    for table in tables:
        if table.autoincrement_column is not None:
            name, column = table.name, table.autoincrement_column.name
            sequence = f"pg_get_serial_sequence('\"{name}\"', '{column}')"
            newest = f'SELECT max("{column}") FROM "{name}"'
            await connection.execute(text(f"SELECT setval({sequence}, coalesce(({newest}), 0) + 1, false)"))
        await connection.execute(text(f'ANALYZE "{table.name}"'))


def explain(cause: BaseException, url: URL) -> DatabaseError:
    """Say in one sentence what a failure means to the operator. What it says holds no password, and no text."""
    place, reason = place_of(url), in_one_line(cause)
    if isinstance(cause, TimeoutError):
        return DatabaseError("no_answer", place=place)
    code = str(getattr(cause, "sqlstate", None) or "")
    is_lost = not code and (isinstance(cause, OSError) or "connection" in reason)
    known = (problem for start, problem in _PROBLEMS.items() if code.startswith(start))
    problem = "unreachable" if is_lost else next(known, "broken")
    return DatabaseError(problem, place=place, reason=reason)


def place_of(url: URL) -> str:
    """Return where a database is, as it may be shown: a URL has passwords in more places than one."""
    hosts = url.host or ", ".join(url.normalized_query.get("host", ())) or "localhost"
    return f"{hosts}{f':{url.port}' if url.port else ''}/{url.database}"


def _engine(url: URL, options: dict[str, Any], **more: Any) -> AsyncEngine:
    """Return an engine whose own URL holds nothing but where the database is.

    `hide_parameters`: an error must not carry what people wrote into a log.
    """
    host, port = url.host or ", ".join(url.normalized_query.get("host", ())) or None, url.port
    place = URL.create(PATH, host=host, port=port, database=url.database)
    arguments = options | {"async_creator_fn": connect}
    try:
        engine = create_async_engine(place, hide_parameters=True, connect_args=arguments, **more)
    except ModuleNotFoundError as error:
        raise DatabaseError("no_driver", reason=error) from error
    event.listen(engine.sync_engine, "handle_error", _on_error)
    return engine


async def _migrate(url: URL, options: dict[str, Any]) -> None:
    """Migrate, however long it takes. Another process may have begun to: then wait for it."""
    patient = options | {"command_timeout": None}
    patient["server_settings"] = options["server_settings"] | {"lock_timeout": "0"}
    engine = _engine(url, patient, poolclass=NullPool)
    event.listen(engine.sync_engine, "begin", _take_turns)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(bring_up_to_date, place_of(url))
    finally:
        await engine.dispose()


def _take_turns(connection: Connection) -> None:
    if not connection.get_execution_options().get("is_bare", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITING_LOCK})")


def _on_error(context: ExceptionContext) -> None:
    """Let no error repeat what people wrote, and end a connection that hangs: it would hang again at the rollback."""
    error: BaseException | None = context.original_exception
    if isinstance(error, TimeoutError) and context.connection is not None and not context.connection.invalidated:
        driver: Any = context.connection.connection.driver_connection
        driver.terminate()
    for each in (context.sqlalchemy_exception, error):
        _hide_values(each)


def _hide_values(error: Any) -> None:
    while error is not None:
        if isinstance(getattr(error, "detail", None), str):  # "Failing row contains ..."
            error.detail = None
        if error.args and _REPEATS in str(error.args[0]):
            error.args = (_HIDDEN,)
        error = error.__cause__
