"""Copy an SQLite database while a bot is working with it, and bring a copy back.

A copy of the file alone may hold nothing of what was written last: that stands in the log beside it. SQLite's own
backup reads both. PostgreSQL has tools of its own.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

import migrations
from bot.storage.connection.engine import DatabaseError
from bot.storage.connection.sqlite import file_of

_PAGES = 2_000  # copied in a row, about 8 MB; then the bot has its turn
_PAUSE = 0.01  # seconds between


def back_up(url: str, copy: Path) -> int:
    """Write a whole, checked copy of a database to a file, readable by its owner alone; return how many verdicts.

    An older file of that name is replaced when the copy is complete.

    Raises:
        DatabaseError: There is no such database, it is none of ours, or the copy cannot be written.
    """
    aside = copy.with_name(f".{copy.name}.part")
    with _reported(aside):
        with closing(_open(sqlite_file(url))) as source:
            n_verdicts = _check(source, sqlite_file(url))
            _create(aside)
            _copy(source, aside)
        aside.replace(copy)
    return n_verdicts


def restore(url: str, copy: Path) -> int:
    """Bring a copy back in place of a database; return how many verdicts it holds. Stop the bot first.

    What was there before is kept beside it, as `….before-restore`.

    Raises:
        DatabaseError: The copy is damaged, none of ours, or of a newer version; or the database cannot be written.
    """
    path = sqlite_file(url)
    with _reported(path), closing(_open(copy)) as source:
        n_verdicts = _check(source, copy)
        if path.exists():
            back_up(url, path.with_name(f"{path.name}.before-restore"))
        else:
            _create(path)
        _copy(source, path)
    return n_verdicts


def sqlite_file(url: str) -> Path:
    """Return the file of a URL.

    Raises:
        DatabaseError: It names none.
    """
    try:
        path = file_of(make_url(url))
    except ArgumentError:
        path = None
    if path is None:
        raise DatabaseError("no_file")
    return path


def revision_of(path: Path) -> str:
    """Return the revision of a database that is whole and of a version that we know.

    Raises:
        DatabaseError: There is none.
    """
    with _reported(path), closing(_open(path)) as connection:
        _check(connection, path)
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(revision)


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise DatabaseError("not_there", place=path)
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)


def _check(connection: sqlite3.Connection, path: Path) -> int:
    """Return how many verdicts a database holds that is whole and of a version that we know."""
    try:
        (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        (n_verdicts,) = connection.execute("SELECT count(*) FROM verdicts").fetchone()
    except (sqlite3.DatabaseError, TypeError) as error:
        raise DatabaseError("not_ours", place=path) from error
    if verdict != "ok":
        raise DatabaseError("damaged", place=path, reason=verdict)
    known = migrations.revisions()
    if revision not in known:
        raise DatabaseError("newer", place=path, current=revision, newest=known[-1])
    return int(n_verdicts)


def _create(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))


def _copy(source: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path)) as target:
        source.backup(target, pages=_PAGES, sleep=_PAUSE)
        target.execute("PRAGMA journal_mode = DELETE")  # so that the copy is one file


@contextmanager
def _reported(place: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError("not_copied", place=place, reason=" ".join(str(error).split())) from error
