"""Bring an SQLite database back to the schema of an earlier Jigi, with a copy of it first.

Whoever goes back to the version before does so with the newer one: it alone knows what it has added.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import migrations
from bot.storage.connection import sqlite
from bot.storage.connection.engine import DatabaseError, explain, parse_url
from bot.storage.connection.errors import FAILURES
from bot.storage.upkeep.backup import back_up, revision_of, sqlite_file


def step_back(url: str, target: str | None = None) -> tuple[str, Path]:
    """Bring a database to the revision `target`, by default the one before its own; return it, and where the copy is.

    What only the newer schema knows is dropped: it is in the copy. Stop the bot first.

    Raises:
        DatabaseError: There is no such database or revision, it is in use, or it cannot be copied or written.
    """
    path = sqlite_file(url)
    target = _checked(revision_of(path), target)
    _require_alone(path)
    copy = path.with_name(f"{path.name}.before-downgrade")
    back_up(url, copy)
    try:
        sqlite.downgrade(parse_url(url), target)
    except FAILURES as error:
        raise explain(error, parse_url(url)) from error
    return target, copy


def _checked(current: str, target: str | None) -> str:
    """Return where to go from a revision: to one before it, as far as there is a way back."""
    known = migrations.revisions()
    reachable = [each for each in known if migrations.oldest_reachable() <= each < current]
    if not reachable:
        raise DatabaseError("no_way_back", current=current)
    if target is not None and target not in reachable:
        raise DatabaseError("no_such_revision", target=target, current=current, reachable=", ".join(reachable))
    return target or reachable[-1]


def _require_alone(path: Path) -> None:
    """Refuse while a bot has the database open: SQLite gives up its log only for who is alone with it."""
    with closing(sqlite3.connect(path, timeout=1.0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            raise DatabaseError("in_use", place=path) from error
