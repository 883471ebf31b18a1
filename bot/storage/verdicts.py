"""The verdicts: recorded once for each revision of a message.

`bot.storage.erasing` takes their texts away again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Dialect, Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.actions import ActionKind, CloseReason, plan_actions, plan_automatic
from bot.domain.messages import IncomingMessage
from bot.domain.verdicts import StoredVerdict, Verdict, bears_flag, is_due
from bot.storage.cases.lifecycle import follow_verdicts
from bot.storage.connection.bulk import bound, insert_rows
from bot.storage.connection.transactions import Transactions, chunks, uninterrupted
from bot.storage.cursors import advance
from bot.storage.erasing import Erasing, erase_texts
from bot.storage.outbox import VERDICT_COLUMNS, stored_verdict
from bot.storage.planning import NewAction, add_actions, plan_update, take_back
from bot.storage.schema import NO_DIGEST, decisions, verdicts

_COLUMNS = (
    "message_id", "revision", "guild_id", "channel_id", "probability", "threshold", "is_flagged", "model_version",
    "author_id", "content_digest", "text", "created_at",
)  # fmt: skip
_NO_WORDS = (None, NO_DIGEST, None)
_OF_ALERTS = {ActionKind.UPDATE_ALERT, ActionKind.CLOSE_ALERT}
_Before = Mapping[int, Row[Any]]  # the newest verdict of each message that has one


class Verdicts(Erasing):
    """The verdicts of all messages."""

    def __init__(
        self,
        transactions: Transactions,
        digest: Callable[[str], bytes],
        actions_planned: asyncio.Event,
        n_erased_kept: int = 10_000,
    ) -> None:
        super().__init__(transactions, actions_planned, n_erased_kept)
        self._digest = digest

    @uninterrupted
    async def record(self, judged: Iterable[Verdict], passed: Mapping[int, int] | None = None) -> list[Verdict]:
        """Store verdicts, plan their actions and move the channels' cursors to `passed`; return what was stored.

        A verdict is left out if its message was erased, or has a newer one or one of the same content, or says nothing
        and never did: recording again changes nothing.
        """
        newest = {each.message.message_id: each for each in sorted(judged, key=lambda each: each.message.revision)}
        async with self._writing() as connection:
            before = await _earlier_rows(connection, newest)
            due = [each for each in newest.values() if self._is_due(each, before)]
            unchanged = [each for each in due if self._is_unchanged(each, before)]
            changed = [each for each in due if each not in unchanged] if unchanged else due
            await _move_revisions(connection, unchanged, before)
            is_planned = await self._insert(connection, changed, before)
            homes = {each.message.channel_id: each.message.guild_id for each in newest.values()}
            await advance(connection, passed or {}, homes)
        if is_planned:
            self._actions_planned.set()
        return changed

    @uninterrupted
    async def newest(self, message_id: int) -> StoredVerdict | None:
        """Return the newest verdict of a message."""
        query = select(*VERDICT_COLUMNS).where(verdicts.c.message_id == message_id)
        async with self._reading() as connection:
            row = (await connection.execute(query.order_by(verdicts.c.revision.desc()).limit(1))).first()
        return stored_verdict(row) if row else None

    @uninterrupted
    async def with_text(self, limit: int) -> list[StoredVerdict]:
        """Return the newest verdicts whose text is kept: flagged messages of which nobody has decided."""
        query = select(*VERDICT_COLUMNS).where(verdicts.c.text.is_not(None)).order_by(verdicts.c.created_at.desc())
        async with self._reading() as connection:
            return [stored_verdict(row) for row in await connection.execute(query.limit(limit))]

    def _is_due(self, verdict: Verdict, before: _Before) -> bool:
        old = before.get(verdict.message.message_id)
        return is_due(verdict, None if old is None else old.revision) and not self.is_erased(verdict.message)

    def _is_unchanged(self, verdict: Verdict, before: _Before) -> bool:
        old = before.get(verdict.message.message_id)
        return old is not None and old.content_digest == self._digest(verdict.message.content)

    async def _insert(self, connection: AsyncConnection, new: Sequence[Verdict], before: _Before) -> bool:
        """Store verdicts beside the older ones of their messages, whose text goes; return whether actions follow."""
        ids = [each.message.message_id for each in new]
        await erase_texts(connection, [message_id for message_id in ids if message_id in before])
        loud = [each for each in new if each.is_flagged or each.message.message_id in before]
        kinds = {each.message.message_id: _actions(each, before.get(each.message.message_id)) for each in loud}
        await insert_rows(connection, verdicts, _COLUMNS, self._rows(new, connection.dialect))
        await follow_verdicts(connection, loud)
        loud = [each for each in loud if kinds[each.message.message_id]]
        await _plan(connection, loud, kinds)
        return bool(loud)

    def _rows(self, judged: Sequence[Verdict], dialect: Dialect) -> list[tuple[object, ...]]:
        """Return the rows of verdicts, in the order of `_COLUMNS`."""
        now = bound(verdicts.c.created_at, datetime.now(UTC), dialect)
        words = (self._words(each.message, dialect) if each.is_flagged else _NO_WORDS for each in judged)
        return [(*_facts(each), *kept, now) for each, kept in zip(judged, words, strict=True)]

    def _words(self, message: IncomingMessage, dialect: Dialect) -> tuple[object, ...]:
        """Return what is kept of a flagged message alone: author, digest and text."""
        text = bound(verdicts.c.text, message.content, dialect)
        return message.author_id, self._digest(message.content), text


def _facts(verdict: Verdict) -> tuple[object, ...]:
    message, policy = verdict.message, verdict.policy
    ids = message.message_id, message.revision, message.guild_id, message.channel_id
    return *ids, verdict.prediction.probability, policy.threshold, verdict.is_flagged, policy.model_version


async def _earlier_rows(connection: AsyncConnection, message_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Return what `newest_rows` does. Ids grow with time: those of new messages are above all that is stored."""
    highest = await connection.scalar(select(func.max(verdicts.c.message_id))) or 0
    return await newest_rows(connection, [each for each in message_ids if each <= highest])


async def newest_rows(connection: AsyncConnection, message_ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Return the newest verdict of each message that has one: ids, revision, digest, whether it is flagged and right.

    `is_right` is what a moderator has decided of it, None if nobody has.
    """
    columns = (verdicts.c[name] for name in ("message_id", "id", "revision", "is_flagged", "content_digest"))
    with_decisions = verdicts.outerjoin(decisions, decisions.c.verdict_id == verdicts.c.id)
    query = select(*columns, decisions.c.is_right).select_from(with_decisions).order_by(verdicts.c.revision)
    newest: dict[int, Row[Any]] = {}
    for chunk in chunks(message_ids):
        rows = await connection.execute(query.where(verdicts.c.message_id.in_(chunk)))
        newest |= {row.message_id: row for row in rows}
    return newest


async def _move_revisions(connection: AsyncConnection, unchanged: Iterable[Verdict], before: _Before) -> None:
    """Note that edits changed no content: what comes later of an older revision is late."""
    for verdict in unchanged:
        is_it = verdicts.c.id == before[verdict.message.message_id].id
        await connection.execute(update(verdicts).where(is_it).values(revision=verdict.message.revision))


async def _plan(
    connection: AsyncConnection, stored: Sequence[Verdict], kinds: Mapping[int, Sequence[ActionKind]]
) -> None:
    """Write what follows from stored verdicts into the outbox."""
    ids = {
        message_id: row.id
        for message_id, row in (await newest_rows(connection, [each.message.message_id for each in stored])).items()
    }
    new = [
        NewAction(kind, ids[message.message_id], message.guild_id, message.channel_id)
        for message in (verdict.message for verdict in stored)
        for kind in kinds[message.message_id]
        if kind not in _OF_ALERTS
    ]
    await add_actions(connection, new)
    for message_id in ids:  # to change an alert takes to know it: none may have been sent
        if ActionKind.CLOSE_ALERT in kinds[message_id]:
            await take_back(connection, [message_id], CloseReason.EDITED)
        elif ActionKind.UPDATE_ALERT in kinds[message_id]:
            await plan_update(connection, message_id)


def _actions(verdict: Verdict, old: Row[Any] | None) -> tuple[ActionKind, ...]:
    has_flag = old is not None and bears_flag(bool(old.is_flagged), old.is_right, verdict.is_flagged)
    kinds = plan_actions(verdict.is_flagged, has_flag, verdict.policy.acting)
    return (*kinds, *plan_automatic(verdict)) if old is None else kinds
