"""What Jigi does by itself about cases: begun, done and noted as done, refused, undone; and what it would have done.

Its actions stand in the outbox, planned with the verdicts. An act is begun in the database before it is done on
Discord, so that the next start goes on behind whatever a process dies in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import ActionKind
from bot.domain.automatic import CAPS, Automatic, CappedError, Example, NotDueError, Preview, Refusal
from bot.domain.cases import (
    AUTOMATIC_ACTS,
    ActKind,
    Case,
    CaseAct,
    CaseEndedError,
    CaseState,
    DoneBeforeError,
    ObstacleError,
)
from bot.storage.cases import listing
from bot.storage.cases.rows import add_act, case_of_message, find_case, redraw
from bot.storage.connection.transactions import Store, Transactions, uninterrupted
from bot.storage.planning import NewAction, add_actions
from bot.storage.schema import case_acts, cases, decisions, verdicts

_N_EXAMPLES = 5


class AutomaticActs(Store):
    """The acts of all guilds that nobody has ordered one by one."""

    def __init__(self, transactions: Transactions, actions_planned: asyncio.Event) -> None:
        super().__init__(transactions)
        self._actions_planned = actions_planned

    @uninterrupted
    async def begin(
        self, message_id: int, kind: Automatic, minutes: int | None = None, words: str | None = None
    ) -> tuple[Case, CaseAct]:
        """Begin what is to be done on Discord.

        Raises:
            NotDueError: The case is settled, or its message was edited.
            CappedError: It was done so often lately that a person is to decide.
        """
        now = datetime.now(UTC)
        async with self._writing() as connection:
            case = await case_of_message(connection, message_id)
            if case is None or case.ended is not None or case.state is not CaseState.OPEN:
                raise NotDueError
            if (await listing.file_of(connection, case)).verdict.revision:
                raise NotDueError
            await _refuse_too_many(connection, case, kind, now)
            act_kind = ActKind(kind)
            act_id = await add_act(connection, case.id, act_kind, None, words, minutes, is_done=False, at=now)
        return case, CaseAct(act_id, act_kind, None, now, words, minutes, is_done=False)

    @uninterrupted
    async def finish(self, case: Case, act: CaseAct, reply_id: int | None = None) -> None:
        """Note that something was done on Discord; `reply_id` is that of a reply. The case stays open."""
        async with self._writing() as connection:
            done = {"is_done": True, "reply_id": reply_id}
            await connection.execute(update(case_acts).where(case_acts.c.id == act.id).values(done))
            await redraw(connection, case)
        self._actions_planned.set()

    @uninterrupted
    async def refuse(self, case: Case, kind: ActKind, why: Refusal) -> None:
        """Note, once, that something could not be done."""
        refusal = f"{kind} {why}"
        known = select(case_acts.c.id).where(case_acts.c.case_id == case.id, case_acts.c.refusal == refusal)
        async with self._writing() as connection:
            if await connection.scalar(known) is not None:
                return
            await add_act(connection, case.id, ActKind.REFUSED, None, refusal=refusal)
            await redraw(connection, case)
        self._actions_planned.set()

    @uninterrupted
    async def undo(self, guild_id: int | None, number: int, by: int) -> None:
        """Have undone, in the name of a moderator, what Jigi has done by itself.

        Raises:
            NoSuchCaseError, CaseEndedError: There is none, or nothing can be done about it any more.
            DoneBeforeError: Somebody was faster.
            ObstacleError: There is nothing to undo.
        """
        async with self._writing() as connection:
            case = await find_case(connection, guild_id, number)
            file = await listing.file_of(connection, case)
            if (earlier := file.last(ActKind.UNDO)) is not None:
                raise DoneBeforeError(earlier)
            if ActKind.UNDO not in file.offered:
                raise ObstacleError("nothing_to_undo") if case.ended is None else CaseEndedError(case.ended)
            await plan_undoing(connection, case, by)
        self._actions_planned.set()

    @uninterrupted
    async def preview(
        self, guild_id: int, model: str, threshold: float, but: Iterable[int], since: datetime
    ) -> Preview:
        """Return what would have been done from a threshold on since a time, as a model judged; not in some channels.

        Of each message counts what was first said of it: an edit is never acted upon.
        """
        earlier = verdicts.alias()
        first = select(func.min(earlier.c.revision)).where(earlier.c.message_id == verdicts.c.message_id)
        judged = (
            verdicts.c.guild_id == guild_id, verdicts.c.created_at >= since, verdicts.c.model_version == model,
            verdicts.c.revision == first.scalar_subquery(),
        )  # fmt: skip
        above = *judged, 1 - verdicts.c.probability >= threshold, verdicts.c.channel_id.not_in(list(but))
        async with self._reading() as connection:
            n_messages = await connection.scalar(select(func.count()).select_from(verdicts).where(*judged)) or 0
            by_channel = select(verdicts.c.channel_id, func.count()).where(*above).group_by(verdicts.c.channel_id)
            n_by_channel = {row[0]: row[1] for row in await connection.execute(by_channel)}
            n_authors, n_right, n_false = (await connection.execute(_decided(above))).one()
            examples = tuple([_example(row) for row in await connection.execute(_examples(above))])
        return Preview(n_messages, n_by_channel, n_authors, n_right, n_false, examples)


async def plan_undoing(connection: AsyncConnection, case: Case, by: int | None) -> None:
    """Have undone what Jigi has done by itself about a case, if it has, in a transaction that is open."""
    its = case_acts.c.case_id == case.id
    is_jigis = case_acts.c.by.is_(None) & case_acts.c.kind.in_(AUTOMATIC_ACTS)
    wanted = select(case_acts.c.id).where(its, is_jigis | (case_acts.c.kind == ActKind.UNDO))
    kinds = set((await connection.scalars(wanted.with_only_columns(case_acts.c.kind))).all())
    if not kinds or ActKind.UNDO in kinds:
        return
    newest = select(verdicts.c.id).where(verdicts.c.message_id == case.message_id).order_by(verdicts.c.revision.desc())
    verdict_id = await connection.scalar(newest.limit(1))
    await add_act(connection, case.id, ActKind.UNDO, by, is_done=False)
    await add_actions(connection, [NewAction(ActionKind.UNDO, verdict_id or 0, case.guild_id, case.channel_id)])


async def held_messages(connection: AsyncConnection, message_ids: list[int]) -> set[int]:
    """Return those messages that Jigi itself deletes, or has deleted: their text stays for a moderator to judge."""
    is_deletion = case_acts.c.kind == ActKind.DELETE, case_acts.c.by.is_(None)
    query = select(cases.c.message_id).join(case_acts, case_acts.c.case_id == cases.c.id)
    return set((await connection.scalars(query.where(cases.c.message_id.in_(message_ids), *is_deletion))).all())


async def _refuse_too_many(connection: AsyncConnection, case: Case, kind: Automatic, now: datetime) -> None:
    cap, its = CAPS[kind], (case_acts.c.kind == kind.value, case_acts.c.by.is_(None), cases.c.guild_id == case.guild_id)
    query = select(func.count()).select_from(case_acts.join(cases, cases.c.id == case_acts.c.case_id)).where(*its)
    of_author = query.where(cases.c.author_id == case.author_id, case_acts.c.at > now - timedelta(days=1))
    if (await connection.scalar(of_author) or 0) >= cap.of_author:
        raise CappedError(Refusal.CAP_AUTHOR)
    if (await connection.scalar(query.where(case_acts.c.at > now - timedelta(hours=1))) or 0) >= cap.of_guild:
        raise CappedError(Refusal.CAP_GUILD)


def _decided(above: tuple[ColumnElement[bool], ...]) -> Select[int, int, int]:
    of_messages = verdicts.outerjoin(decisions, decisions.c.verdict_id == verdicts.c.id)
    of_messages = of_messages.outerjoin(cases, cases.c.message_id == verdicts.c.message_id)
    n_right, n_false = (func.count().filter(decisions.c.is_right.is_(said)) for said in (True, False))
    n_authors = func.count(func.coalesce(cases.c.author_id, verdicts.c.author_id).distinct())
    return select(n_authors, n_right, n_false).select_from(of_messages).where(*above)


def _examples(above: tuple[ColumnElement[bool], ...]) -> Select[tuple[object, ...]]:
    of_messages = verdicts.outerjoin(decisions, decisions.c.verdict_id == verdicts.c.id)
    columns = verdicts.c.channel_id, verdicts.c.message_id, verdicts.c.probability, decisions.c.is_right
    query = select(*columns, verdicts.c.text, verdicts.c.created_at).select_from(of_messages).where(*above)
    is_wrong_first = decisions.c.is_right.is_(False).desc()  # what would have gone wrong is what one should see
    return query.order_by(is_wrong_first, verdicts.c.created_at.desc()).limit(_N_EXAMPLES)


def _example(row: Row[Any]) -> Example:
    return Example(row.channel_id, row.message_id, 1 - row.probability, row.is_right, row.text, row.created_at)
