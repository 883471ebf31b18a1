"""The open database, and the stores that work with it.

Each method of a store is one transaction: what it does is done whole or not at all, also when the process dies in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from contextlib import AsyncExitStack
from functools import partial

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.cases.store import Cases
from bot.storage.connection.engine import open_engines
from bot.storage.connection.transactions import Transactions
from bot.storage.cursors import Cursors
from bot.storage.decisions import Decisions
from bot.storage.guilds import Guilds
from bot.storage.learning.examples import Examples
from bot.storage.learning.trainings import Trainings
from bot.storage.learning.versions import Versions
from bot.storage.outbox import Outbox
from bot.storage.schema import settings
from bot.storage.verdicts import Verdicts

_DIGEST_KEY = "content_digest_key"


class Database:
    """The open database. Close it: an open connection keeps the process alive."""

    def __init__(self, transactions: Transactions, digest_key: bytes) -> None:
        self._transactions = transactions
        self.actions_planned = asyncio.Event()  # set whenever there is, or may be, something due in the outbox
        self.actions_planned.set()  # an earlier run may have left something
        digest = partial(_digest, key=digest_key)
        self.verdicts = Verdicts(self._transactions, digest, self.actions_planned)
        self.cursors = Cursors(self._transactions)
        self.outbox = Outbox(self._transactions)
        self.examples = Examples(self._transactions, digest)
        self.decisions = Decisions(self._transactions, self.examples, self.actions_planned)
        self.cases = Cases(self._transactions, self.actions_planned)
        self.guilds = Guilds(self._transactions)
        self.chosen: set[int] = set()  # guilds for which a version was chosen: who has their settings reads them anew
        self.versions = Versions(self._transactions, self.chosen)
        self.trainings = Trainings(self._transactions)

    @classmethod
    async def open(cls, url: str) -> Database:
        """Open a database, created or brought to the newest schema first.

        Raises:
            DatabaseError: It cannot be opened or written; the message says what to do.
        """
        transactions = Transactions(*await open_engines(url))
        async with AsyncExitStack() as undo:
            undo.push_async_callback(transactions.close)
            async with transactions.writing() as connection:
                database = cls(transactions, await _digest_key(connection))
            undo.pop_all()
        return database

    async def close(self) -> None:
        """Finish what was begun, and close every connection."""
        await self._transactions.close()


async def _digest_key(connection: AsyncConnection) -> bytes:
    """Return the key of this database's content digests, made at random when it is first opened."""
    key = await connection.scalar(select(settings.c.value).where(settings.c.key == _DIGEST_KEY))
    if key is None:
        key = secrets.token_hex(32)
        await connection.execute(insert(settings).values(key=_DIGEST_KEY, value=key))
    return bytes.fromhex(key)


def _digest(content: str, key: bytes) -> bytes:
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16, key=key).digest()
