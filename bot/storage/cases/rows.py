"""Cases and acts as rows, for all that works with them in a transaction that is open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import CloseReason
from bot.domain.cases import ON_DISCORD, ActKind, Case, CaseAct, CaseState, NoSuchCaseError
from bot.storage.connection.transactions import chunks
from bot.storage.planning import plan_redraw
from bot.storage.schema import case_acts, cases

_LARGEST_NUMBER = 2**31 - 1
CASE_COLUMNS = [cases.c[name].label(f"_case_{name}") for name in Case.__slots__]


def case_of(row: Row[Any]) -> Case:
    """Return the case of a row that has `CASE_COLUMNS`."""
    values = {name: row._mapping[f"_case_{name}"] for name in Case.__slots__}
    ended = values["ended"]
    return Case(**values | {"state": CaseState(values["state"]), "ended": CloseReason(ended) if ended else None})


def act_of(row: Row[Any]) -> CaseAct:
    """Return the act of a row of `case_acts`."""
    return CaseAct(
        row.id, ActKind(row.kind), row.by, row.at, row.reason, row.minutes, row.is_done, row.reply_id, row.refusal
    )


async def find_case(connection: AsyncConnection, guild_id: int | None, number: int) -> Case:
    """Return a guild's case by its number.

    Raises:
        NoSuchCaseError: The guild has none of that number.
    """
    is_it = (cases.c.guild_id == guild_id) & (cases.c.number == number)
    found = await _first(connection, is_it) if 0 < number <= _LARGEST_NUMBER else None
    if found is None:
        raise NoSuchCaseError
    return found


async def case_of_message(connection: AsyncConnection, message_id: int) -> Case | None:
    """Return the case of a message, if it has one."""
    return await _first(connection, cases.c.message_id == message_id)


async def cases_of_messages(connection: AsyncConnection, message_ids: Iterable[int]) -> dict[int, Case]:
    """Return the cases of those messages that have one."""
    found: dict[int, Case] = {}
    for chunk in chunks(message_ids):
        rows = await connection.execute(select(*CASE_COLUMNS).where(cases.c.message_id.in_(chunk)))
        found |= {case.message_id: case for case in map(case_of, rows)}
    return found


async def add_act(
    connection: AsyncConnection,
    case_id: int,
    kind: ActKind,
    by: int | None,
    reason: str | None = None,
    minutes: int | None = None,
    *,
    is_done: bool = True,
    at: datetime | None = None,
    refusal: str | None = None,
) -> int:
    """Note what was done about a case, or begun, now unless it is said when; return the id of the act."""
    values = {"kind": kind, "by": by, "at": at or datetime.now(UTC), "reason": reason, "minutes": minutes}
    new = insert(case_acts).values(case_id=case_id, is_done=is_done, refusal=refusal, **values)
    (act_id,) = (await connection.execute(new)).inserted_primary_key  # type: ignore[misc]
    return int(act_id)


async def redraw(connection: AsyncConnection, case: Case) -> None:
    """Plan to bring the alert of a case up to date, and that in which it is counted."""
    await plan_redraw(connection, case.message_id, is_deleted=case.ended is CloseReason.DELETED)
    if case.folded_into is not None:
        lead = await _first(connection, (cases.c.guild_id == case.guild_id) & (cases.c.number == case.folded_into))
        if lead is not None:
            await plan_redraw(connection, lead.message_id)


async def has_changed(connection: AsyncConnection, message_id: int) -> bool:
    """Tell whether a message's case is not as it was opened: settled, acted upon, or with others folded in."""
    folded = cases.alias()
    is_folded = exists().where(folded.c.guild_id == cases.c.guild_id, folded.c.folded_into == cases.c.number)
    shown = (*ON_DISCORD, ActKind.NOTE, ActKind.REFUSED, ActKind.UNDO)
    has_acts = exists().where(case_acts.c.case_id == cases.c.id, case_acts.c.is_done, case_acts.c.kind.in_(shown))
    is_changed = (cases.c.state != CaseState.OPEN) | is_folded | has_acts
    query = select(cases.c.id).where(cases.c.message_id == message_id, is_changed)
    return await connection.scalar(query) is not None


async def _first(connection: AsyncConnection, which: ColumnElement[bool]) -> Case | None:
    row = (await connection.execute(select(*CASE_COLUMNS).where(which))).first()
    return case_of(row) if row else None
