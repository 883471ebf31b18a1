"""Find, and erase, what is held of a member: everywhere that `bot.storage.members.register` knows of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, func, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import CloseReason
from bot.domain.cases import ActKind
from bot.domain.members.appeals import AppealState
from bot.domain.members.holding import Erased, Held
from bot.storage.cases.lifecycle import end_cases
from bot.storage.cases.rows import cases_of_messages
from bot.storage.cases.voices import end_appeals
from bot.storage.connection.transactions import CHUNK, Store, Transactions, chunks, uninterrupted
from bot.storage.erasing import erase_texts
from bot.storage.members import register
from bot.storage.planning import close_again, take_back
from bot.storage.schema import case_acts, metadata
from bot.storage.schema.personal import Holds

_AMONG_MODERATORS = {ActKind.NOTE, ActKind.SKIP}  # acts that a member is not shown


@dataclass(frozen=True, slots=True)
class _Found:
    """What a member's rows are found by, in one guild or (`where` is always true) in all."""

    member_id: int
    message_ids: list[int]
    case_ids: list[int]
    is_everywhere: bool
    guild_id: int | None


class Privacy(Store):
    """What is held of members."""

    def __init__(self, transactions: Transactions, actions_planned: asyncio.Event) -> None:
        super().__init__(transactions)
        self._actions_planned = actions_planned

    @uninterrupted
    async def guilds_of(self, member_id: int) -> list[int | None]:
        """Return the guilds in which something is held of a member; None stands for none."""
        found: dict[int | None, None] = {}
        async with self._reading() as connection:
            for table in metadata.sorted_tables:
                people = register.columns_of(table, Holds.MEMBER, Holds.STAFF)
                guild = register.guilds_in(table)
                if people and guild is not None:
                    query = select(guild).where(or_(*(each == member_id for each in people))).distinct()
                    found |= dict.fromkeys(await connection.scalars(query))
        return sorted(found, key=lambda each: each or 0)

    @uninterrupted
    async def held(self, member_id: int, guild_id: int | None) -> Held:
        """Return what is held of a member in a guild."""
        rows: dict[str, list[Mapping[str, Any]]] = {}
        n_texts = 0
        async with self._reading() as connection:
            found = await _find(connection, member_id, guild_id, is_everywhere=False)
            for table in register.personal_tables():
                theirs = await _rows(connection, table, found)
                words = [column.name for column in register.columns_of(table, Holds.WORDS)]
                n_texts += sum(row[name] is not None for row in theirs for name in words)
                rows[table.name] = theirs
            n_as_staff = await _n_as_staff(connection, member_id, guild_id)
        return Held(guild_id, rows, n_texts, n_as_staff)

    @uninterrupted
    async def erase(self, member_id: int, guild_id: int | None, by: int | None = None) -> Erased:
        """Erase a member's words and id, in a guild or (None) everywhere, whole or not at all.

        Their open cases are closed, and say why; `by` is the moderator whom they have asked, None for themselves.
        Alerts are drawn again without them, closed ones too. What is kept are numbers, and what moderators have done.
        """
        async with self._writing() as connection:
            found = await _find(connection, member_id, guild_id, is_everywhere=guild_id is None)
            for chunk in chunks(found.message_ids):
                await _close(connection, chunk, by)
            n_rows = 0
            for table in register.personal_tables():
                n_rows += await _wipe(connection, table, found)
        self._transactions.scrub()
        self._actions_planned.set()
        return Erased(len(found.message_ids), n_rows)


async def _find(connection: AsyncConnection, member_id: int, guild_id: int | None, *, is_everywhere: bool) -> _Found:
    """Return the messages and cases that are a member's, by whichever table knows whose they are."""
    messages: dict[int, None] = {}
    for table in register.personal_tables():
        column = register.messages_in(table)
        if column is not None:
            where = true() if is_everywhere else register.in_guild(table, guild_id)
            query = select(column).where(register.bears(table, member_id), where).distinct()
            messages |= dict.fromkeys(each for each in await connection.scalars(query) if each is not None)
    case_ids: list[int] = []
    for chunk in chunks(messages):
        case_ids += [case.id for case in (await cases_of_messages(connection, chunk)).values()]
    return _Found(member_id, list(messages), case_ids, is_everywhere, guild_id)


async def _close(connection: AsyncConnection, message_ids: list[int], by: int | None) -> None:
    """Close the cases, appeals and alerts of messages whose author wants them erased."""
    cases = (await cases_of_messages(connection, message_ids)).values()
    await end_appeals(connection, [case.id for case in cases], AppealState.ERASED)
    await erase_texts(connection, message_ids)
    await end_cases(connection, message_ids, CloseReason.ERASED)
    act = {"kind": ActKind.ERASED, "by": by, "at": datetime.now(UTC), "is_done": True}
    if acts := [{"case_id": case.id, **act} for case in cases]:
        await connection.execute(insert(case_acts), acts)
    await close_again(connection, message_ids, CloseReason.ERASED)
    await take_back(connection, message_ids, CloseReason.ERASED)


def _whose(table: Table, found: _Found) -> Iterator[ColumnElement[bool]]:
    """Yield what tells a member's rows: by their id, and then by their messages or cases, so many at a time."""
    where = true() if found.is_everywhere else register.in_guild(table, found.guild_id)
    yield register.bears(table, found.member_id) & where
    for i in range(0, max(len(found.message_ids), len(found.case_ids)), CHUNK):
        some = found.message_ids[i : i + CHUNK], found.case_ids[i : i + CHUNK]
        yield register.is_linked(table, *some)


async def _wipe(connection: AsyncConnection, table: Table, found: _Found) -> int:
    values, n_rows = register.wiped(table), 0
    for which in _whose(table, found):
        statement = delete(table).where(which) if values is None else update(table).where(which).values(values)
        n_rows += (await connection.execute(statement)).rowcount
    return n_rows


async def _rows(connection: AsyncConnection, table: Table, found: _Found) -> list[Mapping[str, Any]]:
    keys, theirs = list(table.primary_key), {}
    for which in _whose(table, found):
        for row in await connection.execute(select(*register.shown_columns(table), *keys).where(which)):
            theirs[tuple(row._mapping[key] for key in keys)] = dict(row._mapping)
    return [row for _, row in sorted(theirs.items()) if row.get("kind") not in _AMONG_MODERATORS]


async def _n_as_staff(connection: AsyncConnection, member_id: int, guild_id: int | None) -> int:
    """Count what somebody has done in a guild's name."""
    n_done = 0
    for table in metadata.sorted_tables:
        if columns := register.columns_of(table, Holds.STAFF):
            is_theirs = or_(*(column == member_id for column in columns))
            query = select(func.count()).select_from(table).where(is_theirs, register.in_guild(table, guild_id))
            n_done += await connection.scalar(query) or 0
    return n_done
