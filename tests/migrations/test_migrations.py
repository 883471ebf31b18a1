"""The schema is built and carried along, whole or not at all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

import migrations
from bot.storage.connection.engine import DatabaseError
from bot.storage.database import Database
from bot.storage.schema import metadata
from tests.support.paths import ROOT
from tests.support.store import BAD, open_store, rows, url, verdict

SCHEMA = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"

FAILING = '''"""Add a column, fill it, and fail."""
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", {newest!r}

def upgrade() -> None:
    op.add_column("verdicts", sa.Column("extra", sa.Integer))
    op.execute("UPDATE verdicts SET extra = 1")
    op.create_table("extras", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO nowhere VALUES (1)")
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jigi.sqlite3"


@pytest.fixture
def newer_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the migrations, in use, in a folder with a name of every kind."""
    folder = tmp_path / "50% 할인 migrations"
    shutil.copytree(migrations.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(migrations, "FOLDER", folder)
    return folder


def migrate_to(path: Path, revision: str) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        migrations.migrate(connection, revision)
    engine.dispose()


def test_the_newest_revision_is_alembics_head() -> None:
    script = ScriptDirectory(str(migrations.FOLDER))
    assert [each.revision for each in script.walk_revisions()][::-1] == migrations.revisions()
    assert script.get_current_head() == migrations.revisions()[-1]


async def test_from_empty_the_tables_are_those_of_the_schema(path: Path) -> None:
    async with open_store(path) as database:

        def differences(connection: Connection) -> list[object]:
            return list(compare_metadata(MigrationContext.configure(connection), metadata))

        async with database._transactions._writer.connect() as connection:
            assert await connection.run_sync(differences) == []


async def test_from_every_version_the_newest_is_reached(tmp_path: Path) -> None:
    schemas = []
    for revision in migrations.revisions():
        path = tmp_path / f"{revision}.sqlite3"
        migrate_to(path, revision)
        async with open_store(path) as database:
            assert await database.verdicts.record([verdict(1, BAD)])
        assert rows(path, "SELECT version_num FROM alembic_version") == [(migrations.revisions()[-1],)]
        schemas.append(rows(path, SCHEMA))
    assert all(schema == schemas[0] for schema in schemas)


async def test_a_migration_that_fails_leaves_everything_as_it_was(path: Path, newer_folder: Path) -> None:
    async with open_store(path) as database:
        await database.verdicts.record([verdict(1, BAD)])
    before = rows(path, SCHEMA), rows(path, "SELECT * FROM verdicts"), rows(path, "SELECT * FROM alembic_version")
    failing = newer_folder / "versions" / "9999_failing.py"
    failing.write_text(FAILING.format(newest=migrations.revisions()[-1]), encoding="utf-8")
    with pytest.raises(DatabaseError, match="nowhere"):
        await Database.open(url(path))
    assert before == (
        rows(path, SCHEMA), rows(path, "SELECT * FROM verdicts"), rows(path, "SELECT * FROM alembic_version")
    )  # fmt: skip
    failing.unlink()
    async with open_store(path) as database:
        assert await database.verdicts.newest(1) is not None


async def test_from_empty_a_migration_that_fails_leaves_an_empty_file(path: Path, newer_folder: Path) -> None:
    failing = newer_folder / "versions" / "9999_failing.py"
    failing.write_text(FAILING.format(newest=migrations.revisions()[-1]), encoding="utf-8")
    with pytest.raises(DatabaseError, match="nowhere"):
        await Database.open(url(path))
    assert rows(path, SCHEMA) == []


async def test_a_newer_schema_is_refused_and_left_alone(path: Path, newer_folder: Path) -> None:
    succeeding = FAILING.format(newest=migrations.revisions()[-1]).replace(
        '    op.execute("INSERT INTO nowhere VALUES (1)")\n', ""
    )
    (newer_folder / "versions" / "9999_newer.py").write_text(succeeding, encoding="utf-8")
    async with open_store(path):
        pass
    before = rows(path, SCHEMA)
    (newer_folder / "versions" / "9999_newer.py").unlink()
    with pytest.raises(DatabaseError, match="newer version of Jigi") as error:
        await Database.open(url(path))
    assert "9999" in str(error.value)
    assert rows(path, SCHEMA) == before


def test_a_start_without_anything_to_migrate_does_not_load_alembic(path: Path) -> None:
    migrate_to(path, "head")
    program = (
        "import asyncio, sys\n"
        "from bot.storage.database import Database\n"
        "async def start():\n"
        f"    await (await Database.open({url(path)!r})).close()\n"
        "asyncio.run(start())\n"
        "assert 'alembic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, cwd=ROOT)


async def test_tables_of_another_program_are_left_alone(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE songs (title TEXT)")
    engine.dispose()
    async with open_store(path) as database:
        assert await database.verdicts.record([verdict(1, BAD)])
    assert rows(path, "SELECT count(*) FROM songs") == [(0,)]
