"""The schema is built and carried along on PostgreSQL as it is in a file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import migrations
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database
from bot.storage.schema import metadata
from tests.support import postgresql
from tests.support.store import BAD, open_store, rows, url, verdict

TABLES = """
    SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' ORDER BY 1, 2
"""


@pytest.fixture
def path(server: postgresql.Server, tmp_path: Path) -> Path:
    """Return what stands for an empty database."""
    server.make(found := tmp_path / f"empty{postgresql.SUFFIX}", is_empty=True)
    return found


async def run(path: Path, work: object) -> object:
    engine = create_async_engine(url(path))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)  # type: ignore[arg-type]
    finally:
        await engine.dispose()


async def test_from_empty_the_tables_are_those_of_the_schema(path: Path) -> None:
    async with open_store(path):
        pass

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert await run(path, differences) == []


@pytest.mark.parametrize("revision", migrations.revisions())
async def test_from_every_version_the_newest_is_reached(path: Path, revision: str) -> None:
    await run(path, lambda connection: migrations.migrate(connection, revision))
    async with open_store(path) as database:
        assert await database.verdicts.record([verdict(1, BAD)])
    assert rows(path, "SELECT version_num FROM alembic_version") == [(migrations.revisions()[-1],)]


async def test_a_migration_that_fails_leaves_everything_as_it_was(path: Path) -> None:
    await run(path, lambda connection: migrations.migrate(connection, "0001"))
    await run(path, lambda connection: connection.exec_driver_sql("CREATE TABLE case_acts (title text)"))
    before = rows(path, TABLES)
    with pytest.raises(DatabaseError, match="case_acts"):
        await Database.open(url(path))
    assert rows(path, TABLES) == before


async def test_several_first_starts_at_once_are_one_migration(path: Path) -> None:
    opened = await asyncio.gather(*(Database.open(url(path)) for _ in range(4)))
    try:
        await opened[0].verdicts.record([verdict(1, BAD)])
        assert await opened[3].verdicts.record([verdict(1, BAD, 9)]) == []  # they share the key of the digests
    finally:
        for database in opened:
            await database.close()


async def test_a_newer_schema_is_refused(path: Path) -> None:
    async with open_store(path):
        pass
    postgresql.change(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match="newer version of Jigi") as error:
        await Database.open(url(path))
    assert "9999" in str(error.value)
