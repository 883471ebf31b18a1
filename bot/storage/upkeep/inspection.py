"""Look at a database without changing it: no table is made, nothing is migrated."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

import migrations
from bot.domain.guilds import GuildSettings
from bot.storage.connection.engine import explain, open_reader, parse_url
from bot.storage.connection.errors import FAILURES, DatabaseError
from bot.storage.connection.sqlite import file_of
from bot.storage.guilds import settings_in

_LOCKED_AFTER = 5.0  # seconds that a bot which is writing may take


@dataclass(frozen=True, slots=True)
class Inspection:
    """A database that can be used. `revision` is None before the first start; `file` is None for a server."""

    place: str
    revision: str | None
    file: Path | None = None

    @property
    def is_newest(self) -> bool:
        """Whether it has the schema of this Jigi."""
        return self.revision == migrations.revisions()[-1]

    @property
    def n_bytes(self) -> int:
        """How large its file is."""
        return self.file.stat().st_size if self.file and self.file.exists() else 0

    @property
    def n_bytes_free(self) -> int | None:
        """How much room is beside its file."""
        return shutil.disk_usage(self.file.absolute().parent).free if self.file else None


async def inspect_database(url: str) -> Inspection:
    """Look whether a database is there, whole, of a version that we know, and can be written.

    Raises:
        DatabaseError: It is not; the message says what to do.
    """
    parsed = parse_url(url)
    file = file_of(parsed)
    revision = _inspect_file(parsed, file) if file is not None else await _inspect_server(parsed)
    known = migrations.revisions()
    place = str(file or parsed.render_as_string(hide_password=True))
    if revision is not None and revision not in known:
        raise DatabaseError("newer", place=place, current=revision, newest=known[-1])
    return Inspection(place, revision, file)


async def read_settings(url: str) -> dict[int, GuildSettings]:
    """Return what guilds have chosen, from a database of the newest schema.

    Raises:
        DatabaseError: It cannot be read.
    """
    async with open_reader(url) as connection:
        return await settings_in(connection)


def _inspect_file(url: URL, file: Path) -> str | None:
    if not file.exists():
        if not os.access(file.absolute().parent, os.W_OK | os.X_OK):
            raise DatabaseError("not_opened", place=file)
        return None
    uri = f"{file.absolute().as_uri()}?mode=rw"
    with _explained(url), closing(sqlite3.connect(uri, uri=True, timeout=_LOCKED_AFTER)) as connection:
        connection.isolation_level = None
        connection.execute("BEGIN IMMEDIATE")  # as whoever writes does
        connection.execute("ROLLBACK")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise DatabaseError("damaged", place=file, reason=" ".join(verdict.split()))
        is_ours = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'alembic_version'").fetchone()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if is_ours else None
        return str(row[0]) if row else None


async def _inspect_server(url: URL) -> str | None:
    try:
        engine = create_async_engine(url, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise DatabaseError("no_driver", reason=error) from error
    try:
        async with engine.connect() as connection:
            if await connection.scalar(text("SHOW transaction_read_only")) == "on":
                raise DatabaseError("read_only", place=url.render_as_string(hide_password=True))
            return await connection.run_sync(migrations.current_revision)
    except FAILURES as error:
        raise explain(error, url) from error
    finally:
        await engine.dispose()


@contextmanager
def _explained(url: URL) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, url) from error
