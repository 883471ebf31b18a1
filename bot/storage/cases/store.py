"""What moderators do about cases, each in one transaction with what follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import Patience
from bot.domain.actions import ActionKind, PendingAction
from bot.domain.cases import (
    ON_DISCORD,
    ActKind,
    Case,
    CaseAct,
    CaseEndedError,
    CaseFile,
    CaseFilter,
    CasePage,
    CaseState,
)
from bot.storage.cases import listing
from bot.storage.cases.folding import fold
from bot.storage.cases.lifecycle import settle
from bot.storage.cases.rows import CASE_COLUMNS, act_of, add_act, case_of, case_of_message, find_case, redraw
from bot.storage.connection.transactions import CHUNK, Store, Transactions, uninterrupted
from bot.storage.erasing import erase_texts
from bot.storage.planning import NewAction, add_actions
from bot.storage.schema import case_acts, cases, decisions, verdicts


class Cases(Store):
    """The cases of all guilds. A case is always asked for by its guild: nobody sees, or works on, another's."""

    def __init__(self, transactions: Transactions, actions_planned: asyncio.Event) -> None:
        super().__init__(transactions)
        self._actions_planned = actions_planned

    @uninterrupted
    async def file(self, guild_id: int | None, number: int) -> CaseFile:
        """Return a case with all that is known of it.

        Raises:
            NoSuchCaseError: The guild has none of that number.
        """
        async with self._reading() as connection:
            return await listing.file_of(connection, await find_case(connection, guild_id, number))

    @uninterrupted
    async def file_of_message(self, message_id: int) -> CaseFile | None:
        """Return the case of a message, None if it has none."""
        async with self._reading() as connection:
            case = await case_of_message(connection, message_id)
            return await listing.file_of(connection, case) if case else None

    @uninterrupted
    async def page(self, guild_id: int, wanted: CaseFilter, page: int, n_per_page: int) -> CasePage:
        """Return a page of a guild's cases, the newest first; the first page is 1."""
        async with self._reading() as connection:
            return await listing.page_of(connection, guild_id, wanted, page, n_per_page)

    @uninterrupted
    async def next_open(self, guild_id: int, after: int, by: int) -> CaseFile | None:
        """Return the next open case behind a number, or else the first one; none that a moderator has skipped."""
        async with self._reading() as connection:
            case = await listing.next_open(connection, guild_id, after, by)
            return await listing.file_of(connection, case) if case else None

    @uninterrupted
    async def n_open(self, guild_id: int) -> int:
        """Return how many cases of a guild are open."""
        query = select(func.count()).where(cases.c.guild_id == guild_id, cases.c.state == CaseState.OPEN)
        async with self._reading() as connection:
            return await connection.scalar(query) or 0

    @uninterrupted
    async def close(self, guild_id: int | None, number: int, by: int) -> CaseAct | None:
        """Close an open case without a decision; return who has settled it before, then nothing changes.

        Raises:
            NoSuchCaseError, CaseEndedError: There is none, or nothing can be done about it any more.
        """
        async with self._writing() as connection:
            case = await _workable(connection, guild_id, number)
            if case.state is not CaseState.OPEN:
                return (await listing.file_of(connection, case)).last(*ActKind)
            await _close(connection, [case], by)
        self._changed()
        return None

    @uninterrupted
    async def close_older_than(self, guild_id: int, cutoff: datetime, by: int) -> int:
        """Close a guild's cases that are open since before a time; return how many."""
        n_closed = 0
        while n := await self._close_some(guild_id, cutoff, by):
            n_closed += n
        return n_closed

    @uninterrupted
    async def reopen(self, guild_id: int | None, number: int, by: int) -> bool:
        """Open a settled case again, and take back what was decided; return False if it is open.

        Raises:
            NoSuchCaseError, CaseEndedError: There is none, or nothing can be done about it any more.
        """
        async with self._writing() as connection:
            case = await _workable(connection, guild_id, number)
            if case.state is CaseState.OPEN:
                return False
            its = select(verdicts.c.id).where(verdicts.c.message_id == case.message_id)
            newest = (await connection.scalars(its.order_by(verdicts.c.revision.desc()))).first() or 0
            await connection.execute(delete(decisions).where(decisions.c.verdict_id == newest))
            if case.state is CaseState.FALSE_ALARM:
                await add_actions(connection, [NewAction(ActionKind.REACT, newest, case.guild_id, case.channel_id)])
            await settle(connection, case, ActKind.REOPEN, by)
        self._actions_planned.set()
        return True

    @uninterrupted
    async def note(self, guild_id: int | None, number: int, kind: ActKind, by: int, text: str | None = None) -> None:
        """Note something about a case that changes nothing else.

        Raises:
            NoSuchCaseError: There is none.
        """
        async with self._writing() as connection:
            case = await find_case(connection, guild_id, number)
            await add_act(connection, case.id, kind, by, text)
            if kind is not ActKind.SKIP:
                await redraw(connection, case)
        self._actions_planned.set()

    # What is done on Discord is begun, done and then noted as done: whatever the process dies in, the next start goes
    # on behind it.

    @uninterrupted
    async def begin(
        self, guild_id: int | None, number: int, kind: ActKind, by: int, reason: str, minutes: int | None = None
    ) -> tuple[Case, CaseAct]:
        """Begin what is to be done on Discord.

        Raises:
            NoSuchCaseError, CaseEndedError: There is none, or nothing can be done about it any more.
            DoneBeforeError: Somebody has begun the same before.
            ObstacleError: The message is gone.
        """
        async with self._writing() as connection:
            case = await find_case(connection, guild_id, number)
            (await listing.file_of(connection, case)).require(kind)
            act_id = await add_act(connection, case.id, kind, by, reason, minutes, is_done=False)
        return case, CaseAct(act_id, kind, by, datetime.now(UTC), reason, minutes, is_done=False)

    @uninterrupted
    async def finish(self, case: Case, act: CaseAct) -> None:
        """Note that something was done on Discord. A case whose message was deleted is closed, if it was open."""
        async with self._writing() as connection:
            await connection.execute(update(case_acts).where(case_acts.c.id == act.id).values(is_done=True))
            if act.kind is ActKind.DELETE:
                is_open = cases.c.id == case.id, cases.c.state == CaseState.OPEN, ~cases.c.is_appealed
                await connection.execute(update(cases).where(*is_open).values(state=CaseState.CLOSED))
            await redraw(connection, case)
        self._actions_planned.set()

    @uninterrupted
    async def withdraw(self, act: CaseAct) -> None:
        """Forget what was begun: Discord has refused it."""
        async with self._writing() as connection:
            await connection.execute(delete(case_acts).where(case_acts.c.id == act.id, ~case_acts.c.is_done))

    @uninterrupted
    async def begun(self, limit: int = CHUNK) -> list[tuple[Case, CaseAct]]:
        """Return what an earlier run has begun, and may have done."""
        query = select(case_acts, *CASE_COLUMNS).join(cases, cases.c.id == case_acts.c.case_id)
        is_begun = ~case_acts.c.is_done, case_acts.c.kind.in_(ON_DISCORD), case_acts.c.by.is_not(None)
        query = query.where(*is_begun).order_by(case_acts.c.id)  # what Jigi began by itself is in the outbox still
        async with self._reading() as connection:
            return [(case_of(row), act_of(row)) for row in await connection.execute(query.limit(limit))]

    @uninterrupted
    async def fold(self, alerts: Sequence[PendingAction], patience: Patience) -> list[PendingAction]:
        """Count those alerts that come in a burst in an earlier one; return the others, which are to be sent."""
        async with self._writing() as connection:
            left = await fold(connection, alerts, patience)
        if len(left) < len(alerts):
            self._actions_planned.set()
        return left

    @uninterrupted
    async def _close_some(self, guild_id: int, cutoff: datetime, by: int) -> int:
        is_old = cases.c.guild_id == guild_id, cases.c.state == CaseState.OPEN, cases.c.created_at < cutoff
        async with self._writing() as connection:
            rows = await connection.execute(select(*CASE_COLUMNS).where(*is_old).limit(CHUNK))
            old = [case_of(row) for row in rows]
            await _close(connection, old, by)
        self._changed()
        return len(old)

    def _changed(self) -> None:
        """Have the alerts brought up to date, and what was erased taken out of the log, too."""
        self._transactions.scrub()
        self._actions_planned.set()


async def _workable(connection: AsyncConnection, guild_id: int | None, number: int) -> Case:
    case = await find_case(connection, guild_id, number)
    if case.ended is not None and not case.can_be_settled:
        raise CaseEndedError(case.ended)
    return case


async def _close(connection: AsyncConnection, closed: Sequence[Case], by: int) -> None:
    await erase_texts(connection, [case.message_id for case in closed])
    for case in closed:
        await settle(connection, case, ActKind.CLOSE, by)
