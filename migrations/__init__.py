"""The database's schema, version by version: Alembic's environment, found beside this file wherever it is installed.

`bot.storage.connection.engine` asks which revision is the newest, and migrates. Alembic itself is imported only to
migrate: most starts find nothing to do, and would wait for it.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

FOLDER = Path(__file__).parent


def revisions() -> list[str]:
    """Return every known revision, oldest first. The files in `versions` begin with theirs: 0001_first_tables.py."""
    return sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


def current_revision(connection: Connection) -> str | None:
    """Return the revision that a database is at, None for one without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(connection: Connection, target: str = "head") -> None:
    """Bring a database to a revision, in the transaction that is open on the connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))  # ConfigParser reads % as its own
    config.attributes["connection"] = connection
    command.upgrade(config, target)
