"""Bring an open database to the newest revision of the schema."""

from __future__ import annotations

from sqlalchemy import Connection

import migrations
from bot.storage.connection.errors import DatabaseError


def is_newest(connection: Connection, place: object) -> bool:
    """Tell whether a database has the newest schema.

    Raises:
        DatabaseError: It is of a newer version than this one.
    """
    known, current = migrations.revisions(), migrations.current_revision(connection)
    if current is not None and current not in known:
        raise DatabaseError("newer", place=place, current=current, newest=known[-1])
    return current == known[-1]


def refuse_other_versions(connection: Connection, place: object) -> None:
    """Refuse a database that is not of this version.

    Raises:
        DatabaseError: It is none of ours, or of another version.
    """
    if migrations.current_revision(connection) is None:
        raise DatabaseError("not_ours", place=place)
    if not is_newest(connection, place):
        raise DatabaseError("older", place=place)


def bring_up_to_date(connection: Connection, place: object) -> None:
    """Migrate a database to the newest revision, in the transaction that is open.

    Raises:
        DatabaseError: It is of a newer version than this one.
    """
    if not is_newest(connection, place):
        migrations.migrate(connection)
