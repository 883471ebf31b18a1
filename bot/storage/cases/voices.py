"""What becomes of the appeals of cases in the transactions in which these are settled, ended and forgotten.

`bot.storage.members.appeals` takes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select, update
from sqlalchemy import case as when
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import ActionKind
from bot.domain.cases import ActKind, Case, CaseState
from bot.domain.members.appeals import Appeal, AppealState, NoticeState
from bot.storage.connection.transactions import Whose, chunks
from bot.storage.planning import NewAction, add_actions
from bot.storage.schema import appeals, cases, verdicts

_ANSWERS = (ActKind.RIGHT, ActKind.FALSE_ALARM, ActKind.CLOSE)


def appeal_of(row: Row[Any]) -> Appeal:
    """Return the appeal of a row of `appeals`."""
    return Appeal(
        id=row.id,
        case_id=row.case_id,
        guild_id=row.guild_id,
        author_id=row.author_id,
        words=row.words,
        language=row.language,
        state=AppealState(row.state),
        created_at=row.created_at,
        outcome=ActKind(row.outcome) if row.outcome else None,
        ended_at=row.ended_at,
        notice=NoticeState(row.notice) if row.notice else None,
    )


async def find_appeal(connection: AsyncConnection, case_id: int) -> Appeal | None:
    """Return the appeal of a case, if there is one."""
    row = (await connection.execute(select(appeals).where(appeals.c.case_id == case_id))).first()
    return appeal_of(row) if row else None


async def answer(connection: AsyncConnection, case: Case, kind: ActKind) -> None:
    """Note what moderators have said of a case whose author has appealed, and have that author told.

    The words are no longer needed and go. A moderator who says otherwise later is reported, too.
    """
    appeal = await find_appeal(connection, case.id) if kind in _ANSWERS else None
    if appeal is None or appeal.state not in (AppealState.OPEN, AppealState.ANSWERED) or appeal.outcome is kind:
        return
    values: dict[str, Any] = {
        "state": AppealState.ANSWERED,
        "outcome": kind,
        "words": None,
        "ended_at": datetime.now(UTC),
    }
    if appeal.author_id is not None:
        values["notice"] = NoticeState.PENDING
        newest = select(verdicts.c.id).where(verdicts.c.message_id == case.message_id)
        verdict_id = (await connection.scalars(newest.order_by(verdicts.c.revision.desc()))).first() or 0
        await add_actions(connection, [NewAction(ActionKind.TELL_AUTHOR, verdict_id, case.guild_id, case.channel_id)])
    await connection.execute(update(appeals).where(appeals.c.id == appeal.id).values(values))
    await connection.execute(update(cases).where(cases.c.id == case.id).values(is_appealed=False))


async def end_appeals(connection: AsyncConnection, case_ids: Sequence[int], state: AppealState) -> None:
    """End the open appeals of cases without an answer."""
    for chunk in chunks(case_ids):
        await _end(connection, appeals.c.case_id.in_(chunk), state)


async def appealed_of(connection: AsyncConnection, message_ids: Sequence[int]) -> set[int]:
    """Return those of some messages whose authors have appealed and wait for an answer."""
    query = select(cases.c.message_id).where(cases.c.message_id.in_(message_ids), cases.c.is_appealed)
    return set(await connection.scalars(query))


async def expire_appeals(connection: AsyncConnection, cutoff: datetime, whose: Whose) -> None:
    """End the appeals made before a time, and forget who has made them."""
    is_old = appeals.c.created_at < cutoff, appeals.c.author_id.is_not(None), whose(appeals.c.guild_id)
    await _forget(connection, *is_old)


async def drop_appeals(connection: AsyncConnection, guild_id: int) -> None:
    """End the appeals of a guild that the bot has left, and forget who has made them."""
    await _forget(connection, appeals.c.guild_id == guild_id)


async def _forget(connection: AsyncConnection, *which: ColumnElement[bool]) -> None:
    ids = (await connection.scalars(select(appeals.c.id).where(*which))).all()
    for chunk in chunks(ids):
        await _end(connection, appeals.c.id.in_(chunk), AppealState.EXPIRED)
        forgotten = update(appeals).where(appeals.c.id.in_(chunk)).values(author_id=None, words=None)
        await connection.execute(forgotten)


async def _end(connection: AsyncConnection, which: ColumnElement[bool], state: AppealState) -> None:
    """End the open ones of some appeals without an answer; the words go. Cases that had ended have ended again."""
    is_open = which, appeals.c.state == AppealState.OPEN
    of_cases = cases.c.id.in_(select(appeals.c.case_id).where(*is_open))
    was_all = and_(cases.c.state == CaseState.OPEN, cases.c.ended.is_not(None))
    closed = {"is_appealed": False, "state": when((was_all, CaseState.CLOSED.value), else_=cases.c.state)}
    await connection.execute(update(cases).where(of_cases).values(closed))
    values = {"state": state, "words": None, "ended_at": datetime.now(UTC)}
    await connection.execute(update(appeals).where(*is_open).values(values))
