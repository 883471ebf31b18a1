"""Which rows and columns are a member's, derived from what `bot.storage.schema.personal` has columns say of themselves.

A row is a member's if it bears their id, or is of a message or a case of theirs. No table is named here: a new one
whose columns say what they hold is shown, exported and erased with the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ColumnElement, LargeBinary, String, Table, false, or_, select

from bot.storage.schema import NO_DIGEST, cases, metadata
from bot.storage.schema.columns import ROW_ID
from bot.storage.schema.personal import Holds
from bot.storage.schema.sealed import Sealed

_OF_DISCORD = {"guild_id", "channel_id", "message_id", "revision"}  # which place, which message: no person's id
_OF_DISCORD |= {"last_message_id", "log_channel_id", "alert_channel_id", "alert_message_id", "place"}
_LONGEST_CODE = 50  # characters: a longer text is no mere name of a state, language or time zone
_THEIRS = (Holds.MEMBER, Holds.WORDS, Holds.ABOUT, Holds.DIGEST)
_KEPT_FROM_MEMBER = (Holds.STAFF, Holds.ABOUT, Holds.DIGEST, Holds.CHOICE)


def unregistered(tables: Iterator[Table] | None = None) -> list[str]:
    """Name the columns that could hold words or somebody's id and do not say what they hold."""
    columns = (column for table in tables or iter(metadata.sorted_tables) for column in table.columns)
    return [str(column) for column in columns if "holds" not in column.info and _needs_to_say(column)]


def unreachable(tables: Iterator[Table] | None = None) -> list[str]:
    """Name the tables that hold what is a member's, and do not say whose: by an id, a message or a case."""
    return [table.name for table in tables or personal_tables() if _link(table) is None and _member(table) is None]


def personal_tables() -> Iterator[Table]:
    """Yield the tables that hold what is a member's; what refers to others comes before them."""
    return (table for table in reversed(metadata.sorted_tables) if columns_of(table, *_THEIRS))


def columns_of(table: Table, *kinds: Holds) -> list[Column[Any]]:
    """Return the columns of a table that hold something."""
    return [column for column in table.columns if column.info.get("holds") in kinds]


def shown_columns(table: Table) -> list[Column[Any]]:
    """Return what a member sees of their rows: not who has worked on them, nor what was noted of them."""
    return [column for column in table.columns if column.info.get("holds") not in _KEPT_FROM_MEMBER]


def bears(table: Table, member_id: int) -> ColumnElement[bool]:
    """Tell whether a row bears a member's id."""
    member = _member(table)
    return false() if member is None else member == member_id


def is_linked(table: Table, message_ids: list[int], case_ids: list[int]) -> ColumnElement[bool]:
    """Tell whether a row is of one of some messages, or else cases."""
    link = _link(table)
    if link is None:
        return false()
    return link.in_(message_ids if link.name == "message_id" else case_ids)


def in_guild(table: Table, guild_id: int | None) -> ColumnElement[bool]:
    """Tell whether a row is of a guild; None stands for no guild."""
    if "guild_id" in table.c:
        return table.c.guild_id.is_(None) if guild_id is None else table.c.guild_id == guild_id
    return or_(false(), *(link.in_(select(cases.c.id).where(cases.c.guild_id == guild_id)) for link in _to_case(table)))


def guilds_in(table: Table) -> ColumnElement[Any] | None:
    """Return what says of which guild a row is, None where only its case does, or nothing."""
    return table.c.guild_id if "guild_id" in table.c else None


def messages_in(table: Table) -> Column[Any] | None:
    """Return the messages of a table that says whose they are."""
    return table.c.message_id if _member(table) is not None and "message_id" in table.c else None


def wiped(table: Table) -> dict[str, Any] | None:
    """Return what is left in place of a member's; None if the row cannot be without it, and goes."""
    values: dict[str, Any] = {}
    for column in columns_of(table, *_THEIRS):
        if not column.nullable and column.info["holds"] is not Holds.DIGEST:
            return None
        values[column.name] = None if column.nullable else NO_DIGEST
    return values


def _needs_to_say(column: Column[Any]) -> bool:
    kind = column.type
    if isinstance(kind, Sealed):
        return True
    if isinstance(kind, String):  # Text is one, too
        return kind.length is None or kind.length > _LONGEST_CODE
    if isinstance(kind, (JSON, LargeBinary)):
        return True
    is_number_of_ours = kind is ROW_ID or bool(column.foreign_keys)
    return isinstance(kind, BigInteger) and not is_number_of_ours and column.name not in _OF_DISCORD


def _member(table: Table) -> Column[Any] | None:
    return next(iter(columns_of(table, Holds.MEMBER)), None)


def _link(table: Table) -> Column[Any] | None:
    """Return by what a row says of which message or case it is."""
    return table.c.message_id if "message_id" in table.c else next(iter(_to_case(table)), None)


def _to_case(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if any(key.column is cases.c.id for key in column.foreign_keys)]
