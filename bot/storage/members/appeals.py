"""The flagged messages of a member as they may ask about them, and their appeals.

A case is asked for by its author: who is not, or names a message of another guild, finds nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import ActionKind, CloseReason
from bot.domain.cases import ActKind, Case, CaseFile, CaseState
from bot.domain.members.appeals import (
    MOST_A_DAY,
    Appeal,
    AppealError,
    AppealProblem,
    AppealState,
    NoticeState,
    check_words,
    obstacle_to,
)
from bot.storage.cases import listing
from bot.storage.cases.lifecycle import settle
from bot.storage.cases.rows import CASE_COLUMNS, case_of, case_of_message
from bot.storage.cases.voices import find_appeal
from bot.storage.connection.transactions import Store, Transactions, uninterrupted
from bot.storage.planning import NewAction, add_actions, close_alerts
from bot.storage.schema import appeals, case_acts, cases, decisions, verdicts

_DAY = timedelta(days=1)


class Appeals(Store):
    """The appeals of all guilds."""

    def __init__(self, transactions: Transactions, actions_planned: asyncio.Event) -> None:
        super().__init__(transactions)
        self._actions_planned = actions_planned

    @uninterrupted
    async def file(self, author_id: int, message_id: int, guild_id: int | None = None) -> CaseFile | None:
        """Return the case of a member's own message; None if there is none, it is not theirs, or of another guild."""
        async with self._reading() as connection:
            case = await _own_case(connection, author_id, message_id, guild_id)
            return await listing.file_of(connection, case) if case else None

    @uninterrupted
    async def newest(self, author_id: int, guild_id: int | None, limit: int) -> list[CaseFile]:
        """Return a member's newest cases, of a guild or of all."""
        which = _is_own(author_id, guild_id)
        query = select(*CASE_COLUMNS).where(which).order_by(cases.c.created_at.desc(), cases.c.id.desc()).limit(limit)
        async with self._reading() as connection:
            found = [case_of(row) for row in await connection.execute(query)]
            return [await listing.file_of(connection, case) for case in found]

    @uninterrupted
    async def refuse(self, author_id: int, message_id: int, guild_id: int) -> None:
        """Refuse somebody who could not appeal now, before they have written anything.

        Raises:
            AppealError: They cannot.
        """
        async with self._reading() as connection:
            await _appealable(connection, author_id, message_id, guild_id)

    @uninterrupted
    async def make(self, author_id: int, message_id: int, guild_id: int, words: str, language: str) -> Case:
        """Take an appeal of a message's author, and open its case again, with an alert of its own.

        Raises:
            AppealError: It cannot be taken.
        """
        kept = check_words(words)
        async with self._writing() as connection:
            case = await _appealable(connection, author_id, message_id, guild_id)
            values = {"case_id": case.id, "guild_id": guild_id, "author_id": author_id, "words": kept}
            values |= {"language": language, "state": AppealState.OPEN, "created_at": datetime.now(UTC)}
            await connection.execute(insert(appeals).values(values))
            await _reopen(connection, case)
        self._actions_planned.set()
        return replace(case, state=CaseState.OPEN, is_appealed=True)

    # The notice of the outcome, which `bot.cogs.shared.notices` sends.

    @uninterrupted
    async def of_message(self, message_id: int) -> tuple[Case, Appeal] | None:
        """Return the appeal of a message with its case."""
        async with self._reading() as connection:
            case = await case_of_message(connection, message_id)
            appeal = await find_appeal(connection, case.id) if case else None
            return (case, appeal) if case and appeal else None

    @uninterrupted
    async def note_notice(self, appeal: Appeal, state: NoticeState) -> None:
        """Note whether its author could be told of an outcome. One that has changed since is told by itself."""
        is_it = appeals.c.id == appeal.id, appeals.c.outcome == appeal.outcome
        async with self._writing() as connection:
            await connection.execute(update(appeals).where(*is_it).values(notice=state))


def _is_own(author_id: int, guild_id: int | None) -> ColumnElement[bool]:
    """Tell whether a case is of a member's message, which was perhaps flagged again after it was forgotten whose."""
    of_message = exists().where(verdicts.c.message_id == cases.c.message_id, verdicts.c.author_id == author_id)
    is_own = or_(cases.c.author_id == author_id, and_(cases.c.author_id.is_(None), of_message))
    return is_own if guild_id is None else and_(is_own, cases.c.guild_id == guild_id)


async def _own_case(connection: AsyncConnection, author_id: int, message_id: int, guild_id: int | None) -> Case | None:
    query = select(*CASE_COLUMNS).where(cases.c.message_id == message_id, _is_own(author_id, guild_id))
    row = (await connection.execute(query)).first()
    return case_of(row) if row else None


async def _appealable(connection: AsyncConnection, author_id: int, message_id: int, guild_id: int) -> Case:
    case = await _own_case(connection, author_id, message_id, guild_id)
    if case is None:
        raise AppealError(AppealProblem.UNKNOWN)
    problem = obstacle_to(case, await find_appeal(connection, case.id))
    if problem is None and await _n_lately(connection, author_id, guild_id) >= MOST_A_DAY:
        problem = AppealProblem.TOO_MANY
    if problem is not None:
        raise AppealError(problem)
    return case


async def _n_lately(connection: AsyncConnection, author_id: int, guild_id: int) -> int:
    since = datetime.now(UTC) - _DAY
    is_theirs = appeals.c.guild_id == guild_id, appeals.c.author_id == author_id, appeals.c.created_at > since
    return await connection.scalar(select(func.count()).where(*is_theirs)) or 0


async def _reopen(connection: AsyncConnection, case: Case) -> None:
    """Take back what was decided, and have the case stand open in an alert of its own, in every queue."""
    newest = select(verdicts.c.id).where(verdicts.c.message_id == case.message_id)
    verdict_id = (await connection.scalars(newest.order_by(verdicts.c.revision.desc()))).first() or 0
    await connection.execute(delete(decisions).where(decisions.c.verdict_id == verdict_id))
    is_skip = case_acts.c.case_id == case.id, case_acts.c.kind == ActKind.SKIP
    await connection.execute(delete(case_acts).where(*is_skip))
    await connection.execute(update(cases).where(cases.c.id == case.id).values(is_appealed=True, folded_into=None))
    await settle(connection, replace(case, ended=None), ActKind.APPEAL, None)  # a closed alert stays as it is
    await close_alerts(connection, case.message_id, CloseReason.APPEALED)
    await add_actions(connection, [NewAction(ActionKind.ALERT, verdict_id, case.guild_id, case.channel_id)])
