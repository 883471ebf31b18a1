"""The outbox: what is to be done because of verdicts, written in their own transaction and worked off afterwards.

SQL only, on a connection whose transaction `bot.storage.database` has opened and ends. `bot.services.pipeline` has it
done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Row, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import ActionKind, ActionState, CloseReason, PendingAction
from bot.domain.verdicts import StoredVerdict
from bot.storage.schema import UtcDateTime, actions, verdicts

VERDICT_COLUMNS = [verdicts.c[name] for name in StoredVerdict.__dataclass_fields__]


def stored_verdict(row: Row[tuple[object, ...]]) -> StoredVerdict:
    """Turn a row with `VERDICT_COLUMNS` into what the others know."""
    return StoredVerdict(*(row._mapping[column] for column in VERDICT_COLUMNS))


async def add_actions(connection: AsyncConnection, planned: Sequence[tuple[int, ActionKind]]) -> None:
    """Write actions, each with the id of its verdict, into the outbox."""
    now = datetime.now(UTC)
    rows = [
        {"verdict_id": verdict_id, "kind": kind, "state": ActionState.PENDING, "created_at": now}
        for verdict_id, kind in planned
    ]
    if rows:
        await connection.execute(insert(actions), rows)


async def first_pending(connection: AsyncConnection) -> PendingAction | None:
    """Return the oldest action that is due, with what is known of its message now."""
    its_verdict, of_message = verdicts.alias(), verdicts.alias()
    newest = select(func.max(of_message.c.revision)).where(of_message.c.message_id == verdicts.c.message_id)
    query = (
        select(actions, *VERDICT_COLUMNS)
        .join(its_verdict, its_verdict.c.id == actions.c.verdict_id)
        .join(verdicts, verdicts.c.message_id == its_verdict.c.message_id)
        .where(actions.c.state == ActionState.PENDING, verdicts.c.revision == newest.scalar_subquery())
        .order_by(actions.c.id)
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    columns = row._mapping
    return PendingAction(
        id=columns[actions.c.id],
        kind=ActionKind(columns[actions.c.kind]),
        verdict=stored_verdict(row),
        alert_channel_id=columns[actions.c.alert_channel_id],
        alert_message_id=columns[actions.c.alert_message_id],
        close_reason=CloseReason(columns[actions.c.detail]) if columns[actions.c.detail] else None,
    )


async def finish(
    connection: AsyncConnection,
    action_id: int,
    state: ActionState,
    detail: str | None,
    alert_channel_id: int | None,
    alert_message_id: int | None,
) -> None:
    """Write down what became of an action. An alert that was dropped while it was being sent is closed again."""
    columns = actions.c.kind, actions.c.state, actions.c.detail, actions.c.verdict_id
    before = (await connection.execute(select(*columns).where(actions.c.id == action_id))).one()
    values = {"state": state, "done_at": datetime.now(UTC)}
    if before.kind != ActionKind.CLOSE_ALERT:  # its fields say what to close and why, whatever became of it
        values |= {"detail": detail, "alert_channel_id": alert_channel_id, "alert_message_id": alert_message_id}
    await connection.execute(update(actions).where(actions.c.id == action_id).values(values))
    if before.state == ActionState.DROPPED and before.kind == ActionKind.ALERT:
        await _plan_closing(connection, actions.c.id == action_id, CloseReason(before.detail))


async def take_back(connection: AsyncConnection, message_ids: Sequence[int], reason: CloseReason) -> None:
    """Drop what is pending for messages that were erased or are no longer flagged, and close the alerts that were sent.

    The flag under a message stays due after an edit: its removal stands behind it in the outbox.
    """
    if not message_ids:
        return
    theirs = actions.c.verdict_id.in_(select(verdicts.c.id).where(verdicts.c.message_id.in_(message_ids)))
    dropped = set(ActionKind) - {ActionKind.CLOSE_ALERT} if reason is CloseReason.DELETED else {ActionKind.ALERT}
    await connection.execute(
        update(actions)
        .where(theirs, actions.c.state == ActionState.PENDING, actions.c.kind.in_(dropped))
        .values(state=ActionState.DROPPED, detail=reason, done_at=datetime.now(UTC))
    )
    await _plan_closing(connection, theirs, reason)


async def closing(connection: AsyncConnection, message_id: int) -> CloseReason | None:
    """Return why the newest alert of a message is closed, or about to be; None if it is open or there is none."""
    theirs = actions.c.verdict_id.in_(select(verdicts.c.id).where(verdicts.c.message_id == message_id))
    kinds = actions.c.kind.in_([ActionKind.ALERT, ActionKind.CLOSE_ALERT])
    newest = (await connection.execute(select(actions).where(theirs, kinds).order_by(actions.c.id.desc()))).first()
    if newest is None or (newest.kind == ActionKind.ALERT and newest.state != ActionState.DROPPED):
        return None
    return CloseReason(newest.detail)


async def close_older_than(connection: AsyncConnection, cutoff: datetime) -> None:
    """Close the alerts that were sent before a time and are open: they show a text, also one decided of since."""
    await _plan_closing(connection, actions.c.created_at < cutoff, CloseReason.EXPIRED)


async def _plan_closing(connection: AsyncConnection, which: ColumnElement[bool], reason: CloseReason) -> None:
    """Plan to close those of some alerts that were sent and are not closed yet."""
    closing = actions.alias()
    is_planned = exists().where(
        closing.c.kind == ActionKind.CLOSE_ALERT, closing.c.alert_message_id == actions.c.alert_message_id,
        closing.c.verdict_id == actions.c.verdict_id,
    )  # fmt: skip
    columns = ["verdict_id", "kind", "state", "detail", "alert_channel_id", "alert_message_id", "created_at"]
    rows = select(
        actions.c.verdict_id,
        literal(ActionKind.CLOSE_ALERT.value),
        literal(ActionState.PENDING.value),
        literal(reason.value),
        actions.c.alert_channel_id,
        actions.c.alert_message_id,
        literal(datetime.now(UTC), UtcDateTime),
    ).where(
        which,
        actions.c.kind == ActionKind.ALERT,
        actions.c.state == ActionState.DONE,
        actions.c.alert_message_id.is_not(None),
        ~is_planned,
    )
    await connection.execute(insert(actions).from_select(columns, rows))
