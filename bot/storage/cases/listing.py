"""Find cases, and gather what is known of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.cases import RECORD_DAYS, ActKind, Case, CaseFile, CaseFilter, CasePage, CaseState, Record
from bot.storage.cases.rows import CASE_COLUMNS, act_of, case_of
from bot.storage.cases.voices import find_appeal
from bot.storage.outbox import VERDICT_COLUMNS, stored_verdict
from bot.storage.schema import case_acts, cases, verdicts

_N_ACTS = 100  # of one case, the newest


async def file_of(connection: AsyncConnection, case: Case) -> CaseFile:
    """Return all that is known of a case."""
    of_message = select(*VERDICT_COLUMNS).where(verdicts.c.message_id == case.message_id)
    row = (await connection.execute(of_message.order_by(verdicts.c.revision.desc()).limit(1))).one()
    its = case_acts.c.case_id == case.id, case_acts.c.kind != ActKind.SKIP
    acts = await connection.execute(select(case_acts).where(*its).order_by(case_acts.c.id.desc()).limit(_N_ACTS))
    n_folded, n_open = await _n_folded(connection, case)
    return CaseFile(
        case,
        stored_verdict(row),
        tuple(map(act_of, acts))[::-1],
        await _record(connection, case),
        n_folded,
        n_open,
        await find_appeal(connection, case.id),
    )


async def page_of(
    connection: AsyncConnection, guild_id: int, wanted: CaseFilter, page: int, n_per_page: int
) -> CasePage:
    """Return a page of a guild's cases, the newest first, each with its newest verdict."""
    which = _which(guild_id, wanted)
    n_cases = await connection.scalar(select(func.count()).select_from(cases).where(*which)) or 0
    query = _with_newest_verdict().where(*which).order_by(cases.c.number.desc())
    rows = await connection.execute(query.limit(n_per_page).offset((page - 1) * n_per_page))
    return CasePage([(case_of(row), stored_verdict(row)) for row in rows], n_cases)


async def next_open(connection: AsyncConnection, guild_id: int, after: int, by: int) -> Case | None:
    """Return the next open case behind a number, or else the first one, that somebody has not skipped."""
    skipped = exists().where(case_acts.c.case_id == cases.c.id, case_acts.c.kind == ActKind.SKIP, case_acts.c.by == by)
    is_open = cases.c.guild_id == guild_id, cases.c.state == CaseState.OPEN, ~skipped
    query = select(*CASE_COLUMNS).where(*is_open).order_by(cases.c.number).limit(1)
    row = (await connection.execute(query.where(cases.c.number > after))).first()
    row = row or (await connection.execute(query)).first()
    return case_of(row) if row else None


def _with_newest_verdict() -> Select[tuple[object, ...]]:
    of_message = verdicts.alias()
    newest = select(func.max(of_message.c.revision)).where(of_message.c.message_id == cases.c.message_id)
    is_newest = (verdicts.c.message_id == cases.c.message_id) & (verdicts.c.revision == newest.scalar_subquery())
    return select(*CASE_COLUMNS, *VERDICT_COLUMNS).select_from(cases.join(verdicts, is_newest))


def _which(guild_id: int, wanted: CaseFilter) -> list[ColumnElement[bool]]:
    which = [cases.c.guild_id == guild_id]
    for column in (cases.c.state, cases.c.channel_id, cases.c.author_id, cases.c.folded_into):
        if (value := getattr(wanted, column.name)) is not None:
            which.append(column == value)
    if wanted.since is not None:
        which.append(cases.c.created_at >= wanted.since)
    if wanted.by is not None:
        by = case_acts.c.case_id == cases.c.id, case_acts.c.by == wanted.by, case_acts.c.kind != ActKind.SKIP
        which.append(exists().where(*by))
    return which


async def _record(connection: AsyncConnection, case: Case) -> Record:
    if case.author_id is None:
        return Record()
    since = datetime.now(UTC) - timedelta(days=RECORD_DAYS)
    of_author = cases.c.guild_id == case.guild_id, cases.c.author_id == case.author_id, cases.c.created_at >= since
    n_right = func.count().filter(cases.c.state == CaseState.RIGHT)
    row = (await connection.execute(select(func.count(), n_right).where(*of_author))).one()
    return Record(*row)


async def _n_folded(connection: AsyncConnection, case: Case) -> tuple[int, int]:
    """Count the cases that are folded into the alert of a case, and those of them that are open."""
    is_folded = cases.c.guild_id == case.guild_id, cases.c.folded_into == case.number
    n_open = func.count().filter(cases.c.state == CaseState.OPEN)
    n_folded, n_left = (await connection.execute(select(func.count(), n_open).where(*is_folded))).one()
    return int(n_folded), int(n_left)
