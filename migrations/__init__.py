"""The database's schema, version by version: Alembic's environment, found beside this file wherever it is installed.

`bot.storage.connection.engine` asks which revision is the newest, and migrates. Alembic itself is imported only to
migrate: most starts find nothing to do, and would wait for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent


def revisions() -> list[str]:
    """Return every known revision, oldest first. The files in `versions` begin with theirs: 0001_first_tables.py."""
    return sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


def current_revision(connection: Connection) -> str | None:
    """Return the revision that a database is at, None for one without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def oldest_reachable() -> str:
    """Return the oldest revision to which there is a way back: every later one can be taken back."""
    from alembic.script import ScriptDirectory

    oldest = revisions()[-1]
    for each in ScriptDirectory(str(FOLDER)).walk_revisions():
        if not hasattr(each.module, "downgrade") or not isinstance(each.down_revision, str):
            break
        oldest = each.down_revision
    return oldest


def migrate(connection: Connection, target: str = "head") -> None:
    """Bring a database forward to a revision, in the transaction that is open on the connection."""
    from alembic import command

    command.upgrade(_config(connection), target)


def downgrade(connection: Connection, target: str) -> None:
    """Bring a database back to a revision, in the transaction that is open on the connection."""
    from alembic import command

    command.downgrade(_config(connection), target)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))  # ConfigParser reads % as its own
    config.attributes["connection"] = connection
    return config
