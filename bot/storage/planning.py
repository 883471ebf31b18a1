"""Write into the outbox what verdicts, decisions and deletions ask for, in the transaction that is open for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, FromClause, Insert, Select, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import LANES, OF_ACTS, ActionKind, ActionState, CloseReason, Lane, route_of
from bot.storage.connection.transactions import Whose
from bot.storage.schema import UtcDateTime, actions, verdicts

_IS_ALERT_SENT = (
    actions.c.kind == ActionKind.ALERT,
    actions.c.state == ActionState.DONE,
    actions.c.alert_message_id.is_not(None),
)


@dataclass(frozen=True, slots=True)
class NewAction:
    """An action to be planned because of a verdict, and where its message is."""

    kind: ActionKind
    verdict_id: int
    guild_id: int | None
    channel_id: int


async def add_actions(connection: AsyncConnection, planned: Iterable[NewAction]) -> None:
    """Write actions into the outbox."""
    now = datetime.now(UTC)
    rows = [
        {"verdict_id": each.verdict_id, "kind": each.kind, "state": ActionState.PENDING, "created_at": now}
        | {"lane": LANES[each.kind], "place": route_of(each.kind, each.guild_id, each.channel_id).place}
        for each in planned
    ]
    if rows:
        await connection.execute(insert(actions), rows)


async def take_back(connection: AsyncConnection, message_ids: Sequence[int], reason: CloseReason) -> None:
    """Drop what is pending for messages that were erased or are no longer flagged, and close the alerts that were sent.

    The flag under a message stays due after an edit: its removal stands behind it in the outbox.
    """
    if not message_ids:
        return
    theirs = actions.c.verdict_id.in_(_verdicts_of(message_ids))
    dropped = set(ActionKind) - {ActionKind.CLOSE_ALERT, ActionKind.TELL_AUTHOR} - OF_ACTS
    if reason is not CloseReason.DELETED:
        dropped -= {ActionKind.REACT, ActionKind.UNREACT}
    await connection.execute(
        update(actions)
        .where(theirs, actions.c.state == ActionState.PENDING, actions.c.kind.in_(dropped))
        .values(state=ActionState.DROPPED, detail=reason, done_at=datetime.now(UTC))
    )
    await plan_closing(connection, theirs, reason)


async def closing(connection: AsyncConnection, message_id: int) -> CloseReason | None:
    """Return why the newest alert of a message is closed, or about to be; None if it is open or there is none."""
    theirs = actions.c.verdict_id.in_(_verdicts_of([message_id]))
    kinds = actions.c.kind.in_([ActionKind.ALERT, ActionKind.CLOSE_ALERT])
    newest = (await connection.execute(select(actions).where(theirs, kinds).order_by(actions.c.id.desc()))).first()
    if newest is None or (newest.kind == ActionKind.ALERT and newest.state != ActionState.DROPPED):
        return None
    return CloseReason(newest.detail)


async def close_older_than(connection: AsyncConnection, cutoff: datetime, whose: Whose, limit: int) -> int:
    """Close the alerts that were sent before a time and are open: they show a text, also one decided of since.

    At most `limit` of them, of some guilds; return how many.
    """
    theirs = actions.c.verdict_id.in_(select(verdicts.c.id).where(whose(verdicts.c.guild_id)))
    old = select(actions.c.id).where(*_IS_ALERT_SENT, actions.c.created_at < cutoff, theirs, ~_is_closed()).limit(limit)
    return await plan_closing(connection, actions.c.id.in_(old), CloseReason.EXPIRED)


async def close_alerts(connection: AsyncConnection, message_id: int, reason: CloseReason) -> None:
    """Close the alerts of a message that were sent."""
    await plan_closing(connection, actions.c.verdict_id.in_(_verdicts_of([message_id])), reason)


async def plan_closing(connection: AsyncConnection, which: ColumnElement[bool], reason: CloseReason) -> int:
    """Plan to close those of some alerts that were sent and are not closed yet; return how many."""
    query = _changes(ActionKind.CLOSE_ALERT, reason).where(which, *_IS_ALERT_SENT, ~_is_closed())
    return (await connection.execute(_insert_changes(query))).rowcount


async def close_again(connection: AsyncConnection, message_ids: Sequence[int], reason: CloseReason) -> None:
    """Plan to draw anew the closed alerts of messages: they may name who is not to be named any more."""
    theirs = actions.c.verdict_id.in_(_verdicts_of(message_ids))
    query = _changes(ActionKind.CLOSE_ALERT, reason).where(theirs, *_IS_ALERT_SENT, _is_closed())
    await connection.execute(_insert_changes(query))


async def plan_update(connection: AsyncConnection, message_id: int) -> None:
    """Plan to bring the newest alert of a message up to date if it is open and shows an older verdict."""
    newest = select(verdicts.c.id).where(verdicts.c.message_id == message_id).order_by(verdicts.c.revision.desc())
    shown = func.coalesce(actions.c.shown_verdict_id, actions.c.verdict_id)
    is_outdated = shown != newest.limit(1).scalar_subquery()
    await _plan_update(connection, message_id, ~_is_closed(), is_outdated, _n_updates_pending() == 0)


async def plan_redraw(connection: AsyncConnection, message_id: int, *, is_deleted: bool = False) -> None:
    """Plan to bring the newest alert of a message up to date if it is open: something was done about its case.

    A change that is under way may have been drawn already: a second one waits behind it, and no third. That of a
    message that was deleted is closed, and drawn again all the same: its author can still be timed out.
    """
    conditions = [_n_updates_pending() < 2] if is_deleted else [~_is_closed(), _n_updates_pending() < 2]
    await _plan_update(connection, message_id, *conditions)


async def _plan_update(connection: AsyncConnection, message_id: int, *conditions: ColumnElement[bool]) -> None:
    theirs = actions.c.verdict_id.in_(_verdicts_of([message_id]))
    newest = select(func.max(actions.c.id)).where(theirs, actions.c.kind == ActionKind.ALERT)
    query = _changes(ActionKind.UPDATE_ALERT, None).where(
        actions.c.id == newest.scalar_subquery(), *_IS_ALERT_SENT, *conditions
    )
    await connection.execute(_insert_changes(query))


async def shown_verdict(connection: AsyncConnection, message_id: int) -> int | None:
    """Return the id of the verdict that the newest alert of a message shows; None if it was not sent yet."""
    theirs = actions.c.verdict_id.in_(_verdicts_of([message_id])), actions.c.kind == ActionKind.ALERT
    query = select(actions).where(*theirs).order_by(actions.c.id.desc()).limit(1)
    newest = (await connection.execute(query)).first()
    if newest is None or newest.state != ActionState.DONE or newest.alert_message_id is None:
        return None
    return int(newest.shown_verdict_id or newest.verdict_id)


def _verdicts_of(message_ids: Sequence[int]) -> Select[tuple[int]]:
    return select(verdicts.c.id).where(verdicts.c.message_id.in_(message_ids))


def _changes(kind: ActionKind, reason: CloseReason | None) -> Select[tuple[object, ...]]:
    """Select what `_insert_changes` writes, one row for each alert of `actions`."""
    return select(
        actions.c.verdict_id,
        literal(kind.value),
        literal(ActionState.PENDING.value),
        literal(None if reason is None else reason.value),
        actions.c.alert_channel_id,
        actions.c.alert_message_id,
        literal(datetime.now(UTC), UtcDateTime),
        literal(Lane.CHANGES.value),
        actions.c.alert_channel_id,
    )


def _insert_changes(query: Select[tuple[object, ...]]) -> Insert:
    columns = ["verdict_id", "kind", "state", "detail", "alert_channel_id", "alert_message_id", "created_at"]
    return insert(actions).from_select([*columns, "lane", "place"], query)


def _is_closed() -> ColumnElement[bool]:
    return exists().where(*_is_change(actions.alias(), ActionKind.CLOSE_ALERT))


def _n_updates_pending() -> ColumnElement[int]:
    change = actions.alias()
    is_pending = change.c.state == ActionState.PENDING
    query = select(func.count()).where(*_is_change(change, ActionKind.UPDATE_ALERT), is_pending)
    return query.scalar_subquery()


def _is_change(change: FromClause, kind: ActionKind) -> tuple[ColumnElement[bool], ...]:
    """Tell whether an action is a change, of some kind, of an alert of `actions`."""
    return (
        change.c.kind == kind,
        change.c.alert_message_id == actions.c.alert_message_id,
        change.c.verdict_id == actions.c.verdict_id,
    )
