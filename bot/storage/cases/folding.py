"""Fold the alerts of a burst: whoever repeats, and a channel in uproar, get one alert that counts, not forty."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.config import Patience
from bot.domain.actions import ActionKind, ActionState, PendingAction
from bot.domain.cases import Case, CaseState
from bot.storage.cases.rows import cases_of_messages, find_case
from bot.storage.connection.transactions import chunks
from bot.storage.planning import plan_redraw
from bot.storage.schema import actions, cases, verdicts

_Before = deque[tuple[datetime, int]]  # when the newest cases of an author or channel came, and whose alert counts them


async def fold(connection: AsyncConnection, alerts: Sequence[PendingAction], patience: Patience) -> list[PendingAction]:
    """Count alerts that come in a burst in an earlier one, which says so; return those that are to be sent.

    They come in a burst if their author was flagged shortly before, if their channel has had so many within a minute,
    or if so many wait in the guild: then the first of them stands for the others. The first that is returned is sent
    next, and is not folded any more, should the process die before it is written down where it was sent.
    """
    known = await cases_of_messages(connection, [alert.verdict.message_id for alert in alerts])
    begun = await _begun(connection, [alert.id for alert in alerts])
    folding = _Folding(connection, patience, is_crowded=len(alerts) >= patience.folds_from)
    left = []
    for alert in alerts:
        case = known.get(alert.verdict.message_id)
        if case is None or not await folding.takes(alert, case, is_begun=alert.id in begun):
            left.append(alert)
    await folding.write()
    for next_one in left[:1]:
        values = {"shown_verdict_id": next_one.verdict_id}
        await connection.execute(update(actions).where(actions.c.id == next_one.id).values(values))
    return left


async def _begun(connection: AsyncConnection, action_ids: Sequence[int]) -> set[int]:
    """Return those alerts that somebody has begun to send: they may stand in the log channel."""
    query = select(actions.c.id).where(actions.c.shown_verdict_id.is_not(None))
    return {
        action_id
        for chunk in chunks(action_ids)
        for action_id in await connection.scalars(query.where(actions.c.id.in_(chunk)))
    }


class _Folding:
    """Alerts of one guild, in the order in which they wait: each is looked at beside those before it."""

    def __init__(self, connection: AsyncConnection, patience: Patience, *, is_crowded: bool) -> None:
        self._connection = connection
        self._is_crowded = is_crowded
        self._rules: tuple[tuple[Column[int], int, float], ...] = (
            (cases.c.author_id, patience.n_of_author, patience.author_window),
            (cases.c.channel_id, patience.n_of_channel, patience.channel_window),
        )
        self._before: dict[tuple[str, int | None], _Before] = {}
        self._can_lead: dict[int, bool] = {}
        self._first: int | None = None  # whose alert stands for all that wait
        self._folded: dict[tuple[int, int], list[tuple[int, int]]] = {}  # guild and lead → cases and their actions

    async def takes(self, alert: PendingAction, case: Case, *, is_begun: bool) -> bool:
        """Tell whether an alert is counted in another, and remember it for those that follow."""
        if case.is_appealed:  # it waits for somebody to read it, and is part of no burst
            self._can_lead[case.number] = False
            return False
        lead = await self._lead(case) if case.state is CaseState.OPEN and not is_begun else None
        for column, n_before, _ in self._rules:
            before = await self._before_it(column, n_before, case)
            before.append((case.created_at, lead or case.number))
        if lead is not None:
            self._folded.setdefault((case.guild_id, lead), []).append((case.id, alert.id))
            return True
        self._can_lead[case.number] = case.state is CaseState.OPEN
        if self._is_crowded and self._first is None:
            self._first = case.number
        if case.folded_into is not None:  # flagged again, and no longer in a burst
            its = cases.c.id == case.id
            await self._connection.execute(update(cases).where(its).values(folded_into=None))
        return False

    async def write(self) -> None:
        """Write which alerts are counted in which, and have those that count say so."""
        done = {"state": ActionState.DONE, "done_at": datetime.now(UTC)}
        for (guild_id, lead), folded in self._folded.items():
            for chunk in chunks(folded):
                is_case = cases.c.id.in_([case_id for case_id, _ in chunk])
                await self._connection.execute(update(cases).where(is_case).values(folded_into=lead))
                is_alert = actions.c.id.in_([action_id for _, action_id in chunk])
                await self._connection.execute(update(actions).where(is_alert).values(done))
            await plan_redraw(self._connection, (await find_case(self._connection, guild_id, lead)).message_id)

    async def _lead(self, case: Case) -> int | None:
        """Return the number of the case whose alert counts that of another, None if it gets its own."""
        for column, n_before, seconds in self._rules:
            before = await self._before_it(column, n_before, case)
            is_burst = len(before) == n_before and before[0][0] >= case.created_at - timedelta(seconds=seconds)
            if is_burst and await self._may_lead(case.guild_id, before[-1][1]):
                return before[-1][1]
        return self._first

    async def _before_it(self, column: Column[int], n_before: int, case: Case) -> _Before:
        """Return the newest cases before one, of its author or channel: at most `n_before`, the oldest first."""
        key = column.name, getattr(case, column.name)
        if key not in self._before:
            query = select(cases.c.created_at, cases.c.folded_into, cases.c.number).where(
                cases.c.guild_id == case.guild_id, column == key[1], cases.c.number < case.number
            )
            rows = (await self._connection.execute(query.order_by(cases.c.number.desc()).limit(n_before))).all()
            found = ((row.created_at, row.folded_into or row.number) for row in reversed(rows))
            self._before[key] = deque(found, maxlen=n_before)
        return self._before[key]

    async def _may_lead(self, guild_id: int, number: int) -> bool:
        """Tell whether a case is open, and its alert was, or will be, sent: in another nobody would see what is new."""
        if number not in self._can_lead:
            is_sent = (actions.c.state == ActionState.DONE) & actions.c.alert_message_id.is_not(None)
            its_alert = exists().where(
                verdicts.c.message_id == cases.c.message_id,
                actions.c.verdict_id == verdicts.c.id,
                actions.c.kind == ActionKind.ALERT,
                is_sent | (actions.c.state == ActionState.PENDING),
            )
            is_it = cases.c.guild_id == guild_id, cases.c.number == number
            is_open = cases.c.state == CaseState.OPEN, ~cases.c.is_appealed
            found = await self._connection.scalar(select(cases.c.id).where(*is_it, *is_open, its_alert))
            self._can_lead[number] = found is not None
        return self._can_lead[number]
