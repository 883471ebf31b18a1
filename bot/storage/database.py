"""The open database: verdicts, the cursors of the channels, the outbox, and the other stores.

Each method is one transaction: what it does is done whole or not at all, also when the process dies in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.actions import ActionKind, ActionState, CloseReason, PendingAction
from bot.domain.messages import IncomingMessage, is_judgeable
from bot.domain.verdicts import StoredVerdict, Verdict
from bot.storage import outbox
from bot.storage.connection.engine import FAILURES, DatabaseError, explain, open_engine
from bot.storage.connection.transactions import Store, Transactions, uninterrupted
from bot.storage.decisions import Decisions
from bot.storage.examples import Examples, delete_examples_of_messages
from bot.storage.guilds import Guilds
from bot.storage.outbox import VERDICT_COLUMNS, stored_verdict
from bot.storage.schema import channels, settings, storable, verdicts
from bot.storage.trainings import Trainings
from bot.storage.verdicts import advance, erase, erase_texts, newest_verdicts
from bot.storage.versions import Versions

__all__ = ["ActionKind", "ActionState", "CloseReason", "Counts", "Database", "DatabaseError", "PendingAction", "Plan",
           "StoredVerdict"]  # fmt: skip

Plan = Callable[[bool, bool], Iterable[ActionKind]]  # of is_flagged and was_flagged

_DIGEST_KEY = "content_digest_key"
_MAX_ERASED = 10_000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many verdicts there are: an edited message may have several."""

    n_judged: int
    n_flagged: int


class Database(Store):
    """The open database. Close it: an open connection keeps the process alive."""

    def __init__(self, engine: AsyncEngine, digest_key: bytes) -> None:
        super().__init__(Transactions(engine))
        self.actions_planned = asyncio.Event()  # set whenever there is, or may be, something due in the outbox
        self.actions_planned.set()  # an earlier run may have left something
        self._digest_key = digest_key
        self.guilds = Guilds(self._transactions)
        self.versions = Versions(self._transactions)
        self.trainings = Trainings(self._transactions)
        self.examples = Examples(self._transactions, self._digest)
        self.decisions = Decisions(self._transactions, self._digest, self.actions_planned)
        # A deletion can overtake its message, which then waits to be judged: it must not be stored any more. Discord
        # never speaks of a deleted message again, so the newest few, in this process, are enough.
        self._erased: dict[int, None] = {}

    @classmethod
    async def open(cls, url: str) -> Database:
        """Open a database, created or brought to the newest schema first.

        Raises:
            DatabaseError: It cannot be opened or written; the message says what to do.
        """
        engine = await open_engine(url)
        try:
            async with engine.begin() as connection:
                return cls(engine, await _digest_key(connection))
        except BaseException as error:
            await engine.dispose()
            if isinstance(error, FAILURES):
                raise explain(error, engine.url) from error
            raise

    async def close(self) -> None:
        """Finish what was begun, and close every connection."""
        await self._transactions.close()

    @uninterrupted
    async def unjudged(self, messages: Iterable[IncomingMessage]) -> list[IncomingMessage]:
        """Return those to be judged: of each message its newest revision, unless that or a newer one has a verdict."""
        newest = {each.message_id: each for each in sorted(messages, key=lambda each: each.revision)}
        async with self._reading() as connection:
            before = await newest_verdicts(connection, newest)

        def is_due(message: IncomingMessage) -> bool:
            old = before.get(message.message_id)
            # An edit that leaves nothing to judge is judged all the same: it takes back the flag of what stood there.
            return is_judgeable(message.content) if old is None else message.revision > old.revision

        return [each for each in newest.values() if each.message_id not in self._erased and is_due(each)]

    @uninterrupted
    async def record(
        self, judged: Iterable[Verdict], plan: Plan, passed: Mapping[int, int] | None = None
    ) -> list[Verdict]:
        """Store verdicts, plan their actions and move the channels' cursors to `passed`; return what was stored.

        A verdict is left out if its message was erased, or has a newer one or one of the same content: recording again
        changes nothing. `plan` names the actions, given whether a message is flagged now and was flagged before.
        """
        newest = {each.message.message_id: each for each in sorted(judged, key=lambda each: each.message.revision)}
        async with self._writing() as connection:
            before = await newest_verdicts(connection, newest)
            changed = []
            for message_id, verdict in newest.items():
                old, revision = before.get(message_id), verdict.message.revision
                if message_id in self._erased or (old is not None and old.revision >= revision):
                    continue
                if old is not None and old.content_digest == self._digest(verdict.message.content):
                    await connection.execute(update(verdicts).where(verdicts.c.id == old.id).values(revision=revision))
                else:
                    changed.append(verdict)
            await self._insert(connection, changed, before, plan)
            await advance(connection, passed or {})
        self.actions_planned.set()
        return changed

    @uninterrupted
    async def verdict_of(self, message_id: int) -> StoredVerdict | None:
        """Return the newest verdict of a message."""
        query = select(*VERDICT_COLUMNS).where(verdicts.c.message_id == message_id)
        async with self._reading() as connection:
            row = (await connection.execute(query.order_by(verdicts.c.revision.desc()).limit(1))).first()
        return stored_verdict(row) if row else None

    @uninterrupted
    async def counts(self) -> Counts:
        """Count the verdicts."""
        query = select(func.count(), func.count().filter(verdicts.c.is_flagged)).select_from(verdicts)
        async with self._reading() as connection:
            return Counts(*(await connection.execute(query)).one())

    @uninterrupted
    async def erase(self, message_ids: Iterable[int]) -> None:
        """Erase text and author of deleted messages, close their alerts, and store nothing of them any more.

        What was learned of them as an example goes, too.
        """
        ids = list(message_ids)
        self._erased |= dict.fromkeys(ids)
        for oldest in list(itertools.islice(self._erased, max(0, len(self._erased) - _MAX_ERASED))):
            del self._erased[oldest]
        async with self._writing() as connection:
            await erase(connection, ids, CloseReason.DELETED)
        self.actions_planned.set()

    @uninterrupted
    async def erase_older_than(self, days: int) -> int:
        """Erase texts and authors stored more than `days` ago, close their alerts, and return how many they were.

        Examples that are channel messages are kept no longer either.
        """
        cutoff = datetime.now(UTC) - timedelta(days=days)
        query = select(verdicts.c.message_id).where(verdicts.c.text.is_not(None), verdicts.c.created_at < cutoff)
        async with self._writing() as connection:
            ids = (await connection.scalars(query)).all()
            await erase(connection, ids, CloseReason.EXPIRED)
            await outbox.close_older_than(connection, cutoff)
            await delete_examples_of_messages(connection, older_than=cutoff)
        self.actions_planned.set()
        return len(ids)

    @uninterrupted
    async def cursor(self, channel_id: int) -> int | None:
        """Return the newest message of a channel that was judged or passed over, None for a channel never read."""
        query = select(channels.c.last_message_id).where(channels.c.channel_id == channel_id)
        async with self._reading() as connection:
            return await connection.scalar(query)

    @uninterrupted
    async def advance_cursors(self, passed: Mapping[int, int]) -> None:
        """Move channels' cursors to message ids; a cursor never moves back."""
        async with self._writing() as connection:
            await advance(connection, passed)

    @uninterrupted
    async def next_action(self) -> PendingAction | None:
        """Return the oldest action that is due."""
        async with self._reading() as connection:
            return await outbox.first_pending(connection)

    @uninterrupted
    async def finish_action(
        self,
        action_id: int,
        state: ActionState,
        detail: str | None = None,
        alert_channel_id: int | None = None,
        alert_message_id: int | None = None,
    ) -> None:
        """Write down what became of an action, and where the alert is that it sent."""
        async with self._writing() as connection:
            await outbox.finish(connection, action_id, state, detail, alert_channel_id, alert_message_id)

    async def _insert(
        self, connection: AsyncConnection, new: Sequence[Verdict], before: Mapping[int, Row[Any]], plan: Plan
    ) -> None:
        """Store verdicts beside the older ones of their messages, whose text goes, and plan what follows."""
        if not new:
            return
        await erase_texts(connection, [each.message.message_id for each in new if each.message.message_id in before])
        await connection.execute(insert(verdicts), [self._row(each) for each in new])
        stored = await newest_verdicts(connection, [each.message.message_id for each in new])
        planned = [
            (row, kind)
            for message_id, row in stored.items()
            for kind in plan(row.is_flagged, message_id in before and _still_holds(before[message_id], row.is_flagged))
        ]
        # To close an alert takes to know what was sent: the outbox plans that itself.
        await outbox.add_actions(
            connection, [(row.id, kind) for row, kind in planned if kind != ActionKind.CLOSE_ALERT]
        )
        unflagged = [row.message_id for row, kind in planned if kind == ActionKind.CLOSE_ALERT]
        await outbox.take_back(connection, unflagged, CloseReason.EDITED)

    def _row(self, verdict: Verdict) -> dict[str, object]:
        message, is_flagged = verdict.message, verdict.is_flagged
        return {
            "message_id": message.message_id,
            "revision": message.revision,
            "guild_id": message.guild_id,
            "channel_id": message.channel_id,
            "author_id": message.author_id if is_flagged else None,
            "probability": verdict.prediction.probability,
            "threshold": verdict.threshold,
            "is_flagged": is_flagged,
            "model_version": verdict.model_version,
            "content_digest": self._digest(message.content),
            "text": storable(message.content) if is_flagged else None,
            "created_at": datetime.now(UTC),
        }

    def _digest(self, content: str) -> bytes:
        return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16, key=self._digest_key).digest()


async def _digest_key(connection: AsyncConnection) -> bytes:
    """Return the key of this database's content digests, made at random when it is first opened."""
    key = await connection.scalar(select(settings.c.value).where(settings.c.key == _DIGEST_KEY))
    if key is None:
        key = secrets.token_hex(32)
        await connection.execute(insert(settings).values(key=_DIGEST_KEY, value=key))
    return bytes.fromhex(key)


def _still_holds(before: Row[Any], is_flagged: bool) -> bool:
    """Tell whether a message bears the flag of its older verdict. A false alarm's is gone: a new text needs its own."""
    return bool(before.is_flagged) and not (is_flagged and before.is_right is False)
