"""Open, settle and end cases in the transactions in which verdicts, decisions and erasures are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import case as when
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import CloseReason
from bot.domain.cases import ENDS, STATES, ActKind, Case, CaseState
from bot.domain.members.appeals import AppealState
from bot.domain.messages import IncomingMessage
from bot.domain.verdicts import Verdict
from bot.storage.cases.rows import CASE_COLUMNS, add_act, case_of, cases_of_messages, redraw
from bot.storage.cases.voices import answer, drop_appeals, end_appeals, expire_appeals
from bot.storage.connection.transactions import Whose, chunks
from bot.storage.learning.examples import delete_examples_of_messages
from bot.storage.planning import close_alerts
from bot.storage.schema import case_acts, cases


async def follow_verdicts(connection: AsyncConnection, stored: Sequence[Verdict]) -> None:
    """Open the cases of messages that were flagged, and end those of messages that no longer are."""
    flagged = [each for each in stored if each.is_flagged and (each.policy.acting.reacts or each.policy.acting.alerts)]
    await _open(connection, [each.message for each in flagged if each.message.guild_id is not None])
    harmless = [each.message.message_id for each in stored if not each.is_flagged and each.message.revision]
    await end_cases(connection, harmless, CloseReason.EDITED)


async def end_cases(connection: AsyncConnection, message_ids: Iterable[int], reason: CloseReason) -> None:
    """End the cases of messages: nothing can be done about them any more. What was decided of them stays."""
    for chunk in chunks(message_ids):
        found = (await cases_of_messages(connection, chunk)).values()
        if ended := [case for case in found if case.ended not in (CloseReason.DELETED, reason)]:
            await _end(connection, ended, reason)


async def expire_cases(connection: AsyncConnection, cutoff: datetime, whose: Whose, limit: int) -> int:
    """End cases opened before a time, and forget their authors; return how many, at most `limit`.

    One that was appealed waits for its moderators as long as the words of its author are kept. What was learned of a
    message goes before it is forgotten whose it was: its author could not have it erased any more.
    """
    await expire_appeals(connection, cutoff, whose)
    is_old = cases.c.created_at < cutoff, cases.c.author_id.is_not(None), ~cases.c.is_appealed, whose(cases.c.guild_id)
    found = [case_of(row) for row in await connection.execute(select(*CASE_COLUMNS).where(*is_old).limit(limit))]
    if found:
        if ended := [case for case in found if case.ended is None]:
            await _end(connection, ended, CloseReason.EXPIRED)
        await delete_examples_of_messages(connection, [case.message_id for case in found])
        forgotten = update(cases).where(cases.c.id.in_([case.id for case in found])).values(author_id=None)
        await connection.execute(forgotten)
    return len(found)


async def forget_guild(connection: AsyncConnection, guild_id: int) -> None:
    """Forget the authors of a guild's cases, and end them: the bot has left."""
    await drop_appeals(connection, guild_id)
    is_its = cases.c.guild_id == guild_id
    ended = {"author_id": None, "ended": func.coalesce(cases.c.ended, CloseReason.DELETED.value)}
    state = when((cases.c.state == CaseState.OPEN, CaseState.CLOSED.value), else_=cases.c.state)
    await connection.execute(update(cases).where(is_its).values(state=state, **ended))


async def settle(
    connection: AsyncConnection, case: Case, kind: ActKind, by: int | None, reason: str | None = None
) -> None:
    """Write what a moderator has said of a case, and have its alert show it."""
    await add_act(connection, case.id, kind, by, reason)
    await connection.execute(update(cases).where(cases.c.id == case.id).values(state=STATES[kind]))
    await answer(connection, case, kind)
    await redraw(connection, case)


async def _open(connection: AsyncConnection, messages: Sequence[IncomingMessage]) -> None:
    known = await cases_of_messages(connection, [message.message_id for message in messages])
    for case in known.values():
        if case.state is CaseState.FALSE_ALARM and case.ended is None:  # it gets an alert of its own, with a new flag
            await close_alerts(connection, case.message_id, CloseReason.EDITED)
        if case.state is not CaseState.OPEN or case.ended is not None:
            await add_act(connection, case.id, ActKind.FLAGGED_AGAIN, None)
            opened = {"state": CaseState.OPEN, "ended": None}
            await connection.execute(update(cases).where(cases.c.id == case.id).values(opened))
    new = [message for message in messages if message.message_id not in known]
    now, numbers = datetime.now(UTC), await _newest_numbers(connection, {message.guild_id for message in new})
    rows = []
    for message in new:
        numbers[message.guild_id] = number = numbers.get(message.guild_id, 0) + 1
        rows.append(
            {"guild_id": message.guild_id, "number": number, "message_id": message.message_id, "created_at": now,
             "channel_id": message.channel_id, "author_id": message.author_id, "state": CaseState.OPEN}
        )  # fmt: skip
    if rows:
        await connection.execute(insert(cases), rows)


async def _newest_numbers(connection: AsyncConnection, guild_ids: Iterable[int | None]) -> dict[int | None, int]:
    newest: dict[int | None, int] = {}
    for chunk in chunks(guild_ids):
        query = select(cases.c.guild_id, func.max(cases.c.number)).where(cases.c.guild_id.in_(chunk))
        newest |= {row[0]: row[1] for row in await connection.execute(query.group_by(cases.c.guild_id))}
    return newest


async def _end(connection: AsyncConnection, ended: Sequence[Case], reason: CloseReason) -> None:
    by_moderator = select(case_acts.c.case_id).where(
        case_acts.c.case_id.in_([case.id for case in ended]), case_acts.c.kind == ActKind.DELETE
    )
    deleted = set((await connection.scalars(by_moderator)).all()) if reason is CloseReason.DELETED else set()
    now = datetime.now(UTC)
    acts = [
        {"case_id": case.id, "kind": ENDS.get(reason), "at": now, "is_done": True}
        for case in ended
        if reason in ENDS and case.id not in deleted  # who deleted the message, or had it erased, is known
    ]
    if acts:
        await connection.execute(insert(case_acts), acts)
    for case in {case.folded_into: case for case in ended if case.folded_into is not None}.values():
        await redraw(connection, case)
    if reason is CloseReason.EDITED:
        await end_appeals(connection, [case.id for case in ended], AppealState.EDITED)
    is_settled = (cases.c.state == CaseState.OPEN) & ~cases.c.is_appealed
    state = when((is_settled, CaseState.CLOSED.value), else_=cases.c.state)
    which = cases.c.id.in_([case.id for case in ended])
    await connection.execute(update(cases).where(which).values(state=state, ended=reason))
