"""Fold the alerts of a burst: whoever repeats, and a channel in uproar, get one alert that counts, not forty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import Patience
from bot.domain.actions import ActionKind, ActionState, PendingAction
from bot.domain.cases import Case, CaseState
from bot.storage.cases.rows import case_of_message, find_case
from bot.storage.planning import plan_redraw
from bot.storage.schema import actions, cases, verdicts


async def fold(connection: AsyncConnection, alerts: Sequence[PendingAction], patience: Patience) -> list[PendingAction]:
    """Count alerts that come in a burst in an earlier one, which says so; return those that are to be sent.

    They come in a burst if their author was flagged shortly before, if their channel has had so many within a minute,
    or if so many wait in the guild: then the first of them stands for the others.
    """
    left: list[PendingAction] = []
    leads: set[tuple[int, int]] = set()
    first: int | None = None  # the number of the case whose alert stands for all that wait
    for alert in alerts:
        case = await case_of_message(connection, alert.verdict.message_id)
        lead = await _lead(connection, case, patience, first) if case is not None else None
        if case is None or lead is None:
            left.append(alert)
            if case is not None and case.folded_into is not None:  # flagged again, and no longer in a burst
                await connection.execute(update(cases).where(cases.c.id == case.id).values(folded_into=None))
            first = case.number if case and len(alerts) >= patience.folds_from and first is None else first
            continue
        await _fold_into(connection, alert, case, lead)
        leads.add((case.guild_id, lead))
    for guild_id, number in leads:
        await plan_redraw(connection, (await find_case(connection, guild_id, number)).message_id)
    return left


async def _lead(connection: AsyncConnection, case: Case, patience: Patience, first: int | None) -> int | None:
    """Return the number of the case into whose alert that of another is folded, None if it gets its own."""
    if case.state is not CaseState.OPEN:
        return None
    of_author = cases.c.author_id == case.author_id
    of_channel = cases.c.channel_id == case.channel_id
    for which, n_before, seconds in (
        (of_author, patience.n_of_author, patience.author_window),
        (of_channel, patience.n_of_channel, patience.channel_window),
    ):
        if (lead := await _burst(connection, case, which, n_before, seconds)) is not None:
            return lead
    return first


async def _burst(
    connection: AsyncConnection, case: Case, which: ColumnElement[bool], n_before: int, seconds: float
) -> int | None:
    """Return whose alert stands for a burst: at least `n_before` cases shortly before this one; None if it is none."""
    before = select(cases).where(cases.c.guild_id == case.guild_id, which, cases.c.number < case.number)
    newest = (await connection.execute(before.order_by(cases.c.number.desc()).limit(n_before))).all()
    if len(newest) < n_before or newest[-1].created_at < case.created_at - timedelta(seconds=seconds):
        return None
    lead = newest[0].folded_into or newest[0].number
    return int(lead) if await _has_alert(connection, case.guild_id, lead) else None


async def _has_alert(connection: AsyncConnection, guild_id: int, number: int) -> bool:
    """Tell whether a case is open, and its alert was, or will be, sent: in another nobody would see what is new."""
    is_sent = (actions.c.state == ActionState.DONE) & actions.c.alert_message_id.is_not(None)
    its = exists().where(
        verdicts.c.message_id == cases.c.message_id,
        actions.c.verdict_id == verdicts.c.id,
        actions.c.kind == ActionKind.ALERT,
        is_sent | (actions.c.state == ActionState.PENDING),
    )
    is_open = cases.c.guild_id == guild_id, cases.c.number == number, cases.c.state == CaseState.OPEN
    return await connection.scalar(select(cases.c.id).where(*is_open, its)) is not None


async def _fold_into(connection: AsyncConnection, alert: PendingAction, case: Case, lead: int) -> None:
    await connection.execute(update(cases).where(cases.c.id == case.id).values(folded_into=lead))
    done = {"state": ActionState.DONE, "done_at": datetime.now(UTC), "shown_verdict_id": alert.verdict_id}
    await connection.execute(update(actions).where(actions.c.id == alert.id).values(done))
