"""The outbox: what is to be done because of verdicts, written in their own transaction and worked off afterwards.

`bot.services.delivery` works it off, `bot.storage.planning` writes it.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import (
    NO_RESULT,
    ActionKind,
    ActionResult,
    ActionState,
    Backlog,
    CloseReason,
    Lane,
    PendingAction,
    Route,
)
from bot.domain.sharding import TIMESTAMP_BITS, Holding
from bot.domain.verdicts import StoredVerdict
from bot.storage.cases.rows import has_changed
from bot.storage.connection.transactions import Store, Transactions, uninterrupted
from bot.storage.planning import closing, plan_closing, plan_redraw, plan_update
from bot.storage.schema import actions, claims, storable, verdicts
from bot.storage.sharing.claims import of_others

VERDICT_COLUMNS = [verdicts.c[name] for name in StoredVerdict.__slots__]
_LOOKS_AGAIN = 5.0  # seconds, while others work off routes
_IS_PENDING = actions.c.state == ActionState.PENDING


class Outbox(Store):
    """The actions that are due, for one who works them off: `owner`, as in `bot.storage.sharing.claims`."""

    def __init__(self, transactions: Transactions, owner: str) -> None:
        super().__init__(transactions)
        self._owner = owner

    @uninterrupted
    async def routes(self, holding: Holding | None = None) -> list[Route]:
        """Return the routes that have something due, and that nobody else works off.

        In guilds that this process looks after: None for all.
        """
        query = select(actions.c.lane, actions.c.place).where(_IS_PENDING, _is_due()).distinct()
        if holding is not None:
            query = query.join(verdicts, verdicts.c.id == actions.c.verdict_id).where(_is_held(holding))
        async with self._reading() as connection:
            query = query.where(~of_others(connection, self._owner))
            return [Route(Lane(row.lane), row.place) for row in await connection.execute(query)]

    @uninterrupted
    async def due(self, route: Route, limit: int = 1, holding: Holding | None = None) -> list[PendingAction]:
        """Return the oldest actions of a route that are due, with what is known of their messages now.

        One that was put off holds up the later ones of its message, so that these are done in order, and no others. An
        alert comes after the first try of its mark, which finds out whether the message is still there.
        """
        its_verdict, of_message = verdicts.alias(), verdicts.alias()
        newest = select(func.max(of_message.c.revision)).where(of_message.c.message_id == verdicts.c.message_id)
        query = (
            select(actions, *VERDICT_COLUMNS, verdicts.c.id.label("newest_id"))
            .join(its_verdict, its_verdict.c.id == actions.c.verdict_id)
            .join(verdicts, verdicts.c.message_id == its_verdict.c.message_id)
            .where(actions.c.lane == route.lane, actions.c.place == route.place, _IS_PENDING, _is_due())
            .where(verdicts.c.revision == newest.scalar_subquery(), ~_has_earlier(its_verdict.c.message_id))
            .where(~_awaits_mark() if route.lane is Lane.ALERTS else true())
            .where(true() if holding is None else _is_held(holding))
            .order_by(actions.c.id)
            .limit(limit)
        )
        async with self._reading() as connection:
            query = query.where(~of_others(connection, self._owner))
            return [_pending(row) for row in await connection.execute(query)]

    @uninterrupted
    async def seconds_until_due(self) -> float | None:
        """Return how long it is until something that was put off is due, or others may have died or left something.

        None if there is nothing to wait for.
        """
        query = select(func.min(actions.c.due_at)).where(_IS_PENDING, actions.c.due_at > datetime.now(UTC))
        async with self._reading() as connection:
            soonest: datetime | None = await connection.scalar(query)
            others = await connection.scalar(select(claims.c.lane).where(claims.c.claimed_by != self._owner).limit(1))
        seconds = [] if others is None else [_LOOKS_AGAIN]
        if soonest is not None:
            seconds.append(max(0.0, (soonest - datetime.now(UTC)).total_seconds()))
        return min(seconds, default=None)

    @uninterrupted
    async def backlog(self) -> list[Backlog]:
        """Return how much waits in each lane that has something, due and put off apart."""
        is_put_off = ~_is_due()
        columns = actions.c.lane, is_put_off.label("is_put_off"), func.count(), func.min(actions.c.created_at)
        query = select(*columns).where(_IS_PENDING).group_by(actions.c.lane, "is_put_off")
        async with self._reading() as connection:
            rows = await connection.execute(query)
            return [Backlog(Lane(lane), bool(is_late), n, oldest) for lane, is_late, n, oldest in rows]

    @uninterrupted
    async def finish(
        self,
        action: PendingAction,
        state: ActionState,
        detail: str | None = None,
        result: ActionResult = NO_RESULT,
    ) -> None:
        """Write down what became of an action.

        An alert that was dropped while it was being sent is closed again, one whose message was edited, or whose case
        was worked on meanwhile, is brought up to date.
        """
        async with self._writing() as connection:
            query = select(actions.c.state, actions.c.detail).where(actions.c.id == action.id)
            before = (await connection.execute(query)).one_or_none()
            if before is None:  # its guild was purged meanwhile
                return
            await _write(connection, action, state, detail, result)
            if action.kind is ActionKind.ALERT and before.state == ActionState.DROPPED:
                await plan_closing(connection, actions.c.id == action.id, CloseReason(before.detail))
            elif action.kind is ActionKind.ALERT or (action.kind, state) == (ActionKind.UPDATE_ALERT, ActionState.DONE):
                await plan_update(connection, action.verdict.message_id)
                if action.kind is ActionKind.ALERT and await has_changed(connection, action.verdict.message_id):
                    await plan_redraw(connection, action.verdict.message_id)

    @uninterrupted
    async def put_off(self, action_id: int, seconds: float) -> None:
        """Have an action that has failed tried again later."""
        values = {"n_tries": actions.c.n_tries + 1, "due_at": datetime.now(UTC) + timedelta(seconds=seconds)}
        async with self._writing() as connection:
            await connection.execute(update(actions).where(actions.c.id == action_id, _IS_PENDING).values(values))

    @uninterrupted
    async def recall(self, guild_id: int | None = None) -> int:
        """Make due what was put off, of a guild or of all; return how many actions that are."""
        which: list[ColumnElement[bool]] = [_IS_PENDING, actions.c.due_at.is_not(None)]
        if guild_id is not None:
            which.append(actions.c.verdict_id.in_(select(verdicts.c.id).where(verdicts.c.guild_id == guild_id)))
        async with self._writing() as connection:
            return (await connection.execute(update(actions).where(*which).values(due_at=None))).rowcount

    @uninterrupted
    async def alerts_of(self, message_id: int) -> set[int]:
        """Return the alerts of a message of which it is known that they were sent."""
        theirs = actions.c.verdict_id.in_(select(verdicts.c.id).where(verdicts.c.message_id == message_id))
        query = select(actions.c.alert_message_id).where(theirs, actions.c.kind == ActionKind.ALERT)
        async with self._reading() as connection:
            return {each for each in await connection.scalars(query) if each is not None}

    @uninterrupted
    async def closing(self, message_id: int) -> CloseReason | None:
        """Return why a message's alert is closed, or about to be; None for one that is open."""
        async with self._reading() as connection:
            return await closing(connection, message_id)


def stored_verdict(row: Row[Any]) -> StoredVerdict:
    """Turn a row with `VERDICT_COLUMNS` into what the others know."""
    return StoredVerdict(*(row._mapping[column] for column in VERDICT_COLUMNS))


def _is_held(holding: Holding) -> ColumnElement[bool]:
    """Tell whether the guild of a verdict is one of those that a process looks after; see `shard_of`."""
    shard = (
        func.coalesce(verdicts.c.guild_id // 2**TIMESTAMP_BITS, 0) % holding.n_shards
    )  # each database shifts otherwise
    return shard.in_(sorted(holding.ids))


def _is_due() -> ColumnElement[bool]:
    return or_(actions.c.due_at.is_(None), actions.c.due_at <= datetime.now(UTC))


def _has_earlier(message_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Tell whether an earlier action of the same message and lane is still pending."""
    earlier, of_earlier = actions.alias(), verdicts.alias()
    return exists().where(
        of_earlier.c.message_id == message_id,
        earlier.c.verdict_id == of_earlier.c.id,
        earlier.c.lane == actions.c.lane,
        earlier.c.state == ActionState.PENDING,
        earlier.c.id < actions.c.id,
    )


def _awaits_mark() -> ColumnElement[bool]:
    """Tell whether the mark that was planned together with an alert has not been tried yet."""
    mark = actions.alias()
    return exists().where(
        mark.c.verdict_id == actions.c.verdict_id,
        mark.c.kind == ActionKind.REACT,
        mark.c.state == ActionState.PENDING,
        mark.c.n_tries == 0,
    )


async def _write(
    connection: AsyncConnection, action: PendingAction, state: ActionState, detail: str | None, result: ActionResult
) -> None:
    values: dict[str, Any] = {"state": state, "done_at": datetime.now(UTC)}
    if action.kind not in (ActionKind.CLOSE_ALERT, ActionKind.UPDATE_ALERT):  # their fields say what to change and why
        values |= {"detail": None if detail is None else storable(detail), **asdict(result)}
    if action.kind is ActionKind.ALERT:
        values["shown_verdict_id"] = action.verdict_id
    await connection.execute(update(actions).where(actions.c.id == action.id).values(values))
    if action.kind is ActionKind.UPDATE_ALERT and state is ActionState.DONE:
        is_alert = actions.c.kind == ActionKind.ALERT, actions.c.alert_message_id == action.alert_message_id
        await connection.execute(update(actions).where(*is_alert).values(shown_verdict_id=action.verdict_id))


def _pending(row: Row[Any]) -> PendingAction:
    columns = row._mapping
    return PendingAction(
        id=columns[actions.c.id],
        kind=ActionKind(columns[actions.c.kind]),
        verdict=stored_verdict(row),
        verdict_id=columns["newest_id"],
        created_at=columns[actions.c.created_at],
        n_tries=columns[actions.c.n_tries],
        alert_channel_id=columns[actions.c.alert_channel_id],
        alert_message_id=columns[actions.c.alert_message_id],
        close_reason=CloseReason(columns[actions.c.detail]) if columns[actions.c.detail] else None,
    )
